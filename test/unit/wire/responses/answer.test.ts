import { describe, expect, test } from "vitest";
import { TokenhubError } from "../../../../src/errors.ts";
import { responses } from "../../../../src/wire/responses/responses.ts";

const answer = (rest: object) =>
  JSON.stringify({ object: "response", status: "completed", output: [], ...rest });
const readWith = (rest: object) => responses.readAnswer(answer(rest));

describe("answers", () => {
  test.each([
    "",
    "null",
    "[]",
    "{}",
    '{"object":"chat.completion","choices":[]}',
    '{"detail":"Not Found"}',
    answer({ output: undefined }),
    answer({ output: {} }),
    answer({ output: [null] }),
    answer({ status: "in_progress" }),
    answer({ status: "queued" }),
  ])("%s is no answer", (text) => {
    expect(() => responses.readAnswer(text)).toThrow(
      expect.objectContaining({ class: "transient", what: "bad-answer" }),
    );
  });

  test.each([
    '{"error":"Unauthorized"}',
    '{"object":"error","message":"x"}',
    answer({ status: "failed", error: { code: "server_error", message: "secret" } }),
    answer({ status: "failed", error: null }),
    answer({ status: "cancelled" }),
  ])("%s is an error inside an answer", (text) => {
    expect(() => responses.readAnswer(text)).toThrow(
      expect.objectContaining({ class: "transient", what: "error-in-answer" }),
    );
  });

  test("what all items say is counted", () => {
    const output = [
      { type: "reasoning", summary: [{ text: "ab" }], content: [{ text: "c" }] },
      { type: "message", content: [{ text: "de" }, { refusal: "f" }, null] },
      { type: "function_call", call_id: "call_1", name: "g", arguments: "{}" },
      { type: "custom_tool_call", call_id: "call_2", name: "h", input: "ij" },
      { type: "web_search_call", id: "ws_1" },
    ];
    expect(readWith({ output })).toEqual({
      usage: undefined,
      finish: "completed",
      outputChars: 12,
    });
  });

  test("the reason why an answer is incomplete is its finish", () => {
    const incomplete_details = { reason: "content_filter" };
    expect(readWith({ status: "incomplete", incomplete_details }).finish).toBe("content_filter");
    expect(readWith({ incomplete_details: null }).finish).toBe("completed");
    expect(readWith({ status: null }).finish).toBeUndefined();
  });

  test.each([null, {}, { input_tokens: -1, output_tokens: 1 }, { input_tokens: 1 }])(
    "%j is no usage",
    (usage) => {
      expect(readWith({ usage }).usage).toBeUndefined();
    },
  );

  test("usage has its details, or 0 where they make no sense", () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 5,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 6 },
      output_tokens_details: { reasoning_tokens: 9 },
    };
    expect(readWith({ usage }).usage).toEqual({
      promptTokens: 10,
      completionTokens: 5,
      cachedTokens: 4,
      cacheWriteTokens: 6,
      reasoningTokens: 0,
    });
  });

  test("an answer is written with the public model, more members and an id of the dialect", () => {
    const text = '{"id":"resp_1", "object":"response","model":"secret","big":12345678901234567890}';
    const extra = { tokenhub: { a: 1 } };
    expect(responses.writeAnswer(text, { modelId: "m", extra })).toBe(
      '{"id":"resp_1", "object":"response","model":"m","big":12345678901234567890,"tokenhub":{"a":1}}',
    );
    expect(responses.writeAnswer('{"id":"chatcmpl-7"}', { modelId: "m" })).toBe(
      '{"id":"resp_chatcmpl-7","model":"m"}',
    );
  });
});

test("the error body is the contract's, with param only where there is one", () => {
  const body = responses.errorBody(new TokenhubError("invalid_value", { param: "n" }), "req_1");
  expect(body).toMatchObject({
    error: {
      code: "invalid_value",
      type: "invalid_request_error",
      param: "n",
      request_id: "req_1",
    },
  });
  const plain = responses.errorBody(new TokenhubError("rate_limited"), "req_1");
  expect(JSON.stringify(plain)).not.toContain("param");
});
