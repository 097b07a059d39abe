import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Conversation, Part, Tool, Turn } from "../../../../src/conversation.ts";

import { responsesCodec } from "../../../../src/wire/responses/codec.ts";
import { runs } from "../../../fakes/long.ts";
import { requestOf } from "../../../fakes/responses-codec.ts";

const { readConversation, writeConversation } = responsesCodec;
const TARGET = { upstreamName: "m", outputTokensMax: undefined, modelOutputTokensMax: undefined };

const word = fc.stringMatching(/^[a-z]{1,6}$/);
const text = fc.string({ unit: "grapheme", maxLength: 10 });
const textPart: fc.Arbitrary<Part> = text.map((said) => ({ kind: "text", text: said }));
const source = fc.oneof(
  word.map((name) => ({ by: "url", url: `https://x.test/${name}` }) as const),
  word.map((data) => ({ by: "base64", mediaType: "image/png", data }) as const),
  word.map((id) => ({ by: "file", id }) as const),
);
const inputPart: fc.Arbitrary<Part> = fc.oneof(
  textPart,
  fc.record({ kind: fc.constant("image"), source, detail: fc.constantFrom("auto", "low") }),
  fc.record({ kind: fc.constant("document"), source, title: word }),
);
const inputParts = fc.array(inputPart, { minLength: 1, maxLength: 3 });
const citation = fc.record({
  url: fc.constant("https://x.test"),
  title: word,
  start: fc.nat(),
  end: fc.nat(),
});
const spoken: fc.Arbitrary<Part> = fc.oneof(
  textPart,
  fc.record({
    kind: fc.constant("text"),
    text,
    citations: fc.array(citation, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant("refusal"), text }),
  fc.record({
    kind: fc.constant("reasoning"),
    text: word,
    id: word,
    proof: word.map((data) => ({ of: "responses", data }) as const),
  }),
);
const call = fc.record({
  kind: fc.constant("call"),
  id: fc.uuid(),
  name: word,
  namespace: word,
  input: fc.constantFrom("{}", "{", '{"a":1}'),
  custom: fc.boolean(),
});

/** The assistant speaks and calls, every call is answered, the user goes on. */
const round: fc.Arbitrary<readonly Turn[]> = fc
  .tuple(
    fc.array(spoken, { maxLength: 3 }),
    fc.array(call, { maxLength: 2 }),
    inputParts,
    inputParts,
  )
  .map(([said, calls, output, next]) => [
    { role: "assistant", parts: [...said, ...calls] },
    {
      role: "user",
      parts: calls.map(({ id, custom }): Part => {
        return { kind: "result", callId: id, parts: output, isError: false, custom };
      }),
    },
    { role: "user", parts: next },
  ]);
const system = text.map(
  (said): Turn => ({ role: "system", parts: [{ kind: "text", text: said }] }),
);
const developer = inputParts.map((parts): Turn => ({ role: "developer", parts }));
const turns = fc
  .tuple(fc.option(system), fc.option(developer), fc.array(round, { maxLength: 2 }), system)
  .map(([first, second, rounds, late]) => {
    const all = [...(first ? [first] : []), ...(second ? [second] : []), ...rounds.flat()];
    const said = all.filter(({ parts }) => parts.length > 0);
    return said.some(({ role }) => role === "user") ? [...said, late] : said;
  });

const tools: fc.Arbitrary<readonly Tool[]> = fc
  .tuple(
    fc.array(
      fc.record({
        kind: fc.constant("function"),
        name: word,
        description: word,
        schema: fc.constant({ type: "object" }),
        strict: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    fc.array(
      fc.record({
        kind: fc.constant("function"),
        name: word,
        namespace: fc.constant("space"),
        schema: fc.constant({ type: "object" }),
        strict: fc.constant(false),
      }),
      { maxLength: 2 },
    ),
    fc.array(fc.record({ kind: fc.constant("custom"), name: word }), { maxLength: 1 }),
  )
  .map((lists) => lists.flat());
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });

const conversations: fc.Arbitrary<Conversation> = fc.record({
  target: fc.constant("m"),
  turns,
  tools,
  toolChoice: fc.constantFrom(
    undefined,
    { kind: "auto" },
    { kind: "required" },
    { kind: "tool", name: "f" },
    { kind: "tool", name: "f", namespace: "space" },
    { kind: "allowed", names: ["f", "g"], required: true },
  ),
  parallelCalls: maybe(fc.boolean()),
  output: fc.record({
    tokensMax: maybe(fc.integer({ min: 1 })),
    stop: fc.constant([]),
    format: fc.constantFrom(
      undefined,
      { kind: "json" },
      { kind: "schema", name: "a", description: "d", schema: {}, strict: true },
    ),
    verbosity: maybe(word),
  }),
  sampling: fc.record({
    temperature: maybe(fc.constantFrom(0, 0.5)),
    topP: maybe(fc.constantFrom(0.5, 1)),
    topK: fc.constant(undefined),
    seed: fc.constant(undefined),
    presencePenalty: fc.constant(undefined),
    frequencyPenalty: fc.constant(undefined),
    logitBias: fc.constant(undefined),
    logprobs: fc.constantFrom(undefined, true),
    topLogprobs: maybe(fc.nat(20)),
    choices: fc.constant(1),
  }),
  reasoning: fc.constantFrom(
    undefined,
    { effort: "low", budgetTokens: undefined, shown: undefined },
    { effort: undefined, budgetTokens: undefined, shown: true },
    { effort: "none", budgetTokens: undefined, shown: true },
  ),
  stream: fc.boolean(),
  usageWanted: fc.constant(true),
  user: maybe(word),
  cacheKey: maybe(word),
  serviceTier: maybe(word),
  metadata: fc.constantFrom(undefined, { a: "b" }),
  unread: fc.constant([]),
});

describe("what the Responses dialect can express", () => {
  it("survives writing and reading", () => {
    fc.assert(
      fc.property(conversations, (conversation) => {
        const body = writeConversation(conversation, TARGET);
        expect(readConversation(requestOf(body))).toEqual(conversation);
      }),
      { numRuns: runs(150, 10_000) },
    );
  });
});
