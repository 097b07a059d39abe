import fc from "fast-check";
import { expect, test } from "vitest";
import type {
  CacheMark,
  Conversation,
  Media,
  Part,
  Tool,
  Turn,
} from "../../../../src/conversation.ts";
import { anthropicCodec } from "../../../../src/wire/anthropic/codec.ts";
import { readRequest } from "../../../../src/wire/anthropic/request.ts";
import { documentOf } from "../../../../src/wire/json.ts";
import { runs } from "../../../fakes/long.ts";

const anyText = fc.string({ unit: "grapheme", maxLength: 12 });
const visible = anyText.map((text) => `${text}x`);
const data = fc.base64String({ minLength: 4, maxLength: 12 });
/** As it is once it was text, which knows no -0. */
const json = fc
  .dictionary(anyText, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .map((value): Record<string, unknown> => JSON.parse(JSON.stringify(value)));
const inputText = json.map((value) => JSON.stringify(value));

/** Absent members are undefined, so that both sides of a comparison leave them out. */
function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

const cache = maybe(fc.constant<CacheMark>({ type: "ephemeral", ttl: "1h" }));
const textPart = fc.record({ kind: fc.constant("text" as const), text: visible, cache });
const media: fc.Arbitrary<Media> = fc.oneof(
  fc.record({ by: fc.constant("url" as const), url: fc.webUrl() }),
  fc.record({ by: fc.constant("base64" as const), mediaType: fc.constant("image/png"), data }),
  fc.record({ by: fc.constant("file" as const), id: visible }),
);
const image = fc.record({ kind: fc.constant("image" as const), source: media, cache });
const document = fc.record({
  kind: fc.constant("document" as const),
  source: fc.oneof(
    fc.record({
      by: fc.constant("base64" as const),
      mediaType: fc.constant("application/pdf"),
      data,
    }),
    fc.record({ by: fc.constant("text" as const), text: anyText }),
    fc.record({ by: fc.constant("url" as const), url: fc.webUrl() }),
  ),
  title: maybe(anyText),
  cache,
});
const said = fc.oneof(textPart, image, document);
const ownProof = data.map((value) => ({ of: "anthropic" as const, data: value }));

interface Exchange {
  readonly asked: readonly Part[];
  readonly thought: readonly Part[];
  readonly answered: readonly Part[];
  readonly calls: readonly {
    input: string;
    name: string;
    parts: readonly Part[];
    isError: boolean;
  }[];
}

const exchange: fc.Arbitrary<Exchange> = fc.record({
  asked: fc.array<Part>(said, { minLength: 1, maxLength: 3 }),
  thought: fc.array<Part>(
    fc.oneof(
      fc.record({ kind: fc.constant("reasoning" as const), text: anyText, proof: ownProof }),
      fc.record({ kind: fc.constant("redacted" as const), proof: ownProof }),
    ),
    { maxLength: 2 },
  ),
  answered: fc.array<Part>(textPart, { minLength: 1, maxLength: 2 }),
  calls: fc.array(
    fc.record({
      input: inputText,
      name: fc.constantFrom("f", "g"),
      parts: fc.array<Part>(said, { maxLength: 2 }),
      isError: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
});

/** Each exchange is one question and one answer; results of calls begin the next question. */
function turnsOf(system: readonly Part[], exchanges: readonly Exchange[]): Turn[] {
  const turns: Turn[] = system.length > 0 ? [{ role: "system", parts: system }] : [];
  let results: Part[] = [];
  let calls = 0;
  for (const { asked, thought, answered, calls: made } of exchanges) {
    turns.push({ role: "user", parts: [...results, ...asked] });
    const numbered = made.map((each) => ({ ...each, id: `call-${calls++}` }));
    results = numbered.map(({ id, parts, isError }) => {
      return { kind: "result", callId: id, parts, isError, custom: false };
    });
    const parts = numbered.map(({ id, name, input }): Part => {
      return { kind: "call", id, name, input, custom: false };
    });
    turns.push({ role: "assistant", parts: [...thought, ...answered, ...parts] });
  }
  turns.push({ role: "user", parts: [...results, { kind: "text", text: "go on" }] });
  return turns;
}

const tool: fc.Arbitrary<Tool> = fc.record({
  kind: fc.constant("function" as const),
  name: fc.constantFrom("f", "g"),
  description: maybe(anyText),
  schema: json.map((value) => ({ ...value, type: "object" })),
  strict: maybe(fc.constant(true)),
  cache,
});

const number = fc.integer({ min: 0, max: 100 }).map((value) => value / 100);

/** What Anthropic can say, in the form that reading gives it. */
const conversation: fc.Arbitrary<Conversation> = fc
  .record({
    turns: fc
      .tuple(fc.array(textPart, { maxLength: 2 }), fc.array(exchange, { maxLength: 3 }))
      .map(([system, exchanges]) => turnsOf(system, exchanges)),
    tools: fc.uniqueArray(tool, {
      selector: ({ kind, ...rest }) => `${kind}${"name" in rest && rest.name}`,
      maxLength: 2,
    }),
    choice: fc.record({
      kind: fc.constantFrom("auto", "none", "required", "tool"),
      parallelCalls: maybe(fc.boolean()),
    }),
    tokensMax: fc.integer({ min: 1, max: 9_000 }),
    stop: fc.array(visible, { maxLength: 2 }),
    schema: maybe(json),
    budgetTokens: maybe(fc.integer({ min: 1_024, max: 8_000 })),
    isOff: fc.boolean(),
    shown: maybe(fc.boolean()),
    sampling: fc.record({
      temperature: maybe(number),
      topP: maybe(number),
      topK: maybe(fc.nat()),
    }),
    stream: fc.boolean(),
    user: maybe(anyText),
  })
  .map((made): Conversation => {
    const { turns, choice, stop, schema } = made;
    const wish = { shown: made.shown, effort: undefined, budgetTokens: made.budgetTokens };
    const last = turns.at(-2)?.parts ?? [];
    const first = last[0]?.kind;
    const isProven = first === "reasoning" || first === "redacted";
    const mayThink =
      made.budgetTokens !== undefined &&
      made.budgetTokens < made.tokensMax &&
      (isProven || !last.some(({ kind }) => kind === "call"));
    const off = { effort: "none", budgetTokens: undefined, shown: undefined };
    const tools = made.tools;
    const name = tools[0]?.kind === "function" ? tools[0].name : "";
    const hasChoice = tools.length > 0;
    const kind = mayThink && choice.kind !== "none" ? "auto" : choice.kind;
    const parallelCalls = hasChoice && kind !== "none" ? choice.parallelCalls : undefined;
    return {
      target: "m",
      turns,
      tools,
      toolChoice: hasChoice
        ? kind === "tool"
          ? { kind, name }
          : { kind: kind as "auto" | "none" | "required" }
        : undefined,
      parallelCalls,
      output: {
        tokensMax: made.tokensMax,
        stop,
        format: schema && { kind: "schema", name: undefined, schema },
        verbosity: undefined,
      },
      sampling: {
        ...(mayThink
          ? { temperature: undefined, topP: undefined, topK: undefined }
          : made.sampling),
        seed: undefined,
        presencePenalty: undefined,
        frequencyPenalty: undefined,
        logitBias: undefined,
        logprobs: undefined,
        topLogprobs: undefined,
        choices: 1,
      },
      reasoning: mayThink ? wish : made.isOff ? off : undefined,
      stream: made.stream,
      usageWanted: true,
      user: made.user,
      cacheKey: undefined,
      serviceTier: undefined,
      metadata: undefined,
      unread: [],
    };
  });

const target = { upstreamName: "m", outputTokensMax: undefined, modelOutputTokensMax: undefined };

test("what is written for a provider is read as the same conversation", () => {
  fc.assert(
    fc.property(conversation, (given) => {
      const body = anthropicCodec.writeConversation(given, target);
      const copy = JSON.parse(JSON.stringify(body));
      expect(anthropicCodec.readConversation(readRequest(documentOf(copy)))).toEqual(given);
    }),
    { numRuns: runs(150, 10_000) },
  );
});
