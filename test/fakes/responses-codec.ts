/** What the tests of this codec have in common. */
import type { ReplyEvent } from "../../src/conversation.ts";
import type { ChatRequest } from "../../src/wire/chat-request.ts";
import type { ReplyContext } from "../../src/wire/codec.ts";
import { documentOf } from "../../src/wire/json.ts";
import { responsesCodec } from "../../src/wire/responses/codec.ts";
import { createSseDecoder } from "../../src/wire/sse.ts";

/** A checked request of this body. */
export function requestOf(body: Readonly<Record<string, unknown>>): ChatRequest {
  return {
    document: documentOf(body),
    target: "m",
    facts: {
      kind: "chat",
      needs: [],
      stream: body.stream === true,
      promptTokens: 1,
      promptTokensUpper: 1,
      outputTokensMax: undefined,
      choices: 1,
    } as ChatRequest["facts"],
    usageWanted: true,
    control: undefined,
  };
}

/** Ids count up. */
export function contextOf(body: Readonly<Record<string, unknown>> = {}): ReplyContext {
  let count = 0;
  return {
    modelId: "public/model",
    usageWanted: true,
    request: requestOf({ model: "m", input: "Hi", ...body }),
    nowMs: 1_795_350_396_789,
    newId: (prefix) => `${prefix}_${++count}`,
  };
}

/** What the reader makes of this text, cut into chunks of `chunkBytes`. */
export function eventsIn(text: string, chunkBytes = Number.POSITIVE_INFINITY): ReplyEvent[] {
  const decoder = createSseDecoder({ lineBytesMax: 1 << 20 });
  const reader = responsesCodec.createReader();
  const bytes = new TextEncoder().encode(text);
  const events: ReplyEvent[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    for (const event of decoder.push(bytes.subarray(at, at + chunkBytes))) {
      events.push(...reader.push(event));
    }
  }
  return events;
}

/** The frames of an event. */
export function sse(...events: readonly Readonly<Record<string, unknown>>[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
}
