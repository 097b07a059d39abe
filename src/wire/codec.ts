/**
 * The contract of translation: one dialect ↔ the representation of `conversation.ts`, both directions.
 * All functions are pure; ids and time come in with the context.
 */
import type { Conversation, Reply, ReplyEvent } from "../conversation.ts";
import type { ChatRequest } from "./chat-request.ts";
import type { SseEvent } from "./sse.ts";

/** For whom a conversation is written. */
export interface WriteTarget {
  /** The provider's own name for the model. */
  readonly upstreamName: string;
  /** Cap to inject or lower to; undefined: the client's own, or none. */
  readonly outputTokensMax: number | undefined;
  /** For dialects that demand a cap; undefined: unknown. */
  readonly modelOutputTokensMax: number | undefined;
}

/** What an answer says that no provider told. */
export interface ReplyContext {
  /** Public model id. */
  readonly modelId: string;
  readonly usageWanted: boolean;
  /** The client's request, in the dialect of the door. */
  readonly request: ChatRequest;
  readonly nowMs: number;
  /** prefix + "_" + ULID. */
  newId(prefix: string): string;
}

/** Reads the events of one stream. */
export interface ReplyReader {
  /** What this event says; nothing for pings and the like. Never throws. */
  push(event: SseEvent): readonly ReplyEvent[];
}

/** Writes the events of one stream. */
export interface ReplyWriter {
  /** Complete SSE frames, "" when the dialect says nothing (yet). `reply-fail` and `noise` never come. */
  write(event: ReplyEvent): string;
}

/** One dialect, translated. */
export interface Codec {
  /** The request has passed the wire's `readRequest`. @throws TokenhubError invalid_value with the path. */
  readConversation(request: ChatRequest): Conversation;
  /**
   * The body for a provider; `fields.ts` has refused what this dialect cannot say.
   * @throws TokenhubError unsupported_parameter with the name of the field.
   */
  writeConversation(
    conversation: Conversation,
    target: WriteTarget,
  ): Readonly<Record<string, unknown>>;
  /** @throws AttemptFault transient when this is no answer of the dialect. */
  readReply(text: string): Reply;
  /** The body of a whole answer. */
  writeReply(reply: Reply, context: ReplyContext): Readonly<Record<string, unknown>>;
  createReader(): ReplyReader;
  createWriter(context: ReplyContext): ReplyWriter;
}
