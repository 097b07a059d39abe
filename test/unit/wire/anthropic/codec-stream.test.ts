import { describe, expect, test } from "vitest";
import type { ReplyEvent } from "../../../../src/conversation.ts";
import { anthropicCodec } from "../../../../src/wire/anthropic/codec.ts";
import { createSseDecoder } from "../../../../src/wire/sse.ts";
import { replyOf } from "../../../fakes/replies.ts";
import { replyContext } from "../../../fakes/reply-context.ts";

type Json = Readonly<Record<string, unknown>>;

function read(...events: readonly (Json | string)[]): ReplyEvent[] {
  const reader = anthropicCodec.createReader();
  return events.flatMap((event) => {
    const data = typeof event === "string" ? event : JSON.stringify(event);
    return [...reader.push({ event: undefined, data })];
  });
}

const started = { type: "message_start", message: { id: "msg_1" } };
const start = (index: number, block: Json) => ({
  type: "content_block_start",
  index,
  content_block: block,
});
const delta = (index: number, value: Json) => ({
  type: "content_block_delta",
  delta: value,
  index,
});
const stop = (index: number) => ({ type: "content_block_stop", index });
const finish = (reason: string, usage?: Json) => ({
  type: "message_delta",
  delta: { stop_reason: reason },
  usage,
});
const stopped = { type: "message_stop" };
const text = { type: "text", text: "" };
const say = (value: string) => ({ type: "text_delta", text: value });
const use = (id: string, input: Json = {}) => ({ type: "tool_use", id, name: "f", input });
const json = (value: string) => ({ type: "input_json_delta", partial_json: value });
const outOfOrder = { type: "reply-fail", error: { code: "out_of_order" } };

describe("reading a stream", () => {
  test("vLLM's order of fields, ids and corrected usage are understood", () => {
    const events = read(
      '{"type":"message_start","message":{"id":"chatcmpl-8","type":"message","role":"assistant","content":[],"model":"tiny","stop_reason":null,"usage":{"input_tokens":200,"output_tokens":0}}}',
      '{"type":"content_block_start","content_block":{"type":"thinking","thinking":""},"index":0}',
      '{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"hm"},"index":0}',
      '{"type":"content_block_delta","delta":{"type":"signature_delta","signature":"91"},"index":0}',
      '{"type":"content_block_stop","index":0}',
      '{"type":"message_delta","delta":{"stop_reason":"max_tokens","stop_sequence":null},"usage":{"input_tokens":72,"output_tokens":12,"cache_creation_input_tokens":0,"cache_read_input_tokens":128}}',
      '{"type":"message_stop"}',
    );
    expect(replyOf(events)).toEqual({
      id: "chatcmpl-8",
      parts: [{ kind: "reasoning", text: "hm", proof: { of: "anthropic", data: "91" } }],
      finish: "length",
      usage: {
        promptTokens: 200,
        completionTokens: 12,
        cachedTokens: 128,
        cacheWriteTokens: 0,
        reasoningTokens: 0,
      },
    });
  });

  test("llama.cpp's usage adds up from both ends of the stream", () => {
    const usage = { cache_read_input_tokens: 9, input_tokens: 5, output_tokens: 0 };
    const message = { ...started, message: { usage } };
    const reply = replyOf(read(message, finish("end_turn", { output_tokens: 12 }), stopped));
    expect(reply.usage).toMatchObject({ promptTokens: 14, cachedTokens: 9, completionTokens: 12 });
  });

  test("arguments told with the start count when no delta comes", () => {
    const whole = read(started, start(0, use("a", { x: 1 })), stop(0), finish("tool_use"), stopped);
    expect(replyOf(whole)).toMatchObject({ finish: "calls", parts: [{ input: '{"x":1}' }] });
    const both = read(started, start(0, use("a", { x: 1 })), delta(0, json("{}")), stop(0));
    expect(both.filter(({ type }) => type === "input-delta")).toHaveLength(1);
  });

  test("calls may be open side by side; text ends them", () => {
    const events = read(
      started,
      start(0, use("a")),
      start(1, use("b")),
      delta(0, json("{")),
      delta(1, json("{}")),
      delta(0, json("}")),
      start(2, text),
      delta(2, say("x")),
      finish("end_turn"),
      stopped,
    );
    expect(replyOf(events)).toMatchObject({
      finish: "calls",
      parts: [{ input: "{}" }, { input: "{}" }, { text: "x" }],
    });
  });

  test("blocks of hosted tools, pings and unknown events are left out", () => {
    const events = read(
      { type: "ping" },
      started,
      start(0, { type: "server_tool_use", id: "s" }),
      delta(0, json("{}")),
      stop(0),
      start(1, text),
      { type: "ping" },
      { type: "__proto__" },
      {},
      delta(1, { type: "novel_delta" }),
      delta(1, say("x")),
      stop(1),
      finish("end_turn"),
      stopped,
    );
    expect(replyOf(events).parts).toEqual([{ kind: "text", text: "x" }]);
  });

  test("a missing index means the block that is open", () => {
    const bare = (event: Json) => ({ ...event, index: undefined });
    const events = read(
      started,
      bare(start(0, text)),
      bare(delta(0, say("x"))),
      bare(stop(0)),
      bare(start(1, use("a"))),
      bare(delta(1, json("{}"))),
      finish("tool_use"),
      stopped,
    );
    expect(replyOf(events).parts).toMatchObject([{ text: "x" }, { input: "{}" }]);
  });

  test.each<[string, Json[]]>([
    ["a delta without its block", [started, delta(0, say("x"))]],
    ["a delta after the end of its block", [started, start(0, text), stop(0), delta(0, say("x"))]],
    [
      "a delta for a block that another ended",
      [started, start(0, text), start(1, text), delta(0, say("x"))],
    ],
    ["a delta of another kind", [started, start(0, text), delta(0, json("{}"))]],
    ["a text that is none", [started, start(0, text), delta(0, { type: "text_delta", text: 1 })]],
    ["an end without its block", [started, stop(3)]],
    ["two blocks of one index", [started, start(0, text), stop(0), start(0, text)]],
    ["a call without a name", [started, start(0, { type: "tool_use", id: "a" })]],
    ["two beginnings", [started, started]],
    ["content after the finish", [started, finish("end_turn"), start(0, text)]],
    ["an end without a beginning", [stopped]],
  ])("%s fails, once", (_, events) => {
    const heard = read(...events, start(9, text), finish("end_turn"), stopped);
    expect(heard.filter(({ type }) => type === "reply-fail")).toEqual([outOfOrder]);
    expect(heard.at(-1)).toEqual(outOfOrder);
  });

  test.each<[string, Json, unknown]>([
    [
      "its own",
      { type: "error", error: { type: "overloaded_error" } },
      { type: "overloaded_error" },
    ],
    ["OpenAI's", { error: { code: 400, message: "no" } }, { code: 400, message: "no" }],
    ["a bare text", { error: "Unauthorized" }, "Unauthorized"],
    ["FastAPI's", { detail: "Not Found" }, "Not Found"],
  ])("an error in %s shape fails the stream", (_, event, error) => {
    expect(read(started, event, stopped).slice(1)).toEqual([{ type: "reply-fail", error }]);
  });

  test("what is no JSON object is noise, and nothing is said after the end", () => {
    expect(read("", "[]", "{", "[DONE]")).toEqual(Array(4).fill({ type: "noise" }));
    expect(read(started, finish("end_turn"), stopped, "{", start(0, text)).at(-1)).toEqual({
      type: "reply-end",
    });
  });
});

function write(...events: readonly ReplyEvent[]): Json[] {
  const writer = anthropicCodec.createWriter(replyContext());
  const bytes = new TextEncoder().encode(events.map((event) => writer.write(event)).join(""));
  return createSseDecoder({ lineBytesMax: 1 << 20 })
    .push(bytes)
    .map(({ event, data }) => {
      const value = JSON.parse(data);
      expect(event).toBe(value.type);
      return value;
    });
}

const begun = { type: "reply-start", id: "chatcmpl-1" } as const;
const ended = { type: "reply-end" } as const;
const head = (id: string) => ({ kind: "call", id, name: "f", custom: false }) as const;

describe("writing a stream", () => {
  test("reason, usage and end come together, the end last", () => {
    const usage = {
      promptTokens: 10,
      completionTokens: 3,
      cachedTokens: 4,
      cacheWriteTokens: 1,
      reasoningTokens: 2,
    };
    const events = write(
      begun,
      { type: "reply-finish", finish: "stop-sequence", stopSequence: "X" },
      { type: "usage-tell", usage },
      ended,
    );
    expect(events[0]).toMatchObject({
      message: { id: "msg_1", model: "public", content: [], stop_reason: null },
    });
    expect(events.slice(1)).toEqual([
      {
        type: "message_delta",
        delta: { stop_reason: "stop_sequence", stop_sequence: "X" },
        usage: {
          input_tokens: 5,
          cache_read_input_tokens: 4,
          cache_creation_input_tokens: 1,
          output_tokens: 3,
          output_tokens_details: { thinking_tokens: 2 },
        },
      },
      { type: "message_stop" },
    ]);
  });

  test("calls side by side come one after the other, and nothing of them is lost", () => {
    const input = (index: number, value: string) =>
      ({ type: "input-delta", index, text: value }) as const;
    const events = write(
      begun,
      { type: "part-start", index: 0, part: head("a") },
      { type: "part-start", index: 1, part: head("b") },
      { type: "part-start", index: 2, part: head("c") },
      input(1, "{"),
      input(0, "{}"),
      input(1, "}"),
      { type: "part-end", index: 1 },
      input(2, "{}"),
      { type: "part-end", index: 0 },
      { type: "part-end", index: 2 },
      { type: "reply-finish", finish: "stop", stopSequence: undefined },
      ended,
    );
    const heard = read(...events.map((event) => JSON.stringify(event)));
    expect(replyOf(heard)).toMatchObject({
      finish: "calls",
      parts: ["a", "b", "c"].map((id) => ({ id, input: "{}" })),
    });
    expect(events.slice(1, -2).map(({ index }) => index)).toEqual([0, 0, 0, 1, 1, 1, 1, 2, 2, 2]);
  });

  test("parts that say nothing become no block, unproven thinking bears our mark", () => {
    const events = write(
      begun,
      { type: "part-start", index: 0, part: { kind: "text" } },
      { type: "part-end", index: 0 },
      { type: "part-start", index: 1, part: { kind: "reasoning" } },
      { type: "reasoning-delta", index: 1, text: "hm" },
      { type: "part-end", index: 1 },
      { type: "part-start", index: 2, part: { kind: "refusal" } },
      { type: "refusal-delta", index: 2, text: "no" },
      { type: "reply-finish", finish: "refusal", stopSequence: undefined },
      ended,
    );
    expect(events.slice(1, -2)).toMatchObject([
      { index: 0, content_block: { type: "thinking", signature: "" } },
      { delta: { thinking: "hm" } },
      { delta: { type: "signature_delta", signature: "thk1.openai." } },
      { type: "content_block_stop", index: 0 },
      { index: 1, content_block: { type: "text" } },
      { delta: { text: "no" } },
      { type: "content_block_stop", index: 1 },
    ]);
  });

  test("usage that nobody told is estimated from what was written", () => {
    const events = write(
      begun,
      { type: "part-start", index: 0, part: { kind: "text" } },
      { type: "text-delta", index: 0, text: "12345" },
      { type: "part-end", index: 0 },
      ended,
    );
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: "end_turn" },
      usage: { output_tokens: 2 },
    });
  });
});
