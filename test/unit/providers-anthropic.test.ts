import { describe, expect, test } from "vitest";
import { anthropic } from "../../src/providers/anthropic.ts";

const refuse = (status: number, error: unknown) =>
  anthropic.classify({ status, header: () => undefined, body: { type: "error", error } });
const classOf = (status: number, type: string, message = "") =>
  refuse(status, { type, message }).class;

describe("typed refusals", () => {
  test.each([
    [401, "authentication_error", "credential_rejected"],
    [403, "permission_error", "credential_rejected"],
    [402, "billing_error", "quota_exhausted"],
    [429, "rate_limit_error", "rate_limited"],
    [529, "overloaded_error", "rate_limited"],
    [200, "overloaded_error", "rate_limited"],
    [404, "not_found_error", "misconfigured_candidate"],
    [413, "request_too_large", "context_overflow"],
    [500, "api_error", "transient"],
    [504, "timeout_error", "transient"],
    [200, "api_error", "transient"],
    [400, "invalid_request_error", "fatal"],
    [200, "invalid_request_error", "fatal"],
    [429, "invalid_request_error", "rate_limited"],
  ])("%i %s is %s", (status, type, expected) => {
    expect(classOf(status, type)).toBe(expected);
  });

  test.each([
    [400, "fatal"],
    [401, "credential_rejected"],
    [404, "misconfigured_candidate"],
    [503, "transient"],
    [529, "rate_limited"],
    [200, "transient"],
  ])("without a known type, %i is %s", (status, expected) => {
    for (const body of [undefined, null, "x", [], { error: "x" }, { error: { type: 5 } }]) {
      expect(anthropic.classify({ status, header: () => undefined, body }).class).toBe(expected);
    }
    expect(classOf(status, "__proto__")).toBe(expected);
  });
});

describe("texts", () => {
  const both = "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, ";

  test.each([
    ["prompt is too long: 210000 tokens > 200000 maximum", "context_overflow"],
    [`${both}decrease input length or \`max_tokens\` and try again`, "context_overflow"],
    [
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
      "quota_exhausted",
    ],
    ["messages.0: prompt is too long: 210000 tokens > 200000 maximum", "fatal"],
    ["prompt is too long: 210000 tokens > 200000 maximum\nx", "fatal"],
    ["prompt is too long", "fatal"],
    ["Your credit balance is too low, says the prompt", "fatal"],
  ])("%j is %s", (message, expected) => {
    expect(classOf(400, "invalid_request_error", message)).toBe(expected);
  });

  test.each([
    ["messages.3.content.0: Field required", "messages.3.content.0"],
    ["max_tokens: 100000 > 8192, which is too much", "max_tokens"],
    ["tools.0.custom.input_schema.secret: bad", "tools.0"],
    ["secret: bad", undefined],
    ["something is wrong", undefined],
  ])("%j names %s", (message, param) => {
    expect(refuse(400, { type: "invalid_request_error", message }).param).toBe(param);
  });
});

test.each([
  [404, "not_found_error", "thread_not_found"],
  [400, "invalid_request_error", "thread_unsupported_request"],
])("a thread that cannot go on is the client's to know: %i %s %s", (status, type, error_code) => {
  expect(refuse(status, { type, message: "x", details: { error_code } })).toMatchObject({
    class: "fatal",
    what: error_code,
    param: "thread",
  });
});

test("an error code that is no word of the vendor's is not repeated", () => {
  const details = { error_code: "thread_<secret>" };
  const fault = refuse(404, { type: "not_found_error", message: "x", details });
  expect(fault).toMatchObject({ class: "misconfigured_candidate", what: "not_found_error" });
});

test("keys go into their own header, models come from its own list", () => {
  expect(anthropic.authorize("sk-1")).toEqual({ "x-api-key": "sk-1" });
  const list = { data: [{ type: "model", id: "claude-x", display_name: "X" }], has_more: false };
  expect(anthropic.discovery?.parse(list)).toEqual([{ upstreamName: "claude-x" }]);
});

test("entries that tell their sizes are believed, in Anthropic's own fields only", () => {
  const sized = { id: "claude-x", max_input_tokens: 200_000, max_tokens: 64_000 };
  const foreign = { id: "claude-y", max_model_len: 512, meta: { n_ctx: 512 } };
  const wrong = { id: "claude-z", max_input_tokens: 0, max_tokens: "64000" };
  expect(anthropic.discovery?.parse({ data: [sized, foreign, wrong] })).toEqual([
    { upstreamName: "claude-x", maxContextTokens: 200_000, maxOutputTokens: 64_000 },
    { upstreamName: "claude-y" },
    { upstreamName: "claude-z" },
  ]);
});
