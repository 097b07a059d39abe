import { describe, expect, test } from "vitest";
import { anthropic } from "../../../../src/wire/anthropic/anthropic.ts";
import { anthropicCount } from "../../../../src/wire/anthropic/count.ts";
import { documentOf, parseDocument } from "../../../../src/wire/json.ts";
import { packProof } from "../../../../src/wire/proof.ts";

const MESSAGES = [{ role: "user", content: "hi" }];
const BASE = { model: "m", max_tokens: 64, messages: MESSAGES };
const readWith = (body: Record<string, unknown>) =>
  anthropic.readRequest(documentOf({ ...BASE, ...body }));
const write = (body: Record<string, unknown>, outputTokensMax?: number) =>
  JSON.parse(
    String(anthropic.writeRequest(readWith(body), { upstreamName: "up", outputTokensMax })),
  );
const blocks = (...content: unknown[]) => ({ messages: [{ role: "user", content }] });

describe("requests", () => {
  test.each([
    [{ model: 7 }, "model"],
    [{ model: "" }, "model"],
    [{ messages: undefined }, "messages"],
    [{ messages: [] }, "messages"],
    [{ messages: Array(2001).fill(MESSAGES[0]) }, "messages"],
    [{ messages: [...MESSAGES, null] }, "messages.1"],
    [{ messages: [{ role: "tool", content: "" }] }, "messages.0.role"],
    [{ messages: [{ role: "constructor", content: "" }] }, "messages.0.role"],
    [{ messages: [{ role: "user" }] }, "messages.0.content"],
    [{ messages: [{ role: "user", content: {} }] }, "messages.0.content"],
    [blocks({ type: "text", text: "" }, "x"), "messages.0.content.1"],
    [{ max_tokens: undefined }, "max_tokens"],
    [{ max_tokens: null }, "max_tokens"],
    [{ max_tokens: 0 }, "max_tokens"],
    [{ max_tokens: 1.5 }, "max_tokens"],
    [{ max_tokens: "64" }, "max_tokens"],
    [{ max_tokens: 2 ** 53 }, "max_tokens"],
    [{ system: 5 }, "system"],
    [{ system: ["x"] }, "system.0"],
    [{ tools: {} }, "tools"],
    [{ tools: [null] }, "tools.0"],
    [{ stream: "true" }, "stream"],
    [{ tool_choice: "auto" }, "tool_choice"],
    [{ thinking: [] }, "thinking"],
    [{ output_config: "high" }, "output_config"],
    [{ temperature: "0.7" }, "temperature"],
  ])("%j is invalid_value at %s", (change, param) => {
    expect(() => readWith(change)).toThrow(
      expect.objectContaining({ code: "invalid_value", param }),
    );
  });

  test("a model name longer than any id is a model that does not exist", () => {
    expect(() => readWith({ model: "m".repeat(257) })).toThrow(
      expect.objectContaining({ code: "model_not_found" }),
    );
  });

  test("null is as good as absent, and system messages stand anywhere", () => {
    const optional = { system: null, tools: null, stream: null, thinking: null, tool_choice: null };
    const messages = [...MESSAGES, { role: "system", content: [{ type: "text", text: "x" }] }];
    const { facts, target, usageWanted } = readWith({ ...optional, messages });
    expect(facts).toMatchObject({ needs: [], stream: false, outputTokensMax: 64, choices: 1 });
    expect({ target, usageWanted }).toEqual({ target: "m", usageWanted: true });
  });

  test("the control field is read and never sent", () => {
    expect(readWith({ tokenhub: { policy: {} } }).control).toEqual({ policy: {} });
    expect(write({ tokenhub: { policy: {} } })).toEqual({ ...BASE, model: "up" });
  });
});

describe("what routing is told", () => {
  const image = { type: "image", source: { type: "url", url: "https://x.test/a.png" } };

  test.each([
    [{ tools: [{ name: "f", input_schema: {} }] }, ["tools"]],
    [{ tools: [] }, []],
    [blocks(image), ["vision"]],
    [blocks({ type: "tool_result", tool_use_id: "t", content: [image] }), ["vision"]],
    [{ output_config: { format: { type: "json_schema", schema: {} } } }, ["json_schema"]],
    [{ output_format: { type: "json_schema", schema: {} } }, ["json_schema"]],
    [{ output_config: { effort: "high" }, thinking: { type: "adaptive" } }, []],
  ])("%j needs %j", (body, needs) => {
    expect(readWith(body).facts.needs).toEqual(needs);
  });

  const long = "lorem ipsum dolor ".repeat(20);
  const plain = readWith({}).facts.promptTokens;

  test.each([
    { system: long },
    { system: [{ type: "text", text: long }] },
    blocks({ type: "text", text: long }),
    blocks({ type: "thinking", thinking: long, signature: "s" }),
    blocks({ type: "tool_use", id: "t", name: "f", input: { q: long } }),
    blocks({ type: "tool_result", tool_use_id: "t", content: long }),
    blocks({ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: long }] }),
    blocks({ type: "document", source: { type: "text", data: long } }),
    blocks({
      type: "document",
      source: { type: "content", content: [{ type: "text", text: long }] },
    }),
    { tools: [{ name: "f", description: long }] },
    blocks(image),
    blocks({ type: "document", source: { type: "base64", data: "AAAA" } }),
  ])("the prompt grows by %j", (body) => {
    const { promptTokens, promptTokensUpper } = readWith(body).facts;
    expect(promptTokens).toBeGreaterThan(plain + 40);
    expect(promptTokensUpper).toBeGreaterThan(promptTokens);
  });

  test("bytes of media and of encrypted thinking are no text", () => {
    const data = "A".repeat(100_000);
    const media = blocks({ type: "image", source: { type: "base64", data } });
    expect(readWith(media).facts.promptTokens).toBeLessThan(3_000);
    const redacted = blocks({ type: "redacted_thinking", data });
    expect(readWith(redacted).facts.promptTokens).toBeLessThan(100);
  });
});

describe("the body for a provider", () => {
  test("everything but the patch stays as it came, to the byte", () => {
    const text =
      '{ "max_tokens":64, "x_new":{"big":12345678901234567890,"e":"\\u0041"},"model":"m",\n "messages":[{"role":"user","content":"say \\"thk1.x"}],"tokenhub":{} }';
    const request = anthropic.readRequest(
      parseDocument(new TextEncoder().encode(text), { jsonDepthMax: 64 }),
    );
    const sent = anthropic.writeRequest(request, { upstreamName: "up", outputTokensMax: 64 });
    expect(String(sent)).toBe(text.replace('"m"', '"up"').replace(',"tokenhub":{}', ""));
  });

  test("a cap is lowered, never raised", () => {
    expect(write({}, 10).max_tokens).toBe(10);
    expect(write({}, 65).max_tokens).toBe(64);
    expect(write({}, undefined).max_tokens).toBe(64);
  });

  const own = { type: "thinking", thinking: "a", signature: "ErUB" };
  const foreign = {
    type: "thinking",
    thinking: "b",
    signature: packProof({ of: "responses", data: "gAAA" }, "anthropic"),
  };
  const redacted = {
    type: "redacted_thinking",
    data: packProof({ of: "openai", data: "" }, "anthropic"),
  };
  const text = { type: "text", text: "c", signature: "thk1.openai.x" };

  const dropped = (messages: unknown) => anthropic.dropped?.(readWith({ messages }));

  test("thinking that another dialect proved does not reach this one", () => {
    const messages = [
      { role: "user", content: "q" },
      { role: "assistant", content: [own, foreign, redacted, text], __proto__: null },
      { role: "assistant", content: [foreign, redacted] },
      { role: "user", content: "r" },
    ];
    expect(write({ messages }).messages).toEqual([
      { role: "user", content: "q" },
      { role: "assistant", content: [own, text] },
      { role: "user", content: "r" },
    ]);
    expect(dropped(messages)).toEqual(["messages.content.data", "messages.content.thinking"]);
    expect(dropped([{ role: "assistant", content: [own, text] }, ...MESSAGES])).toEqual([]);
  });

  test("thinking without words is missed by its signature", () => {
    const silent = { ...foreign, thinking: "" };
    const paths = dropped([{ role: "assistant", content: [silent, silent, text] }, ...MESSAGES]);
    expect(paths).toEqual(["messages.content.signature"]);
  });

  test("an escaped mark is found too", () => {
    const raw = JSON.stringify({
      ...BASE,
      messages: [...MESSAGES, { role: "assistant", content: [text, foreign] }],
    }).replace("thk1.responses", "\\u0074hk1.responses");
    const request = anthropic.readRequest(
      parseDocument(new TextEncoder().encode(raw), { jsonDepthMax: 64 }),
    );
    const sent = anthropic.writeRequest(request, {
      upstreamName: "up",
      outputTokensMax: undefined,
    });
    expect(String(sent)).not.toContain("gAAA");
  });
});

describe("counting", () => {
  const body = { model: "m", messages: MESSAGES, tokenhub: {} };

  test("needs no cap, gets none, and never streams", () => {
    const request = anthropicCount.readRequest(documentOf(body));
    expect(request.facts).toMatchObject({ stream: false, outputTokensMax: 1 });
    const sent = anthropicCount.writeRequest(request, { upstreamName: "up", outputTokensMax: 5 });
    expect(JSON.parse(String(sent))).toEqual({ model: "up", messages: MESSAGES });
    expect(() => anthropicCount.readRequest(documentOf({ ...body, messages: [] }))).toThrow(
      expect.objectContaining({ param: "messages" }),
    );
  });

  test("a provider's count passes as it is; anything else is no answer", () => {
    const text = '{"input_tokens":19,"context_management":{"original_input_tokens":19}}';
    expect(anthropicCount.readAnswer(text)).toMatchObject({ usage: undefined, outputChars: 0 });
    expect(anthropicCount.writeAnswer(text, { modelId: "public" })).toBe(text);
    for (const bad of ["", "[]", "{}", '{"input_tokens":"19"}', '{"input_tokens":-1}']) {
      expect(() => anthropicCount.readAnswer(bad)).toThrow(
        expect.objectContaining({ class: "transient", what: "bad-answer" }),
      );
    }
  });

  test("where nobody can count, the estimate is the routing's own", () => {
    const request = anthropicCount.readRequest(documentOf(body));
    const answer = anthropicCount.estimate?.(request) ?? "";
    expect(JSON.parse(answer)).toEqual({ input_tokens: request.facts.promptTokens });
    expect(anthropicCount.readAnswer(answer).outputChars).toBe(0);
  });
});
