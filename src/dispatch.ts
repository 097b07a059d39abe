/** One request put to the candidates of a decision, with everything of the gateway that hears of it. */
import { type Answered, type AttemptRecord, failover } from "./failover.ts";
import type { Gateway } from "./isolate.ts";
import { PROVIDERS } from "./providers/index.ts";
import type { RelayEnd } from "./relay.ts";
import type { GatewayRequest } from "./request.ts";
import type { Ranked } from "./routing/decision.ts";
import { assertStripped } from "./wire/directives.ts";

/** One walk through the candidates: what it needs beside the request. */
export interface Walk {
  readonly ranked: readonly Ranked[];
  /** The order is the client's own: an alias. */
  readonly keepOrder: boolean;
  readonly deadlineMs: number;
  /** The one server that holds the conversation; undefined: any. */
  readonly endpoint: string | undefined;
  /** The client's, or that of one ask. */
  readonly signal: AbortSignal;
  readonly afford: (ranked: Ranked) => boolean | Promise<boolean>;
  readonly onAttempt: (record: AttemptRecord) => void;
  readonly onStreamEnd: (end: RelayEnd) => void;
}

/**
 * Asks one candidate after the other, and tells snapshot, outbox and alarms how it went. A stream that is over is no
 * open one any more.
 * @throws as `failover`; TokenhubError strip_invariant.
 */
export function dispatch(gateway: Gateway, asked: GatewayRequest, walk: Walk): Promise<Answered> {
  if (asked.request.suspect) assertStripped(asked.request.document.text, asked.wire.dialect);
  // Taken apart, so that a stream that lives on does not keep its whole request.
  const { requestId } = asked;
  const { onStreamEnd } = walk;
  return failover({
    ...walk,
    onStreamEnd: (end) => {
      gateway.openStreams.delete(requestId);
      onStreamEnd(end);
    },
    platform: gateway.platform,
    limits: gateway.limits,
    kinds: PROVIDERS,
    wire: asked.wire,
    request: asked.request,
    requestId,
    privateEgress: gateway.settings.privateEgress,
    header: asked.exchange.header,
    secretOf: gateway.keyring.secret,
    inFlight: gateway.inFlight,
    onOutcome: (candidate, outcome) => {
      gateway.snapshot.observe(candidate.provider.id, outcome);
      gateway.outbox.observe(candidate.provider.id, outcome);
      const pulse = gateway.snapshot.views()[candidate.provider.id]?.pulse[candidate.model.id];
      gateway.alarms.observe(candidate.provider.id, outcome, pulse);
    },
  });
}
