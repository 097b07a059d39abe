import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../src/chat.ts";
import { AttemptFault, FAULTS } from "../../src/errors.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import type { ProviderKind } from "../../src/providers/provider.ts";
import { seeded } from "../fakes/seeded.ts";

const NAMES = Object.keys(PROVIDERS);
const KINDS: Readonly<Record<string, ProviderKind>> = PROVIDERS;
const none = () => undefined;

/** Bodies that upstreams really send, and some that nobody should. */
const BODIES: readonly unknown[] = [
  undefined,
  null,
  "",
  "plain text",
  42,
  [],
  {},
  { error: null },
  { error: "Unauthorized" },
  { error: { message: 5, code: {}, type: [], param: 7 } },
  { error: { message: "x", code: "__proto__", type: "constructor" } },
  { detail: "Not Found" },
  { detail: [{ loc: ["body"], msg: "wrong" }] },
  { object: "error", message: "x", type: "BadRequestError", param: null, code: 400 },
];

describe.each(NAMES)("%s", (name) => {
  const kind = KINDS[name] as ProviderKind;
  const classify = (status: number, body: unknown) => kind.classify({ status, header: none, body });

  test("is named after its row and speaks a known dialect", () => {
    expect(kind.kind).toBe(name);
    expect(kind.wires.length).toBeGreaterThan(0);
    for (const wire of kind.wires) expect(DIALECTS).toContain(wire);
    if (kind.defaultBaseUrl) expect(kind.defaultBaseUrl).toMatch(/^https:\/\/.*[^/]$/);
  });

  test("authorizes with lower-case headers that carry the credential", () => {
    const headers = kind.authorize("secret-1");
    expect(Object.keys(headers).length).toBeGreaterThan(0);
    for (const key of Object.keys(headers)) expect(key).toBe(key.toLowerCase());
    expect(JSON.stringify(headers)).toContain("secret-1");
  });

  test("classes every status with every body, and never throws", () => {
    for (let status = 200; status < 600; status += 1) {
      for (const body of BODIES) {
        const fault = classify(status, body);
        expect(fault).toBeInstanceOf(AttemptFault);
        expect(Object.keys(FAULTS)).toContain(fault.class);
        expect(fault.status).toBe(status);
        expect(fault.what).toMatch(/^[A-Za-z0-9_-]+$/);
      }
    }
  });

  test.each([
    [200, "transient"],
    [301, "transient"],
    [307, "transient"],
    [400, "fatal"],
    [401, "credential_rejected"],
    [403, "credential_rejected"],
    [404, "misconfigured_candidate"],
    [405, "misconfigured_candidate"],
    [408, "transient"],
    [409, "transient"],
    [413, "context_overflow"],
    [422, "fatal"],
    [425, "transient"],
    [429, "rate_limited"],
    [500, "transient"],
    [501, "misconfigured_candidate"],
    [502, "transient"],
    [503, "transient"],
    [504, "transient"],
    [520, "transient"],
    [526, "transient"],
    [529, "rate_limited"],
  ])("an untyped %i is %s", (status, expected) => {
    expect(classify(status, undefined).class).toBe(expected);
    expect(classify(status, { error: { message: "no", type: "odd", code: null } }).class).toBe(
      expected,
    );
  });

  test.each([
    ["context_length_exceeded", 400, "context_overflow"],
    ["insufficient_quota", 429, "quota_exhausted"],
    ["rate_limit_exceeded", 429, "rate_limited"],
    ["rate_limit_exceeded", 400, "rate_limited"],
    ["model_not_found", 404, "misconfigured_candidate"],
    ["model_not_found", 400, "misconfigured_candidate"],
    ["invalid_api_key", 401, "credential_rejected"],
  ])("the typed code %s at %i decides", (code, status, expected) => {
    expect(classify(status, { error: { message: "m", type: "t", code } }).class).toBe(expected);
  });

  test("llama.cpp's typed overflow decides", () => {
    const error = {
      code: 400,
      message: "request (1050 tokens) …",
      type: "exceed_context_size_error",
    };
    expect(classify(400, { error }).class).toBe("context_overflow");
  });

  test("a code in the message decides nothing", () => {
    const words = ["context_length_exceeded", "insufficient_quota", "prompt is too long: 9 > 5"];
    for (const message of words) expect(classify(400, { error: { message } }).class).toBe("fatal");
  });

  test("an error event in a stream is the provider's fault unless its code says more", () => {
    expect(classify(200, { error: { message: "m", code: 400 } }).class).toBe("transient");
    expect(classify(200, { error: { message: "m", code: 429 } }).class).toBe("rate_limited");
    const code = "context_length_exceeded";
    expect(classify(200, { error: { message: "m", code } }).class).toBe("context_overflow");
    expect(classify(200, { error: "text" }).class).toBe("transient");
  });

  test("only a refusal of the request itself makes 404 the client's", () => {
    const typed = {
      message: "m",
      type: "invalid_request_error",
      code: "file_not_found",
      param: "file",
    };
    expect(classify(404, { error: typed })).toMatchObject({ class: "fatal", param: "file" });
    const model = { message: "m", type: "invalid_request_error", param: "model" };
    expect(classify(404, { error: model }).class).toBe("misconfigured_candidate");
    expect(classify(404, { detail: "Not Found" }).class).toBe("misconfigured_candidate");
  });

  test("a field is told only when it is a plain path of the dialect", () => {
    const param = (value: unknown) =>
      classify(400, { error: { message: "m", param: value } }).param;
    expect(param("messages[3].content")).toBe("messages[3].content");
    expect(param("body.max_tokens")).toBe("max_tokens");
    for (const bad of ["Ünsafe", "a b", "<b>", "x".repeat(65), "body.28", "", 5, null]) {
      expect(param(bad)).toBeUndefined();
    }
  });

  test("tells what is no list of models from a list of none", () => {
    if (!kind.discovery) return;
    expect(kind.discovery.path).toMatch(/^\//);
    const { parse } = kind.discovery;
    for (const body of [...BODIES, { data: {} }, { data: [null, {}, { id: "" }, { id: 3 }] }]) {
      expect(parse(body)).toBeUndefined();
    }
    expect(parse({ data: [] })).toEqual([]);
    expect(
      parse({ data: [{ id: "x".repeat(257) }, { id: "a", max_model_len: -1 }, { id: "a" }] }),
    ).toEqual([{ upstreamName: "a" }]);
    const endless = Array.from({ length: 5_000 }, (_, at) => ({ id: `m-${at}` }));
    expect(parse({ data: endless })?.length).toBe(2_000);
  });
});

describe("vLLM's overflow", () => {
  const texts = [
    "This model's maximum context length is 512 tokens. However, your prompt contains at least 513 input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=513)",
    "max_tokens=100000 cannot be greater than max_model_len=512. Please request fewer output tokens. (parameter=max_tokens, value=100000)",
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion). Please reduce the length of the messages or completion.",
    "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096 tokens and your request has 20 input tokens (5000 > 4096 - 20).",
  ];
  const classify = (message: string, kind: ProviderKind, status = 400) =>
    kind.classify({ status, header: none, body: { error: { message, code: 400 } } }).class;

  test.each(texts)("%s", (text) => {
    expect(classify(text, PROVIDERS.vllm)).toBe("context_overflow");
    expect(classify(text, PROVIDERS.vllm, 200)).toBe("context_overflow");
    expect(classify(text, PROVIDERS.openai)).toBe("fatal");
    expect(classify(text, PROVIDERS.vllm, 500)).toBe("transient");
  });

  test("is nothing when anything is before, after or inside it", () => {
    const random = seeded(7);
    for (const text of texts) {
      const at = 1 + Math.floor(random() * (text.length - 2));
      for (const changed of [`x${text}`, `${text} `, `${text}\n${text}`, `Bad value: "${text}"`]) {
        expect(classify(changed, PROVIDERS.vllm)).toBe("fatal");
      }
      expect(classify(`${text.slice(0, at)}\u00b6${text.slice(at)}`, PROVIDERS.vllm)).toBe("fatal");
    }
  });
});

test("llama.cpp's 500 to an image is a wrong offer, its other 500s are not", () => {
  const classify = (message: string) =>
    PROVIDERS.vllm.classify({ status: 500, header: none, body: { error: { message } } }).class;
  expect(classify("image input is not supported")).toBe("misconfigured_candidate");
  expect(classify("failed: image input is not supported")).toBe("transient");
});

test("vLLM's full queue asks for a second and harms no health", () => {
  const body = { error: { message: "busy", type: "Service Unavailable", param: null, code: 503 } };
  const fault = PROVIDERS.vllm.classify({ status: 503, header: none, body });
  expect(fault).toMatchObject({ class: "rate_limited", retryAfterMs: 1_000 });
  expect(FAULTS[fault.class].breaker).toBe(false);
});
