import { describe, expect, test } from "vitest";
import type { Part, Reply } from "../../../../src/conversation.ts";
import { anthropicCodec } from "../../../../src/wire/anthropic/codec.ts";
import { replyContext } from "../../../fakes/reply-context.ts";

const { readReply, writeReply } = anthropicCodec;

const REPLY: Reply = {
  id: "msg_1",
  parts: [{ kind: "text", text: "hi" }],
  finish: "stop",
  stopSequence: undefined,
  usage: undefined,
  logprobs: undefined,
};

const call = (input: string): Part => ({ kind: "call", id: "t", name: "f", input, custom: false });
const write = (changes: Partial<Reply>) => writeReply({ ...REPLY, ...changes }, replyContext());

describe("whole answers", () => {
  test("what vLLM and llama.cpp answer is read", () => {
    const vllm =
      '{"id":"chatcmpl-88","type":"message","role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"cfe7"}],"model":"tiny","stop_reason":"max_tokens","usage":{"input_tokens":31,"output_tokens":12,"cache_creation_input_tokens":0,"cache_read_input_tokens":9}}';
    expect(readReply(vllm)).toEqual({
      id: "chatcmpl-88",
      parts: [{ kind: "reasoning", text: "hm", proof: { of: "anthropic", data: "cfe7" } }],
      finish: "length",
      usage: {
        promptTokens: 40,
        completionTokens: 12,
        cachedTokens: 9,
        cacheWriteTokens: 0,
        reasoningTokens: 0,
      },
    });
    const body = writeReply(readReply(vllm), replyContext());
    expect(body).toMatchObject({ id: "msg_1", model: "public", stop_sequence: null });
  });

  test.each([
    ["no JSON", "{", "bad-answer"],
    ["a list", "[]", "bad-answer"],
    ["no content", '{"type":"message"}', "bad-answer"],
    ["content that is no block", '{"content":[1]}', "bad-answer"],
    ["a text that is none", '{"content":[{"type":"text","text":{}}]}', "bad-answer"],
    [
      "a call with a list",
      '{"content":[{"type":"tool_use","id":"a","name":"b","input":[]}]}',
      "bad-answer",
    ],
    ["an error", '{"type":"error","error":{"type":"api_error"}}', "error-in-answer"],
    ["OpenAI's error", '{"error":"Unauthorized"}', "error-in-answer"],
  ])("%s is a fault", (_, answer, what) => {
    expect(() => readReply(answer)).toThrow(expect.objectContaining({ class: "transient", what }));
  });

  test("unknown blocks are left out and an unknown reason is a plain stop", () => {
    const answer =
      '{"content":[{"type":"constructor"},{"type":"text","text":"a"}],"stop_reason":"__proto__"}';
    expect(readReply(answer)).toMatchObject({ parts: [{ text: "a" }], finish: "stop" });
  });

  test("calls wait for their results, whatever the reason given", () => {
    const answer = '{"content":[{"type":"tool_use","id":"a","name":"b"}],"stop_reason":"end_turn"}';
    expect(readReply(answer)).toMatchObject({ finish: "calls", parts: [{ input: "{}" }] });
    expect(write({ parts: [call("{}")] }).stop_reason).toBe("tool_use");
  });

  test("broken arguments are a fault, unless they were cut off", () => {
    const parts = [...REPLY.parts, call('{"a')];
    expect(() => write({ parts, finish: "calls" })).toThrow(
      expect.objectContaining({ class: "transient", what: "bad-tool-arguments" }),
    );
    expect(write({ parts, finish: "length" })).toMatchObject({
      content: [{ type: "text", text: "hi" }],
      stop_reason: "max_tokens",
    });
  });

  test("usage that nobody told is estimated", () => {
    const context = replyContext();
    const { promptTokens } = context.request.facts;
    expect(
      writeReply({ ...REPLY, parts: [{ kind: "text", text: "12345" }] }, context),
    ).toMatchObject({
      usage: { input_tokens: promptTokens, output_tokens: 2 },
    });
  });

  test("unproven thinking bears a mark of ours, and empty parts are left out", () => {
    const parts: Part[] = [
      { kind: "reasoning", text: "hm" },
      { kind: "reasoning", text: "" },
      { kind: "text", text: "" },
      { kind: "refusal", text: "no" },
      { kind: "redacted", proof: { of: "responses", data: "x" } },
    ];
    expect(write({ parts }).content).toEqual([
      { type: "thinking", thinking: "hm", signature: "thk1.openai." },
      { type: "text", text: "no" },
      { type: "redacted_thinking", data: "thk1.responses.x" },
    ]);
  });
});
