import fc from "fast-check";
import { expect, test } from "vitest";
import type { Part, Reply, ReplyEvent } from "../../../../src/conversation.ts";
import { openaiCodec } from "../../../../src/wire/openai/codec.ts";
import { chatContext, chunkOf, eventsOfBytes, eventsOfChunks } from "../../../fakes/chat-codec.ts";
import { chatReplies } from "../../../fakes/conversations.ts";
import { runs } from "../../../fakes/long.ts";
import { eventsOf, replyOf } from "../../../fakes/replies.ts";

const UTF8 = new TextEncoder();
const USAGE = { prompt_tokens: 3, completion_tokens: 4 };

function write(events: readonly ReplyEvent[], context = chatContext()): string {
  const writer = openaiCodec.createWriter(context);
  return events.map((event) => writer.write(event)).join("");
}

function dataOf(text: string): unknown[] {
  const lines = text.split("\n").filter((line) => line.startsWith("data: {"));
  return lines.map((line) => JSON.parse(line.slice("data: ".length)));
}

/** What the deltas of a good stream say in the end. */
function partsOf(...deltas: readonly unknown[]): readonly Part[] {
  return replyOf(eventsOfChunks(...deltas.map((delta) => chunkOf(delta)), "[DONE]")).parts;
}

function called(call: Record<string, unknown>): unknown {
  return { tool_calls: [call] };
}

function replyWith(parts: readonly Part[], more: Partial<Reply> = {}): Reply {
  const base = { id: "chatcmpl-1", parts, finish: "stop", stopSequence: undefined } as const;
  return { ...base, usage: undefined, logprobs: undefined, ...more };
}

test("a stream that was written reads as the same reply, wherever its bytes are cut", () => {
  fc.assert(
    fc.property(chatReplies(), fc.integer({ min: 1, max: 5 }), fc.nat(), (reply, chars, at) => {
      const bytes = UTF8.encode(write(eventsOf(reply, { pieceChars: chars })));
      expect(replyOf(eventsOfBytes(bytes, at % (bytes.length + 1)))).toEqual(reply);
    }),
    { numRuns: runs(200, 10_000) },
  );
});

test("vLLM's call without arguments in its first delta is read", () => {
  const parts = partsOf(
    { role: "assistant", content: "" },
    called({ id: "t", type: "function", index: 0, function: { name: "f" } }),
    called({ index: 0, function: { arguments: "{" } }),
    called({ index: 0, function: { arguments: "}" } }),
  );
  expect(parts).toEqual([{ kind: "call", id: "t", name: "f", input: "{}", custom: false }]);
});

test("a first delta without content says nothing", () => {
  expect(partsOf({ role: "assistant", content: null }, { content: "a" })).toEqual([
    { kind: "text", text: "a" },
  ]);
});

test("reasoning, text and reasoning again are three parts", () => {
  const parts = partsOf(
    { reasoning: "a" },
    { reasoning: "b" },
    { content: "c" },
    { reasoning: "d" },
  );
  expect(parts).toMatchObject([{ text: "ab" }, { kind: "text" }, { kind: "reasoning", text: "d" }]);
});

test("details beside the plain text of reasoning are heard once", () => {
  const detail = { type: "reasoning.text", text: "a" };
  const parts = partsOf(
    { reasoning: "a", reasoning_details: [detail] },
    { reasoning_details: [{ type: "reasoning.text", signature: "s" }] },
  );
  expect(parts).toMatchObject([{ text: "a", proof: { of: "openai", data: "s" } }]);
});

test("a call is held back until its name is known", () => {
  const events = eventsOfChunks(
    chunkOf(called({ index: 0, id: "c", function: { arguments: "{" } })),
    chunkOf(called({ index: 0, function: { name: "f", arguments: "}" } })),
  );
  expect(events.slice(1)).toEqual([
    { type: "part-start", index: 0, part: { kind: "call", id: "c", name: "f", custom: false } },
    { type: "input-delta", index: 0, text: "{}" },
  ]);
});

test.each([
  ["numbers", [{ index: 0, id: "a" }, { index: 1, id: "b" }, { index: 0 }, { index: 1 }]],
  ["ids alone", [{ id: "a" }, { id: "b" }, { id: "a" }, { id: "b" }]],
  [
    "one number for all",
    [{ index: 0, id: "a" }, { index: 0 }, { index: 0, id: "b" }, { index: 0 }],
  ],
  ["neither for what follows", [{ id: "a" }, {}, { id: "b" }, {}]],
] as const)("two calls are told apart by %s", (_, heads) => {
  const seen = new Set<string>();
  const deltas = heads.map((head: { id?: string; index?: number }) => {
    const isNew = head.id !== undefined && !seen.has(head.id);
    if (head.id !== undefined) seen.add(head.id);
    return called({ ...head, function: isNew ? { name: "f", arguments: "" } : { arguments: "1" } });
  });
  expect(partsOf(...deltas)).toMatchObject([
    { id: "a", input: "1" },
    { id: "b", input: "1" },
  ]);
});

test("a server that makes a new id for each delta goes on with the same call", () => {
  const parts = partsOf(
    called({ index: 0, id: "a", function: { name: "f", arguments: "{" } }),
    called({ index: 0, id: "b", function: { arguments: "}" } }),
  );
  expect(parts).toMatchObject([{ id: "a", input: "{}" }]);
});

test("two calls with one id get two", () => {
  const call = { id: "a", function: { name: "f", arguments: "" } };
  const parts = partsOf(called({ index: 0, ...call }), called({ index: 1, ...call }));
  expect(parts).toMatchObject([{ id: "a" }, { id: "call_chatcmpl1_1" }]);
});

test("a reason to end may come with the last of the content, and usage on every chunk", () => {
  const events = eventsOfChunks(
    { ...chunkOf({ content: "a" }), usage: USAGE },
    { ...chunkOf({ content: "b" }, "length"), usage: USAGE },
    { choices: [], usage: { ...USAGE, completion_tokens: 5 } },
    "[DONE]",
  );
  expect(replyOf(events)).toMatchObject({
    parts: [{ text: "ab" }],
    finish: "length",
    usage: { completionTokens: 5 },
  });
  expect(events.filter(({ type }) => type === "usage-tell")).toHaveLength(2);
});

test("an empty delta after the end is nothing, a text is a fault", () => {
  const end = chunkOf({}, "stop");
  expect(eventsOfChunks(end, chunkOf({ content: "" }, "stop"), "[DONE]")).toHaveLength(3);
  expect(eventsOfChunks(end, chunkOf({ content: "a" }), "[DONE]").at(-1)).toEqual({
    type: "reply-fail",
    error: { code: "out_of_order" },
  });
});

test("a call goes on beside another call, but not after a text", () => {
  const call = (index: number) =>
    chunkOf(called({ index, id: `c${index}`, function: { name: "f", arguments: "1" } }));
  const events = eventsOfChunks(call(0), call(1), call(0), chunkOf({ content: "a" }), call(1));
  expect(events.at(-1)).toEqual({ type: "reply-fail", error: { code: "out_of_order" } });
  expect(events.filter(({ type }) => type === "part-end")).toHaveLength(2);
});

test("a call that never has a name is a fault", () => {
  const events = eventsOfChunks(chunkOf(called({ index: 0, id: "c" })), chunkOf({}, "tool_calls"));
  expect(events.at(-1)).toEqual({ type: "reply-fail", error: { code: "call_without_name" } });
});

test.each([
  [{ error: { message: "x" } }, { message: "x" }],
  [{ error: "x" }, "x"],
  [{ detail: "x" }, "x"],
  [
    { object: "error", message: "x" },
    { object: "error", message: "x" },
  ],
])("the error %j ends the stream", (chunk, error) => {
  expect(eventsOfChunks(chunk, chunkOf({ content: "a" }))).toEqual([{ type: "reply-fail", error }]);
});

test("what is no JSON object is noise, and after the end comes nothing", () => {
  expect(eventsOfChunks("{", "[]", "1")).toEqual(Array(3).fill({ type: "noise" }));
  expect(eventsOfChunks("[DONE]", "{", chunkOf({ content: "a" })).at(-1)?.type).toBe("reply-end");
});

test("the first chunk has the role, the last before the marker the usage", () => {
  const usage = { promptTokens: 5, completionTokens: 4, cachedTokens: 3 };
  const whole = { ...usage, cacheWriteTokens: 0, reasoningTokens: 2 };
  const text = write(eventsOf(replyWith([{ kind: "text", text: "a" }], { usage: whole })));
  expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  const chunks = dataOf(text);
  expect(chunks[0]).toMatchObject({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "public",
    choices: [{ index: 0, delta: { role: "assistant" }, finish_reason: null }],
    usage: null,
  });
  expect(chunks.at(-2)).toMatchObject({ choices: [{ delta: {}, finish_reason: "stop" }] });
  expect(chunks.at(-1)).toMatchObject({
    choices: [],
    usage: { total_tokens: 9, prompt_tokens_details: { cached_tokens: 3 } },
  });
});

test("usage is hidden from a client that did not ask", () => {
  const usage = { promptTokens: 5, completionTokens: 4, cachedTokens: 3 };
  const whole = { ...usage, cacheWriteTokens: 0, reasoningTokens: 2 };
  expect(write(eventsOf(replyWith([], { usage: whole })), chatContext({}, false))).not.toContain(
    "usage",
  );
});

test("calls are numbered among calls, and one without input gets an empty object", () => {
  const call = { kind: "call", name: "f", custom: false } as const;
  const parts: Part[] = [
    { kind: "text", text: "a" },
    { ...call, id: "c0", input: "" },
    { ...call, id: "c1", input: "1" },
  ];
  const text = write(eventsOf(replyWith(parts, { finish: "calls" })));
  const said = dataOf(text).flatMap((chunk) => {
    const [choice] = (chunk as { choices: { delta: { tool_calls?: unknown[] } }[] }).choices;
    return choice?.delta.tool_calls ?? [];
  });
  expect(said).toEqual([
    { index: 0, id: "c0", type: "function", function: { name: "f", arguments: "" } },
    { index: 0, function: { arguments: "{}" } },
    { index: 1, id: "c1", type: "function", function: { name: "f", arguments: "" } },
    { index: 1, function: { arguments: "1" } },
  ]);
});

test("a client from before tools hears of one function", () => {
  const call = { kind: "call", name: "f", custom: false, input: "1" } as const;
  const parts = [{ ...call, id: "c0" } as const, { ...call, id: "c1", name: "g" } as const];
  const context = chatContext({ functions: [{ name: "f" }] });
  const text = write(eventsOf(replyWith(parts, { finish: "calls" })), context);
  expect(text).toContain('"function_call":{"name":"f","arguments":""}');
  expect(text).toContain('"finish_reason":"function_call"');
  expect(text).not.toMatch(/tool_calls|"g"/);
});

test("no stream crashes the reader, and nothing follows its end or a fault", {
  timeout: runs(20_000, 600_000),
}, () => {
  const shallow = fc.jsonValue({ maxDepth: 1 });
  const item = fc.dictionary(fc.constantFrom("index", "id", "function", "type"), shallow, {
    maxKeys: 3,
  });
  const delta = fc.dictionary(
    fc.constantFrom("content", "tool_calls", "reasoning_details", "refusal", "function_call"),
    fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.array(item, { maxLength: 3 })),
    { maxKeys: 5 },
  );
  const choice = fc.record({ delta, finish_reason: fc.oneof(shallow, fc.constant("stop")) });
  const chunk = fc.oneof(
    fc.record({ choices: fc.array(choice, { maxLength: 2 }) }),
    fc.constantFrom("[DONE]", "{"),
    shallow,
  );
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 8 }), (chunks) => {
      const events = eventsOfChunks(...chunks);
      const last = events.findIndex(({ type }) => type === "reply-end" || type === "reply-fail");
      if (last >= 0) expect(last).toBe(events.length - 1);
    }),
    { numRuns: runs(1_000, 100_000) },
  );
});
