/** What the tests of Responses streams share: recordings, a path to push them through, the official SDK. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import OpenAI from "openai";
import { LIMITS } from "../../src/limits.ts";
import type { ReplyContext } from "../../src/wire/codec.ts";
import { documentOf } from "../../src/wire/json.ts";
import { responses } from "../../src/wire/responses/responses.ts";
import { createSseDecoder, frame, type SseEvent } from "../../src/wire/sse.ts";

const FOLDER = join(import.meta.dirname, "../golden/responses");

/** Text of a recording. */
export const golden = (name: string) => readFileSync(join(FOLDER, name), "utf8");

/** Its body, without status line and headers. */
export const bodyOf = (name: string) =>
  golden(name)
    .split(/\r?\n\r?\n/)
    .slice(1)
    .join("\n\n");

export function decode(...chunks: Uint8Array[]): SseEvent[] {
  const decoder = createSseDecoder({ lineBytesMax: LIMITS.sseLineBytesMax });
  return chunks.flatMap((chunk) => decoder.push(chunk));
}

export const decodeText = (text: string) => decode(new TextEncoder().encode(text));

/** A new path; its ids are `resp_made`. */
export function openPath() {
  const context: ReplyContext = {
    modelId: "public/m",
    usageWanted: true,
    request: responses.readRequest(documentOf({ model: "public/m", input: "hi" })),
    nowMs: 1_790_000_000_500,
    newId: (prefix) => `${prefix}_made`,
  };
  return responses.openStream(context);
}

/** These events through a new path. */
export function relay(events: readonly SseEvent[]) {
  const path = openPath();
  const facts = events.map((event) => path.push(event));
  const text = facts.map((fact) => fact.frame).join("");
  return { path, facts, text, sent: decodeText(text).map(({ data }) => JSON.parse(data)) };
}

/** Data objects as the events of a server that names none. */
export const told = (...events: object[]): SseEvent[] =>
  events.map((event) => ({ event: undefined, data: JSON.stringify(event) }));

/** The same through the official SDK's stream helper; it throws where the SDK throws. */
export async function helped(text: string) {
  const client = new OpenAI({
    apiKey: "k",
    baseURL: "http://gateway.test/v1",
    maxRetries: 0,
    fetch: async () => new Response(text, { headers: { "content-type": "text/event-stream" } }),
  });
  const types: string[] = [];
  const stream = client.responses.stream({ model: "public/m", input: "hi" });
  for await (const event of stream) types.push(event.type);
  return { types, final: await stream.finalResponse() };
}

export const framed = (...events: object[]) =>
  told(...events)
    .map(({ data }) => frame({ data }))
    .join("");
