import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../../src/limits.ts";
import { documentOf, parseDocument } from "../../../../src/wire/json.ts";
import { elementsOf } from "../../../../src/wire/responses/elements.ts";
import { responses } from "../../../../src/wire/responses/responses.ts";
import { runs } from "../../../fakes/long.ts";

const UTF8 = new TextEncoder();
const readWith = (body: Record<string, unknown>) =>
  responses.readRequest(documentOf({ model: "m", input: "hi", ...body }));
const write = (text: string, outputTokensMax?: number) =>
  String(
    responses.writeRequest(responses.readRequest(parseDocument(UTF8.encode(text), LIMITS)), {
      upstreamName: "up",
      outputTokensMax,
    }),
  );

const USER = { role: "user", content: "hi" };

describe("requests", () => {
  test.each([
    [{ model: undefined }, "model"],
    [{ model: "" }, "model"],
    [{ input: undefined }, "input"],
    [{ input: "" }, "input"],
    [{ input: [] }, "input"],
    [{ input: {} }, "input"],
    [{ input: Array(2001).fill(USER) }, "input"],
    [{ input: [USER, null] }, "input.1"],
    [{ input: ["hi"] }, "input.0"],
    [{ input: [{ content: "hi" }] }, "input.0.type"],
    [{ input: [{ type: 7 }] }, "input.0.type"],
    [{ input: [{ role: "constructor", content: "" }] }, "input.0.role"],
    [{ input: [{ type: "message", content: "" }] }, "input.0.role"],
    [{ input: [{ role: "user" }] }, "input.0.content"],
    [{ input: [{ role: "user", content: {} }] }, "input.0.content"],
    [{ instructions: [] }, "instructions"],
    [{ max_output_tokens: 0 }, "max_output_tokens"],
    [{ max_output_tokens: 1.5 }, "max_output_tokens"],
    [{ max_output_tokens: "9" }, "max_output_tokens"],
    [{ max_output_tokens: 2 ** 53 }, "max_output_tokens"],
    [{ temperature: "1" }, "temperature"],
    [{ top_p: [] }, "top_p"],
    [{ tools: {} }, "tools"],
    [{ include: "all" }, "include"],
    [{ stream: "true" }, "stream"],
    [{ store: "no" }, "store"],
    [{ background: 1 }, "background"],
    [{ previous_response_id: 1 }, "previous_response_id"],
    [{ previous_response_id: "" }, "previous_response_id"],
    [{ parallel_tool_calls: 1 }, "parallel_tool_calls"],
    [{ text: "json" }, "text"],
    [{ text: { format: "json" } }, "text.format"],
    [{ reasoning: "high" }, "reasoning"],
  ])("%j is invalid_value at %s", (change, param) => {
    expect(() => readWith(change)).toThrow(
      expect.objectContaining({ code: "invalid_value", param }),
    );
  });

  test.each([
    [{ background: true }, "background"],
    [{ conversation: { id: "conv_1" } }, "conversation"],
  ])("%j outlives its answer: unsupported_parameter at %s", (change, param) => {
    expect(() => readWith(change)).toThrow(
      expect.objectContaining({ code: "unsupported_parameter", param }),
    );
  });

  test("null is as good as absent, and false is the normal case", () => {
    const names = ["instructions", "max_output_tokens", "temperature", "tools", "stream", "store"];
    names.push("background", "previous_response_id", "conversation", "text", "reasoning");
    const nulls = Object.fromEntries(names.map((name) => [name, null]));
    expect(readWith(nulls).facts).toMatchObject({ stream: false, needs: [], choices: 1 });
    expect(readWith({ store: false, background: false }).usageWanted).toBe(true);
  });

  test("a model name longer than any id is a model that does not exist", () => {
    expect(() => readWith({ model: "m".repeat(257) })).toThrow(
      expect.objectContaining({ code: "model_not_found" }),
    );
  });

  test("images need vision wherever they stand, tools and schemas their abilities", () => {
    const image = { type: "input_image", image_url: "https://x.test/a.png" };
    const output = { type: "function_call_output", call_id: "c", output: [image] };
    expect(readWith({ input: [{ role: "user", content: [image] }] }).facts.needs).toEqual([
      "vision",
    ]);
    expect(readWith({ input: [output] }).facts.needs).toEqual(["vision"]);
    expect(readWith({ tools: [{ type: "web_search" }] }).facts.needs).toEqual(["tools"]);
    expect(readWith({ tools: [] }).facts.needs).toEqual([]);
    expect(readWith({ text: { format: { type: "json_schema" } } }).facts.needs).toEqual([
      "json_schema",
    ]);
  });

  test("all that the model reads is counted", () => {
    const few = readWith({}).facts.promptTokens;
    const words = "the quick brown fox ".repeat(50);
    const text = [{ type: "input_text", text: words }];
    for (const change of [
      { input: words },
      { instructions: words },
      { tools: [{ type: "function", name: "f", description: words }] },
      { input: [{ role: "user", content: text }] },
      { input: [{ type: "function_call", call_id: "c", name: "f", arguments: words }] },
      { input: [{ type: "custom_tool_call", call_id: "c", name: "f", input: words }] },
      { input: [{ type: "function_call_output", call_id: "c", output: words }] },
      { input: [{ type: "custom_tool_call_output", call_id: "c", output: text }] },
      { input: [{ type: "reasoning", summary: text, content: null }] },
      { input: [{ type: "reasoning", summary: [], encrypted_content: words }] },
    ]) {
      const { promptTokens, promptTokensUpper } = readWith(change).facts;
      expect(promptTokens, JSON.stringify(change).slice(0, 80)).toBeGreaterThan(few + 150);
      expect(promptTokensUpper).toBeGreaterThan(promptTokens * 1.5);
    }
  });

  test("any JSON as a body is read or refused with a typed error", () => {
    const body = fc.record(
      {
        model: fc.oneof(fc.constant("m"), fc.jsonValue()),
        input: fc.oneof(fc.constant([USER]), fc.array(fc.jsonValue()), fc.jsonValue()),
        text: fc.jsonValue(),
        store: fc.jsonValue(),
        tools: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(body, (value) => {
        try {
          const request = responses.readRequest(documentOf(value));
          const patch = { upstreamName: "up", outputTokensMax: 5 };
          const sent = JSON.parse(String(responses.writeRequest(request, patch)));
          expect(sent).toMatchObject({ model: "up", store: false, max_output_tokens: 5 });
        } catch (error) {
          expect(error).toMatchObject({ name: "TokenhubError" });
        }
      }),
      { numRuns: runs(200, 10_000) },
    );
  });
});

describe("what a provider is sent", () => {
  test("unknown fields and big integers keep their bytes, control data goes", () => {
    const text =
      '{"n1":12345678901234567890, "model":"m","tokenhub":{"policy":{}},"input":"h\\u00e9","store":false,"x":[1 ,2]}';
    expect(responses.readRequest(parseDocument(UTF8.encode(text), LIMITS)).control).toEqual({
      policy: {},
    });
    expect(write(text)).toBe(
      '{"n1":12345678901234567890, "model":"up","input":"h\\u00e9","store":false,"x":[1 ,2]}',
    );
  });

  test.each(["", ',"store":null'])("a body with %j for store says store false", (member) => {
    expect(JSON.parse(write(`{"model":"m","input":"a"${member}}`)).store).toBe(false);
  });

  test("a cap is put in where there is none, lowers a higher one, and never raises one", () => {
    const cap = (own: string, max?: number) =>
      JSON.parse(write(`{"model":"m","input":"a"${own}}`, max)).max_output_tokens;
    expect(cap("", 7)).toBe(7);
    expect(cap(',"max_output_tokens":9', 7)).toBe(7);
    expect(cap(',"max_output_tokens":5', 7)).toBe(5);
    expect(cap(',"max_output_tokens":5')).toBe(5);
    expect(cap("")).toBeUndefined();
  });

  test("reasoning that another dialect proved is left out, every other item keeps its bytes", () => {
    const foreign =
      '{"type":"reasoning","summary":[],"encrypted_content":"\\u0074hk1.anthropic.x"}';
    const own = '{ "type":"reasoning","summary":["]},\\"["], "encrypted_content":"gAAA" }';
    const call = '{"type":"function_call","call_id":"c","n":12345678901234567890}';
    const body = (items: string) => `{"model":"up","store":false,"input":${items}}`;
    expect(write(body(`[ ${foreign} , ${own}, ${call} ,${foreign}]`))).toBe(
      body(`[${own},${call}]`),
    );
    expect(write(body(`[ ${own} , ${call} ]`))).toBe(body(`[ ${own} , ${call} ]`));
    expect(write(body(`[${foreign}]`))).toBe(body("[]"));
  });

  test("what is left out is told by its path", () => {
    const foreign = { type: "reasoning", encrypted_content: "thk1.anthropic.x" };
    const shown = { ...foreign, summary: [{ type: "summary_text", text: "Hm." }] };
    const silent = { ...foreign, summary: [{ type: "summary_text", text: "" }] };
    const own = { ...shown, encrypted_content: "gAAA" };
    const dropped = (...input: object[]) =>
      responses.dropped?.(responses.readRequest(documentOf({ model: "m", input })));
    expect(dropped(own, foreign)).toEqual(["input.encrypted_content"]);
    expect(dropped(own, silent)).toEqual(["input.encrypted_content"]);
    expect(dropped(shown, own, foreign, shown)).toEqual([
      "input.encrypted_content",
      "input.summary",
    ]);
    expect(dropped(own)).toEqual([]);
  });

  test("the elements of any list are found", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 2), (list, space) => {
        const elements = elementsOf(JSON.stringify(list, undefined, space));
        expect(elements.map((raw) => JSON.stringify(JSON.parse(raw)))).toEqual(
          list.map((value) => JSON.stringify(value)),
        );
      }),
      { numRuns: runs(200, 10_000) },
    );
  });
});
