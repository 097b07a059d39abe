/** Bytes of real servers and clients (vLLM 0.32, llama.cpp b11434, SDKs of November 2026), in `test/golden/chat`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/limits.ts";
import { parseDocument } from "../../../src/wire/json.ts";
import { openai } from "../../../src/wire/openai/openai.ts";
import { readEvent } from "../../../src/wire/openai/stream.ts";
import { createSseDecoder, type SseEvent } from "../../../src/wire/sse.ts";
import { runs } from "../../fakes/long.ts";
import { replyContext } from "../../fakes/reply-context.ts";

const FOLDER = join(import.meta.dirname, "../../golden/chat");
const NAMES = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).sort();
const UTF8 = new TextEncoder();

const read = (name: string) => readFileSync(join(FOLDER, name), "utf8");
const namesEnding = (end: string) => NAMES.filter((name) => name.endsWith(end));

interface Recorded {
  readonly name: string;
  readonly status: number;
  readonly body: string;
}

function recorded(name: string): Recorded {
  const [head = "", ...body] = read(name).split(/\r?\n\r?\n/);
  const status = Number(head.split(" ")[1]);
  return { name, status, body: body.join("\n\n") };
}

const RESPONSES = namesEnding(".response.http").map(recorded);
const isStream = ({ name }: Recorded) => /stream/.test(name);
const WHOLE = RESPONSES.filter((response) => response.status === 200 && !isStream(response));
const STREAMS = RESPONSES.filter((response) => response.status === 200 && isStream(response));
const ERRORS = RESPONSES.filter((response) => response.status >= 400);

const REQUESTS = [
  ...namesEnding(".request.json").map((name) => {
    const file = JSON.parse(read(name));
    return { name, body: file.body ?? file };
  }),
  ...namesEnding(".requests.json").flatMap((name) =>
    JSON.parse(read(name)).map(({ body }: { body: unknown }, at: number) => ({
      name: `${name} ${at}`,
      body,
    })),
  ),
];

function decode(...chunks: Uint8Array[]): SseEvent[] {
  const decoder = createSseDecoder({ lineBytesMax: LIMITS.sseLineBytesMax });
  return chunks.flatMap((chunk) => decoder.push(chunk));
}

test("the recordings are there", () => {
  expect(WHOLE.length).toBeGreaterThan(25);
  expect(STREAMS.length).toBeGreaterThan(8);
  expect(ERRORS.length).toBeGreaterThan(8);
  expect(REQUESTS.length).toBeGreaterThan(45);
});

test.each(REQUESTS)("request $name passes; only the patch differs", ({ name, body }) => {
  const text = JSON.stringify(body, undefined, 2);
  const request = openai.readRequest(parseDocument(UTF8.encode(text), LIMITS));
  expect(request.target).toBe(body.model);
  expect(request.facts.stream).toBe(body.stream === true);
  expect(request.facts.needs.includes("tools")).toBe(name.includes("tool"));
  expect(request.facts.needs.includes("vision")).toBe(name.includes("image"));
  expect(request.facts.needs.includes("json_schema")).toBe(
    body.response_format?.type === "json_schema",
  );
  expect(request.facts.outputTokensMax).toBe(body.max_completion_tokens ?? body.max_tokens);
  const sent = JSON.parse(
    String(openai.writeRequest(request, { upstreamName: "up", outputTokensMax: undefined })),
  );
  const streamed = body.stream ? { stream_options: { include_usage: true } } : {};
  expect(sent).toEqual({ ...body, model: "up", ...streamed });
});

test.each(WHOLE)("answer $name is read, and only its model changes", ({ name, body }) => {
  const answer = JSON.parse(body);
  const facts = openai.readAnswer(body);
  expect(facts.usage).toMatchObject({
    promptTokens: answer.usage.prompt_tokens,
    completionTokens: answer.usage.completion_tokens,
    cachedTokens: answer.usage.prompt_tokens_details?.cached_tokens ?? 0,
  });
  expect(facts.finish).toBe(answer.choices[0].finish_reason);
  expect(facts.outputChars).toBeGreaterThan(0);
  if (name.startsWith("vllm-reasoning")) expect(facts.usage?.reasoningTokens).toBeGreaterThan(0);
  const from = `"model":"${answer.model}"`;
  expect(openai.writeAnswer(body, { modelId: "m" })).toBe(body.replace(from, '"model":"m"'));
});

describe.each(STREAMS)("stream $name", ({ name, body }) => {
  const bytes = UTF8.encode(body);
  const events = decode(bytes);
  const facts = events.map((event) => readEvent(event.data));

  test("it has content, then one finish, usage where asked, and the terminator last", () => {
    const kinds = facts.map((fact) => fact.kind);
    expect(kinds).toContain("content");
    expect(kinds.at(-1)).toBe("terminator");
    expect(kinds).not.toContain("invalid");
    expect(kinds).not.toContain("error");
    expect(facts.filter((fact) => fact.finish !== undefined)).toHaveLength(1);
    const { body: asked } = JSON.parse(read(name.replace("response.http", "request.json")));
    expect(kinds.includes("usage")).toBe(asked.stream_options?.include_usage === true);
    const first = kinds.findIndex((kind) => kind !== "other");
    expect(facts[first]?.outputChars).toBeGreaterThan(0);
  });

  test("only the model changes on the way to the client, and unwanted usage is hidden", () => {
    const path = openai.openStream(replyContext({ modelId: "m" }));
    const sent = events.map((event) => path.push(event).frame);
    const wanted = body
      .trim()
      .replaceAll(/"model":"[^"]*"/g, '"model":"m"')
      .split("\n\n");
    const visible = wanted.filter((frame) => !frame.includes('"choices":[]'));
    expect(sent.join("").trim().split("\n\n")).toEqual(visible);
  });

  test("byte by byte and split in two anywhere, it gives the same events", () => {
    expect(decode(...Array.from(bytes, (_, at) => bytes.slice(at, at + 1)))).toEqual(events);
    const asText = JSON.stringify(events);
    const splits = Math.min(bytes.length, runs(1_500, Number.POSITIVE_INFINITY));
    for (let at = 1; at < splits; at++) {
      const halves = decode(bytes.slice(0, at), bytes.slice(at));
      if (JSON.stringify(halves) !== asText) expect(halves, `split at ${at}`).toEqual(events);
    }
  });

  test("cut before its end it gives a prefix and no terminator", () => {
    for (let at = 0; at < bytes.length - 1; at += 97) {
      const got = decode(bytes.slice(0, at));
      expect(got).toEqual(events.slice(0, got.length));
      expect(got.length).toBeLessThan(events.length);
    }
  });
});

test.each(ERRORS)("error body $name is an error inside a stream, and no answer", ({ body }) => {
  const value = JSON.parse(body);
  const facts = readEvent(body);
  expect(facts).toMatchObject({ kind: "error", error: value.error ?? value.detail });
  const path = openai.openStream(replyContext({ usageWanted: true }));
  expect(path.push({ event: undefined, data: body }).frame).toBe("");
  expect(() => openai.readAnswer(body)).toThrow(expect.objectContaining({ class: "transient" }));
});
