/** Conversations and replies for properties: what the Chat dialect can say, in the form it comes back in. */
import fc from "fast-check";
import type {
  CallPart,
  Conversation,
  Part,
  Reply,
  Sampling,
  Tool,
  ToolChoice,
  Turn,
} from "../../src/conversation.ts";

const words = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
  fc.constantFrom("__proto__", "data: x\n\nevent: y", "[DONE]", "\r\n", '"}', "\u2028"),
);
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
const data = fc.base64String({ minLength: 4, maxLength: 16 });
const json = fc.dictionary(fc.string({ maxLength: 5 }), fc.integer(), { maxKeys: 3 });
const text = words.map((value): Part => ({ kind: "text", text: value }));

const media = fc.oneof(
  fc.record({ by: fc.constant("url" as const), url: fc.webUrl() }),
  fc.record({
    by: fc.constant("base64" as const),
    mediaType: fc.constantFrom("image/png", "application/pdf"),
    data,
  }),
);
const image = fc.record({
  kind: fc.constant("image" as const),
  source: media,
  detail: maybe(fc.constantFrom("low", "high")),
});
const document = fc.record({
  kind: fc.constant("document" as const),
  source: fc.oneof(
    media.filter(({ by }) => by === "base64"),
    fc.record({ by: fc.constant("file" as const), id: fc.constant("file-1") }),
  ),
  title: words,
});
const audio = fc.record({ kind: fc.constant("audio" as const), format: words, data });

/** The conversation with its tools and calls; each call has its result in the next turn. */
export function chatConversations(): fc.Arbitrary<Conversation> {
  return fc
    .record({ turns: fc.array(exchange, { minLength: 1, maxLength: 3 }), tools, rest })
    .chain(({ turns, tools: known, rest: other }) =>
      fc.record({ toolChoice: choices(known), parallelCalls: maybe(fc.boolean()) }).map(
        ({ toolChoice, parallelCalls }): Conversation => ({
          ...other,
          turns: numbered(turns.flat()),
          tools: known,
          toolChoice: known.length > 0 ? toolChoice : undefined,
          parallelCalls: known.length > 0 ? parallelCalls : undefined,
        }),
      ),
    );
}

const call = fc.record({
  kind: fc.constant("call" as const),
  id: fc.constant(""),
  name: words,
  input: fc.oneof(
    json.map((value) => JSON.stringify(value)),
    fc.constantFrom("{", "110E4"),
  ),
  custom: fc.boolean(),
});

const exchange = fc
  .record({
    system: fc.array(text, { maxLength: 2 }),
    name: maybe(words),
    user: fc.array(fc.oneof(text, image, document, audio), { minLength: 1, maxLength: 3 }),
    said: fc.array(text, { maxLength: 2 }),
    refusal: maybe(words),
    calls: fc.array(call, { maxLength: 2 }),
    result: fc.array(text, { maxLength: 2 }),
  })
  .map(({ system, name, user, said, refusal, calls, result }): Turn[] => {
    const refusals: Part[] = refusal === undefined ? [] : [{ kind: "refusal", text: refusal }];
    const turns: Turn[] = [
      { role: "system", parts: system },
      { role: "user", parts: user, name },
      { role: "assistant", parts: [...said, ...refusals, ...calls] },
    ];
    if (calls.length === 0) return turns;
    const results = calls.map(
      ({ custom }): Part => ({ kind: "result", callId: "", parts: result, isError: false, custom }),
    );
    return [...turns, { role: "user", parts: results }];
  });

/** Gives every call its own id, and its result the same. */
function numbered(turns: readonly Turn[]): Turn[] {
  return turns.map((turn, at) => {
    const ids = turn.role === "assistant" ? at : at - 1;
    let count = 0;
    const parts = turn.parts.map((part): Part => {
      if (part.kind === "call") return { ...part, id: `call_${ids}_${count++}` };
      if (part.kind === "result") return { ...part, callId: `call_${ids}_${count++}` };
      return part;
    });
    return { ...turn, parts };
  });
}

const tools: fc.Arbitrary<Tool[]> = fc.uniqueArray(
  fc.oneof(
    fc.record({
      kind: fc.constant("function" as const),
      name: words,
      description: maybe(words),
      schema: maybe(json),
      strict: maybe(fc.boolean()),
    }),
    fc.record({
      kind: fc.constant("custom" as const),
      name: words,
      description: maybe(words),
      format: maybe(json),
    }),
  ),
  { maxLength: 3, selector: ({ name }) => name },
);

function choices(known: readonly Tool[]): fc.Arbitrary<ToolChoice | undefined> {
  const names = known.flatMap((tool) => (tool.kind === "hosted" ? [] : tool.name));
  const plain = fc.constantFrom("auto", "none", "required").map((kind) => ({ kind }) as ToolChoice);
  if (names.length === 0) return maybe(plain);
  const name = fc.constantFrom(...names);
  return fc.oneof(
    maybe(plain),
    name.map((chosen): ToolChoice => ({ kind: "tool", name: chosen })),
    fc.record({
      kind: fc.constant("allowed" as const),
      names: fc.array(name, { minLength: 1, maxLength: 2 }),
      required: fc.boolean(),
    }),
  );
}

const count = fc.integer({ min: 1, max: 1_000 });
const share = fc.double({ min: 0, max: 2, noNaN: true }).map((value) => value + 0);

const sampling: fc.Arbitrary<Sampling> = fc.record({
  temperature: maybe(share),
  topP: maybe(share),
  topK: fc.constant(undefined),
  seed: maybe(count),
  presencePenalty: maybe(share),
  frequencyPenalty: maybe(share),
  logitBias: maybe(json),
  logprobs: maybe(fc.boolean()),
  topLogprobs: maybe(count),
  choices: fc.integer({ min: 1, max: 3 }),
});

const output = fc.record({
  tokensMax: maybe(count),
  stop: fc.array(words, { maxLength: 2 }),
  format: maybe(
    fc.oneof(
      fc.record({ kind: fc.constant("json" as const) }),
      fc.record({
        kind: fc.constant("schema" as const),
        name: words,
        description: maybe(words),
        schema: json,
        strict: maybe(fc.boolean()),
      }),
    ),
  ),
  verbosity: maybe(fc.constantFrom("low", "high")),
});

const rest = fc
  .record({
    target: fc.constant("m"),
    output,
    sampling,
    effort: maybe(fc.constantFrom("none", "minimal", "low", "medium", "high", "xhigh")),
    stream: fc.boolean(),
    user: maybe(words),
    cacheKey: maybe(words),
    serviceTier: maybe(fc.constantFrom("auto", "flex")),
    metadata: maybe(json),
  })
  .map(({ effort, ...other }) => ({
    ...other,
    usageWanted: other.stream,
    reasoning:
      effort === undefined ? undefined : { effort, budgetTokens: undefined, shown: undefined },
    unread: [],
  }));

const proof = fc.record({
  of: fc.constantFrom("openai", "anthropic", "responses"),
  data: data.filter((value) => value !== ""),
});
const usage = fc.record({
  promptTokens: fc.integer({ min: 20, max: 90 }),
  completionTokens: fc.integer({ min: 10, max: 90 }),
  cachedTokens: fc.integer({ min: 0, max: 10 }),
  cacheWriteTokens: fc.integer({ min: 0, max: 10 }),
  reasoningTokens: fc.integer({ min: 0, max: 10 }),
});

/** Reasoning, then at most one text and one refusal, then calls: what a whole answer of Chat can say. */
export function chatReplies(): fc.Arbitrary<Reply> {
  return fc
    .record({
      thoughts: fc.array(
        fc.oneof(
          fc.record({ kind: fc.constant("reasoning" as const), text: words, proof }),
          fc.record({ kind: fc.constant("redacted" as const), proof }),
        ),
        { maxLength: 3 },
      ),
      said: maybe(words),
      cited: fc.boolean(),
      refusal: maybe(words),
      calls: fc.array(call, { maxLength: 3 }),
      finish: fc.constantFrom("stop", "length", "refusal"),
      usage: maybe(usage),
      logprobs: maybe(fc.array(fc.record({ token: words }), { minLength: 1, maxLength: 2 })),
    })
    .map(({ thoughts, said, cited, refusal, calls, finish, usage: spent, logprobs }): Reply => {
      const numberedCalls = calls.map(
        (part, index): CallPart => ({ ...part, id: `call_${index}` }),
      );
      const citations = cited
        ? [{ url: "https://a.test", title: "A", start: 0, end: 1 }]
        : undefined;
      const texts: Part[] = said === undefined ? [] : [{ kind: "text", text: said, citations }];
      const refusals: Part[] = refusal === undefined ? [] : [{ kind: "refusal", text: refusal }];
      return {
        id: "chatcmpl-1",
        parts: [...thoughts, ...texts, ...refusals, ...numberedCalls],
        finish: finish === "stop" && calls.length > 0 ? "calls" : finish,
        stopSequence: undefined,
        usage: spent,
        logprobs: said === undefined ? undefined : logprobs,
      };
    });
}
