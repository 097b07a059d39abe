/** Answers of each dialect's providers at the doors of the others. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Part, Reply } from "../../../src/conversation.ts";
import { anthropicCodec } from "../../../src/wire/anthropic/codec.ts";
import { openaiCodec } from "../../../src/wire/openai/codec.ts";
import { openai } from "../../../src/wire/openai/openai.ts";
import { responsesCodec } from "../../../src/wire/responses/codec.ts";
import { createSseDecoder } from "../../../src/wire/sse.ts";
import { translateAnswer, translateStream } from "../../../src/wire/translate.ts";
import type { Wire } from "../../../src/wire/wire.ts";
import { runs } from "../../fakes/long.ts";
import { eventsOf, replyOf } from "../../fakes/replies.ts";
import { replyContext } from "../../fakes/reply-context.ts";

const USAGE = {
  promptTokens: 3,
  completionTokens: 2,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};
const CODECS = {
  openai: openaiCodec,
  anthropic: anthropicCodec,
  responses: responsesCodec,
} as const;
type Named = keyof typeof CODECS;
const WAYS = (Object.keys(CODECS) as Named[]).flatMap((door) =>
  (Object.keys(CODECS) as Named[]).flatMap((provider) =>
    door === provider ? [] : [{ door, provider }],
  ),
);
const wire = (dialect: Named): Wire => ({ ...openai, dialect, codec: CODECS[dialect] });

const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const replies = ({ provider }: (typeof WAYS)[number]): fc.Arbitrary<Reply> => {
  const proof = word.map((data) => ({ of: provider, data }));
  const reasoning = fc.record({ kind: fc.constant("reasoning" as const), text: word, proof });
  const text = fc.record({ kind: fc.constant("text" as const), text: word });
  const call = fc.record({
    kind: fc.constant("call" as const),
    id: fc.uuid().map((id) => `call_${id}`),
    name: fc.constantFrom("look", "sum"),
    input: fc.dictionary(word, fc.integer()).map((value) => JSON.stringify(value)),
    custom: fc.constant(false),
  });
  return fc
    .tuple(
      fc.option(reasoning),
      fc.option(text),
      fc.uniqueArray(call, { selector: ({ id }) => id, maxLength: 3 }),
    )
    .map(([first, second, calls]) => ({
      id: "id_1",
      parts: [first, second, ...calls].filter((part) => part !== null),
      finish: calls.length > 0 ? "calls" : "stop",
      stopSequence: undefined,
      usage: USAGE,
      logprobs: undefined,
    }));
};
const decoded = (text: string) =>
  createSseDecoder({ lineBytesMax: 1 << 20 }).push(new TextEncoder().encode(text));
/** Ids of items are the dialect's own, and made anew. */
const substance = ({ parts, finish, usage }: Reply) => ({
  parts: parts.map((part: Part) => ({
    citations: undefined,
    ...part,
    id: part.kind === "call" ? part.id : undefined,
  })),
  finish,
  usage,
});

test.for(WAYS)(
  "a stream of $provider reaches a client of $door whole",
  { timeout: runs(20_000, 600_000) },
  (way) => {
    const { door, provider } = way;
    fc.assert(
      fc.property(replies(way), fc.integer({ min: 1, max: 6 }), (reply, pieceChars) => {
        const context = () => replyContext({ usageWanted: true });
        const upstream = CODECS[provider].createWriter(context());
        const sent = eventsOf(reply, { pieceChars }).map((event) => upstream.write(event));
        const path = translateStream({
          door: wire(door),
          provider: wire(provider),
          names: new Map(),
          context: context(),
        });
        const facts = decoded(sent.join("")).map((event) => path.push(event));
        expect(facts.at(-1)?.kind).toBe("terminator");
        expect(facts.filter(({ kind }) => kind === "invalid" || kind === "error")).toEqual([]);
        const reader = CODECS[door].createReader();
        const received = decoded(facts.map(({ frame }) => frame).join(""));
        const got = replyOf(received.flatMap((event) => reader.push(event)));
        expect(substance(got)).toEqual(substance(reply));
      }),
      { numRuns: runs(60, 10_000) },
    );
  },
);

test.for(WAYS)(
  "a whole answer of $provider reaches a client of $door whole",
  { timeout: runs(20_000, 600_000) },
  (way) => {
    const { door, provider } = way;
    fc.assert(
      fc.property(replies(way), (reply) => {
        const context = replyContext({ usageWanted: true });
        const body = JSON.stringify(CODECS[provider].writeReply(reply, context));
        const { text, facts } = translateAnswer(body, {
          door: wire(door),
          provider: wire(provider),
          names: new Map(),
          context,
        });
        expect(substance(CODECS[door].readReply(text))).toEqual(substance(reply));
        expect(facts).toMatchObject({ usage: USAGE, finish: reply.finish });
      }),
      { numRuns: runs(60, 10_000) },
    );
  },
);
