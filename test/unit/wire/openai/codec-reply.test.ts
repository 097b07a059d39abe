import fc from "fast-check";
import { expect, test } from "vitest";
import type { Finish, Reply } from "../../../../src/conversation.ts";
import { openaiCodec } from "../../../../src/wire/openai/codec.ts";
import { chatContext } from "../../../fakes/chat-codec.ts";
import { chatReplies } from "../../../fakes/conversations.ts";
import { runs } from "../../../fakes/long.ts";

function read(message: unknown, choice: Record<string, unknown> = {}): Reply {
  const choices = [{ index: 0, message, finish_reason: "stop", ...choice }];
  return openaiCodec.readReply(JSON.stringify({ id: "chatcmpl-9", choices }));
}

function write(reply: Partial<Reply>, body: Record<string, unknown> = {}) {
  const empty = { id: undefined, parts: [], finish: "stop", stopSequence: undefined } as const;
  const whole = { ...empty, usage: undefined, logprobs: undefined, ...reply };
  return openaiCodec.writeReply(whole, chatContext(body));
}

const CALL = { kind: "call", id: "c", name: "f", input: "", custom: false } as const;

test("a whole answer that was written reads as the same reply", () => {
  fc.assert(
    fc.property(chatReplies(), (reply) => {
      const text = JSON.stringify(openaiCodec.writeReply(reply, chatContext()));
      expect(openaiCodec.readReply(text)).toEqual(reply);
    }),
    { numRuns: runs(200, 10_000) },
  );
});

test.each([
  ["vLLM", { reasoning: "a", content: null }],
  ["DeepSeek", { reasoning_content: "a", content: null }],
  ["Mistral", { content: [{ type: "thinking", thinking: [{ type: "text", text: "a" }] }] }],
])("the reasoning of %s is found", (_, message) => {
  expect(read(message).parts).toMatchObject([{ kind: "reasoning", text: "a" }]);
});

test.each([
  ["stop", {}, "stop"],
  ["length", {}, "length"],
  ["content_filter", {}, "refusal"],
  ["function_call", {}, "calls"],
  ["eos_token", {}, "stop"],
  ["stop", { stop_reason: "END" }, "stop-sequence"],
  ["stop", { stop_reason: 2 }, "stop"],
] as const)("the reason %s with %j ends as %s: %s", (reason, extra, finish) => {
  expect(read({ content: "a" }, { finish_reason: reason, ...extra }).finish).toBe(finish);
});

test("an answer that calls ends for its calls, even where it says stop", () => {
  const calls = [{ id: "c", function: { name: "f", arguments: "{" } }];
  const reply = read({ content: null, tool_calls: calls });
  expect(reply.finish).toBe("calls");
  expect(reply.parts).toEqual([{ ...CALL, input: "{" }]);
});

test("calls without an id, or with another's, get one of their own", () => {
  const named = { function: { name: "f" } };
  const calls = [named, { id: "x", ...named }, { id: "x", ...named }];
  const ids = read({ tool_calls: calls }).parts.map((part) => part.kind === "call" && part.id);
  expect(ids).toEqual(["call_chatcmpl9_0", "x", "call_chatcmpl9_2"]);
});

test("arguments that come as an object are written as text", () => {
  const reply = read({ tool_calls: [{ id: "c", function: { name: "f", arguments: { a: 1 } } }] });
  expect(reply.parts).toMatchObject([{ input: '{"a":1}' }]);
});

test.each([
  "",
  "[]",
  '{"choices":[]}',
  '{"error":"x"}',
  '{"choices":[{"index":1,"message":{}}]}',
  '{"choices":[{"message":{"tool_calls":[{"id":"c","function":{}}]}}]}',
])("%s is no answer", (text) => {
  expect(() => openaiCodec.readReply(text)).toThrow("transient");
});

test("the client gets its own model, a time in seconds, and an id that it knows", () => {
  expect(write({ id: "msg_1" })).toMatchObject({
    id: "chatcmpl_1",
    object: "chat.completion",
    created: 1_700_000_000,
    model: "public",
  });
  expect(write({ id: "chatcmpl-abc" }).id).toBe("chatcmpl-abc");
});

test.each([
  ["stop-sequence", "stop"],
  ["pause", "stop"],
  ["context", "length"],
  ["refusal", "content_filter"],
  ["calls", "tool_calls"],
] as const satisfies readonly (readonly [Finish, string])[])("%s is told as %s", (finish, told) => {
  expect(write({ finish }).choices).toMatchObject([{ finish_reason: told }]);
});

test("content is null when there are only calls, and empty arguments are an object", () => {
  expect(write({ parts: [CALL], finish: "calls" }).choices).toMatchObject([
    { message: { content: null, tool_calls: [{ id: "c", function: { arguments: "{}" } }] } },
  ]);
});

test("a client from before tools gets its one call as a function", () => {
  const body = { functions: [{ name: "f" }] };
  expect(write({ parts: [CALL], finish: "calls" }, body).choices).toMatchObject([
    { message: { function_call: { name: "f", arguments: "{}" } }, finish_reason: "function_call" },
  ]);
});

test("citations are counted from the start of the whole text", () => {
  const citations = [{ url: "https://a.test", start: 1, end: 2 }, { quote: "no address" }];
  const parts = [
    { kind: "text", text: "abc" } as const,
    { kind: "text", text: "def", citations },
  ] as const;
  const [choice] = write({ parts }).choices as [{ message: unknown }];
  expect(choice.message).toMatchObject({
    content: "abcdef",
    annotations: [{ type: "url_citation", url_citation: { start_index: 4, end_index: 5 } }],
  });
});

test("no answer crashes the reader", () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom("content", "tool_calls", "reasoning_details", "annotations", "refusal"),
        fc.jsonValue(),
      ),
      (message) => {
        try {
          read(message);
        } catch (error) {
          expect(error).toHaveProperty("class", "transient");
        }
      },
    ),
    { numRuns: runs(300, 20_000) },
  );
});
