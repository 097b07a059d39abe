/** Turns that are stored, so that a later request goes on from one by its id: what a dialect with them must tell. */
import type { ChatRequest, TurnAsked } from "./chat-request.ts";
import type { SseEvent } from "./sse.ts";

/** An answer, as far as its turn is stored. */
export interface TurnAnswer {
  /** As the client was told it. */
  readonly id: string;
  /** Output items that a later request may say again. */
  readonly items: readonly unknown[];
}

/** Stored turns of one dialect; pure functions. */
export interface Turns {
  /** The request with the items of earlier turns before its own. @throws TokenhubError as the wire's `readRequest`. */
  resume(request: ChatRequest, earlier: readonly unknown[]): ChatRequest;
  /** Input items of the request. */
  inputOf(request: ChatRequest): readonly unknown[];
  /** Of the body of a good answer. */
  answerOf(text: string): TurnAnswer | undefined;
  /** Of an event for the client; undefined: it does not end a good stream. */
  streamedOf(event: SseEvent): TurnAnswer | undefined;
  /** The body of a whole answer, saying what was asked of it. */
  tell(text: string, turn: TurnAsked): string;
}
