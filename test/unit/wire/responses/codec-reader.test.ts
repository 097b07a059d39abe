import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ReplyEvent } from "../../../../src/conversation.ts";
import { AttemptFault } from "../../../../src/errors.ts";
import { responsesCodec } from "../../../../src/wire/responses/codec.ts";
import { replyOf } from "../../../fakes/replies.ts";
import { eventsIn, sse } from "../../../fakes/responses-codec.ts";

function golden(name: string): string {
  const url = new URL(`../../../golden/responses/${name}.response.http`, import.meta.url);
  const text = readFileSync(url, "utf8").replaceAll("\r\n", "\n");
  return text.slice(text.indexOf("\n\n") + 2);
}

const END = { type: "response.completed", response: { status: "completed", output: [] } };

function failureOf(events: readonly ReplyEvent[]): unknown {
  return events.find((event) => event.type === "reply-fail");
}

describe("a recorded stream of the Responses dialect", () => {
  it.each([
    ["vllm", "length", "text"],
    ["llamacpp", "stop", "text"],
    ["vllm-reasoning", "length", "reasoning"],
  ])("of %s says the same as its last event", (server, finish, kind) => {
    const text = golden(`${server}/responses-stream`);
    const reply = replyOf(eventsIn(text));
    const last = /^data: (\{.*"response\.completed".*\})$/m.exec(text)?.[1] ?? "";
    const whole = responsesCodec.readReply(JSON.stringify(JSON.parse(last).response));
    expect(reply.finish).toBe(finish);
    expect(reply.parts).toEqual(whole.parts);
    expect(reply.parts.map((part) => part.kind)).toEqual([kind]);
    expect(reply).toMatchObject({ id: whole.id, usage: whole.usage });
    expect(reply.usage?.completionTokens).toBe(8);
  });

  it("is understood alike however its bytes are cut", () => {
    const text = golden("llamacpp/responses-stream");
    const whole = eventsIn(text);
    for (const chunkBytes of [1, 2, 3, 7, 64]) expect(eventsIn(text, chunkBytes)).toEqual(whole);
  });

  it.each(["vllm", "llamacpp", "vllm-reasoning"])("has a whole answer beside it: %s", (server) => {
    const reply = responsesCodec.readReply(golden(`${server}/responses`));
    expect(reply.parts).toHaveLength(1);
    expect(reply.usage?.completionTokens).toBe(8);
  });
});

describe("a stream of the Responses dialect", () => {
  it("may leave out that its text began", () => {
    const delta = { type: "response.output_text.delta", delta: "Hi" };
    expect(replyOf(eventsIn(sse(delta, delta, END))).parts).toEqual([
      { kind: "text", text: "HiHi" },
    ]);
  });

  it("may tell its calls side by side", () => {
    const item = (call_id: string) => ({
      type: "function_call",
      call_id,
      name: "f",
      arguments: "",
    });
    const delta = (output_index: number, text: string) => {
      return { type: "response.function_call_arguments.delta", output_index, delta: text };
    };
    const events = eventsIn(
      sse(
        { type: "response.output_item.added", output_index: 0, item: item("a") },
        { type: "response.output_item.added", output_index: 1, item: item("b") },
        delta(1, "{1"),
        delta(0, "{0"),
        delta(1, "}"),
        delta(0, "}"),
        END,
      ),
    );
    expect(replyOf(events)).toMatchObject({
      finish: "calls",
      parts: [
        { id: "a", input: "{0}" },
        { id: "b", input: "{1}" },
      ],
    });
  });

  it("may tell a call at its end only", () => {
    const item = { type: "function_call", call_id: "a", name: "f", arguments: '{"x":1}' };
    const delta = { type: "response.function_call_arguments.delta", output_index: 0, delta: "{" };
    const done = { type: "response.output_item.done", output_index: 0, item };
    const call = { kind: "call", id: "a", name: "f", custom: false, input: '{"x":1}' };
    expect(replyOf(eventsIn(sse(done, done, END))).parts).toEqual([call]);
    expect(replyOf(eventsIn(sse(delta, done, END))).parts).toEqual([call]);
    const end = { ...END, response: { output: [item] } };
    expect(replyOf(eventsIn(sse(delta, end))).parts).toEqual([call]);
    expect(replyOf(eventsIn(sse(end))).parts).toEqual([call]);
    expect(failureOf(eventsIn(sse(delta, END)))).toMatchObject({ error: { code: "out_of_order" } });
  });

  it("is given up when a part goes on after its end, and says nothing more", () => {
    const text = { type: "response.output_text.delta", item_id: "m", delta: "Hi" };
    const item = { type: "function_call", call_id: "a", name: "f", arguments: "" };
    const added = { type: "response.output_item.added", output_index: 1, item };
    const events = eventsIn(sse(text, added, text, text, END));
    expect(events.at(-1)).toMatchObject({ type: "reply-fail", error: { code: "out_of_order" } });
    expect(events.filter((event) => event.type === "reply-fail")).toHaveLength(1);
  });

  it("keeps summaries apart by a paragraph and its proof at the end", () => {
    const item = { type: "reasoning", id: "rs_1", summary: [] };
    const events = eventsIn(
      sse(
        { type: "response.output_item.added", item },
        { type: "response.reasoning_summary_part.added", summary_index: 0 },
        { type: "response.reasoning_summary_text.delta", delta: "One." },
        { type: "response.reasoning_summary_part.added", summary_index: 1 },
        { type: "response.reasoning_summary_text.delta", delta: "Two." },
        { type: "response.output_item.done", item: { ...item, encrypted_content: "gAAA" } },
        END,
      ),
    );
    expect(replyOf(events).parts).toEqual([
      {
        kind: "reasoning",
        id: "rs_1",
        text: "One.\n\nTwo.",
        proof: { of: "responses", data: "gAAA" },
      },
    ]);
  });

  it.each([
    [{ type: "error", code: "x", message: "m" }],
    [{ error: { message: "m" } }],
    [{ error: "Unauthorized" }],
    [{ detail: "Not Found" }],
    [{ type: "response.failed", response: { status: "failed", error: { code: "server_error" } } }],
  ])("fails by an error event of any shape: %j", (event) => {
    const events = eventsIn(sse(event, END));
    expect(events.map(({ type }) => type)).toEqual(["reply-fail"]);
  });

  it("takes what is no object for noise, and pings and marks of the end for nothing", () => {
    expect(eventsIn("data: [1]\n\ndata: {\n\n: ping\n\ndata: [DONE]\n\n")).toEqual([
      { type: "noise" },
      { type: "noise" },
    ]);
    expect(
      eventsIn(sse({ type: "keepalive" }, { type: "response.web_search_call.searching" })),
    ).toEqual([]);
  });
});

describe("a whole answer of the Responses dialect", () => {
  it.each([
    ["", "bad-answer"],
    ["[]", "bad-answer"],
    ['{"output":{}}', "bad-answer"],
    ['{"output":[],"status":"in_progress"}', "bad-answer"],
    ['{"output":[{"type":"function_call"}]}', "bad-answer"],
    ['{"output":[],"error":{"code":"x"}}', "error-in-answer"],
    ['{"error":"Unauthorized"}', "error-in-answer"],
  ])("is a fault when it is %s", (text, what) => {
    const read = () => responsesCodec.readReply(text);
    expect(read).toThrow(AttemptFault);
    expect(read).toThrow(what);
  });
});
