/**
 * The contract of a dialect. Requests, answers and stream events of one dialect are read for what
 * Tokenhub acts on, and patched in their own raw JSON; everything else passes unread and intact.
 * All functions are pure and synchronous.
 */
import type { Dialect, RequestFacts, Usage } from "../chat.ts";
import type { TokenhubError } from "../errors.ts";
import type { JsonDocument } from "./json.ts";

/** What a request asks of Tokenhub, beside the facts for routing. */
export interface ChatRequest {
  readonly document: JsonDocument;
  /** The `model` field as the client wrote it. */
  readonly target: string;
  readonly facts: RequestFacts;
  /** Did the client ask for usage in its stream? If not, it is hidden from it. */
  readonly usageWanted: boolean;
  /** Raw value of the control field `tokenhub`, if there was one. */
  readonly control: unknown;
}

/** What is changed in a request on its way to the upstream. */
export interface RequestPatch {
  /** The provider's own name for the model. */
  readonly upstreamName: string;
  /** Output cap to inject or lower to; undefined: leave the client's. */
  readonly outputTokensMax: number | undefined;
}

/** A whole answer, as far as Tokenhub reads it. */
export interface AnswerFacts {
  readonly usage: Usage | undefined;
  readonly finish: string | undefined;
  /** Characters of visible output, to estimate usage that the upstream did not give. */
  readonly outputChars: number;
}

/** One event of a stream. */
export interface EventFacts {
  /** terminator: the dialect's success marker; drop: nothing in it (invalid JSON). */
  readonly kind: "content" | "finish" | "usage" | "other" | "error" | "terminator" | "invalid";
  readonly usage: Usage | undefined;
  readonly finish: string | undefined;
  readonly outputChars: number;
  /** Error events: the upstream's own `error` value, to be classed by the provider kind. */
  readonly error: unknown;
}

/** One dialect; a row of `WIRES`. */
export interface Wire {
  readonly dialect: Dialect;
  /** Sent as the response's content type for whole answers is always JSON; this is the path at a provider. */
  readonly path: string;
  /** @throws TokenhubError invalid_value / invalid_field with the path of the field. */
  readRequest(document: JsonDocument): ChatRequest;
  /** The body for the upstream: client bytes with the patch spliced in, control data removed. */
  writeRequest(request: ChatRequest, patch: RequestPatch): string | Uint8Array;
  /** @throws AttemptFault transient when this is no answer of the dialect. */
  readAnswer(text: string): AnswerFacts;
  /** The answer for the client: public model id instead of the upstream's; `extra` adds top-level members. */
  writeAnswer(
    text: string,
    patch: { modelId: string; extra?: Readonly<Record<string, unknown>> },
  ): string;
  /** `data` of one event. Never throws. */
  readEvent(data: string): EventFacts;
  /** The same event for the client, as a complete SSE frame; undefined: hidden from it. */
  writeEvent(
    data: string,
    facts: EventFacts,
    patch: { modelId: string; usageWanted: boolean },
  ): string | undefined;
  /** Error body of the dialect. */
  errorBody(error: TokenhubError, requestId: string): Record<string, unknown>;
  /** Error event of the dialect as a complete SSE frame; nothing may follow it. */
  errorFrame(error: TokenhubError, requestId: string): string;
  /** The frame that ends a good stream. */
  readonly terminatorFrame: string;
}
