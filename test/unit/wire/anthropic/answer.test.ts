import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import { TokenhubError } from "../../../../src/errors.ts";
import { anthropic } from "../../../../src/wire/anthropic/anthropic.ts";

const answer = (given: Record<string, unknown>) => JSON.stringify({ content: [], ...given });

describe("answers", () => {
  test.each(["", "[]", "{}", '{"content":"x"}', '{"content":[1]}', "null"])(
    "%s is no answer",
    (text) => {
      expect(() => anthropic.readAnswer(text)).toThrow(
        expect.objectContaining({ class: "transient", what: "bad-answer" }),
      );
    },
  );

  test.each(['{"type":"error","error":{}}', '{"error":"Unauthorized"}', '{"error":{"code":400}}'])(
    "%s is an error in an answer",
    (text) => {
      expect(() => anthropic.readAnswer(text)).toThrow(
        expect.objectContaining({ class: "transient", what: "error-in-answer" }),
      );
    },
  );

  test("text, thinking and calls are what it says", () => {
    const content = [
      { type: "thinking", thinking: "ab", signature: "xxxx" },
      { type: "text", text: "cde" },
      { type: "tool_use", id: "t", name: "f", input: { a: 1 } },
      { type: "tool_use", id: "t", name: "g", input: {} },
    ];
    expect(anthropic.readAnswer(answer({ content, stop_reason: "tool_use" }))).toEqual({
      usage: undefined,
      finish: "tool_use",
      outputChars: 14,
    });
  });
});

describe("usage", () => {
  const usageOf = (usage: unknown) => anthropic.readAnswer(answer({ usage })).usage;

  test("the prompt includes what was read from a cache and written to one", () => {
    const usage = {
      input_tokens: 5,
      cache_read_input_tokens: 9,
      cache_creation_input_tokens: 3,
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 4 },
    };
    expect(usageOf(usage)).toEqual({
      promptTokens: 17,
      completionTokens: 7,
      cachedTokens: 9,
      cacheWriteTokens: 3,
      reasoningTokens: 4,
    });
  });

  test.each([null, "x", {}, { input_tokens: 1 }, { input_tokens: -1, output_tokens: 2 }])(
    "%j is no usage",
    (usage) => {
      expect(usageOf(usage)).toBeUndefined();
    },
  );

  test("details that make no sense count as 0", () => {
    const main = { input_tokens: 5, output_tokens: 7 };
    const details = { cache_read_input_tokens: null, cache_creation_input_tokens: "3" };
    expect(usageOf({ ...main, ...details })).toMatchObject({ promptTokens: 5, cachedTokens: 0 });
    const thinking = { output_tokens_details: { thinking_tokens: 8 } };
    expect(usageOf({ ...main, ...thinking })).toMatchObject({ reasoningTokens: 7 });
  });
});

describe("the answer for the client", () => {
  test("names the public model and keeps the rest to the byte", () => {
    const text =
      '{"id":"msg_1", "type":"message","role":"assistant","model":"up","content":[],"stop_reason":"end_turn","stop_sequence":null,"new":1.0}';
    expect(anthropic.writeAnswer(text, { modelId: "public" })).toBe(
      text.replace('"up"', '"public"'),
    );
    const more = anthropic.writeAnswer(text, { modelId: "public", extra: { tokenhub: { a: 1 } } });
    expect(JSON.parse(more).tokenhub).toEqual({ a: 1 });
  });

  test("an imitating server's id and missing members are put right", () => {
    const text = '{"id":"chatcmpl-a b-1","model":"up","content":[],"stop_reason":"end_turn"}';
    expect(JSON.parse(anthropic.writeAnswer(text, { modelId: "public" }))).toEqual({
      id: "msg_a_b-1",
      type: "message",
      role: "assistant",
      model: "public",
      content: [],
      stop_reason: "end_turn",
      stop_sequence: null,
    });
  });
});

describe("errors", () => {
  test.each([
    ["invalid_json", "invalid_request_error"],
    ["context_length_exceeded", "invalid_request_error"],
    ["missing_or_invalid_key", "authentication_error"],
    ["budget_exceeded", "billing_error"],
    ["insufficient_scope", "permission_error"],
    ["model_not_found", "not_found_error"],
    ["method_not_allowed", "invalid_request_error"],
    ["timeout", "timeout_error"],
    ["too_large", "request_too_large"],
    ["no_eligible_model", "invalid_request_error"],
    ["rate_limited", "rate_limit_error"],
    ["internal", "api_error"],
    ["upstream_error", "api_error"],
    ["no_provider", "overloaded_error"],
    ["overloaded", "overloaded_error"],
    ["deadline_exceeded", "timeout_error"],
  ] as const)("%s is %s", (code, type) => {
    const error = new TokenhubError(code);
    const body = anthropic.errorBody(error, "req_1");
    expect(body).toMatchObject({ type: "error", error: { type }, request_id: "req_1" });
    expect(body.error).not.toHaveProperty("details");
  });

  test("the message begins with the path of the field", () => {
    const error = new TokenhubError("invalid_value", { param: "messages.3.content" });
    expect(anthropic.errorBody(error, "r").error).toMatchObject({
      message: `messages.3.content: ${error.message}`,
    });
  });

  test("overflow begins with the words on which clients shorten", () => {
    const tokens = { promptTokens: 210_000, tokensMax: 200_000 };
    const told = new TokenhubError("context_length_exceeded", { tokens });
    expect(anthropic.errorBody(told, "r").error).toMatchObject({
      message: "prompt is too long: 210000 tokens > 200000 maximum",
    });
    const untold = anthropic.errorBody(new TokenhubError("context_length_exceeded"), "r");
    expect(untold.error).toMatchObject({ message: expect.stringMatching(/^prompt is too long/) });
  });

  test("the official client reads code, type and request id out of it", () => {
    const error = new TokenhubError("unsupported_parameter", {
      param: "thread",
      errorCode: "thread_unsupported_request",
    });
    const body = anthropic.errorBody(error, "req_1");
    const thrown = Anthropic.APIError.generate(400, body, undefined, new Headers());
    expect(thrown).toBeInstanceOf(Anthropic.BadRequestError);
    expect(thrown).toMatchObject({
      type: "invalid_request_error",
      errorCode: "thread_unsupported_request",
    });
  });

  test("an error event is named as the dialect names it", () => {
    const text = anthropic.errorFrame(new TokenhubError("overloaded"), "req_1");
    expect(text).toMatch(/^event: error\ndata: \{"type":"error",.*\}\n\n$/);
  });
});
