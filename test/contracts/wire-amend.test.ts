import { describe, expect, test } from "vitest";
import type { Amendment } from "../../src/wire/amendment.ts";
import { anthropicCount } from "../../src/wire/anthropic/count.ts";
import { WIRES } from "../../src/wire/index.ts";
import { CHAT_WIRES, received } from "../fakes/conversation-client.ts";
import type { ChatDialect } from "../fakes/conversation-script.ts";
import { IDLE } from "./amend-expected.ts";
import { wireAmendSuite } from "./wire-amend.suite.ts";

describe.each(["openai", "anthropic", "responses"] as const)("amending %s", (dialect) => {
  wireAmendSuite(dialect);
});

const SILENT = { ...IDLE, tools: false };
const least = { model: "m", max_tokens: 10_000, messages: [{ role: "user", content: "Hi" }] };
const amended = (dialect: ChatDialect, members: object, given: Partial<Amendment>) => {
  const wire = CHAT_WIRES[dialect];
  const request = received(JSON.stringify({ ...least, ...members }), dialect);
  return wire.amend?.(request, { ...IDLE, ...given }).document.value;
};

test("thinking stays below a lower cap with room for the answer, and goes where there is none", () => {
  const thinking = { type: "enabled", budget_tokens: 8_000 };
  const cap = (outputTokensMax: number) => amended("anthropic", { thinking }, { outputTokensMax });
  expect(cap(9_000)).toMatchObject({ thinking: { budget_tokens: 8_000 }, max_tokens: 9_000 });
  expect(cap(8_000)).toMatchObject({ thinking: { budget_tokens: 4_000 }, max_tokens: 8_000 });
  expect(cap(2_048)).toMatchObject({ thinking: { budget_tokens: 1_024 }, max_tokens: 2_048 });
  expect(cap(2_047)).not.toHaveProperty("thinking");
});

test("an instruction has the role of the client's own, and comes after the last of them", () => {
  const messages = [{ role: "developer", content: "Be brief." }, ...least.messages];
  expect(amended("openai", { messages }, { instruction: "Judge." })?.messages).toEqual([
    { role: "developer", content: "Be brief." },
    { role: "developer", content: "Judge." },
    ...least.messages,
  ]);
});

test("tools of the first kind are kept silent beside their calls, too", () => {
  const call = { name: "look", arguments: "{}" };
  const messages = [...least.messages, { role: "assistant", content: null, function_call: call }];
  const functions = [{ name: "look" }];
  const value = amended("openai", { messages, functions, function_call: "auto" }, SILENT);
  expect(value).toMatchObject({ functions, function_call: "none" });
});

test("wishes that only a stream may have go with it", () => {
  const wishes = { stream: true, stream_options: { include_usage: true } };
  const value = amended("openai", wishes, { stream: false });
  expect(value).not.toHaveProperty("stream");
  expect(value).not.toHaveProperty("stream_options");
});

test("both caps of a client are lowered, and only those", () => {
  const caps = { max_tokens: 900, max_completion_tokens: 800 };
  expect(amended("openai", caps, { outputTokensMax: 7 })).toMatchObject({
    max_tokens: 7,
    max_completion_tokens: 7,
  });
});

test("wishes beside the format stay when it goes, and leave nothing empty behind", () => {
  const format = { type: "json_schema", name: "own", schema: {} };
  const none = { format: "none" } as const;
  const effort = { effort: "high" };
  expect(amended("anthropic", { output_config: { ...effort, format } }, none)).toMatchObject({
    output_config: effort,
  });
  expect(amended("anthropic", { output_config: { format } }, none)).not.toHaveProperty(
    "output_config",
  );
  const text = { verbosity: "low", format };
  expect(amended("responses", { input: "Hi", text }, none)?.text).toEqual({ verbosity: "low" });
  expect(amended("responses", { input: "Hi", text: { format } }, none)).not.toHaveProperty("text");
});

test("an instruction comes after system turns of the input, whatever the instructions say", () => {
  const input = [
    { role: "developer", content: "Be brief." },
    { role: "user", content: "Hi" },
  ];
  const value = amended("responses", { instructions: "Own.", input }, { instruction: "Judge." });
  expect(value).toMatchObject({
    instructions: "Own.",
    input: [input[0], { role: "developer", content: "Judge." }, input[1]],
  });
});

test("strict shape is asked for where the provider can hold to it, and only there", () => {
  const strictOf = (schema: object) =>
    amended("openai", {}, { format: { name: "verdict", schema } })?.response_format;
  const closed = { type: "object", properties: {}, required: [], additionalProperties: false };
  expect(strictOf(closed)).toMatchObject({ json_schema: { strict: true, schema: closed } });
  expect(strictOf({ type: "object" })).toMatchObject({ json_schema: { strict: false } });
});

test("what is only counted or embedded is never asked in stages", () => {
  expect(anthropicCount.amend).toBeUndefined();
  expect(WIRES.embeddings.amend).toBeUndefined();
});
