import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { PROVIDERS } from "../../src/providers/index.ts";

const GOLDEN = path.join(import.meta.dirname, "../golden");

/** A recorded answer: status line, headers, body. */
function recorded(file: string): { status: number; body: unknown } {
  const text = readFileSync(path.join(GOLDEN, file), "utf8");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
  return { status, body: JSON.parse(text.slice(text.search(/\r?\n\r?\n/)).trim()) };
}

/** What real servers answered → class, and the field told. */
const EXPECTED: Readonly<Record<string, string>> = {
  "llamacpp/error-bad-schema": "fatal",
  "llamacpp/error-bad-type": "fatal",
  "llamacpp/error-context-overflow-prompt-tokens": "context_overflow",
  "llamacpp/error-context-overflow-prompt": "context_overflow",
  "llamacpp/error-context-overflow-stream": "context_overflow",
  "llamacpp/error-image": "misconfigured_candidate",
  "llamacpp/error-invalid-json": "fatal",
  "llamacpp/error-no-key": "credential_rejected",
  "llamacpp/error-no-messages": "fatal",
  "llamacpp/error-unknown-route": "misconfigured_candidate",
  "llamacpp/error-wrong-key": "credential_rejected",
  "llamacpp/error-wrong-method": "misconfigured_candidate",
  "vllm/error-bad-schema": "fatal",
  "vllm/error-bad-temperature": "fatal temperature",
  "vllm/error-bad-top-p": "fatal top_p",
  "vllm/error-bad-type": "fatal max_tokens",
  "vllm/error-context-overflow-max-tokens": "context_overflow",
  "vllm/error-context-overflow-prompt-tokens": "context_overflow",
  "vllm/error-context-overflow-prompt": "context_overflow",
  "vllm/error-context-overflow-stream": "context_overflow",
  "vllm/error-empty-messages": "fatal",
  "vllm/error-image-to-text-model": "fatal",
  "vllm/error-invalid-json": "fatal",
  "vllm/error-no-key": "credential_rejected",
  "vllm/error-no-messages": "fatal messages",
  "vllm/error-queue-full": "rate_limited",
  "vllm/error-unknown-model": "misconfigured_candidate",
  "vllm/error-unknown-route": "misconfigured_candidate",
  "vllm/error-wrong-key": "credential_rejected",
  "vllm/error-wrong-method": "misconfigured_candidate",
};

describe("recorded refusals", () => {
  test("every recording has a row", () => {
    const files = ["llamacpp", "vllm"].flatMap((server) =>
      readdirSync(path.join(GOLDEN, "refusals", server)).map(
        (file) => `${server}/${file.replace(".response.http", "")}`,
      ),
    );
    expect(files.sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  test.each(Object.entries(EXPECTED))("%s is %s", (name, expected) => {
    const refusal = recorded(`refusals/${name}.response.http`);
    const fault = PROVIDERS.vllm.classify({ ...refusal, header: () => undefined });
    expect([fault.class, fault.param].filter(Boolean).join(" ")).toBe(expected);
  });
});

test("vLLM's list tells its context, with every alias", () => {
  expect(PROVIDERS.vllm.discovery?.parse(recorded("models/vllm.response.http").body)).toEqual([
    { upstreamName: "tiny-qwen", maxContextTokens: 512 },
    { upstreamName: "tiny-qwen-alias", maxContextTokens: 512 },
  ]);
});

test("llama.cpp's list tells the context of one slot", () => {
  expect(PROVIDERS.vllm.discovery?.parse(recorded("models/llamacpp.response.http").body)).toEqual([
    { upstreamName: "gemma-3-270m", maxContextTokens: 1024 },
  ]);
});
