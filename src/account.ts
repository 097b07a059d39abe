/**
 * What one request was decided, tried and cost: told in headers, in the decision, in the log row and
 * in the metrics, each from this one place.
 */
import { createBill } from "./bill.ts";
import type { Usage } from "./chat.ts";
import { type Closing, closingOf, failureOf, GOOD } from "./closing.ts";
import { usdFromNano } from "./cost.ts";
import { answerHeaders, policyView } from "./decision-view.ts";
import type { AttemptRecord } from "./failover.ts";
import type { Gateway } from "./isolate.ts";
import type { Paid } from "./money.ts";
import type { RequestRow } from "./platform.ts";
import type { Policy } from "./policy.ts";
import type { Hold } from "./purse.ts";
import type { RelayEnd } from "./relay.ts";
import type { GatewayRequest, Told } from "./request.ts";
import type { Decision } from "./routing/decision.ts";
import { explain } from "./routing/explain.ts";
import { tellAttempt, tellRequest } from "./tell.ts";

/** Written to as the request goes on; readable by doors at any time. */
export interface Account extends Told {
  route(policy: Policy, decision: Decision): void;
  /** The money for it is held, perhaps for another decision; now the upstream is asked. */
  pay(policy: Policy, paid: Paid): void;
  attempt(record: AttemptRecord): void;
  /** A good answer; usage undefined: estimated from its length. */
  settle(answer: { usage: Usage | undefined; outputChars: number; ttftMs?: number }): void;
  /** A stream is over. */
  end(end: RelayEnd): void;
  /** How many attempts are over. */
  attempts(): number;
  /** No answer was given, or, when the head of a stream has left already, none that was one. */
  fail(error: unknown, headSent?: boolean): void;
}

/** Starts the account of one request. */
export function createAccount(gateway: Gateway, asked: GatewayRequest): Account {
  const { platform } = gateway;
  // Taken apart, so that an account that lives as long as its stream does not keep the request's body.
  const { requestId, clientRequestId, startedAtMs, key, door, meta, directives } = asked;
  const { promptTokens, stream } = asked.request.facts;
  const bill = createBill(promptTokens);
  let policy: Policy | undefined;
  let decision: Decision | undefined;
  let hold: Hold | undefined;
  /** Before there is a bill: what the first choice will probably cost. */
  let expectedNanoUsd: number | undefined;
  let recorded = false;
  /** Our own time up to `sinceMs`; what passes then is the upstream's while `waiting`. */
  let ownMs = 0;
  let sinceMs = startedAtMs;
  let waiting = false;

  const { attempts } = bill;
  const costNanoUsd = () => bill.costNanoUsd() ?? expectedNanoUsd;
  const overheadMs = () => ownMs + (waiting ? 0 : Math.max(0, platform.nowMs() - sinceMs));
  /** Counts what passed since the last turn as ours, but for so much of it. */
  function turn(upstreamMs: number): void {
    const nowMs = platform.nowMs();
    ownMs += Math.max(0, nowMs - sinceMs - upstreamMs);
    sinceMs = nowMs;
  }

  function reason(): string {
    const answering = bill.answering();
    const failed = attempts.find((a) => a !== answering && a.result !== "aborted");
    const parts = decision ? [...decision.reasons] : [];
    if (failed && answering) parts.push(`fallback=${failed.result}`);
    return parts.join(";");
  }

  function view(): Record<string, unknown> {
    const usage = bill.usage();
    const costNano = costNanoUsd();
    return {
      mode: decision?.mode ?? policy?.mode,
      degraded: decision?.degraded ?? false,
      candidates: decision ? explain(decision) : [],
      attempts: bill.view(),
      policy: policy && policyView(policy),
      usage: usage && {
        prompt_tokens: usage.promptTokens,
        completion_tokens: usage.completionTokens,
      },
      cost_usd: costNano === undefined ? undefined : usdFromNano(costNano),
      cost_is_estimate: bill.isEstimate(),
    };
  }

  function record({ status, errorCode }: Closing): void {
    if (recorded) return;
    recorded = true;
    const ranked = bill.served();
    const usage = bill.usage();
    const costNano = costNanoUsd();
    const row: RequestRow = {
      id: requestId,
      clientRequestId,
      atMs: startedAtMs,
      keyId: key.id,
      door: door.name,
      mode: decision?.mode ?? policy?.mode ?? "",
      modelId: ranked?.candidate.model.id,
      providerId: ranked?.candidate.provider.id,
      status,
      errorCode,
      stream,
      attempts: attempts.length,
      promptTokens: usage?.promptTokens,
      completionTokens: usage?.completionTokens,
      costNanoUsd: costNano,
      costIsEstimate: bill.isEstimate(),
      latencyMs: platform.nowMs() - startedAtMs,
      ttftMs: bill.ttftMs(),
      overheadMs: overheadMs(),
      reason: reason(),
      decision: JSON.stringify(view()),
      meta: meta && JSON.stringify(meta),
    };
    if (hold) gateway.purse.settle(hold, { nanoUsd: costNano ?? 0, tokens: tokensOf(usage) });
    gateway.outbox.record(row);
    tellRequest(gateway, row, promptTokens);
  }

  return {
    requestId,
    route(p, d) {
      policy = p;
      decision = d;
    },
    pay(p, paid) {
      policy = p;
      decision = paid.decision;
      hold = paid.hold;
      expectedNanoUsd = decision.ranked[0]?.estimate.costNanoUsd;
      turn(0);
      waiting = true;
    },
    attempts: () => attempts.length,
    attempt(made) {
      bill.attempt(made);
      turn(made.latencyMs);
      // How a stream ends belongs to its attempt.
      waiting = made.result !== "ok" || stream;
      if (made.result !== "ok" || !stream) tellAttempt(gateway, requestId, made);
    },
    settle(answer) {
      bill.settle(answer);
      expectedNanoUsd = undefined;
      record(GOOD);
    },
    end(end) {
      const made = bill.end(end, platform.nowMs() - sinceMs);
      expectedNanoUsd = undefined;
      if (made) tellAttempt(gateway, requestId, made);
      record(closingOf(end));
    },
    fail(error, headSent = false) {
      bill.fail();
      expectedNanoUsd = undefined;
      record(failureOf(error, headSent));
    },
    headers(contentType) {
      return answerHeaders({
        requestId,
        contentType,
        stream,
        directives,
        served: bill.served(),
        costNanoUsd: costNanoUsd(),
        overheadMs: overheadMs(),
        reason: reason(),
        attempts: attempts.length,
        notes: bill.answering()?.notes,
      });
    },
    reason,
    modelId: () => bill.served()?.candidate.model.id,
    costNanoUsd,
    decision: view,
  };
}

/** What counts against tokens per minute. */
function tokensOf(usage: Usage | undefined): number {
  return usage ? usage.promptTokens + usage.completionTokens : 0;
}
