import { describe, expect, test } from "vitest";
import type { ReplyEvent } from "../../../src/conversation.ts";
import { AttemptFault, TokenhubError } from "../../../src/errors.ts";
import type { Codec } from "../../../src/wire/codec.ts";
import { documentOf } from "../../../src/wire/json.ts";
import { openai } from "../../../src/wire/openai/openai.ts";
import { frame } from "../../../src/wire/sse.ts";
import { translateAnswer, translateRequest, translateStream } from "../../../src/wire/translate.ts";
import type { EventFacts, Wire } from "../../../src/wire/wire.ts";
import { conversation, type Given } from "../../fakes/conversation.ts";
import { replyContext } from "../../fakes/reply-context.ts";

const USAGE = {
  promptTokens: 3,
  completionTokens: 2,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};
const TARGET = {
  upstreamName: "up",
  outputTokensMax: undefined,
  modelOutputTokensMax: undefined,
};
const CUSTOM: Given = { tools: [{ kind: "custom", name: "patch" }] };

/** A dialect whose JSON is the representation itself: what passes through it is what translation did. */
function plainCodec(said: Given = {}): Codec {
  return {
    readConversation: () => conversation(said),
    writeConversation: ({ tools, turns }, { upstreamName }) => ({
      model: upstreamName,
      tools,
      turns,
    }),
    readReply(text) {
      const value = JSON.parse(text);
      if (!value.parts) throw new AttemptFault("transient", "bad-answer");
      return value;
    },
    writeReply: (reply, { modelId }) => ({ model: modelId, ...reply }),
    createReader: () => ({ push: ({ data }) => JSON.parse(data) }),
    createWriter: () => ({ write: (event) => frame({ data: event.type }) }),
  };
}

const wire = (dialect: Wire["dialect"], codec: Codec | undefined): Wire => ({
  ...openai,
  dialect,
  codec,
});
const pair = (said: Given = {}) => ({
  door: wire("responses", plainCodec(said)),
  provider: wire("openai", plainCodec()),
});
const request = openai.readRequest(
  documentOf({ model: "public", messages: [{ role: "user", content: "hi" }] }),
);
const asked = (said: Given) => translateRequest(request, { ...pair(said), target: TARGET });

describe("a request", () => {
  test("is written for the provider, with its tools flat and its losses named", () => {
    const { body, dropped, names } = asked({ ...CUSTOM, unread: ["truncation"] });
    expect(JSON.parse(body)).toMatchObject({
      model: "up",
      tools: [{ kind: "function", name: "patch" }],
    });
    expect(dropped).toEqual(["truncation"]);
    expect(names.get("patch")).toMatchObject({ custom: true });
  });

  test("that the provider's dialect cannot say is refused with the client's own path", () => {
    expect(() => asked({ unread: ["prompt"] })).toThrow(
      expect.objectContaining({ code: "unsupported_parameter", param: "prompt" }),
    );
  });

  test("of a dialect that is never translated is our mistake", () => {
    const door = wire("embeddings", undefined);
    expect(() => translateRequest(request, { ...pair(), door, target: TARGET })).toThrow(
      expect.objectContaining({ code: "internal" }),
    );
  });
});

describe("a whole answer", () => {
  const { names } = asked(CUSTOM);
  const input = '{"input":"x"}';
  const reply = {
    finish: "calls",
    usage: USAGE,
    parts: [
      { kind: "text", text: "abc" },
      { kind: "call", id: "a", name: "patch", input, custom: false },
    ],
  };
  const answered = (text: string) =>
    translateAnswer(text, { ...pair(), names, context: replyContext() });

  test("has the client's tools, the public model, and facts for the bill", () => {
    const { text, facts } = answered(JSON.stringify(reply));
    expect(JSON.parse(text)).toMatchObject({
      model: "public",
      parts: [{ text: "abc" }, { name: "patch", input: "x", custom: true }],
    });
    expect(facts).toEqual({ usage: USAGE, finish: "calls", outputChars: 3 + input.length });
  });

  test("that is none is the provider's fault", () => {
    expect(() => answered("{}")).toThrow(AttemptFault);
  });
});

describe("a stream", () => {
  const { names } = asked(CUSTOM);
  const opened = () => translateStream({ ...pair(), names, context: replyContext() });
  const push = (path: ReturnType<typeof opened>, ...events: ReplyEvent[]): EventFacts =>
    path.push({ event: undefined, data: JSON.stringify(events) });

  test.for<[string, ReplyEvent[], Partial<EventFacts>]>([
    ["nothing", [], { kind: "other", frame: "" }],
    ["a start", [{ type: "reply-start", id: "a" }], { kind: "other" }],
    ["a part", [{ type: "part-start", index: 0, part: { kind: "text" } }], { kind: "other" }],
    [
      "a call",
      [{ type: "part-start", index: 0, part: { kind: "call", id: "a", name: "b", custom: false } }],
      { kind: "content", outputChars: 0 },
    ],
    [
      "sealed reasoning",
      [
        {
          type: "part-start",
          index: 0,
          part: { kind: "redacted", proof: { of: "openai", data: "" } },
        },
      ],
      { kind: "content" },
    ],
    [
      "reasoning and text",
      [
        { type: "reasoning-delta", index: 0, text: "ab" },
        { type: "text-delta", index: 1, text: "c" },
      ],
      { kind: "content", outputChars: 3, frame: "data: reasoning-delta\n\ndata: text-delta\n\n" },
    ],
    ["usage", [{ type: "usage-tell", usage: USAGE }], { kind: "usage", usage: USAGE }],
    [
      "a finish with usage",
      [
        { type: "usage-tell", usage: USAGE },
        { type: "reply-finish", finish: "length", stopSequence: undefined },
      ],
      { kind: "finish", finish: "length", usage: USAGE },
    ],
    ["rubbish", [{ type: "noise" }], { kind: "invalid", frame: "" }],
    [
      "an error after text",
      [
        { type: "text-delta", index: 0, text: "a" },
        { type: "reply-fail", error: { type: "overloaded" } },
      ],
      { kind: "error", error: { type: "overloaded" }, frame: "" },
    ],
    [
      "an end with all that was held",
      [
        { type: "usage-tell", usage: USAGE },
        { type: "reply-finish", finish: "stop", stopSequence: undefined },
        { type: "reply-end" },
      ],
      {
        kind: "terminator",
        finish: "stop",
        usage: USAGE,
        frame: "data: usage-tell\n\ndata: reply-finish\n\ndata: reply-end\n\n",
      },
    ],
  ])("tells %s", ([, events, facts]) => {
    expect(push(opened(), ...events)).toMatchObject(facts);
  });

  test.for<ReplyEvent>([{ type: "reply-end" }, { type: "reply-fail", error: "x" }])(
    "is silent after $type",
    (last) => {
      const path = opened();
      push(path, last);
      const late = push(path, { type: "text-delta", index: 0, text: "a" });
      expect(late).toMatchObject({ kind: "other", outputChars: 0, frame: "" });
    },
  );

  test("counts what the provider wrote, and shows what the client's tool takes", () => {
    const path = opened();
    const part = { kind: "call", id: "a", name: "patch", custom: false } as const;
    push(path, { type: "part-start", index: 0, part });
    const quiet = push(path, { type: "input-delta", index: 0, text: '{"input":' });
    expect(quiet).toMatchObject({ kind: "content", outputChars: 9, frame: "" });
    const loud = push(path, { type: "input-delta", index: 0, text: '"x' });
    expect(loud).toMatchObject({ kind: "content", frame: "data: input-delta\n\n" });
  });

  test("breaks off in the client's dialect", () => {
    const error = new TokenhubError("upstream_error");
    expect(opened().errorFrame(error, "req_1")).toBe(openai.errorFrame(error, "req_1"));
  });
});
