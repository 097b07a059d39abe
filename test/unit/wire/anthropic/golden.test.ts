/** Bytes of real servers and clients (vLLM 0.32, llama.cpp b11434, SDKs of November 2026), in `test/golden/messages`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../../src/limits.ts";
import { anthropic } from "../../../../src/wire/anthropic/anthropic.ts";
import { anthropicCount } from "../../../../src/wire/anthropic/count.ts";
import { parseDocument } from "../../../../src/wire/json.ts";
import { createSseDecoder, type SseEvent } from "../../../../src/wire/sse.ts";
import { replyContext } from "../../../fakes/reply-context.ts";

const FOLDER = join(import.meta.dirname, "../../../golden/messages");
const NAMES = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).sort();
const UTF8 = new TextEncoder();

const read = (name: string) => readFileSync(join(FOLDER, name), "utf8");

interface Recorded {
  readonly name: string;
  readonly status: number;
  readonly body: string;
}

function recorded(name: string): Recorded {
  const [head = "", ...body] = read(name).split(/\r?\n\r?\n/);
  return { name, status: Number(head.split(" ")[1]), body: body.join("\n\n") };
}

const RESPONSES = NAMES.filter((name) => name.endsWith(".response.http")).map(recorded);
const OK = RESPONSES.filter(({ status }) => status === 200);
const STREAMS = OK.filter(({ name }) => name.includes("stream"));
const COUNTS = OK.filter(({ name }) => name.includes("count-tokens"));
const WHOLE = OK.filter((one) => !STREAMS.includes(one) && !COUNTS.includes(one));
const REQUESTS = NAMES.filter((name) => name.endsWith(".requests.json")).flatMap((name) =>
  JSON.parse(read(name)).map(({ url, body }: { url: string; body: unknown }, at: number) => ({
    name: `${name} ${at}`,
    wire: url.includes("count_tokens") ? anthropicCount : anthropic,
    body,
  })),
);

function decode(...chunks: Uint8Array[]): SseEvent[] {
  const decoder = createSseDecoder({ lineBytesMax: LIMITS.sseLineBytesMax });
  return chunks.flatMap((chunk) => decoder.push(chunk));
}

test("the recordings are there", () => {
  expect(WHOLE.length).toBeGreaterThan(5);
  expect(STREAMS.length).toBeGreaterThan(5);
  expect(COUNTS.length).toBe(2);
  expect(REQUESTS.length).toBeGreaterThan(15);
});

test.each(REQUESTS)("request $name passes; only the model differs", ({ wire, body }) => {
  const request = wire.readRequest(parseDocument(UTF8.encode(JSON.stringify(body)), LIMITS));
  expect(request.target).toBe(body.model);
  expect(request.facts.stream).toBe(body.stream === true);
  expect(request.facts.needs.includes("tools")).toBe((body.tools ?? []).length > 0);
  const sent = String(
    wire.writeRequest(request, { upstreamName: "up", outputTokensMax: undefined }),
  );
  expect(sent).toBe(JSON.stringify({ ...body, model: "up" }));
});

test.each(WHOLE)("answer $name comes out clean", ({ body }) => {
  const facts = anthropic.readAnswer(body);
  expect(facts.usage?.completionTokens).toBeGreaterThan(0);
  expect(facts.outputChars).toBeGreaterThan(0);
  const sent = JSON.parse(anthropic.writeAnswer(body, { modelId: "public" }));
  expect(facts.finish).toBe(sent.stop_reason);
  expect(sent).toEqual({
    ...JSON.parse(body),
    model: "public",
    id: expect.stringMatching(/^msg_\w/),
    stop_sequence: null,
  });
});

test.each(COUNTS)("count $name passes as it is", ({ body }) => {
  anthropicCount.readAnswer(body);
  expect(anthropicCount.writeAnswer(body, { modelId: "public" })).toBe(body);
});

describe.each(STREAMS)("stream $name", ({ body }) => {
  const bytes = UTF8.encode(body);
  const events = decode(bytes);
  const path = anthropic.openStream(replyContext());
  const facts = events.map((event) => path.push(event));
  const out = decode(UTF8.encode(facts.map(({ frame }) => frame).join("")));
  const told = out.map(({ data }) => JSON.parse(data));

  test("is heard to its end, with usage", () => {
    expect(facts.map(({ kind }) => kind)).not.toContain("invalid");
    expect(facts.at(-1)?.kind).toBe("terminator");
    const finish = facts.find(({ kind }) => kind === "finish");
    expect(finish?.finish).toMatch(/^(?:max_tokens|end_turn|tool_use)$/);
    expect(finish?.usage?.promptTokens).toBeGreaterThan(0);
    expect(finish?.usage?.completionTokens).toBeGreaterThan(0);
  });

  test("says the same, with the public model and an id of the dialect", () => {
    expect(told[0].message).toMatchObject({
      model: "public",
      id: expect.stringMatching(/^msg_\w/),
    });
    const said = (values: readonly { type: string; delta?: unknown }[]) =>
      values.filter(({ type }) => type === "content_block_delta").map(({ delta }) => delta);
    expect(said(told)).toEqual(said(events.map(({ data }) => JSON.parse(data))));
    expect(said(told).length).toBeGreaterThan(5);
  });

  test("opens and closes one block after the other", () => {
    const steps = told
      .filter(({ type }) => /^content_block_st/.test(type))
      .map(({ type, index }) => `${type} ${index}`);
    const indexes = [...Array(steps.length / 2).keys()];
    expect(steps).toEqual(
      indexes.flatMap((at) => [`content_block_start ${at}`, `content_block_stop ${at}`]),
    );
  });

  test("is heard the same when it comes byte by byte", () => {
    const split = decode(...Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
    expect(split).toEqual(events);
  });
});
