import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FIELDS_PAGE, withFields } from "../../../scripts/fields-doc.ts";
import type { Conversation, Part } from "../../../src/conversation.ts";
import { TokenhubError } from "../../../src/errors.ts";
import { survey } from "../../../src/wire/field-row.ts";
import { DROPPED_MAX, FIELDS, type Route, settle, verdict } from "../../../src/wire/fields.ts";
import { conversation, type Given, saying } from "../../fakes/conversation.ts";

const CHAT_TO_MESSAGES: Route = { from: "openai", to: "anthropic" };
const CHAT_TO_RESPONSES: Route = { from: "openai", to: "responses" };
const MESSAGES_TO_CHAT: Route = { from: "anthropic", to: "openai" };
const MESSAGES_TO_RESPONSES: Route = { from: "anthropic", to: "responses" };
const RESPONSES_TO_CHAT: Route = { from: "responses", to: "openai" };
const RESPONSES_TO_MESSAGES: Route = { from: "responses", to: "anthropic" };
const ALL = [
  CHAT_TO_MESSAGES,
  CHAT_TO_RESPONSES,
  MESSAGES_TO_CHAT,
  MESSAGES_TO_RESPONSES,
  RESPONSES_TO_CHAT,
  RESPONSES_TO_MESSAGES,
];

const dropped = (said: Conversation, route: Route) => settle(said, route).dropped;

function refused(said: Conversation, route: Route): string | undefined {
  try {
    settle(said, route);
  } catch (error) {
    if (error instanceof TokenhubError && error.code === "unsupported_parameter") {
      return error.param;
    }
    throw error;
  }
  return undefined;
}

test("the tables in docs/API.md say what src/wire/fields.ts says (npm run fields-doc)", () => {
  const page = readFileSync(FIELDS_PAGE, "utf8");
  expect(page).toBe(withFields(page));
});

test("names of fields are unique, and their paths can stand in a header", () => {
  const names = FIELDS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { paths } of FIELDS) {
    for (const path of Object.values(paths)) expect(path).toMatch(/^[a-z_.]{1,64}$/);
  }
});

test("a plain conversation loses nothing on any way", () => {
  for (const route of ALL) {
    expect(settle(conversation(), route)).toEqual({ conversation: conversation(), dropped: [] });
  }
});

describe("what is refused", () => {
  const tool = { kind: "function", name: "look", schema: {} } as const;
  const hosted = { kind: "hosted", type: "web_search" } as const;
  test.for<[string, Given, Route, string]>([
    ["stop", { output: { stop: ["."] } }, CHAT_TO_RESPONSES, "stop"],
    ["json", { output: { format: { kind: "json" } } }, RESPONSES_TO_MESSAGES, "text.format"],
    ["logit bias", { sampling: { logitBias: {} } }, CHAT_TO_RESPONSES, "logit_bias"],
    ["logprobs", { sampling: { logprobs: true } }, RESPONSES_TO_MESSAGES, "include"],
    ["top logprobs", { sampling: { topLogprobs: 2 } }, CHAT_TO_MESSAGES, "top_logprobs"],
    ["choices", { sampling: { choices: 2 } }, CHAT_TO_MESSAGES, "n"],
    [
      "a forced tool of the provider",
      { tools: [hosted, tool], toolChoice: { kind: "tool", name: "web_search" } },
      RESPONSES_TO_CHAT,
      "tool_choice",
    ],
    [
      "a must with nothing left to call",
      { tools: [hosted], toolChoice: { kind: "required" } },
      MESSAGES_TO_CHAT,
      "tool_choice",
    ],
    ["a stored prompt", { unread: ["prompt"] }, RESPONSES_TO_CHAT, "prompt"],
  ])("%s", ([, given, route, param]) => {
    expect(refused(conversation(given), route)).toBe(param);
  });

  test.for<[string, Part, Route, string]>([
    [
      "a file of another provider",
      { kind: "document", source: { by: "file", id: "f" } },
      CHAT_TO_RESPONSES,
      "messages.content.file.file_id",
    ],
    [
      "a document by URL",
      { kind: "document", source: { by: "url", url: "https://a" } },
      RESPONSES_TO_CHAT,
      "input.content.file_url",
    ],
    [
      "bytes that are neither PDF nor text",
      { kind: "document", source: { by: "base64", mediaType: "application/zip", data: "AA==" } },
      RESPONSES_TO_MESSAGES,
      "input.content.file_data",
    ],
    [
      "sound",
      { kind: "audio", format: "wav", data: "" },
      CHAT_TO_MESSAGES,
      "messages.content.input_audio",
    ],
  ])("%s", ([, part, route, param]) => {
    expect(refused(saying("user", part), route)).toBe(param);
  });
});

describe("what is announced", () => {
  test.for<[string, Given, Route, string[]]>([
    [
      "a temperature above 1",
      { sampling: { temperature: 1.5 } },
      CHAT_TO_MESSAGES,
      ["temperature"],
    ],
    ["not one of 1", { sampling: { temperature: 1 } }, CHAT_TO_MESSAGES, []],
    ["not one of 2 where it fits", { sampling: { temperature: 2 } }, CHAT_TO_RESPONSES, []],
    ["top_k", { sampling: { topK: 3 } }, MESSAGES_TO_CHAT, ["top_k"]],
    ["verbosity", { output: { verbosity: "low" } }, RESPONSES_TO_MESSAGES, ["text.verbosity"]],
    [
      "several at once, sorted",
      { sampling: { seed: 1, presencePenalty: 1 }, cacheKey: "k" },
      CHAT_TO_MESSAGES,
      ["presence_penalty", "prompt_cache_key", "seed"],
    ],
    [
      "what Anthropic takes not beside thinking",
      {
        sampling: { topP: 0.5 },
        tools: [{ kind: "function", name: "look", schema: {} }],
        toolChoice: { kind: "required" },
        reasoning: { effort: "high", budgetTokens: undefined, shown: undefined },
      },
      RESPONSES_TO_MESSAGES,
      ["tool_choice", "top_p"],
    ],
    [
      "an effort where the cap leaves no room to think, but not what stays then",
      {
        output: { tokensMax: 1_024 },
        sampling: { temperature: 0.5 },
        reasoning: { effort: "high", budgetTokens: undefined, shown: true },
      },
      RESPONSES_TO_MESSAGES,
      ["reasoning.effort", "reasoning.summary"],
    ],
    ["top_k of a Chat client", { sampling: { topK: 3 } }, CHAT_TO_RESPONSES, ["top_k"]],
    ["not where it fits", { sampling: { topK: 3 } }, CHAT_TO_MESSAGES, []],
    [
      "what the reader did not take",
      { unread: ["tools.defer_loading", "context_management", "tools.defer_loading"] },
      MESSAGES_TO_CHAT,
      ["context_management", "tools.defer_loading"],
    ],
    [
      "by dots, names that no header can carry",
      { unread: ["a\r\nb", "ü", "", "known"] },
      MESSAGES_TO_CHAT,
      ["known", "..."],
    ],
  ])("%s", ([, given, route, names]) => {
    expect(dropped(conversation(given), route)).toEqual(names);
  });

  test("reasoning, unless the target itself has proven it", () => {
    const foreign = saying("assistant", {
      kind: "reasoning",
      text: "hm",
      proof: { of: "openai", data: "x" },
    });
    const own = saying("assistant", {
      kind: "reasoning",
      text: "hm",
      proof: { of: "anthropic", data: "x" },
    });
    expect(dropped(foreign, CHAT_TO_MESSAGES)).toEqual(["messages.reasoning_details"]);
    expect(dropped(own, CHAT_TO_MESSAGES)).toEqual([]);
    expect(dropped(own, CHAT_TO_RESPONSES)).toEqual(["messages.reasoning_details"]);
  });

  test("reasoning without words, by the proof that is all there is of it", () => {
    const silent = (of: "anthropic" | "responses") =>
      saying("assistant", { kind: "reasoning", text: "", proof: { of, data: "x" } });
    const proof = "input.encrypted_content";
    expect(dropped(silent("responses"), RESPONSES_TO_MESSAGES)).toEqual([proof]);
    expect(dropped(silent("anthropic"), RESPONSES_TO_CHAT)).toEqual([proof]);
    expect(dropped(silent("anthropic"), RESPONSES_TO_MESSAGES)).toEqual([]);
    expect(dropped(silent("anthropic"), MESSAGES_TO_RESPONSES)).toEqual([
      "messages.content.signature",
    ]);
    const empty = saying("assistant", { kind: "reasoning", text: "" });
    expect(dropped(empty, RESPONSES_TO_MESSAGES)).toEqual(["input.summary"]);
  });

  test("an effort beside a call whose thinking Anthropic has not proven", () => {
    const call = { kind: "call", id: "a", name: "look", input: "{}", custom: false } as const;
    const result = {
      kind: "result",
      callId: "a",
      parts: [],
      isError: false,
      custom: false,
    } as const;
    const called = (...thoughts: Part[]) =>
      conversation({
        turns: [
          { role: "user", parts: [{ kind: "text", text: "hi" }] },
          { role: "assistant", parts: [...thoughts, call] },
          { role: "user", parts: [result] },
        ],
        reasoning: { effort: "high", budgetTokens: undefined, shown: undefined },
      });
    const proven: Part = { kind: "redacted", proof: { of: "anthropic", data: "x" } };
    expect(dropped(called(), CHAT_TO_MESSAGES)).toEqual(["reasoning_effort"]);
    expect(dropped(called(proven), CHAT_TO_MESSAGES)).toEqual([]);
    expect(dropped(called(), CHAT_TO_RESPONSES)).toEqual([]);
  });

  test("marks of a cache and errors of tools, inside results too", () => {
    const said = saying("user", {
      kind: "result",
      callId: "a",
      isError: true,
      custom: false,
      parts: [{ kind: "text", text: "no", cache: { type: "ephemeral" } }],
    });
    expect(dropped(said, MESSAGES_TO_CHAT)).toEqual(["cache_control", "messages.content.is_error"]);
  });

  test("not more names than a header should carry", () => {
    const unread = Array.from({ length: 100 }, (_, at) => `field_${at}`);
    const told = dropped(conversation({ unread }), MESSAGES_TO_CHAT);
    expect(told).toHaveLength(DROPPED_MAX);
    expect(told.at(-1)).toBe("...");
  });
});

test("a tool that runs at the provider and a service tier are no longer in what is written", () => {
  const said = conversation({
    tools: [{ kind: "hosted", type: "web_search" }],
    serviceTier: "standard_only",
  });
  const settled = settle(said, MESSAGES_TO_RESPONSES);
  expect(settled.dropped).toEqual(["service_tier", "tools.type"]);
  expect(settled.conversation).toMatchObject({ tools: [], serviceTier: undefined });
});

test("the verdict of a row is what settling does", () => {
  const named = (name: string) => FIELDS.filter((row) => row.name === name);
  const told = (name: string, route: Route) => named(name).map((row) => verdict(row, route))[0];
  expect(told("temperature", CHAT_TO_MESSAGES)).toBe("kept");
  expect(told("stop sequences", CHAT_TO_MESSAGES)).toBe("mapped");
  expect(told("stop sequences", CHAT_TO_RESPONSES)).toBe("unsupported_parameter");
  expect(told("stop sequences", RESPONSES_TO_CHAT)).toBe("–");
  expect(told("seed", CHAT_TO_MESSAGES)).toBe("x-tokenhub-dropped");
  expect(told("service tier", { from: "openai", to: "openai" })).toBe("kept");
  expect(told("custom tool", RESPONSES_TO_CHAT)).toBe("mapped");
});

test("a survey of thousands of turns is one walk", () => {
  const turn = { role: "user", parts: [{ kind: "text", text: "a" }] } as const;
  const said = conversation({ turns: Array.from({ length: 2_000 }, () => turn) });
  expect([...survey(said, "openai").marks].sort()).toEqual(["text", "user"]);
});
