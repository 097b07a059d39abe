import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenhubError } from "../../../../src/errors.ts";
import { embeddings } from "../../../../src/wire/embeddings/embeddings.ts";
import { documentOf, parseDocument } from "../../../../src/wire/json.ts";
import { runs } from "../../../fakes/long.ts";

const read = (body: Record<string, unknown>) =>
  embeddings.readRequest(documentOf({ model: "m", input: "water", ...body }));
const factsOf = (input: unknown) => read({ input }).facts;

describe("a request for embeddings", () => {
  test.each<readonly [Record<string, unknown>, string]>([
    [{ model: undefined }, "model"],
    [{ model: "" }, "model"],
    [{ model: ["m"] }, "model"],
    [{ input: undefined }, "input"],
    [{ input: null }, "input"],
    [{ input: "" }, "input"],
    [{ input: [] }, "input"],
    [{ input: 7 }, "input"],
    [{ input: { text: "x" } }, "input"],
    [{ input: Array(2_049).fill("x") }, "input"],
    [{ input: Array(2_049).fill([1]) }, "input"],
    [{ input: ["a", ""] }, "input.1"],
    [{ input: ["a", [1]] }, "input.1"],
    [{ input: [[1], "a"] }, "input.1"],
    [{ input: [[1], []] }, "input.1"],
    [{ input: [null] }, "input.0"],
    [{ input: [1, "a"] }, "input.1"],
    [{ input: [1, 1.5] }, "input.1"],
    [
      {
        input: [
          [1, 2],
          [3, -1],
        ],
      },
      "input.1.1",
    ],
    [{ encoding_format: "hex" }, "encoding_format"],
    [{ encoding_format: 64 }, "encoding_format"],
    [{ dimensions: 0 }, "dimensions"],
    [{ dimensions: 1.5 }, "dimensions"],
    [{ dimensions: "8" }, "dimensions"],
    [{ stream: true }, "stream"],
    [{ stream: "no" }, "stream"],
  ])("case %#: what is wrong is invalid_value at its path", (change, param) => {
    expect(() => read(change)).toThrow(expect.objectContaining({ code: "invalid_value", param }));
  });

  test("with a name longer than any id is for a model that does not exist", () => {
    expect(() => read({ model: "m".repeat(257) })).toThrow(
      expect.objectContaining({ code: "model_not_found" }),
    );
  });

  test("writes nothing: no output is expected or paid", () => {
    expect(factsOf("water")).toMatchObject({
      kind: "embedding",
      needs: [],
      stream: false,
      outputTokensMax: 0,
      choices: 1,
    });
  });

  test("counts all inputs for money and the longest alone for the context", () => {
    const one = factsOf("some words of one input");
    expect(one.longestTokens).toBe(one.promptTokens);
    const many = factsOf(Array(2_048).fill("some words of one input"));
    expect(many.longestTokens).toBe(one.promptTokens);
    expect(many.promptTokens).toBeGreaterThan(2_000 * one.promptTokens * 0.8);
    expect(factsOf([[1, 2, 3], [4]])).toMatchObject({ promptTokens: 4, longestTokens: 3 });
    expect(factsOf([7, 8, 9])).toMatchObject({ promptTokens: 3, longestTokens: 3 });
  });

  test("is bounded for money even where every input gets tokens of its own around it", () => {
    expect(factsOf(Array(2_048).fill([1])).promptTokensUpper).toBeGreaterThanOrEqual(3 * 2_048);
  });

  test("reaches a provider with its own bytes, but for the model and the control field", () => {
    const text =
      '{"input" : ["h\\u00e9"], "model":"m", "dimensions": 256,"encoding_format":"base64","user":null,"tokenhub":{"policy":{}},"x":12345678901234567890}';
    const request = embeddings.readRequest(
      parseDocument(new TextEncoder().encode(text), { jsonDepthMax: 64 }),
    );
    expect(request.control).toEqual({ policy: {} });
    expect(
      String(embeddings.writeRequest(request, { upstreamName: "up", outputTokensMax: 5 })),
    ).toBe(
      '{"input" : ["h\\u00e9"], "model":"up", "dimensions": 256,"encoding_format":"base64","user":null,"x":12345678901234567890}',
    );
  });

  test("of any JSON is read or refused with a typed error", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (input, dimensions, format) => {
        try {
          const { facts } = read({ input, dimensions, encoding_format: format });
          expect(facts.promptTokens).toBeGreaterThan(0);
          expect(facts.longestTokens).toBeLessThanOrEqual(facts.promptTokens);
        } catch (error) {
          expect(error).toBeInstanceOf(TokenhubError);
        }
      }),
      { numRuns: runs(300, 20_000) },
    );
  });
});

describe("an answer with embeddings", () => {
  const item = { object: "embedding", index: 0, embedding: [0.1, -0.2] };
  const answer = (change: Record<string, unknown>) =>
    JSON.stringify({ object: "list", data: [item], model: "up", ...change });

  test("tells prompt tokens and no others", () => {
    const usage = { prompt_tokens: 8, total_tokens: 8 };
    expect(embeddings.readAnswer(answer({ usage }))).toEqual({
      usage: {
        promptTokens: 8,
        completionTokens: 0,
        cachedTokens: 0,
        cacheWriteTokens: 0,
        reasoningTokens: 0,
      },
      finish: undefined,
      outputChars: 0,
    });
  });

  test.each([
    undefined,
    null,
    {},
    { prompt_tokens: -1 },
    { prompt_tokens: 1e12 },
    { prompt_tokens: "8" },
  ])("with usage %j tells none", (usage) => {
    expect(embeddings.readAnswer(answer({ usage })).usage).toBeUndefined();
  });

  test("may be base64", () => {
    const data = [{ ...item, embedding: "zczMPQ==" }];
    expect(embeddings.readAnswer(answer({ data })).outputChars).toBe(0);
  });

  test.each([
    ["no JSON", "nothing", "bad-answer"],
    ["no object", "[]", "bad-answer"],
    ["no data", answer({ data: undefined }), "bad-answer"],
    ["empty data", answer({ data: [] }), "bad-answer"],
    ["data that is no list", answer({ data: item }), "bad-answer"],
    ["an item that is none", answer({ data: [item, null] }), "bad-answer"],
    ["an item without a vector", answer({ data: [{ index: 0 }] }), "bad-answer"],
    ["an empty vector", answer({ data: [{ ...item, embedding: [] }] }), "bad-answer"],
    ["a chat", JSON.stringify({ choices: [{ message: {} }] }), "bad-answer"],
    ["an error", JSON.stringify({ error: { message: "no" } }), "error-in-answer"],
    ["an error as text", JSON.stringify({ error: "no" }), "error-in-answer"],
    ["vLLM's error", JSON.stringify({ object: "error", message: "no" }), "error-in-answer"],
  ])("is none when it is %s", (_, text, what) => {
    expect(() => embeddings.readAnswer(text)).toThrow(
      expect.objectContaining({ class: "transient", what }),
    );
  });

  test("reaches the client as it came, under the public model", () => {
    const text = '{"object":"list", "data":[{"embedding":[1e-7,0.10]}],"model":"up","extra":1}';
    expect(embeddings.writeAnswer(text, { modelId: "public" })).toBe(
      '{"object":"list", "data":[{"embedding":[1e-7,0.10]}],"model":"public","extra":1}',
    );
    const told = embeddings.writeAnswer(text, { modelId: "m", extra: { tokenhub: { a: 1 } } });
    expect(JSON.parse(told)).toMatchObject({ model: "m", extra: 1, tokenhub: { a: 1 } });
  });
});

test("errors have OpenAI's shape", () => {
  const error = new TokenhubError("invalid_value", { param: "input" });
  expect(embeddings.errorBody(error, "req_1")).toMatchObject({
    error: { code: "invalid_value", param: "input", request_id: "req_1" },
  });
});
