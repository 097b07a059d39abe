/** Servers that give one id to several calls, in one answer or all through a history. */
import { describe, expect, test } from "vitest";
import { documentOf } from "../../../src/wire/json.ts";
import { translateAnswer, translateRequest, translateStream } from "../../../src/wire/translate.ts";
import { CHAT_WIRES } from "../../fakes/conversation-client.ts";
import type { ChatDialect } from "../../fakes/conversation-script.ts";
import { replyContext } from "../../fakes/reply-context.ts";

const TARGET = { upstreamName: "up", outputTokensMax: undefined, modelOutputTokensMax: undefined };
const WEATHER = { city: "Oslo" };
const USE = { type: "tool_use", id: "c1", name: "weather", input: WEATHER };
const CALL = { call_id: "c1", name: "weather", arguments: JSON.stringify(WEATHER) };
const ITEM = { type: "function_call", ...CALL };

/** Dialect → a whole answer with three calls, of which two have one id. */
const ANSWERS = {
  openai: {
    id: "reply-1",
    choices: [
      {
        index: 0,
        finish_reason: "tool_calls",
        message: { role: "assistant", tool_calls: ["c1", "c1", "c2"].map(chatCall) },
      },
    ],
  },
  anthropic: {
    id: "reply-1",
    type: "message",
    role: "assistant",
    stop_reason: "tool_use",
    content: [USE, USE, { ...USE, id: "c2" }],
  },
  responses: {
    id: "reply-1",
    object: "response",
    status: "completed",
    output: [ITEM, ITEM, { ...ITEM, call_id: "c2" }],
  },
} as const satisfies Record<ChatDialect, object>;

/** Dialect → the same in events. */
const EVENTS = {
  openai: [
    { id: "reply-1", choices: [{ index: 0, delta: { tool_calls: [deltaOf("c1", 0)] } }] },
    { id: "reply-1", choices: [{ index: 0, delta: { tool_calls: [deltaOf("c1", 1)] } }] },
    { id: "reply-1", choices: [{ index: 0, delta: { tool_calls: [deltaOf("c2", 2)] } }] },
    { id: "reply-1", choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
    "[DONE]",
  ],
  anthropic: [
    { type: "message_start", message: { id: "reply-1" } },
    ...["c1", "c1", "c2"].flatMap((id, index) => [
      { type: "content_block_start", index, content_block: { ...USE, id } },
      { type: "content_block_stop", index },
    ]),
    { type: "message_delta", delta: { stop_reason: "tool_use" } },
    { type: "message_stop" },
  ],
  responses: [
    { type: "response.created", response: { id: "reply-1" } },
    ...["c1", "c1", "c2"].flatMap((call_id, output_index) =>
      ["response.output_item.added", "response.output_item.done"].map((type) => {
        return { type, output_index, item: { ...ITEM, id: `fc_${output_index}`, call_id } };
      }),
    ),
    { type: "response.completed", response: { id: "reply-1", status: "completed" } },
  ],
} as const satisfies Record<ChatDialect, readonly unknown[]>;

function chatCall(id: string): object {
  return { id, type: "function", function: { name: CALL.name, arguments: CALL.arguments } };
}

function deltaOf(id: string, index: number): object {
  return { index, ...chatCall(id) };
}

/** Every id of a call that a client is told, each once, in order. */
function idsIn(text: string): readonly string[] {
  const found = text.matchAll(/"(?:call_id|id)":"((?:c\d|call_)[^"]*)"/g);
  return [...new Set([...found].map(([, id]) => id ?? ""))];
}

const DIALECTS = ["openai", "anthropic", "responses"] as const;
const PAIRS = DIALECTS.flatMap((door) =>
  DIALECTS.flatMap((provider) => (door === provider ? [] : [{ door, provider }])),
);
const between = ({ door, provider }: (typeof PAIRS)[number]) => ({
  door: CHAT_WIRES[door],
  provider: CHAT_WIRES[provider],
  names: new Map(),
  context: replyContext(),
});

describe.each(PAIRS)("$door before $provider", (pair) => {
  const UNIQUE = ["c1", "call_reply1_1", "c2"];

  test("two calls of one id in a whole answer become two", () => {
    const { text } = translateAnswer(JSON.stringify(ANSWERS[pair.provider]), between(pair));
    expect(idsIn(text)).toEqual(UNIQUE);
  });

  test("two calls of one id in a stream become two", () => {
    const path = translateStream(between(pair));
    const frames = EVENTS[pair.provider].map((event) =>
      path.push({
        event: undefined,
        data: typeof event === "string" ? event : JSON.stringify(event),
      }),
    );
    expect(frames.at(-1)?.kind).toBe("terminator");
    expect(idsIn(frames.map(({ frame }) => frame).join(""))).toEqual(UNIQUE);
  });
});

const HI = { role: "user", content: "Hi" };

/** Door → two answers that each call under one id, the first of them twice, and what each call came to. */
const HISTORIES = {
  openai: {
    messages: [
      HI,
      { role: "assistant", tool_calls: [chatCall("c1"), chatCall("c1")] },
      { role: "tool", tool_call_id: "c1", content: "one" },
      { role: "tool", tool_call_id: "c1", content: "two" },
      { role: "assistant", tool_calls: [chatCall("c1"), chatCall("c1_2")] },
      { role: "tool", tool_call_id: "c1_2", content: "four" },
      { role: "tool", tool_call_id: "c1", content: "three" },
    ],
  },
  anthropic: {
    max_tokens: 10,
    messages: [
      HI,
      { role: "assistant", content: [USE, USE] },
      { role: "user", content: [resultOf("c1", "one"), resultOf("c1", "two")] },
      { role: "assistant", content: [USE, { ...USE, id: "c1_2" }] },
      { role: "user", content: [resultOf("c1_2", "four"), resultOf("c1", "three")] },
    ],
  },
  responses: {
    input: [
      HI,
      ITEM,
      ITEM,
      outputOf("c1", "one"),
      outputOf("c1", "two"),
      ITEM,
      { ...ITEM, call_id: "c1_2" },
      outputOf("c1_2", "four"),
      outputOf("c1", "three"),
    ],
  },
} as const satisfies Record<ChatDialect, object>;

function resultOf(tool_use_id: string, content: string): object {
  return { type: "tool_result", tool_use_id, content };
}

function outputOf(call_id: string, output: string): object {
  return { type: "function_call_output", call_id, output };
}

function told(door: ChatDialect, provider: ChatDialect, members: object = HISTORIES[door]) {
  const request = CHAT_WIRES[door].readRequest(documentOf({ model: "m", ...members }));
  const pair = { door: CHAT_WIRES[door], provider: CHAT_WIRES[provider] };
  return JSON.parse(translateRequest(request, { ...pair, target: TARGET }).body);
}

describe("a history whose calls share an id", () => {
  test.each(["openai", "responses"] as const)(
    "of %s is told to Messages with an id for each, every result with its own call",
    (door) => {
      const { messages } = told(door, "anthropic");
      const text = (id: string, said: string) => ({
        type: "tool_result",
        tool_use_id: id,
        content: [{ type: "text", text: said }],
      });
      expect(messages.slice(1)).toEqual([
        { role: "assistant", content: [USE, { ...USE, id: "c1_2" }] },
        { role: "user", content: [text("c1", "one"), text("c1_2", "two")] },
        {
          role: "assistant",
          content: [
            { ...USE, id: "c1_3" },
            { ...USE, id: "c1_2_2" },
          ],
        },
        { role: "user", content: [text("c1_2_2", "four"), text("c1_3", "three")] },
      ]);
    },
  );

  test("of Messages goes on to the server that gave the ids", () => {
    const { messages } = told("anthropic", "openai");
    const results = messages.filter(({ role }: { role: string }) => role === "tool");
    expect(results.map(({ tool_call_id }: { tool_call_id: string }) => tool_call_id)).toEqual([
      "c1",
      "c1",
      "c1_2",
      "c1",
    ]);
  });

  test("keeps its ids when it grows", () => {
    const { messages } = HISTORIES.openai;
    const before = told("openai", "anthropic", { messages: messages.slice(0, 4) });
    const after = told("openai", "anthropic");
    expect(after.messages.slice(0, 3)).toEqual(before.messages);
  });

  test.each([
    ["one result for two calls", [chatCall("c1"), chatCall("c1")], ["one"]],
    ["two results for one call", [chatCall("c1")], ["one", "two"]],
  ])("is refused with %s", (_, tool_calls, results) => {
    const messages = [
      HI,
      { role: "assistant", tool_calls },
      ...results.map((content) => ({ role: "tool", tool_call_id: "c1", content })),
    ];
    expect(() => told("openai", "anthropic", { messages })).toThrow(
      expect.objectContaining({ code: "invalid_value", param: "messages" }),
    );
  });

  test("costs no more than its length", () => {
    const tool_calls = Array.from({ length: 30_000 }, () => chatCall("c1"));
    const messages = [HI, { role: "assistant", tool_calls }];
    expect(() => told("openai", "anthropic", { messages })).toThrow(
      expect.objectContaining({ code: "invalid_value", param: "messages" }),
    );
  });
});
