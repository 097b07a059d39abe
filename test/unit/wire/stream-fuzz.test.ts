/** Streams of every dialect, broken in many ways: the reader of each stays calm, and says no more than it was told. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ReplyEvent } from "../../../src/conversation.ts";
import { AttemptFault } from "../../../src/errors.ts";
import { createSseDecoder } from "../../../src/wire/sse.ts";
import { CHAT_WIRES } from "../../fakes/conversation-client.ts";
import { chatReplies } from "../../fakes/conversations.ts";
import { runs } from "../../fakes/long.ts";
import { eventsOf } from "../../fakes/replies.ts";
import { replyContext } from "../../fakes/reply-context.ts";

const UTF8 = new TextEncoder();
const LINE_BYTES_MAX = 1 << 16;
/** Streams of each dialect that are broken. */
const STREAMS = 40;
const LONG_MS = 600_000;

type Dialect = keyof typeof CHAT_WIRES;

function codecOf(dialect: Dialect) {
  const { codec } = CHAT_WIRES[dialect];
  if (!codec) throw new Error("no codec");
  return codec;
}

/** What providers of this dialect send for some replies. */
function goodStreams(dialect: Dialect): string[] {
  return fc.sample(chatReplies(), { numRuns: STREAMS, seed: 7 }).map((reply) => {
    const writer = codecOf(dialect).createWriter(replyContext({ usageWanted: true }));
    return eventsOf(reply, { pieceChars: 5 })
      .map((event) => writer.write(event))
      .join("");
  });
}

type Mutation = (text: string) => string;

/** Pieces that mean something somewhere. */
const JUNK = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom(
    ...["\n\n", "data: ", "data: {}\n\n", "data: null\n\n", "data: [DONE]\n\n", "\ufeff"],
    ...["null", "{}", "[]", '""', "-1", "1e300", '"__proto__"', "\\u0000", "\ud800", '"index":0,'],
  ),
);

/** Changes in letters, in values of the JSON, and in whole events. */
const MUTATIONS: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(40), JUNK).map(([at, length, put]) => (text: string) => {
    const from = at % (text.length + 1);
    return text.slice(0, from) + put + text.slice(from + length);
  }),
  fc.tuple(fc.nat(), fc.nat(), fc.nat(200)).map(([at, to, length]) => (text: string) => {
    const from = at % (text.length + 1);
    const place = to % (text.length + 1);
    return text.slice(0, place) + text.slice(from, from + length) + text.slice(place);
  }),
  fc.tuple(fc.nat(), JUNK).map(([at, put]) => (text: string) => {
    const values = [...text.matchAll(/(?<=":)(?:"[^"]*"|[\d.]+|null|true|false)/g)];
    const value = values[at % Math.max(values.length, 1)];
    if (!value) return text;
    return text.slice(0, value.index) + put + text.slice(value.index + value[0].length);
  }),
  fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(0, 1)).map(([at, to, kept]) => (text: string) => {
    const frames = text.split("\n\n");
    const from = at % frames.length;
    const frame = frames[from] ?? "";
    if (kept === 0) frames.splice(from, 1);
    frames.splice(to % (frames.length + 1), 0, frame);
    return frames.join("\n\n");
  }),
);

/** undefined: the decoder of the bytes gave up. */
function read(dialect: Dialect, text: string): ReplyEvent[] | undefined {
  const decoder = createSseDecoder({ lineBytesMax: LINE_BYTES_MAX });
  const reader = codecOf(dialect).createReader();
  try {
    return decoder.push(UTF8.encode(text)).flatMap((event) => [...reader.push(event)]);
  } catch (error) {
    if (!(error instanceof AttemptFault)) throw error;
    return undefined;
  }
}

function charsOf(event: ReplyEvent): number {
  if ("text" in event) return event.text.length;
  if (event.type === "proof-add") return event.proof.data.length;
  if (event.type === "citation-add") return event.citation.quote?.length ?? 0;
  return event.type === "part-start" && event.part.kind === "redacted"
    ? event.part.proof.data.length
    : 0;
}

test.for(["openai", "anthropic", "responses"] as const)(
  "%s: mutated streams never crash the reader, and it never says more than came in",
  { timeout: LONG_MS },
  (dialect) => {
    const streams = goodStreams(dialect);
    const counts = { whole: 0, failed: 0 };
    fc.assert(
      fc.property(
        fc.nat(STREAMS - 1),
        fc.array(MUTATIONS, { minLength: 1, maxLength: 5 }),
        (at, mutations) => {
          const text = mutations.reduce((broken, mutate) => mutate(broken), streams[at] ?? "");
          const said = read(dialect, text);
          if (!said) return;
          const end = said.findIndex(({ type }) => type === "reply-end" || type === "reply-fail");
          if (end >= 0) expect(end).toBe(said.length - 1);
          if (end >= 0) counts[said[end]?.type === "reply-end" ? "whole" : "failed"] += 1;
          expect(said.length).toBeLessThanOrEqual(text.length);
          const chars = said.reduce((sum, event) => sum + charsOf(event), 0);
          expect(chars).toBeLessThanOrEqual(text.length);
        },
      ),
      { numRuns: runs(500, 100_000) },
    );
    expect(counts.whole).toBeGreaterThan(0);
    expect(counts.failed).toBeGreaterThan(0);
  },
);
