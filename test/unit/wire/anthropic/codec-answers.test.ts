import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../../../src/chat.ts";
import type { Part, Reply, ReplyEvent } from "../../../../src/conversation.ts";
import { anthropicCodec } from "../../../../src/wire/anthropic/codec.ts";
import { createSseDecoder, type SseEvent } from "../../../../src/wire/sse.ts";
import { runs } from "../../../fakes/long.ts";
import { eventsOf, replyOf } from "../../../fakes/replies.ts";
import { replyContext } from "../../../fakes/reply-context.ts";

const anyText = fc.string({ unit: "grapheme", maxLength: 12 });
const visible = anyText.map((text) => `${text}x`);
const data = fc.base64String({ minLength: 4, maxLength: 12 });
const json = fc.dictionary(anyText, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
const inputText = json.map((value) => JSON.stringify(value));

/** Absent members are undefined, so that both sides of a comparison leave them out. */
function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

const proof = fc.record({ of: fc.constantFrom(...DIALECTS), data });

const citation = fc.record({ url: fc.webUrl(), title: maybe(visible), quote: maybe(visible) });
const replyPart = (input: fc.Arbitrary<string>): fc.Arbitrary<Part> =>
  fc.oneof(
    fc.record({
      kind: fc.constant("text" as const),
      text: visible,
      citations: maybe(fc.array(citation, { minLength: 1, maxLength: 2 })),
    }),
    fc.record({ kind: fc.constant("reasoning" as const), text: anyText, proof }),
    fc.record({ kind: fc.constant("reasoning" as const), text: visible }),
    fc.record({ kind: fc.constant("redacted" as const), proof }),
    fc.record({
      kind: fc.constant("call" as const),
      id: visible,
      name: visible,
      input,
      custom: fc.constant(false),
    }),
  );

const usage = fc
  .tuple(fc.nat(999), fc.nat(999), fc.nat(999), fc.nat(999), fc.nat(999))
  .map(([input, cachedTokens, cacheWriteTokens, reasoningTokens, rest]) => ({
    promptTokens: input + cachedTokens + cacheWriteTokens,
    completionTokens: reasoningTokens + rest,
    cachedTokens,
    cacheWriteTokens,
    reasoningTokens,
  }));

const finishes = [
  "stop",
  "stop-sequence",
  "length",
  "calls",
  "refusal",
  "pause",
  "context",
] as const;

function reply(input: fc.Arbitrary<string>): fc.Arbitrary<Reply> {
  return fc
    .record({
      id: visible.map(() => "msg_1"),
      parts: fc.array(replyPart(input), { maxLength: 5 }),
      finish: fc.constantFrom(...finishes),
      stopSequence: maybe(anyText),
      usage,
      logprobs: fc.constant(undefined),
    })
    .map((made) => {
      const waits = made.finish === "stop" && made.parts.some(({ kind }) => kind === "call");
      return waits ? { ...made, finish: "calls" as const } : made;
    });
}

function framesOf(events: readonly ReplyEvent[]): string {
  const writer = anthropicCodec.createWriter(replyContext());
  return events.map((event) => writer.write(event)).join("");
}

/** The bytes in pieces of `pieceBytes`. */
function decode(frames: string, pieceBytes: number): SseEvent[] {
  const decoder = createSseDecoder({ lineBytesMax: 1 << 20 });
  const bytes = new TextEncoder().encode(frames);
  const events: SseEvent[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    events.push(...decoder.push(bytes.subarray(at, at + pieceBytes)));
  }
  return events;
}

function heard(events: readonly SseEvent[]): ReplyEvent[] {
  const reader = anthropicCodec.createReader();
  return events.flatMap((event) => [...reader.push(event)]);
}

describe("answers", () => {
  test("a whole answer that is written is read as the same", () => {
    fc.assert(
      fc.property(reply(inputText), (given) => {
        const body = anthropicCodec.writeReply(given, replyContext());
        expect(anthropicCodec.readReply(JSON.stringify(body))).toEqual(given);
      }),
      { numRuns: runs(150, 10_000) },
    );
  });

  test("a streamed answer that is written is read as the same, however its bytes are split", () => {
    const pieces = fc.record({
      pieceChars: fc.integer({ min: 1, max: 9 }),
      pieceBytes: fc.integer({ min: 1, max: 99 }),
    });
    fc.assert(
      fc.property(reply(anyText), pieces, (given, { pieceChars, pieceBytes }) => {
        const frames = framesOf(eventsOf(given, { pieceChars }));
        expect(replyOf(heard(decode(frames, pieceBytes)))).toEqual(given);
      }),
      { numRuns: runs(150, 10_000) },
    );
  });

  test("calls side by side in any order of their deltas arrive whole", () => {
    const order = fc.array(fc.nat(3), { maxLength: 30 });
    fc.assert(
      fc.property(order, fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (deltas, ends) => {
        const indexes = [0, 1, 2, 3];
        const events: ReplyEvent[] = [
          { type: "reply-start", id: undefined },
          ...indexes.map((index): ReplyEvent => {
            const part = { kind: "call", id: `c${index}`, name: "f", custom: false } as const;
            return { type: "part-start", index, part };
          }),
          ...deltas.map(
            (index, at): ReplyEvent => ({ type: "input-delta", index, text: `${at},` }),
          ),
          ...ends.map((index): ReplyEvent => ({ type: "part-end", index })),
          { type: "reply-finish", finish: "calls", stopSequence: undefined },
          { type: "reply-end" },
        ];
        const { parts } = replyOf(heard(decode(framesOf(events), 64)));
        expect(parts).toEqual(replyOf(events).parts);
      }),
      { numRuns: runs(100, 5_000) },
    );
  });
});

/** Ends whatever a broken stream left open, so that the order of all before can be checked. */
function completed(events: readonly ReplyEvent[]): ReplyEvent[] {
  const kept = events.filter(({ type }) => type !== "noise" && type !== "reply-fail");
  if (kept.length === 0) kept.push({ type: "reply-start", id: undefined });
  const open = new Set<number>();
  for (const event of kept) {
    if (event.type === "part-start") open.add(event.index);
    if (event.type === "part-end") open.delete(event.index);
  }
  for (const index of open) kept.push({ type: "part-end", index });
  const has = (type: ReplyEvent["type"]) => kept.some((event) => event.type === type);
  if (!has("reply-finish"))
    kept.push({ type: "reply-finish", finish: "stop", stopSequence: undefined });
  if (!has("reply-end")) kept.push({ type: "reply-end" });
  return kept;
}

type Mutation = (events: readonly SseEvent[]) => SseEvent[];

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom("text", "tool_use", "__proto__", "constructor", "text_delta", "message_stop"),
);

/** Replaces one value somewhere inside the JSON. */
function withJunk(text: string, at: number, value: unknown): string {
  let place = at;
  return JSON.stringify(JSON.parse(text), (key, member) =>
    key !== "" && place-- === 0 ? value : member,
  );
}

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.nat(40).map((at) => (events: readonly SseEvent[]) => events.filter((_, each) => each !== at)),
  fc.tuple(fc.nat(40), fc.nat(40)).map(([from, to]) => (events: readonly SseEvent[]) => {
    const event = events[from];
    return event ? events.toSpliced(to, 0, event) : [...events];
  }),
  fc.tuple(fc.nat(40), fc.nat(12), junk).map(
    ([at, place, value]) =>
      (events: readonly SseEvent[]) =>
        events.map((event, each) =>
          each === at && event.data.startsWith("{")
            ? { ...event, data: withJunk(event.data, place, value) }
            : event,
        ),
  ),
  fc.tuple(fc.nat(40), fc.nat(60)).map(
    ([at, end]) =>
      (events: readonly SseEvent[]) =>
        events.map((event, each) =>
          each === at ? { ...event, data: event.data.slice(0, end) } : event,
        ),
  ),
);

test("a stream that is mutated anywhere keeps the order of its events, fails at most once, and never throws", {
  timeout: runs(20_000, 600_000),
}, () => {
  const sizes = { minLength: 1, maxLength: 4 };
  let failed = 0;
  fc.assert(
    fc.property(reply(anyText), fc.array(mutation, sizes), (given, mutations) => {
      let events = decode(framesOf(eventsOf(given, { pieceChars: 4 })), 1 << 16);
      for (const mutate of mutations) {
        const isJson = events.every(({ data: text }) => text.endsWith("}") || text === "");
        if (isJson) events = mutate(events);
      }
      const said = heard(events);
      const end = said.findIndex(({ type }) => type === "reply-fail" || type === "reply-end");
      if (end >= 0) expect(end).toBe(said.length - 1);
      if (said.at(-1)?.type === "reply-fail") failed++;
      replyOf(completed(said));
    }),
    { numRuns: runs(500, 100_000) },
  );
  expect(failed).toBeGreaterThan(0);
});

test("any JSON at all is read, never thrown at", () => {
  const types = ["message_start", "content_block_start", "content_block_delta", "message_delta"];
  const event = fc
    .tuple(fc.constantFrom(...types), json)
    .map(([type, rest]) => ({ ...rest, type }));
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.jsonValue(), event)), (values) => {
      heard(values.map((value) => ({ event: undefined, data: JSON.stringify(value) })));
    }),
    { numRuns: runs(200, 20_000) },
  );
});
