import fc from "fast-check";
import { expect, test } from "vitest";
import type { Conversation } from "../../../../src/conversation.ts";
import { documentOf } from "../../../../src/wire/json.ts";
import { openaiCodec } from "../../../../src/wire/openai/codec.ts";
import { readRequest } from "../../../../src/wire/openai/request.ts";
import { readChat, turnsOf } from "../../../fakes/chat-codec.ts";
import { chatConversations } from "../../../fakes/conversations.ts";
import { runs } from "../../../fakes/long.ts";

const TARGET = { upstreamName: "up", outputTokensMax: undefined, modelOutputTokensMax: undefined };
const HELLO = { role: "user", content: "Hello?" };
const CALL = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } };

function write(conversation: Conversation, target = {}) {
  return openaiCodec.writeConversation(conversation, { ...TARGET, ...target });
}

function refusal(body: Record<string, unknown>): unknown {
  try {
    readChat(body);
  } catch (error) {
    return error;
  }
  return undefined;
}

test("what is written for a provider reads as what was meant", () => {
  fc.assert(
    fc.property(chatConversations(), (conversation) => {
      const body = JSON.parse(JSON.stringify(write(conversation)));
      const again = openaiCodec.readConversation(readRequest(documentOf({ ...body, model: "m" })));
      expect(again).toEqual(conversation);
    }),
    { numRuns: runs(200, 10_000) },
  );
});

test("tool messages that follow each other are one turn of the user", () => {
  const calls = [CALL, { id: "c2", type: "custom", custom: { name: "g", input: "x" } }];
  const turns = turnsOf(
    HELLO,
    { role: "assistant", content: null, tool_calls: calls },
    { role: "tool", tool_call_id: "c2", content: "two" },
    { role: "tool", tool_call_id: "c1", content: [{ type: "text", text: "one" }] },
    HELLO,
  );
  expect(turns.map(({ role }) => role)).toEqual(["user", "assistant", "user", "user"]);
  expect(turns[2]?.parts).toMatchObject([
    { kind: "result", callId: "c2", custom: true, parts: [{ text: "two" }] },
    { kind: "result", callId: "c1", custom: false, parts: [{ text: "one" }] },
  ]);
});

test("the grammar of a custom tool is as flat as elsewhere, and nested again for a provider", () => {
  const format = { type: "grammar", grammar: { syntax: "lark", definition: "start: A" } };
  const custom = { name: "patch", format };
  const conversation = readChat({ messages: [HELLO], tools: [{ type: "custom", custom }] });
  const flat = { type: "grammar", syntax: "lark", definition: "start: A" };
  expect(conversation.tools).toMatchObject([{ kind: "custom", format: flat }]);
  expect(write(conversation).tools).toMatchObject([{ custom }]);
});

test("functions from before tools are read as tools, calls and results", () => {
  const conversation = readChat({
    functions: [{ name: "f", parameters: {} }],
    function_call: { name: "f" },
    messages: [
      HELLO,
      { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
      { role: "function", name: "f", content: "1" },
    ],
  });
  expect(conversation.tools).toMatchObject([{ kind: "function", name: "f" }]);
  expect(conversation.toolChoice).toEqual({ kind: "tool", name: "f" });
  expect(conversation.parallelCalls).toBe(false);
  const [, called, result] = conversation.turns;
  const [call] = called?.parts ?? [];
  const id = call?.kind === "call" ? call.id : undefined;
  expect(id).toBeTruthy();
  expect(result?.parts).toMatchObject([{ kind: "result", callId: id }]);
});

test("reasoning comes back with its proof, whoever's it is", () => {
  const details = [
    { type: "reasoning.text", text: "a", signature: "thk1.anthropic.sig" },
    { type: "reasoning.encrypted", data: "own" },
  ];
  const [turn] = turnsOf({ role: "assistant", content: "b", reasoning_details: details });
  expect(turn?.parts).toMatchObject([
    { kind: "reasoning", text: "a", proof: { of: "anthropic", data: "sig" } },
    { kind: "redacted", proof: { of: "openai", data: "own" } },
    { kind: "text", text: "b" },
  ]);
  const [plain] = turnsOf({ role: "assistant", content: "b", reasoning: "c" });
  expect(plain?.parts[0]).toEqual({ kind: "reasoning", text: "c" });
});

test.each([
  ["messages.1.tool_call_id", { messages: [HELLO, { role: "tool", tool_call_id: "x" }] }],
  ["messages.0.name", { messages: [{ role: "function", name: "x", content: "" }] }],
  ["messages.0.content.0.image_url.url", { messages: [part({ url: "data:image/png,x" })] }],
  ["messages.0.tool_calls.0.id", { messages: [{ role: "assistant", tool_calls: [{}] }] }],
  ["messages.0.tool_calls.0", { messages: [{ role: "assistant", tool_calls: [1] }] }],
  ["tools.0.function.name", { messages: [HELLO], tools: [{ type: "function", function: {} }] }],
  ["tool_choice", { messages: [HELLO], tool_choice: "sometimes" }],
  ["stop.1", { messages: [HELLO], stop: ["a", 1] }],
  ["metadata", { messages: [HELLO], metadata: "a" }],
])("%s is refused by its path", (param, body) => {
  expect(refusal(body)).toMatchObject({ code: "invalid_value", param });
});

function part(image: unknown) {
  return { role: "user", content: [{ type: "image_url", image_url: image }] };
}

test.each(["input_video", "__proto__", "constructor"])("a part of kind %s is refused", (type) => {
  const messages = [{ role: "user", content: [{ type }] }];
  expect(refusal({ messages })).toMatchObject({
    code: "unsupported_parameter",
    param: "messages.0.content.0.type",
  });
});

test("the choice of a tool that is no function is refused as the choice", () => {
  const tool_choice = { type: "web_search_preview" };
  expect(refusal({ messages: [HELLO], tool_choice })).toMatchObject({
    code: "unsupported_parameter",
    param: "tool_choice",
  });
});

test("unknown fields are told by their paths, null ones are not", () => {
  const { unread } = readChat({
    messages: [
      { role: "user", content: [{ type: "text", text: "a", cache_control: {} }], weight: 1 },
      { role: "assistant", content: "b", audio: null, annotations: [], refusal: null },
    ],
    tools: [{ type: "function", function: { name: "f", examples: [] }, defer_loading: true }],
    prediction: {},
    store: false,
    web_search_options: null,
    stream_options: { include_obfuscation: false },
    ["__proto__"]: 1,
  });
  expect([...unread].sort()).toEqual([
    "__proto__",
    "messages.content.cache_control",
    "messages.weight",
    "prediction",
    "stream_options.include_obfuscation",
    "tools.defer_loading",
    "tools.function.examples",
  ]);
});

test("the cap has the name that every server knows, but for models that reason", () => {
  const plain = readChat({ messages: [HELLO], max_completion_tokens: 9 });
  expect(write(plain, { outputTokensMax: 5 })).toMatchObject({ max_tokens: 5 });
  const reasoning = readChat({ messages: [HELLO], max_tokens: 9, reasoning_effort: "low" });
  expect(write(reasoning)).toMatchObject({ max_completion_tokens: 9, reasoning_effort: "low" });
  expect(write(reasoning)).not.toHaveProperty("max_tokens");
});

test("developers speak as the system, and nobody's reasoning goes to a provider", () => {
  const conversation = readChat({
    messages: [
      { role: "developer", content: "a" },
      { role: "assistant", content: "b", reasoning_content: "c" },
    ],
  });
  expect(write(conversation).messages).toEqual([
    { role: "system", content: "a", name: undefined },
    { role: "assistant", content: "b" },
  ]);
});

test("pictures in a result follow in a message of the user", () => {
  const conversation = readChat({ messages: [HELLO] });
  const image = { by: "base64", mediaType: "image/png", data: "AAAA" } as const;
  const parts = [{ kind: "text", text: "see" } as const, { kind: "image", source: image } as const];
  const result = { kind: "result", callId: "c", parts, isError: true, custom: false } as const;
  const turns = [{ role: "user", parts: [result, { kind: "text", text: "so?" }] } as const];
  expect(write({ ...conversation, turns }).messages).toMatchObject([
    { role: "tool", tool_call_id: "c", content: "see" },
    {
      role: "user",
      content: [
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        { type: "text", text: "so?" },
      ],
    },
  ]);
});

test("budgets of thinking become efforts, and empty arguments an empty object", () => {
  const conversation = readChat({ messages: [HELLO] });
  const reasoning = { effort: undefined, budgetTokens: 8_000, shown: undefined };
  const call = { kind: "call", id: "c", name: "f", input: "", custom: false } as const;
  const body = write({
    ...conversation,
    reasoning,
    turns: [{ role: "assistant", parts: [call] }],
  });
  expect(body).toMatchObject({
    reasoning_effort: "medium",
    messages: [{ content: null, tool_calls: [{ function: { arguments: "{}" } }] }],
  });
});

test("no request crashes the reader", { timeout: runs(20_000, 600_000) }, () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom("tools", "tool_choice", "stop", "response_format", "store", "functions"),
        fc.jsonValue(),
      ),
      fc.array(fc.dictionary(fc.constantFrom("content", "tool_calls", "name"), fc.jsonValue())),
      (body, messages) => {
        const roled = messages.map((message) => ({ role: "assistant", ...message }));
        const error = refusal({ ...body, messages: [HELLO, ...roled] });
        if (error !== undefined) expect(error).toHaveProperty("code");
      },
    ),
    { numRuns: runs(300, 20_000) },
  );
});
