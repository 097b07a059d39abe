import Anthropic from "@anthropic-ai/sdk";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenhubError } from "../../../../src/errors.ts";
import { anthropic } from "../../../../src/wire/anthropic/anthropic.ts";
import { createSseDecoder, type SseEvent } from "../../../../src/wire/sse.ts";
import type { EventFacts } from "../../../../src/wire/wire.ts";
import { runs } from "../../../fakes/long.ts";
import { replyContext } from "../../../fakes/reply-context.ts";

const UTF8 = new TextEncoder();
const decode = (text: string): SseEvent[] =>
  createSseDecoder({ lineBytesMax: 1_000_000 }).push(UTF8.encode(text));

/** What becomes of these events, given as values or as their raw text. */
function relay(...events: unknown[]): EventFacts[] {
  const path = anthropic.openStream(replyContext());
  return events.map((event) => {
    const data = typeof event === "string" ? event : JSON.stringify(event);
    return path.push({ event: undefined, data });
  });
}
const toldBy = (facts: readonly EventFacts[]) =>
  decode(facts.map(({ frame }) => frame).join("")).map(({ event, data }) => {
    const value = JSON.parse(data);
    expect(event).toBe(value.type);
    return value;
  });

const START = { type: "message_start", message: { id: "msg_1", model: "up", usage: {} } };
const text = (index?: number) => ({
  type: "content_block_start",
  index,
  content_block: { type: "text", text: "" },
});
const say = (said: string, index?: number) => ({
  type: "content_block_delta",
  index,
  delta: { type: "text_delta", text: said },
});
const stop = (index?: number) => ({ type: "content_block_stop", index });
const END = {
  type: "message_delta",
  delta: { stop_reason: "end_turn", stop_sequence: null },
  usage: { output_tokens: 3 },
};

describe("events", () => {
  test("what need not change keeps its own text, under the name that its type gives", () => {
    const raw = [
      '{"type": "content_block_start","index":0,"content_block":{"type":"text","text":""},"x":1.0}',
      '{"type":"content_block_delta","delta":{"type":"text_delta","text":"\\u0041"},"index":0}',
      '{"type":"content_block_stop","index":0}',
      '{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}',
      '{"type":"message_stop"}',
      '{"type":"ping"}',
      '{"type":"something_new","a":[1e2]}',
    ];
    const names = raw.map((data) => JSON.parse(data).type);
    expect(relay(...raw).map(({ frame }) => frame)).toEqual(
      raw.map((data, at) => `event: ${names[at]}\ndata: ${data}\n\n`),
    );
  });

  test.each([
    [say("ab"), "content", 2],
    [say(""), "other", 0],
    [{ type: "content_block_delta", delta: { thinking: "abc" } }, "content", 3],
    [{ type: "content_block_delta", delta: { partial_json: "{" } }, "content", 1],
    [{ type: "content_block_delta", delta: { signature: "ErUB" } }, "content", 0],
    [{ type: "content_block_delta", delta: { type: "citations_delta", citation: {} } }, "other", 0],
    [{ type: "content_block_delta", delta: null }, "other", 0],
    [text(0), "other", 0],
    [{ type: "content_block_start", content_block: { type: "tool_use", name: "f" } }, "content", 1],
    [
      { type: "content_block_start", content_block: { type: "redacted_thinking", data: "x" } },
      "content",
      0,
    ],
    [END, "finish", 0],
    [{ ...END, delta: {} }, "other", 0],
    [{ type: "message_stop" }, "terminator", 0],
    [{ type: "ping" }, "other", 0],
    [{ type: "constructor" }, "other", 0],
    [START, "other", 0],
    ["", "invalid", 0],
    ["[DONE]", "invalid", 0],
    ["[]", "invalid", 0],
    ["null", "invalid", 0],
    ["{", "invalid", 0],
  ])("%j is %s of %i characters", (event, kind, outputChars) => {
    expect(relay(event)[0]).toMatchObject({ kind, outputChars });
  });

  test.each([
    [{ type: "error", error: { type: "overloaded_error" } }, { type: "overloaded_error" }],
    [{ type: "error" }, { type: "error" }],
    [{ error: "Unauthorized" }, "Unauthorized"],
    [{ error: { code: 400 } }, { code: 400 }],
    [{ detail: "Not Found" }, "Not Found"],
  ])("%j is an error that is not passed on", (event, error) => {
    expect(relay(event)[0]).toMatchObject({ kind: "error", error, frame: "" });
  });

  test.each([{}, { type: 5 }, { type: "a\nevent: x" }, { type: "X" }, { type: "a".repeat(65) }])(
    "%j has no name and stays behind",
    (event) => {
      expect(relay(event)[0]).toMatchObject({ kind: "other", frame: "" });
    },
  );

  test("our own error is the dialect's error event", () => {
    const path = anthropic.openStream(replyContext());
    const [event] = decode(path.errorFrame(new TokenhubError("upstream_error"), "req_1"));
    expect(event?.event).toBe("error");
    expect(JSON.parse(event?.data ?? "")).toMatchObject({ error: { type: "api_error" } });
    expect(decode(anthropic.aliveFrame)).toEqual([{ event: "ping", data: '{"type":"ping"}' }]);
  });
});

describe("usage", () => {
  const begin = (usage: unknown) => ({ type: "message_start", message: { usage } });
  const usages = (...events: unknown[]) => relay(...events).map(({ usage }) => usage);

  test("the last count told is the true one, field by field", () => {
    const later = { input_tokens: 72, cache_read_input_tokens: 128, output_tokens: 90 };
    const [first, last] = usages(begin({ input_tokens: 200, output_tokens: 0 }), {
      ...END,
      usage: later,
    });
    expect(first).toMatchObject({ promptTokens: 200, cachedTokens: 0, completionTokens: 0 });
    expect(last).toMatchObject({ promptTokens: 200, cachedTokens: 128, completionTokens: 90 });
  });

  test("what the end does not tell again stays, null included", () => {
    const start = begin({ input_tokens: 5, cache_read_input_tokens: 9, output_tokens: 0 });
    const end = { ...END, usage: { input_tokens: null, output_tokens: 12 } };
    expect(usages(start, end)[1]).toMatchObject({ promptTokens: 14, completionTokens: 12 });
  });

  test("output alone is no usage", () => {
    expect(usages(END)).toEqual([undefined]);
  });
});

describe("imitating servers", () => {
  test("the first event names the public model, an id of the dialect, and all that clients read", () => {
    const message = { id: "chatcmpl-7", model: "up", extra: [1] };
    const [event] = toldBy(relay({ type: "message_start", message, x: 1 }));
    expect(event).toEqual({
      type: "message_start",
      x: 1,
      message: {
        id: "msg_7",
        type: "message",
        role: "assistant",
        model: "public",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 0, output_tokens: 0 },
        extra: [1],
      },
    });
    const [bare] = toldBy(relay({ type: "message_start" }));
    expect(bare.message.id).toBe("msg_1");
  });

  test("a block that its server closes late is closed before the next begins, and once", () => {
    const events = toldBy(
      relay(START, text(0), say("a", 0), text(1), say("b", 1), stop(0), stop(1), stop(1), END),
    );
    expect(events.map(({ type, index }) => `${type} ${index ?? ""}`.trim())).toEqual([
      "message_start",
      "content_block_start 0",
      "content_block_delta 0",
      "content_block_stop 0",
      "content_block_start 1",
      "content_block_delta 1",
      "content_block_stop 1",
      "message_delta",
    ]);
  });

  test("a block that is never closed is closed before the end", () => {
    const types = toldBy(relay(START, text(0), say("a", 0), END)).map(({ type }) => type);
    expect(types.slice(-2)).toEqual(["content_block_stop", "message_delta"]);
  });

  test("events without an index belong to the block that is open", () => {
    const events = toldBy(relay(text(), say("a"), stop(), text(), say("b"), stop()));
    expect(events.map(({ index }) => index)).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test("a call without input, and an end without usage or stop sequence, are filled", () => {
    const block = { type: "tool_use", id: "t", name: "f" };
    const [call, , end] = toldBy(
      relay(
        { type: "content_block_start", index: 0, content_block: block },
        { type: "message_delta", delta: { stop_reason: "tool_use" } },
      ),
    );
    expect(call.content_block).toEqual({ ...block, input: {} });
    expect(end).toMatchObject({
      delta: { stop_reason: "tool_use", stop_sequence: null },
      usage: { output_tokens: 0 },
    });
  });
});

test("the official client reads a stream of an imitating server", async () => {
  const call = { type: "tool_use", id: "t1", name: "f" };
  const frames = relay(
    { type: "message_start", message: { id: "chatcmpl-7", model: "up" } },
    { type: "ping" },
    text(0),
    say("hi", 0),
    { type: "content_block_start", index: 1, content_block: call },
    {
      type: "content_block_delta",
      index: 1,
      delta: { type: "input_json_delta", partial_json: '{"a":' },
    },
    {
      type: "content_block_delta",
      index: 1,
      delta: { type: "input_json_delta", partial_json: "1}" },
    },
    stop(0),
    stop(1),
    { ...END, delta: { stop_reason: "tool_use" } },
    { type: "message_stop" },
  ).map(({ frame }) => frame);
  const client = new Anthropic({
    apiKey: "k",
    fetch: async () =>
      new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } }),
  });
  const blocks: unknown[] = [];
  const stream = client.messages
    .stream({ model: "public", max_tokens: 5, messages: [{ role: "user", content: "hi" }] })
    .on("contentBlock", (block) => blocks.push(block));
  expect(await stream.finalMessage()).toMatchObject({
    id: "msg_7",
    model: "public",
    stop_reason: "tool_use",
    usage: { output_tokens: 3 },
  });
  expect(blocks).toMatchObject([{ text: "hi" }, { name: "f", input: { a: 1 } }]);
});

test("no event breaks the relay, and every frame is one of the dialect", {
  timeout: runs(20_000, 600_000),
}, () => {
  const type = fc.constantFrom(
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "error",
    "x_new",
  );
  const part = fc.oneof(
    fc.jsonValue(),
    fc.record({ type: fc.string(), text: fc.jsonValue(), usage: fc.jsonValue() }),
  );
  const event = fc.record(
    {
      type: fc.oneof({ weight: 4, arbitrary: type }, { weight: 1, arbitrary: fc.jsonValue() }),
      index: fc.oneof(fc.nat(3), fc.jsonValue()),
      message: part,
      content_block: part,
      delta: part,
      usage: part,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 12 }), (events) => {
      const facts = relay(...events);
      const told = toldBy(facts);
      let open = 0;
      for (const { type } of told) {
        if (type === "content_block_start") open += 1;
        if (type === "content_block_stop") open -= 1;
        expect(open === 0 || open === 1).toBe(true);
      }
    }),
    { numRuns: runs(200, 100_000) },
  );
});
