/** Streams that break on their way between any two dialects: a prefix arrives, never a sign of success, never a crash. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Reply, ReplyEvent } from "../../../src/conversation.ts";
import { AttemptFault } from "../../../src/errors.ts";
import { WIRES } from "../../../src/wire/index.ts";
import { createSseDecoder, type SseEvent } from "../../../src/wire/sse.ts";
import { translateStream } from "../../../src/wire/translate.ts";
import type { Wire } from "../../../src/wire/wire.ts";
import { chatReplies } from "../../fakes/conversations.ts";
import { runs } from "../../fakes/long.ts";
import { eventsOf } from "../../fakes/replies.ts";
import { replyContext } from "../../fakes/reply-context.ts";

const DIALECTS = ["openai", "anthropic", "responses"] as const;
const WAYS = DIALECTS.flatMap((door) => DIALECTS.map((provider) => ({ door, provider })));
const UTF8 = new TextEncoder();

function codecOf({ codec }: Wire) {
  if (!codec) throw new Error("no codec");
  return codec;
}

/** What a provider of this dialect sends for a reply. */
function upstreamBytes(wire: Wire, reply: Reply): Uint8Array {
  const writer = codecOf(wire).createWriter(replyContext({ usageWanted: true }));
  const frames = eventsOf(reply, { pieceChars: 3 }).map((event) => writer.write(event));
  return UTF8.encode(frames.join(""));
}

/** Events that the bytes dispatch, however they are cut into chunks. */
function dispatched(bytes: Uint8Array, chunkBytes = bytes.length): SseEvent[] {
  const decoder = createSseDecoder({ lineBytesMax: 1 << 20 });
  const events: SseEvent[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    events.push(...decoder.push(bytes.subarray(at, at + chunkBytes)));
  }
  return events;
}

function pathOf(door: Wire, provider: Wire) {
  const context = replyContext({ usageWanted: true, modelId: "public" });
  if (door === provider) return door.openStream(context);
  return translateStream({ door, provider, names: new Map(), context });
}

/** What the client's own reader makes of the frames it got. */
function heard(door: Wire, frames: string): ReplyEvent[] {
  const reader = codecOf(door).createReader();
  return dispatched(UTF8.encode(frames)).flatMap((event) => [...reader.push(event)]);
}

const LINE_ENDS = ["\n", "\r\n", "\r"] as const;

test.for(WAYS)("$provider to $door: cut anywhere it gives a prefix and no end", (way) => {
  const [door, provider] = [WIRES[way.door], WIRES[way.provider]];
  fc.assert(
    fc.property(
      chatReplies(),
      fc.nat(),
      fc.constantFrom(...LINE_ENDS),
      fc.integer({ min: 1, max: 40 }),
      (reply, at, lineEnd, chunkBytes) => {
        const text = new TextDecoder().decode(upstreamBytes(provider, reply));
        const bytes = UTF8.encode(text.replaceAll("\n", lineEnd));
        const whole = pathOf(door, provider);
        const all = dispatched(bytes, chunkBytes).map((event) => whole.push(event));
        expect(all.filter(({ kind }) => kind === "terminator").length).toBe(1);
        const full = all.map(({ frame }) => frame).join("");

        const path = pathOf(door, provider);
        const cut = bytes.subarray(0, at % bytes.length);
        const facts = dispatched(cut, chunkBytes).map((event) => path.push(event));
        const ended = facts.some(({ kind }) => kind === "terminator");
        const frames = facts.map(({ frame }) => frame).join("");
        const events = heard(door, frames);
        // To the last byte: what was said, of which part, in which order.
        expect(full.startsWith(frames)).toBe(true);
        expect(events.some(({ type }) => type === "reply-end")).toBe(ended);
        if (ended) expect(frames).toBe(full);
      },
    ),
    { numRuns: runs(40, 1_000) },
  );
});

test.for(WAYS)(
  "$provider to $door: rubbish anywhere is a typed outcome",
  { timeout: runs(20_000, 600_000) },
  (way) => {
    const [door, provider] = [WIRES[way.door], WIRES[way.provider]];
    const junk = fc.oneof(
      fc.string(),
      fc.constantFrom("\n\n", "data: {}\n\n", 'data: {"error":{"message":"secret"}}\n\n', "\ufeff"),
      fc.constantFrom(
        "event: message_stop\n\n",
        ": comment\n\n",
        "data: [DONE]\n\n",
        "data: null\n\n",
      ),
    );
    fc.assert(
      fc.property(
        chatReplies(),
        fc.array(fc.tuple(fc.nat(), junk), { maxLength: 4 }),
        (reply, all) => {
          let text = new TextDecoder().decode(upstreamBytes(provider, reply));
          for (const [at, piece] of all) {
            const place = at % text.length;
            text = text.slice(0, place) + piece + text.slice(place + piece.length);
          }
          const path = pathOf(door, provider);
          try {
            for (const event of dispatched(UTF8.encode(text))) {
              const { frame, kind } = path.push(event);
              if (kind === "error" || kind === "invalid") expect(frame).toBe("");
              expect(frame).not.toMatch(/^(id|retry):/m);
            }
          } catch (fault) {
            expect(fault).toBeInstanceOf(AttemptFault);
          }
        },
      ),
      { numRuns: runs(100, 10_000) },
    );
  },
);
