import { describe, expect, test } from "vitest";
import type { Conversation } from "../../../../src/conversation.ts";
import { TokenhubError } from "../../../../src/errors.ts";
import { anthropicCodec } from "../../../../src/wire/anthropic/codec.ts";
import { readRequest } from "../../../../src/wire/anthropic/request.ts";
import { documentOf } from "../../../../src/wire/json.ts";

function read(body: Readonly<Record<string, unknown>>): Conversation {
  const whole = { model: "m", max_tokens: 64, messages: [{ role: "user", content: "hi" }] };
  return anthropicCodec.readConversation(readRequest(documentOf({ ...whole, ...body })));
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

describe("reading", () => {
  test("what Claude Code sends is read, and what is left unread is named", () => {
    const cache = { type: "ephemeral" };
    const conversation = read({
      system: [{ type: "text", text: "be brief", cache_control: cache }],
      messages: [
        { role: "user", content: "hi" },
        { role: "system", content: [{ type: "text", text: "env", cache_control: cache }] },
      ],
      tools: [{ name: "f", input_schema: { type: "object" }, defer_loading: true }],
      metadata: { user_id: "u", trace: 1 },
      thinking: { type: "adaptive", display: "omitted" },
      context_management: { edits: [] },
      output_config: { effort: "high" },
      stream: true,
    });
    expect(conversation.turns.map(({ role }) => role)).toEqual(["system", "user", "system"]);
    expect(conversation.turns[0]?.parts).toEqual([{ kind: "text", text: "be brief", cache }]);
    expect(conversation.reasoning).toEqual({ effort: "high", shown: false });
    expect(conversation.user).toBe("u");
    expect(conversation.stream).toBe(true);
    expect([...conversation.unread].sort()).toEqual([
      "context_management",
      "metadata.trace",
      "tools.defer_loading",
    ]);
  });

  test("null counts as absent, also among the unknown", () => {
    expect(read({ system: null, tools: null, thinking: null, foo: null }).unread).toEqual([]);
  });

  test("keys that name a prototype are plain data", () => {
    const conversation = read(JSON.parse('{"__proto__":{"x":1},"constructor":2}'));
    expect(conversation.unread).toEqual(["__proto__", "constructor"]);
    const content = [{ type: "constructor" }];
    const refusal = refusalOf(() => read({ messages: [{ role: "user", content }] }));
    expect(refusal).toEqual({ code: "unsupported_parameter", param: "messages.0.content.0" });
  });

  test("a tool result without its call is refused", () => {
    const content = [{ type: "tool_result", tool_use_id: "no", content: "x" }];
    const refusal = refusalOf(() => read({ messages: [{ role: "user", content }] }));
    expect(refusal).toEqual(invalid("messages.0.content.0.tool_use_id"));
  });

  test("two calls may have one id, as some servers give it, but none may have none", () => {
    const use = { type: "tool_use", id: "t1", name: "f", input: {} };
    const calls = (...content: object[]) => ({ messages: [{ role: "assistant", content }] });
    const call = { kind: "call", id: "t1", name: "f", input: "{}", custom: false };
    expect(read(calls(use, use)).turns[0]?.parts).toEqual([call, call]);
    expect(refusalOf(() => read(calls(use, { ...use, id: "" })))).toEqual(
      invalid("messages.0.content.1.id"),
    );
  });

  test("results come before everything else in their turn", () => {
    const { turns } = read({
      messages: [
        { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "f", input: {} }] },
        {
          role: "user",
          content: [
            { type: "text", text: "and" },
            { type: "tool_result", tool_use_id: "t1", is_error: true },
          ],
        },
      ],
    });
    expect(turns[1]?.parts.map(({ kind }) => kind)).toEqual(["result", "text"]);
  });

  test.each(["server_tool_use", "web_search_tool_result", "wizardry"])(
    "a block of type %s is refused by its path",
    (type) => {
      const messages = [{ role: "assistant", content: [{ type, id: "x" }] }];
      const refusal = refusalOf(() => read({ messages }));
      expect(refusal).toEqual({ code: "unsupported_parameter", param: "messages.0.content.0" });
    },
  );

  test("a thread is refused so that clients go on without", () => {
    expect(() => read({ thread: { type: "create" } })).toThrow(
      expect.objectContaining({ param: "thread", errorCode: "thread_unsupported_request" }),
    );
  });

  test("documents and search results become what every dialect has", () => {
    const source = {
      type: "content",
      content: [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
    };
    const content = [
      { type: "document", source, title: "t", context: "c", citations: { enabled: true } },
      { type: "search_result", title: "T", source: "S", content: [{ type: "text", text: "x" }] },
    ];
    const { turns, unread } = read({ messages: [{ role: "user", content }] });
    expect(turns[0]?.parts).toEqual([
      { kind: "document", source: { by: "text", text: "a\nb" }, title: "t" },
      { kind: "text", text: "T\nS\nx" },
    ]);
    expect([...unread].sort()).toEqual(["messages.content.citations", "messages.content.context"]);
  });

  test("thinking that another dialect proved gets its proof back, and none stays unproven", () => {
    const content = [
      { type: "thinking", thinking: "a", signature: "thk1.responses.abc" },
      { type: "thinking", thinking: "b", signature: "thk1.openai." },
      { type: "redacted_thinking", data: "own" },
    ];
    const { turns } = read({ messages: [{ role: "assistant", content }] });
    expect(turns[0]?.parts).toEqual([
      { kind: "reasoning", text: "a", proof: { of: "responses", data: "abc" } },
      { kind: "reasoning", text: "b" },
      { kind: "redacted", proof: { of: "anthropic", data: "own" } },
    ]);
  });

  test("a choice of a tool that is hosted or missing is refused", () => {
    const tools = [{ type: "web_search_20250305", name: "web_search" }];
    const choose = (name: string) =>
      refusalOf(() => read({ tools, tool_choice: { type: "tool", name } }));
    expect(choose("web_search")).toEqual({
      code: "unsupported_parameter",
      param: "tool_choice",
    });
    expect(choose("none")).toEqual(invalid("tool_choice.name"));
    expect(read({ tools }).tools).toEqual([{ kind: "hosted", type: "web_search_20250305" }]);
  });

  test("thinking that is off says so, and that its effort is lost", () => {
    const off = read({ thinking: { type: "disabled" }, output_config: { effort: "low" } });
    expect(off.reasoning?.effort).toBe("none");
    expect(off.unread).toEqual(["output_config.effort"]);
  });

  test.each([
    [{ tool_choice: { type: "magic" } }, "tool_choice.type"],
    [{ stop_sequences: ["a", 1] }, "stop_sequences.1"],
    [{ output_format: { type: "xml" } }, "output_format.type"],
    [{ tools: [{ name: 1 }] }, "tools.0.name"],
    [{ messages: [{ role: "user" }] }, "messages.0.content"],
    [
      { messages: [{ role: "user", content: [{ type: "text", text: 1 }] }] },
      "messages.0.content.0.text",
    ],
    [{ metadata: { user_id: 1 } }, "metadata.user_id"],
    [{ thinking: { type: "enabled", budget_tokens: "x" } }, "thinking.budget_tokens"],
  ])("a wrong value is refused by its path: %j", (body, param) => {
    expect(refusalOf(() => read(body))).toEqual(invalid(param));
  });
});
