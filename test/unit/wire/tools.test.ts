import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dialect } from "../../../src/chat.ts";
import type { CallPart, Conversation, ReplyEvent, Tool } from "../../../src/conversation.ts";
import { createInputDecoder, unwrapInput, wrapInput } from "../../../src/wire/tool-input.ts";
import { flattenTools, restoreEvents, restoreReply } from "../../../src/wire/tools.ts";
import { conversation } from "../../fakes/conversation.ts";
import { runs } from "../../fakes/long.ts";
import { eventsOf, replyOf } from "../../fakes/replies.ts";

const FLAT = ["openai", "anthropic"] as const;
const fn = (name: string, namespace?: string): Tool => ({
  kind: "function",
  name,
  namespace,
  schema: {},
});
const call = (given: Partial<CallPart>): CallPart => ({
  kind: "call",
  id: "call_1",
  name: "look",
  input: "{}",
  custom: false,
  ...given,
});
const reply = (...parts: CallPart[]) => ({
  id: "a",
  parts,
  finish: "calls" as const,
  stopSequence: undefined,
  usage: undefined,
  logprobs: undefined,
});
const names = (said: Conversation) =>
  said.tools.map((tool) => (tool.kind === "hosted" ? tool.type : tool.name));

describe.for(FLAT)("flat for %s", (to) => {
  test("names that the dialect can say stay as they are", () => {
    const said = conversation({ tools: [fn("look"), fn("a__b")] });
    const { conversation: flat, restore } = flattenTools(said, to);
    expect(names(flat)).toEqual(["look", "a__b"]);
    expect(restore.size).toBe(0);
  });

  test("a namespace becomes part of the name, in tools, choice and calls, and comes back", () => {
    const parts = [call({ name: "look", namespace: "web" })];
    const said = conversation({
      tools: [fn("look", "web"), fn("look"), fn("web__look")],
      toolChoice: { kind: "tool", name: "look", namespace: "web" },
      turns: [{ role: "assistant", parts }],
    });
    const { conversation: flat, restore } = flattenTools(said, to);
    expect(names(flat)).toEqual(["web__look_2", "look", "web__look"]);
    expect(flat.tools[0]).toMatchObject({ namespace: undefined });
    expect(flat.toolChoice).toEqual({ kind: "tool", name: "web__look_2", namespace: undefined });
    expect(flat.turns[0]?.parts).toMatchObject([{ name: "web__look_2", namespace: undefined }]);
    const answer = reply(call({ name: "web__look_2" }), call({ name: "web__look" }));
    expect(restoreReply(answer, restore).parts).toMatchObject([
      { name: "look", namespace: "web" },
      { name: "web__look" },
    ]);
  });

  test("a custom tool becomes a function whose description tells its grammar", () => {
    const format = { type: "grammar", syntax: "lark", definition: "start: A" };
    const tool: Tool = { kind: "custom", name: "patch", description: "Patches.", format };
    const { conversation: flat } = flattenTools(conversation({ tools: [tool] }), to);
    expect(flat.tools).toEqual([
      {
        kind: "function",
        name: "patch",
        description: expect.stringMatching(/^Patches\.\n\n.*lark.*\nstart: A$/),
        schema: {
          type: "object",
          properties: { input: { type: "string" } },
          required: ["input"],
          additionalProperties: false,
        },
      },
    ]);
  });

  test("calls and results of a custom tool in history become those of a function", () => {
    const parts = [call({ name: "patch", input: 'a "b"', custom: true })];
    const result = { kind: "result", callId: "call_1", parts: [], isError: false, custom: true };
    const said = conversation({
      turns: [
        { role: "assistant", parts },
        { role: "user", parts: [{ ...result, kind: "result" }] },
      ],
    });
    const { turns } = flattenTools(said, to).conversation;
    expect(turns[0]?.parts[0]).toMatchObject({ custom: false, input: '{"input":"a \\"b\\""}' });
    expect(turns[1]?.parts[0]).toMatchObject({ custom: false, callId: "call_1" });
  });

  test("allowed names follow their tools", () => {
    const said = conversation({
      tools: [fn("look", "web"), fn("sum")],
      toolChoice: { kind: "allowed", names: ["look", "sum"], required: true },
    });
    expect(flattenTools(said, to).conversation.toolChoice).toEqual({
      kind: "allowed",
      names: ["web__look", "sum"],
      required: true,
    });
  });

  test("flat names are allowed, unique, and each leads back to its tool", () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.constantFrom("a", "a__b", "b", "__proto__", "é", "x".repeat(70)),
    );
    const tools = fc.uniqueArray(fc.tuple(piece, fc.option(piece, { nil: undefined })), {
      selector: ([name, namespace]) => JSON.stringify([name, namespace ?? null]),
      maxLength: 12,
    });
    fc.assert(
      fc.property(tools, (list) => {
        const said = conversation({ tools: list.map(([name, namespace]) => fn(name, namespace)) });
        const { conversation: flat, restore } = flattenTools(said, to);
        const flats = names(flat);
        expect(new Set(flats).size).toBe(flats.length);
        const answer = reply(...flats.map((name) => call({ name })));
        const back = restoreReply(answer, restore).parts;
        list.forEach(([name, namespace], index) => {
          expect(flats[index]).toMatch(/^[A-Za-z0-9_-]{1,128}$/);
          expect(back[index]).toMatchObject({ name });
          expect((back[index] as CallPart).namespace).toBe(namespace);
        });
      }),
      { numRuns: runs(100, 10_000) },
    );
  });
});

test("many names that are flat alike cost no more than their count", () => {
  const tools = Array.from({ length: 30_000 }, (_, at) => fn(String.fromCharCode(0x4e00 + at)));
  const { conversation: flat } = flattenTools(conversation({ tools }), "openai");
  expect(new Set(names(flat)).size).toBe(tools.length);
});

test("Responses keeps namespaces and custom tools", () => {
  const tools: Tool[] = [fn("look", "web"), { kind: "custom", name: "patch" }];
  const parts = [call({ name: "patch", input: "raw", custom: true })];
  const said = conversation({ tools, turns: [{ role: "assistant", parts }] });
  const { conversation: flat, restore } = flattenTools(said, "responses");
  expect(flat).toEqual(said);
  expect(restore.size).toBe(0);
});

test("ids that Anthropic refuses are cleaned alike in call and result, and stay two", () => {
  const result = (callId: string) =>
    ({ kind: "result", callId, parts: [], isError: false, custom: false }) as const;
  const said = conversation({
    turns: [
      { role: "assistant", parts: [call({ id: "a.b" }), call({ id: "a:b" }), call({ id: "ok" })] },
      { role: "user", parts: [result("a:b"), result("a.b"), result("ok")] },
    ],
  });
  const ids = (to: Dialect) =>
    flattenTools(said, to).conversation.turns.map(({ parts }) =>
      parts.map((part) => (part.kind === "call" ? part.id : part.kind === "result" && part.callId)),
    );
  expect(ids("anthropic")).toEqual([
    ["a_b", "a_b_2", "ok"],
    ["a_b_2", "a_b", "ok"],
  ]);
  expect(ids("openai")).toEqual([
    ["a.b", "a:b", "ok"],
    ["a:b", "a.b", "ok"],
  ]);
});

describe("the input of a custom tool", () => {
  const anyText = fc.string({ unit: "binary", maxLength: 40 });

  test("comes out of the stream as it went in, split anywhere", () => {
    fc.assert(
      fc.property(anyText, fc.array(fc.nat(60)), fc.boolean(), (text, cuts, escaped) => {
        const plain = wrapInput(text);
        const json = escaped
          ? plain.replace(
              /[^\x20-\x7e]/g,
              (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
            )
          : plain;
        const decoder = createInputDecoder();
        const ends = [...new Set([...cuts, json.length])].sort((a, b) => a - b);
        let from = 0;
        let out = "";
        for (const end of ends) {
          const piece = decoder.push(json.slice(from, end));
          expect(piece).toSatisfy((said: string) => said.isWellFormed());
          out += piece;
          from = end;
        }
        expect(out + decoder.end()).toBe(text);
      }),
      { numRuns: runs(200, 20_000) },
    );
  });

  test("is told at once, but for what is not whole yet", () => {
    const decoder = createInputDecoder();
    const pieces = ['{ "in', 'put": "', "ab", "c\\", "n\\ud83", "d\\ude", '00d"', "}"];
    expect(pieces.map((piece) => decoder.push(piece))).toEqual([
      "",
      "",
      "ab",
      "c",
      "\n",
      "",
      "\u{1f600}d",
      "",
    ]);
    expect(decoder.end()).toBe("");
  });

  test.for<[string, string]>([
    ["{}", "{}"],
    ["", ""],
    ["[1]", "[1]"],
    ['{"input":5}', '{"input":5}'],
    ['{"other":1,"input":"x"}', "x"],
    ['{"in\\u0070ut":"x"}', "x"],
    ['{"input":"cut', "cut"],
    ['{"input":"cut\\u00', "cut\\u00"],
    ['{"input":"a\\qb"}', "a\\qb"],
    ["free text", "free text"],
  ])("%s means %s", ([json, text]) => {
    expect(unwrapInput(json)).toBe(text);
  });
});

describe("events", () => {
  const said = conversation({ tools: [{ kind: "custom", name: "patch" }, fn("look", "web")] });
  const { restore } = flattenTools(said, "openai");

  test("of a stream say the same as the whole answer", () => {
    const text = fc.string({ unit: "binary", maxLength: 20 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (input, pieceChars) => {
        const whole = reply(
          call({ name: "patch", input: wrapInput(input) }),
          call({ id: "call_2", name: "web__look", input: '{"a":1}' }),
          call({ id: "call_3", name: "unknown", input: wrapInput(input) }),
        );
        const restored = restoreEvents(restore);
        const events = eventsOf(whole, { pieceChars }).flatMap(restored);
        expect(replyOf(events)).toEqual(restoreReply(whole, restore));
        expect(replyOf(events).parts[0]).toMatchObject({ custom: true, input });
      }),
      { numRuns: runs(100, 10_000) },
    );
  });

  test("of two open calls do not mix", () => {
    const event = (index: number, text: string): ReplyEvent => ({
      type: "input-delta",
      index,
      text,
    });
    const start = (index: number): ReplyEvent => ({
      type: "part-start",
      index,
      part: { kind: "call", id: `call_${index}`, name: "patch", custom: false },
    });
    const restored = restoreEvents(restore);
    const events = [
      start(0),
      start(1),
      event(0, '{"input":"a'),
      event(1, '{"input":"b'),
      event(0, 'c"}'),
      { type: "part-end", index: 0 } as const,
      event(1, 'd"}'),
    ];
    const texts = events
      .flatMap(restored)
      .flatMap((one) => ("text" in one ? [[one.index, one.text]] : []));
    expect(texts).toEqual([
      [0, "a"],
      [1, "b"],
      [0, "c"],
      [1, "d"],
    ]);
  });
});
