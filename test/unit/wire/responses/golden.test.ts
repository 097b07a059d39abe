/** Bytes of real servers and clients (vLLM 0.32, llama.cpp b11434, Codex, SDKs), in `test/golden/responses`. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../../src/limits.ts";
import { parseDocument } from "../../../../src/wire/json.ts";
import { responses } from "../../../../src/wire/responses/responses.ts";
import { runs } from "../../../fakes/long.ts";
import {
  bodyOf,
  decode,
  decodeText,
  golden,
  helped,
  relay,
} from "../../../fakes/responses-streams.ts";

const UTF8 = new TextEncoder();
const SERVERS = ["vllm", "vllm-reasoning", "llamacpp"] as const;

const REQUESTS = [
  ...["codex", "ai-sdk", "langchain-python", "openai-sdk-python"].map(
    (name) => `clients/${name}.requests.json`,
  ),
  ...SERVERS.flatMap((server) => [
    `${server}/responses.request.json`,
    `${server}/responses-stream.request.json`,
  ]),
].flatMap((name) =>
  [JSON.parse(golden(name))].flat().map(({ body }, at) => ({ name: `${name} ${at}`, body })),
);

test.each(REQUESTS)("request $name passes; only model and store differ", ({ name, body }) => {
  const text = JSON.stringify(body, undefined, 2);
  const request = responses.readRequest(parseDocument(UTF8.encode(text), LIMITS));
  expect(request.target).toBe(body.model);
  expect(request.facts.stream).toBe(body.stream === true);
  expect(request.facts.needs.includes("tools")).toBe(name.includes("codex"));
  expect(request.facts.needs.includes("json_schema")).toBe(
    body.text?.format.type === "json_schema",
  );
  expect(request.facts.outputTokensMax).toBe(body.max_output_tokens);
  const patch = { upstreamName: body.model, outputTokensMax: undefined };
  const sent = String(responses.writeRequest(request, patch));
  if (body.store === false) expect(sent).toBe(text);
  else expect(JSON.parse(sent)).toEqual({ ...body, store: false });
});

test.each(SERVERS)("the whole answer of %s is read, and only its model changes", (server) => {
  const body = bodyOf(`${server}/responses.response.http`);
  const { usage, model, status, incomplete_details: details } = JSON.parse(body);
  const facts = responses.readAnswer(body);
  expect(facts.usage).toEqual({
    promptTokens: usage.input_tokens,
    completionTokens: usage.output_tokens,
    cachedTokens: usage.input_tokens_details.cached_tokens,
    cacheWriteTokens: 0,
    reasoningTokens: usage.output_tokens_details?.reasoning_tokens ?? 0,
  });
  expect(facts.finish).toBe(details?.reason ?? status);
  expect(facts.outputChars).toBeGreaterThan(10);
  expect(responses.writeAnswer(body, { modelId: "m" })).toBe(
    body.replace(`"model":"${model}"`, '"model":"m"'),
  );
});

test.each(["vllm", "llamacpp"])(
  "an error of %s is no answer, and an error in a stream",
  (server) => {
    const body = bodyOf(`${server}/responses-error-overflow.response.http`).trim();
    const thrown = expect.objectContaining({ class: "transient", what: "error-in-answer" });
    expect(() => responses.readAnswer(body)).toThrow(thrown);
    const [facts] = relay([{ event: undefined, data: body }]).facts;
    expect(facts).toMatchObject({ kind: "error", error: JSON.parse(body).error, frame: "" });
  },
);

describe.each(SERVERS)("the stream of %s", (server) => {
  const body = bodyOf(`${server}/responses-stream.response.http`);
  const bytes = UTF8.encode(body);
  const events = decode(bytes);
  const { facts, sent, text } = relay(events);

  test("content comes first, then one terminator with finish and usage, at the end", () => {
    const kinds = facts.map(({ kind }) => kind);
    expect(new Set(kinds.slice(0, -1))).toEqual(new Set(["other", "content"]));
    expect(kinds.indexOf("content")).toBeGreaterThan(1);
    expect(facts.at(-1)).toMatchObject({
      kind: "terminator",
      finish: server === "llamacpp" ? "completed" : "max_output_tokens",
      usage: { completionTokens: 8 },
    });
    const chars = facts.reduce((sum, { outputChars }) => sum + outputChars, 0);
    const [item] = sent.at(-1).response.output;
    expect(chars).toBe(item.content[0].text.length);
  });

  test("each event has its number, its place and the name of its type", () => {
    expect(sent.map((event) => event.sequence_number)).toEqual([...sent.keys()]);
    expect(decodeText(text).map(({ event }) => event)).toEqual(sent.map(({ type }) => type));
    for (const event of sent.filter(({ type }) => /^response\.[a-z_]+\./.test(type))) {
      expect(event.output_index).toBe(0);
      if (!event.item)
        expect(event).toMatchObject({ content_index: 0, item_id: expect.stringMatching(/_/) });
    }
    for (const { response } of sent.filter((event) => event.response)) {
      expect(response).toMatchObject({ model: "public/m", object: "response", error: null });
      expect(response.created_at).toBeGreaterThan(1_700_000_000);
    }
  });

  test("what the server told stays; what was whole keeps its bytes", () => {
    for (const [at, event] of events.entries()) {
      const { type, response, ...rest } = JSON.parse(event.data);
      expect(sent[at]).toMatchObject(rest);
      if (response) continue;
      expect(sent[at].type).toBe(type);
      if (server !== "llamacpp") expect(facts[at]?.frame).toContain(`data: ${event.data}\n\n`);
    }
  });

  test("the official SDK's stream helper reads it to its end", async () => {
    const { types, final } = await helped(text);
    expect(types).toEqual(sent.map(({ type }) => type));
    expect(final.status).toBe(server === "llamacpp" ? "completed" : "incomplete");
    expect(types.at(-1)).toBe(`response.${final.status}`);
    expect(final.output).toHaveLength(1);
  });

  test("split anywhere it gives the same events", () => {
    expect(decode(...Array.from(bytes, (_, at) => bytes.slice(at, at + 1)))).toEqual(events);
    const asText = JSON.stringify(events);
    const splits = Math.min(bytes.length, runs(500, Number.POSITIVE_INFINITY));
    for (let at = 1; at < splits; at++) {
      expect(JSON.stringify(decode(bytes.slice(0, at), bytes.slice(at)))).toBe(asText);
    }
  });

  test("cut before its end it has no terminator", () => {
    for (let at = 0; at < bytes.length - 1; at += 97) {
      const kinds = relay(decode(bytes.slice(0, at))).facts.map(({ kind }) => kind);
      expect(kinds).not.toContain("terminator");
      expect(kinds).not.toContain("invalid");
    }
  });
});

test("unrepaired, the stream of llama.cpp breaks the SDK's helper", async () => {
  await expect(helped(bodyOf("llamacpp/responses-stream.response.http"))).rejects.toThrow(
    /output index|missing output/i,
  );
});
