import { describe, expect, test } from "vitest";
import type { Conversation, Part, ReasoningWish, Turn } from "../../../../src/conversation.ts";
import { TokenhubError } from "../../../../src/errors.ts";
import { anthropicCodec } from "../../../../src/wire/anthropic/codec.ts";
import { readRequest } from "../../../../src/wire/anthropic/request.ts";
import type { WriteTarget } from "../../../../src/wire/codec.ts";
import { documentOf } from "../../../../src/wire/json.ts";

const TARGET: WriteTarget = {
  upstreamName: "claude",
  outputTokensMax: undefined,
  modelOutputTokensMax: undefined,
};

function read(body: Readonly<Record<string, unknown>>): Conversation {
  const whole = { model: "m", max_tokens: 64, messages: [{ role: "user", content: "hi" }] };
  return anthropicCodec.readConversation(readRequest(documentOf({ ...whole, ...body })));
}

function write(
  changes: Partial<Conversation>,
  target: Partial<WriteTarget> = {},
): Readonly<Record<string, unknown>> {
  return anthropicCodec.writeConversation({ ...read({}), ...changes }, { ...TARGET, ...target });
}

function refusalOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    if (!(error instanceof TokenhubError)) throw error;
    const { code, param } = error;
    return { code, param };
  }
  return undefined;
}

const invalid = (param: string) => ({ code: "invalid_value", param });
const text = (value: string): Part => ({ kind: "text", text: value });
const user = (...parts: Part[]): Turn => ({ role: "user", parts });
const assistant = (...parts: Part[]): Turn => ({ role: "assistant", parts });
const call = (id: string, input = "{}"): Part => ({
  kind: "call",
  id,
  name: "f",
  input,
  custom: false,
});
const result = (callId: string): Part => ({
  kind: "result",
  callId,
  parts: [],
  isError: false,
  custom: false,
});
const signed: Part = { kind: "reasoning", text: "hm", proof: { of: "anthropic", data: "sig" } };
const think = (wish: Partial<ReasoningWish>): { reasoning: ReasoningWish } => ({
  reasoning: { effort: undefined, budgetTokens: undefined, shown: undefined, ...wish },
});

describe("writing", () => {
  test("system turns at the beginning are the system, later ones reminders", () => {
    const system = (value: string): Turn => ({ role: "system", parts: [text(value)] });
    const turns = [
      system("a"),
      { ...system("b"), role: "developer" as const },
      user(text("c")),
      system("d"),
    ];
    expect(write({ turns })).toMatchObject({
      system: [{ text: "a" }, { text: "b" }],
      messages: [
        {
          role: "user",
          content: [{ text: "c" }, { text: "<system-reminder>\nd\n</system-reminder>" }],
        },
      ],
    });
  });

  test("the user begins, roles alternate, and empty texts are left out", () => {
    const turns = [
      assistant(text("a")),
      user(text(" ")),
      assistant(text("b")),
      user(text("c"), text("")),
      user(text("d")),
    ];
    expect(write({ turns }).messages).toEqual([
      { role: "user", content: [{ type: "text", text: "Continue." }] },
      {
        role: "assistant",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
      {
        role: "user",
        content: [
          { type: "text", text: "c" },
          { type: "text", text: "d" },
        ],
      },
    ]);
  });

  test("a begun answer loses the white space at its end", () => {
    const turns = [user(text("a")), assistant(text("x"), text("b \n"))];
    expect(write({ turns }).messages).toMatchObject([
      {},
      { content: [{ text: "x" }, { text: "b" }] },
    ]);
  });

  test("results of one answer come together, before the text between them", () => {
    const turns = [
      user(text("a")),
      assistant(call("1"), call("2")),
      user(result("2")),
      user(text("b")),
      user(result("1")),
    ];
    const [, , last] = write({ turns }).messages as { content: { tool_use_id?: string }[] }[];
    expect(last?.content.map((block) => block.tool_use_id)).toEqual(["2", "1", undefined]);
  });

  test.each<[string, Turn[]]>([
    ["a call without its result", [user(text("a")), assistant(call("1"))]],
    ["a call with text for a result", [assistant(call("1")), user(text("a"))]],
    ["a result without its call", [user(result("1"))]],
    [
      "a result of an older call",
      [assistant(call("1")), user(result("1")), assistant(text("a")), user(result("1"))],
    ],
    ["two results of one call", [assistant(call("1")), user(result("1"), result("1"))]],
    ["two calls of one id", [assistant(call("1"), call("1")), user(result("1"))]],
    ["arguments that are no JSON", [assistant(call("1", "{")), user(result("1"))]],
    ["arguments that are a list", [assistant(call("1", "[]")), user(result("1"))]],
  ])("%s is refused", (_, turns) => {
    expect(refusalOf(() => write({ turns }))).toEqual(invalid("messages"));
  });

  test("no arguments are an empty object, and __proto__ in them is data", () => {
    const turns = [
      assistant(call("1", ""), call("2", '{"__proto__":1}')),
      user(result("1"), result("2")),
    ];
    const body = JSON.stringify(write({ turns }));
    expect(body).toContain('"id":"1","name":"f","input":{}');
    expect(body).toContain('"input":{"__proto__":1}');
  });

  test("reasoning that Anthropic did not sign is left out", () => {
    const foreign: Part = { kind: "reasoning", text: "no", proof: { of: "responses", data: "x" } };
    const bare: Part = { kind: "reasoning", text: "no" };
    const redacted: Part = { kind: "redacted", proof: { of: "responses", data: "x" } };
    const turns = [
      user(text("a")),
      assistant(foreign, bare, redacted, signed, text("b")),
      user(text("c")),
    ];
    const [, answer] = write({ turns }).messages as { content: unknown[] }[];
    expect(answer?.content).toEqual([
      { type: "thinking", thinking: "hm", signature: "sig" },
      { type: "text", text: "b" },
    ]);
  });

  test("the cap is the lowest that is set, else the model's, else 4096", () => {
    const capped = (tokensMax: number | undefined, target: Partial<WriteTarget>) =>
      write({ output: { ...read({}).output, tokensMax } }, target).max_tokens;
    expect(capped(100, { outputTokensMax: undefined })).toBe(100);
    expect(capped(100, { outputTokensMax: 50 })).toBe(50);
    expect(capped(50, { outputTokensMax: 100 })).toBe(50);
    expect(capped(undefined, { modelOutputTokensMax: 9 })).toBe(9);
    expect(capped(undefined, {})).toBe(4096);
  });

  test("thinking fits below the cap, and leaves sampling and forced tools out", () => {
    const { output } = read({ max_tokens: 5000 });
    const sampling = { ...read({}).sampling, temperature: 1.5, topP: 0.5 };
    const tools = [{ kind: "function", name: "f", schema: undefined } as const];
    const toolChoice = { kind: "required" } as const;
    const changes = { output, sampling, tools, toolChoice };
    expect(write({ ...changes, ...think({ effort: "high", shown: false }) })).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 4999, display: "omitted" },
      tool_choice: { type: "auto" },
      tools: [{ input_schema: { type: "object", properties: {} } }],
    });
    expect(write({ ...changes, ...think({ effort: "low" }) })).not.toHaveProperty("top_p");
    expect(write(changes)).toMatchObject({
      temperature: 1,
      top_p: 0.5,
      tool_choice: { type: "any" },
    });
    expect(write({ ...changes, ...think({ effort: "none" }) })).toMatchObject({
      thinking: { type: "disabled" },
      temperature: 1,
    });
  });

  test("thinking is left out where a provider would refuse it", () => {
    const { output } = read({ max_tokens: 5000 });
    const wish = think({ effort: "low" });
    const thinks = (turns: Turn[], cap = output) =>
      "thinking" in write({ turns, output: cap, ...wish });
    expect(thinks([user(text("a"))])).toBe(true);
    expect(thinks([user(text("a"))], { ...output, tokensMax: 1024 })).toBe(false);
    expect(thinks([user(text("a")), assistant(text("b"))])).toBe(false);
    expect(thinks([assistant(call("1")), user(result("1"))])).toBe(false);
    expect(thinks([assistant(signed, call("1")), user(result("1"))])).toBe(true);
  });

  test("allowed tools are the only ones, and calls may be kept apart", () => {
    const tools = ["f", "g"].map((name) => ({ kind: "function", name, schema: {} }) as const);
    const toolChoice = { kind: "allowed", names: ["g"], required: true } as const;
    expect(write({ tools, toolChoice, parallelCalls: false })).toMatchObject({
      tools: [{ name: "g", input_schema: { type: "object" } }],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
    });
    expect(write({ tools, parallelCalls: false })).toMatchObject({
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    });
    expect(write({ toolChoice, parallelCalls: false })).not.toHaveProperty("tool_choice");
  });

  test("text documents in base64 go as text, others than PDF not at all", () => {
    const doc = (mediaType: string, data: string) =>
      write({
        turns: [user({ kind: "document", source: { by: "base64", mediaType, data } })],
      }).messages;
    expect(doc("text/markdown", "w6Q=")).toMatchObject([
      { content: [{ source: { type: "text", media_type: "text/plain", data: "ä" } }] },
    ]);
    expect(refusalOf(() => doc("text/plain", "/w=="))).toEqual(invalid("messages"));
    expect(refusalOf(() => doc("application/zip", "AAAA"))).toEqual({
      code: "unsupported_parameter",
      param: "messages",
    });
    expect(doc("application/pdf", "AAAA")).toMatchObject([{ content: [{ type: "document" }] }]);
  });

  test("a stop sequence that nobody sees is refused", () => {
    const output = { ...read({}).output, stop: ["\n"] };
    expect(refusalOf(() => write({ output }))).toEqual({
      code: "unsupported_parameter",
      param: "stop",
    });
  });
});
