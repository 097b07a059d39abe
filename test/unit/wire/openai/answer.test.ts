import fc from "fast-check";
import { Stream } from "openai/streaming";
import { describe, expect, test } from "vitest";
import { TokenhubError } from "../../../../src/errors.ts";
import { openai } from "../../../../src/wire/openai/openai.ts";
import { openStream, readEvent } from "../../../../src/wire/openai/stream.ts";
import { runs } from "../../../fakes/long.ts";
import { replyContext } from "../../../fakes/reply-context.ts";

describe("answers", () => {
  test.each(["[]", "{}", "[{}]", '[{"message":null}]', "[null]", '[{"message":{}},7]'])(
    "choices %s are no answer",
    (choices) => {
      expect(() => openai.readAnswer(`{"choices":${choices}}`)).toThrow(
        expect.objectContaining({ class: "transient", what: "bad-answer" }),
      );
    },
  );

  test("what all choices say is counted, the first reason to finish is told", () => {
    const choices = [
      { message: { content: null, reasoning: "ab", tool_calls: [{ function: { name: "f" } }] } },
      { message: { content: "c" }, finish_reason: "length" },
    ];
    expect(openai.readAnswer(JSON.stringify({ choices }))).toEqual({
      usage: undefined,
      finish: "length",
      outputChars: 4,
    });
  });
});

describe("usage", () => {
  const usageOf = (usage: unknown) =>
    openai.readAnswer(JSON.stringify({ choices: [{ message: {} }], usage })).usage;

  test.each([
    undefined,
    null,
    "x",
    [],
    {},
    { prompt_tokens: -1, completion_tokens: 2 },
    { prompt_tokens: "3", completion_tokens: 2 },
    { prompt_tokens: 3, completion_tokens: 1e12 },
    { prompt_tokens: 3.5, completion_tokens: 2 },
    { prompt_tokens: 3 },
  ])("%j is no usage", (usage) => {
    expect(usageOf(usage)).toBeUndefined();
  });

  test("details larger than their whole, or senseless, count as 0", () => {
    const whole = { prompt_tokens: 10, completion_tokens: 5 };
    const details = (prompt: unknown, completion: unknown) =>
      usageOf({ ...whole, prompt_tokens_details: prompt, completion_tokens_details: completion });
    const none = { cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
    expect(details({ cached_tokens: 11 }, { reasoning_tokens: 6 })).toMatchObject(none);
    expect(details({ cached_tokens: "4" }, { reasoning_tokens: -1 })).toMatchObject(none);
    expect(details(null, null)).toMatchObject(none);
    expect(
      details({ cached_tokens: 4, created_cache_tokens: 6 }, { reasoning_tokens: 5 }),
    ).toMatchObject({ cachedTokens: 4, cacheWriteTokens: 6, reasoningTokens: 5 });
  });
});

/** What becomes of one event of a stream whose client wants no usage. */
const relayed = (data: string) =>
  openStream(replyContext({ modelId: "m" })).push({ event: undefined, data }).frame;

describe("events", () => {
  const chunk = (delta: unknown, rest: object = {}) =>
    readEvent(JSON.stringify({ choices: [{ index: 0, delta, ...rest }] }));

  test.each([
    [{ content: "a" }, "content", 1],
    [{ content: [{ type: "text", text: "ab" }] }, "content", 2],
    [{ content: null, reasoning: "a" }, "content", 1],
    [{ reasoning_content: "a" }, "content", 1],
    [{ refusal: "no" }, "content", 2],
    [{ tool_calls: [{ index: 0, function: { name: "f" } }] }, "content", 1],
    [{ tool_calls: [{ index: 0, function: { arguments: "{}" } }] }, "content", 2],
    [{ tool_calls: [{ index: 0 }] }, "content", 0],
    [{ function_call: { name: "f", arguments: "" } }, "content", 1],
    [{ audio: { data: "AAAA" } }, "content", 0],
    [{ role: "assistant", content: "" }, "other", 0],
    [{ role: "assistant", content: null, tool_calls: [] }, "other", 0],
    [{}, "other", 0],
    [null, "other", 0],
  ])("delta %j is %s", (delta, kind, outputChars) => {
    expect(chunk(delta)).toMatchObject({ kind, outputChars, finish: undefined });
  });

  test("a finish with an empty delta, none, or a last word", () => {
    expect(chunk({}, { finish_reason: "stop" })).toMatchObject({ kind: "finish", finish: "stop" });
    expect(chunk(undefined, { finish_reason: "stop" }).kind).toBe("finish");
    expect(chunk({ content: "." }, { finish_reason: "length" })).toMatchObject({
      kind: "content",
      finish: "length",
    });
  });

  test("usage beside choices stays where it is, also when it was not asked for", () => {
    const data =
      '{"choices":[{"delta":{"content":"a"}}],"model":"x","usage":{"prompt_tokens":1,"completion_tokens":1}}';
    const facts = readEvent(data);
    expect(facts).toMatchObject({ kind: "content", usage: { promptTokens: 1 } });
    expect(relayed(data)).toBe(`data: ${data.replace('"x"', '"m"')}\n\n`);
  });

  test("an event without choices that is no usage passes; absurd usage is hidden all the same", () => {
    expect(readEvent('{"choices":[],"prompt_filter_results":[]}').kind).toBe("other");
    expect(readEvent('{"choices":[],"usage":null}').kind).toBe("other");
    const absurd = readEvent('{"choices":[],"usage":{"prompt_tokens":-1}}');
    expect(absurd).toMatchObject({ kind: "usage", usage: undefined });
  });

  test.each([
    ['{"error":{"message":"x"}}', { message: "x" }],
    ['{"error":"Unauthorized"}', "Unauthorized"],
    ['{"detail":"Not Found"}', "Not Found"],
    ['{"object":"error","message":"x"}', { object: "error", message: "x" }],
    [
      '{"choices":[{"delta":{"content":"a"},"finish_reason":"error"}],"error":{"code":502}}',
      { code: 502 },
    ],
  ])("%s is the error %j", (data, error) => {
    expect(readEvent(data)).toMatchObject({ kind: "error", error });
  });

  test("a null error or a detail beside choices is no error", () => {
    const rest = '"choices":[{"delta":{"content":"a"}}]';
    expect(readEvent(`{"error":null,${rest}}`).kind).toBe("content");
    expect(readEvent(`{"detail":"x",${rest}}`).kind).toBe("content");
  });

  test("a chunk without model gets the public one; a repeated one is changed everywhere", () => {
    const write = relayed;
    expect(write('{"choices":[{"delta":{"content":"a"}}]}')).toContain('"model":"m"');
    const twice = '{"model":"secret","choices":[{"delta":{"content":"a"}}],"model":"secret"}';
    expect(write(twice)).not.toContain("secret");
  });

  test("JSON spread over several data lines stays one event", () => {
    const data = '{"model":"x",\n"choices":[{"delta":{"content":"a"}}]}';
    expect(relayed(data)).toBe(
      'data: {"model":"m",\ndata: "choices":[{"delta":{"content":"a"}}]}\n\n',
    );
  });
});

describe("the model in one event after the other", () => {
  const begin = '{"id":"a","created":1,"model":';
  const rest = ',"choices":[{"delta":{"content":"a"}}]';
  const through = (...events: string[]) => {
    const path = openStream(replyContext({ modelId: "m" }));
    return events.map((data) => path.push({ event: undefined, data }).frame.slice(6, -2));
  };

  test("events that begin alike are patched alike", () => {
    const event = `${begin}"up:8b"${rest}}`;
    const wanted = `${begin}"m"${rest}}`;
    expect(through(event, event, event)).toEqual([wanted, wanted, wanted]);
  });

  test("a second model later on is found, spelled with escapes or not", () => {
    const plain = `${begin}"up"${rest}}`;
    const again = `${begin}"up"${rest},"model":"secret"}`;
    const escaped = `${begin}"up"${rest},"mo\\u0064el":"secret"}`;
    expect(through(plain, again, escaped, plain).join("")).not.toContain("secret");
  });

  test("a value that says model is no key", () => {
    const event = `{"id":"model","model":"up"${rest}}`;
    expect(through(event, event)).toEqual(Array(2).fill(`{"id":"model","model":"m"${rest}}`));
  });

  const BASE = '{"id":"a","object":"chat.completion.chunk","created":1,"model":"up"';
  const TAILS = [
    ',"choices":[{"index":0,"delta":{"content":"a b"},"finish_reason":null}]}',
    ',"choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":null}]}',
    ',"choices":[{"index":0,"delta":{"content":"ü😀"},"logprobs":null,"finish_reason":null,"token_ids":null}],"usage":null}',
    ',"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}],"usage":null,"obfuscation":"Ab1"}',
    ',"choices":[{"index":0,"delta":{"content":"q\\"r\\n"},"finish_reason":null}]}',
    ',"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}',
    ',"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}],"usage":{"prompt_tokens":1,"completion_tokens":1}}',
    ',"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}],"error":"bad"}',
    ',"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}],"model":"secret"}',
    ',"choices":[{"index":0,"delta":{"content":"tab\there"},"finish_reason":null}]}',
    ',"choices":[{"index":0,"delta":{"content":"cut',
  ];

  test("an event that only says a text is told as the parser tells it", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TAILS), { minLength: 2, maxLength: 6 }), (tails) => {
        const path = openStream(replyContext({ modelId: "m" }));
        for (const tail of tails) {
          const data = `${BASE}${tail}`;
          const { frame, ...facts } = path.push({ event: undefined, data });
          expect(facts).toEqual(readEvent(data));
          expect(frame).not.toMatch(/secret|"up"|bad/);
        }
      }),
      { numRuns: runs(300, 10_000) },
    );
  });

  test("any event gives what a fresh stream gives for it", () => {
    const part = fc.constantFrom(
      ...['"id":"a"', '"model":"up"', '"model":"x:y"', '"model":null', '"model":"q\\"r"'],
      ...[
        '"mo\\u0064el":"z"',
        '"n":1',
        '"s":"\\u0041 model"',
        '"o":{"model":"in"}',
        '"choices":[]',
      ],
    );
    const event = fc.array(part, { minLength: 1, maxLength: 4 }).map((all) => `{${all.join(",")}}`);
    fc.assert(
      fc.property(fc.array(event, { minLength: 2, maxLength: 4 }), (events) => {
        expect(through(...events)).toEqual(events.flatMap((one) => through(one)));
      }),
      { numRuns: runs(500, 20_000) },
    );
  });
});

describe("errors", () => {
  const error = new TokenhubError("rate_limited");

  test("the body is the contract's, with param only where there is one", () => {
    const body = openai.errorBody(new TokenhubError("invalid_value", { param: "n" }), "req_1");
    expect(JSON.parse(JSON.stringify(body))).toEqual({
      error: {
        code: "invalid_value",
        type: "invalid_request_error",
        message: "A field has the wrong type or is out of range.",
        param: "n",
        request_id: "req_1",
      },
    });
    expect(JSON.stringify(openai.errorBody(error, "req_1"))).not.toContain("param");
  });

  test("the official SDK gives what came before an error frame, then throws", async () => {
    const chunk = '{"choices":[{"delta":{"content":"a"}}],"model":"x"}';
    const frames = `${relayed(chunk)}${openai.errorFrame(error, "req_1")}`;
    const seen: unknown[] = [];
    const consume = async () => {
      const stream = Stream.fromSSEResponse(new Response(frames), new AbortController());
      for await (const event of stream) seen.push(event);
    };
    await expect(consume()).rejects.toMatchObject({ code: "rate_limited" });
    expect(seen).toEqual([{ choices: [{ delta: { content: "a" } }], model: "m" }]);
  });
});
