/** Clients of each dialect: a conversation as the request that means it, in all that the dialect can say. */
import type { Conversation } from "../../src/conversation.ts";
import { anthropic } from "../../src/wire/anthropic/anthropic.ts";
import type { ChatRequest } from "../../src/wire/chat-request.ts";
import { documentOf, isObject } from "../../src/wire/json.ts";
import { openai } from "../../src/wire/openai/openai.ts";
import { responses } from "../../src/wire/responses/responses.ts";
import type { Wire } from "../../src/wire/wire.ts";
import { chatRequest } from "./conversation-client-chat.ts";
import { messagesRequest } from "./conversation-client-messages.ts";
import { responsesRequest } from "./conversation-client-responses.ts";
import type { ChatDialect } from "./conversation-script.ts";

/** By dialect. */
export const CHAT_WIRES = { openai, anthropic, responses } as const satisfies Record<
  ChatDialect,
  Wire
>;

const CLIENTS = {
  openai: chatRequest,
  anthropic: messagesRequest,
  responses: responsesRequest,
} as const satisfies Record<ChatDialect, (said: Conversation) => unknown>;

/** What a client of this dialect sends, as its door takes it. */
export function asked(said: Conversation, dialect: ChatDialect): ChatRequest {
  return received(JSON.stringify(CLIENTS[dialect](said)), dialect);
}

/** A body of this dialect, as its door takes it. */
export function received(body: string, dialect: ChatDialect): ChatRequest {
  return CHAT_WIRES[dialect].readRequest(documentOf(JSON.parse(body)));
}

/** What its codec reads. */
export function read(request: ChatRequest, dialect: ChatDialect): Conversation {
  const { codec } = CHAT_WIRES[dialect];
  if (!codec) throw new Error(`${dialect} has no codec`);
  return codec.readConversation(request);
}

/** Does the client's body have something at this path, whatever the positions in lists? */
export function stands({ document }: ChatRequest, path: string): boolean {
  const steps = path.split(".");
  const found = steps.reduce<readonly unknown[]>(
    (values, step) => values.flatMap((value) => (isObject(value) ? value[step] : []) ?? []),
    [document.value],
  );
  return found.length > 0;
}
