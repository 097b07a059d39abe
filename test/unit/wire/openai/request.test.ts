import { describe, expect, test } from "vitest";
import { documentOf, parseDocument } from "../../../../src/wire/json.ts";
import { openai } from "../../../../src/wire/openai/openai.ts";

const MESSAGES = [{ role: "user", content: "hi" }];
const read = (body: Record<string, unknown>) => openai.readRequest(documentOf(body));
const readWith = (body: Record<string, unknown>) =>
  read({ model: "m", messages: MESSAGES, ...body });
const write = (body: Record<string, unknown>, outputTokensMax?: number) =>
  JSON.parse(String(openai.writeRequest(readWith(body), { upstreamName: "up", outputTokensMax })));

describe("requests", () => {
  test.each([
    [{ model: undefined }, "model"],
    [{ model: 7 }, "model"],
    [{ model: "" }, "model"],
    [{ messages: undefined }, "messages"],
    [{ messages: [] }, "messages"],
    [{ messages: {} }, "messages"],
    [{ messages: Array(2001).fill(MESSAGES[0]) }, "messages"],
    [{ messages: [...MESSAGES, null] }, "messages.1"],
    [{ messages: ["hi"] }, "messages.0"],
    [{ messages: [...MESSAGES, { role: "root", content: "" }] }, "messages.1.role"],
    [{ messages: [{ role: "constructor", content: "" }] }, "messages.0.role"],
    [{ messages: [{ content: "" }] }, "messages.0.role"],
    [{ messages: [{ role: "user", content: 5 }] }, "messages.0.content"],
    [{ messages: [{ role: "user", content: {} }] }, "messages.0.content"],
    [{ stream: "true" }, "stream"],
    [{ stream: 1 }, "stream"],
    [{ stream_options: true }, "stream_options"],
    [{ stream_options: { include_usage: "yes" } }, "stream_options.include_usage"],
    [{ response_format: "json" }, "response_format"],
    [{ n: 0 }, "n"],
    [{ n: -0 }, "n"],
    [{ n: 129 }, "n"],
    [{ n: 1.5 }, "n"],
    [{ n: "1" }, "n"],
    [{ max_tokens: 0 }, "max_tokens"],
    [{ max_tokens: -1 }, "max_tokens"],
    [{ max_tokens: 2 ** 53 }, "max_tokens"],
    [{ max_completion_tokens: 1.5 }, "max_completion_tokens"],
    [{ temperature: "0.7" }, "temperature"],
    [{ top_p: [] }, "top_p"],
    [{ seed: "x" }, "seed"],
    [{ tools: {} }, "tools"],
    [{ functions: "f" }, "functions"],
  ])("%j is invalid_value at %s", (change, param) => {
    expect(() => readWith(change)).toThrow(
      expect.objectContaining({ code: "invalid_value", param }),
    );
  });

  test("a model name longer than any id is a model that does not exist", () => {
    expect(() => readWith({ model: "m".repeat(257) })).toThrow(
      expect.objectContaining({ code: "model_not_found" }),
    );
    expect(readWith({ model: "m".repeat(256) }).target).toHaveLength(256);
  });

  test("2 000 messages pass, and null is as good as absent", () => {
    const request = readWith({
      messages: Array(2000).fill({ role: "assistant", content: null }),
      stream: null,
      n: null,
      max_tokens: null,
      temperature: null,
      tools: null,
      response_format: null,
      stream_options: null,
    });
    expect(request.facts).toMatchObject({ stream: false, choices: 1, outputTokensMax: undefined });
    expect(request.facts.needs).toEqual([]);
  });

  test("unknown fields are forwarded, control data is not", () => {
    const control = { policy: { mode: "cheap" } };
    expect(readWith({ tokenhub: control }).control).toEqual(control);
    expect(write({ tokenhub: control, guided_choice: ["a"], user: "u" })).toEqual({
      model: "up",
      messages: MESSAGES,
      guided_choice: ["a"],
      user: "u",
    });
  });

  test("an image asks for vision and counts 800 tokens whatever its bytes", () => {
    const url = `data:image/png;base64,${"A".repeat(100_000)}`;
    const parts = [
      { type: "text", text: "what" },
      { type: "image_url", image_url: { url } },
    ];
    const { facts } = readWith({ messages: [{ role: "user", content: parts }] });
    expect(facts.needs).toEqual(["vision"]);
    expect(facts.promptTokens).toBeGreaterThan(800);
    expect(facts.promptTokens).toBeLessThan(820);
  });

  test("tools, calls and their results count as prompt", () => {
    const plain = readWith({}).facts.promptTokens;
    const tool = { type: "function", function: { name: "weather", parameters: {} } };
    const call = {
      id: "c",
      type: "function",
      function: { name: "weather", arguments: '{"city":"Rome"}' },
    };
    const withTools = readWith({ tools: [tool] }).facts;
    expect(withTools.needs).toEqual(["tools"]);
    expect(withTools.promptTokens).toBeGreaterThan(plain + 10);
    expect(withTools.promptTokensUpper).toBeGreaterThan(withTools.promptTokens + 313);
    expect(readWith({ tools: [] }).facts.needs).toEqual([]);
    expect(readWith({ functions: [tool.function] }).facts.needs).toEqual(["tools"]);
    const messages = [...MESSAGES, { role: "assistant", tool_calls: [call, null, {}] }];
    expect(readWith({ messages }).facts.promptTokens).toBeGreaterThan(plain + 8);
  });

  test.each([
    [{ max_tokens: 10 }, 4, { max_tokens: 4 }],
    [{ max_tokens: 10 }, 50, { max_tokens: 10 }],
    [{ max_completion_tokens: 10 }, 4, { max_completion_tokens: 4 }],
    [
      { max_completion_tokens: 10, max_tokens: 20 },
      15,
      { max_completion_tokens: 10, max_tokens: 10 },
    ],
    [{}, 4, { max_tokens: 4 }],
    [{ max_tokens: null }, 4, { max_tokens: 4 }],
    [{ max_tokens: 10 }, undefined, { max_tokens: 10 }],
  ])("%j with cap %s is sent as %j", (given, cap, sent) => {
    expect(write(given, cap)).toEqual({ model: "up", messages: MESSAGES, ...sent });
  });

  test("a stream asks for usage and keeps the client's other stream options", () => {
    const sent = write({ stream: true, stream_options: { include_obfuscation: false } });
    expect(sent.stream_options).toEqual({ include_obfuscation: false, include_usage: true });
    expect(write({ stream: false })).not.toHaveProperty("stream_options");
    const bytes = new TextEncoder().encode(
      '{"model":"m","messages":[{"role":"user"}],"stream":true,"stream_options":{ "include_usage":true }}',
    );
    const request = openai.readRequest(parseDocument(bytes, { jsonDepthMax: 64 }));
    expect(request.usageWanted).toBe(true);
    expect(
      openai.writeRequest(request, { upstreamName: "up", outputTokensMax: undefined }),
    ).toContain('"stream_options":{ "include_usage":true }');
  });

  test("a body with repeated keys is sent as it was checked", () => {
    const bytes = new TextEncoder().encode(
      '{"model":"a","messages":[{"role":"user","content":"x","content":"y"}],"tools":[{"a":1}]}',
    );
    const request = openai.readRequest(parseDocument(bytes, { jsonDepthMax: 64 }));
    expect(request.facts.needs).toEqual(["tools"]);
    expect(openai.writeRequest(request, { upstreamName: "up", outputTokensMax: undefined })).toBe(
      '{"messages":[{"role":"user","content":"y"}],"tools":[{"a":1}],"model":"up"}',
    );
  });
});
