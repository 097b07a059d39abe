/**
 * The contract of a dialect. Requests, answers and stream events of one dialect are read for what
 * Tokenhub acts on, and patched in their own raw JSON; everything else passes unread and intact.
 * All functions are pure and synchronous.
 */
import type { Capability, Dialect, Usage } from "../chat.ts";
import type { TokenhubError } from "../errors.ts";
import type { Amendment } from "./amendment.ts";
import type { ChatRequest } from "./chat-request.ts";
import type { Codec, ReplyContext } from "./codec.ts";
import type { JsonDocument } from "./json.ts";
import type { SseEvent } from "./sse.ts";
import type { Turns } from "./turns.ts";

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
  /** Id of the message, in dialects whose clients may go on from it. */
  readonly id?: string | undefined;
}

/** One event of a stream, and what becomes of it. */
export interface EventFacts {
  /**
   * content: text, reasoning, refusal or a call; finish: a reason to end; usage: nothing but usage;
   * terminator: the dialect's success marker; error: the upstream's; invalid: no JSON object.
   */
  readonly kind: "content" | "finish" | "usage" | "other" | "error" | "terminator" | "invalid";
  /** All that is known so far, when this event added to it. */
  readonly usage: Usage | undefined;
  readonly finish: string | undefined;
  readonly outputChars: number;
  /** Error events: the upstream's own `error` value, to be classed by the provider kind. */
  readonly error: unknown;
  /** Complete SSE frames for the client; "" : hidden from it. */
  readonly frame: string;
  /** As in `AnswerFacts`, in the event that tells it. */
  readonly id?: string | undefined;
}

/** One stream on its way from a provider's dialect to the client's. */
export interface EventPath {
  /** Never throws. */
  push(event: SseEvent): EventFacts;
  /** Error event of the client's dialect as complete frames; nothing may follow it. */
  errorFrame(error: TokenhubError, requestId: string): string;
}

/** One dialect; a row of `WIRES`. */
export interface Wire {
  readonly dialect: Dialect;
  /** Added to a provider's base URL. */
  readonly path: string;
  /** @throws TokenhubError invalid_value / invalid_field with the path of the field. */
  readRequest(document: JsonDocument): ChatRequest;
  /** The body for a provider of this dialect: client bytes with the patch spliced in, control data removed. */
  writeRequest(request: ChatRequest, patch: RequestPatch): string | Uint8Array;
  /** Paths of what of the client's that body leaves out; sorted, unique. undefined: it never leaves out anything. */
  readonly dropped?: (request: ChatRequest) => readonly string[];
  /** @throws AttemptFault transient when this is no answer of the dialect. */
  readAnswer(text: string): AnswerFacts;
  /** The answer for the client: public model id instead of the upstream's; `extra` adds top-level members. */
  writeAnswer(
    text: string,
    patch: { modelId: string; extra?: Readonly<Record<string, unknown>> },
  ): string;
  /** The stream of a provider that speaks this dialect too. */
  openStream(context: ReplyContext): EventPath;
  /** Error body of the dialect. */
  errorBody(error: TokenhubError, requestId: string): Record<string, unknown>;
  /** Error event of the dialect before any other event, as complete frames. */
  errorFrame(error: TokenhubError, requestId: string): string;
  /** Keeps a silent stream alive: a comment, or the dialect's own ping, as a complete frame. */
  readonly aliveFrame: string;
  /** Headers that a provider of this dialect needs whoever asks. */
  readonly headers: Readonly<Record<string, string>>;
  /** Request headers of the client that go on to a provider of the same dialect. */
  readonly forwarded: readonly string[];
  /** Which of its fields asks for an ability; undefined: as in OpenAI's chat. */
  readonly needFields?: Readonly<Partial<Record<Capability, string>>>;
  /** undefined: never translated. */
  readonly codec: Codec | undefined;
  /**
   * The client's request as one stage of an orchestration asks it, read anew; the same object where nothing changes.
   * The request is left as it was. undefined: never asked in stages.
   */
  readonly amend?: (request: ChatRequest, amendment: Amendment) => ChatRequest;
  /** undefined: its answers are never stored. */
  readonly turns?: Turns;
  /** The answer of a route that we can answer ourselves where a provider does not speak the dialect. */
  readonly estimate?: (request: ChatRequest) => string;
}
