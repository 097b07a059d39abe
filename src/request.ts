/** One request, as a door hands it to the gateway, and what it gets back. */

import type { OutputShape } from "./asks/shape.ts";
import type { DirectivesTold } from "./decision-view.ts";
import type { KeyRecord } from "./key.ts";
import type { OrchestrationGiven } from "./orchestration.ts";
import type { Exchange, ReplyHead, Source } from "./platform.ts";
import type { PolicyAsked, PolicyDefaults } from "./policy.ts";
import type { ChatRequest } from "./wire/chat-request.ts";
import type { Wire } from "./wire/wire.ts";

/** What can be told of a request while or after it is answered. */
export interface Told {
  readonly requestId: string;
  /** Response headers as of now. */
  headers(contentType: string): Record<string, string>;
  /** `mode=cheap;min_weight=6;fallback=rate_limited`. */
  reason(): string;
  /** Public model id that answered; undefined while none did. */
  modelId(): string | undefined;
  /** Settled cost, else the estimate for the first choice; undefined: unpriced. */
  costNanoUsd(): number | undefined;
  /** The `decision` of docs/API.md. */
  decision(): Record<string, unknown>;
  /** Who said what in an orchestration; undefined: not asked for, or there was none. */
  artifacts?(): Record<string, unknown> | undefined;
}

/** How a door words its answers. */
export interface Door {
  /** Name in log and metrics. */
  readonly name: string;
  /** Providers charge nothing for what it asks (counting). */
  readonly isFree?: boolean;
  /** The body of a whole answer. */
  whole(answer: { text: string; modelId: string }, told: Told): string;
  /** Frames before the terminator of a good stream. */
  trailer(told: Told): string;
  /** Frames that tell of a finished stage of an orchestration. */
  stage(event: Readonly<Record<string, unknown>>): string;
}

/** A request as it is kept until it is run. */
export interface Background {
  /** JSON text, as the client sent it. */
  readonly body: string;
  /** The header `x-tokenhub-policy`; undefined: none was sent. */
  readonly policyHeader: string | undefined;
}

/** A request that a door understood. */
export interface GatewayRequest {
  readonly exchange: Exchange;
  readonly requestId: string;
  readonly startedAtMs: number;
  readonly key: KeyRecord;
  readonly door: Door;
  readonly wire: Wire;
  readonly request: ChatRequest;
  /** What the client named; undefined or `*`: routing chooses. */
  readonly target: string | undefined;
  /** Does a registered model id pin, as in the vendors' own dialects? */
  readonly namePins: boolean;
  readonly policy: PolicyAsked;
  /** What header, body and directive say of an orchestration, in this order. */
  readonly orchestration?: readonly OrchestrationGiven[];
  /** The form that the answer must have; undefined: none. Only where answers are Chat Completions. */
  readonly shape?: OutputShape | undefined;
  /** It shall run in the background: what it is read from again then; undefined: its client waits. */
  readonly background?: Background;
  /** What became of directives in the text; undefined: the door reads none. */
  readonly directives?: DirectivesTold;
  /** Server targets; only Tokenhub's own envelope has them. */
  readonly defaults: PolicyDefaults | undefined;
  readonly clientRequestId: string | undefined;
  readonly meta: Readonly<Record<string, unknown>> | undefined;
}

/** What a door makes of a document: everything of a GatewayRequest that is its own. */
export type Understood = Omit<
  GatewayRequest,
  "exchange" | "requestId" | "startedAtMs" | "key" | "clientRequestId"
> & { readonly clientRequestId?: string | undefined };

/** An answer in the door's dialect, ready to be written. */
export interface GatewayReply {
  readonly head: ReplyHead;
  readonly body: string | Source;
}
