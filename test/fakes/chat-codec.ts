/** The Chat codec with a client in front of it. */
import type { Conversation, ReplyEvent } from "../../src/conversation.ts";
import type { ReplyContext } from "../../src/wire/codec.ts";
import { documentOf } from "../../src/wire/json.ts";
import { openaiCodec } from "../../src/wire/openai/codec.ts";
import { readRequest } from "../../src/wire/openai/request.ts";
import { createSseDecoder } from "../../src/wire/sse.ts";

/** A request body as the door would hand it to the codec. */
export function readChat(body: Readonly<Record<string, unknown>>): Conversation {
  return openaiCodec.readConversation(readRequest(documentOf({ model: "m", ...body })));
}

/** The conversation of these messages. */
export function turnsOf(...messages: readonly unknown[]): Conversation["turns"] {
  return readChat({ messages }).turns;
}

/** A client that asked with `body`. */
export function chatContext(
  body: Readonly<Record<string, unknown>> = {},
  usageWanted = true,
): ReplyContext {
  const messages = [{ role: "user", content: "Hello?" }];
  return {
    modelId: "public",
    usageWanted,
    request: readRequest(documentOf({ model: "m", messages, ...body })),
    nowMs: 1_700_000_000_123,
    newId: (prefix) => `${prefix}_1`,
  };
}

/** What a reader says of these bytes; `cut` splits them in two. */
export function eventsOfBytes(bytes: Uint8Array, cut = 0): ReplyEvent[] {
  const decoder = createSseDecoder({ lineBytesMax: 1 << 20 });
  const reader = openaiCodec.createReader();
  const events = [...decoder.push(bytes.subarray(0, cut)), ...decoder.push(bytes.subarray(cut))];
  return events.flatMap((event) => reader.push(event));
}

/** What a reader says of these chunks; a text is the data itself. */
export function eventsOfChunks(...chunks: readonly unknown[]): ReplyEvent[] {
  const reader = openaiCodec.createReader();
  return chunks.flatMap((chunk) => {
    const data = typeof chunk === "string" ? chunk : JSON.stringify(chunk);
    return reader.push({ event: undefined, data });
  });
}

/** A chunk with one delta. */
export function chunkOf(delta: unknown, finish: string | null = null): Record<string, unknown> {
  return { id: "chatcmpl-1", choices: [{ index: 0, delta, finish_reason: finish }] };
}
