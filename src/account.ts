/**
 * What one request was decided, tried and cost: told in headers, in the decision, in the log row and
 * in the metrics, each from this one place.
 */
import { NO_USAGE, type Usage } from "./chat.ts";
import { costNanoUsd, usdFromNano } from "./cost.ts";
import { answerHeaders, attemptView, policyView } from "./decision-view.ts";
import { ERRORS, type ErrorCode, TokenhubError } from "./errors.ts";
import { type AttemptRecord, ClientGone } from "./failover.ts";
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

/** Status of a request whose client left, as nginx writes it. */
const STATUS_CLIENT_GONE = 499;
/** OpenAI's rule of thumb, for answers whose upstream told no usage. */
const CHARS_PER_TOKEN = 4;

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
  const { requestId, clientRequestId, startedAtMs, key, door, meta } = asked;
  const { promptTokens, stream } = asked.request.facts;
  const attempts: AttemptRecord[] = [];
  let policy: Policy | undefined;
  let decision: Decision | undefined;
  let hold: Hold | undefined;
  let usage: Usage | undefined;
  let costNano: number | undefined;
  let costIsEstimate = true;
  let ttftMs: number | undefined;
  let recorded = false;
  /** Our own time up to `sinceMs`; what passes then is the upstream's while `waiting`. */
  let ownMs = 0;
  let sinceMs = startedAtMs;
  let waiting = false;

  /** The attempt that answers, or began to; always the last. */
  let answering: AttemptRecord | undefined;
  const served = () => answering?.ranked;
  const overheadMs = () => ownMs + (waiting ? 0 : Math.max(0, platform.nowMs() - sinceMs));
  /** Counts what passed since the last turn as ours, but for so much of it. */
  function turn(upstreamMs: number): void {
    const nowMs = platform.nowMs();
    ownMs += Math.max(0, nowMs - sinceMs - upstreamMs);
    sinceMs = nowMs;
  }

  function price(outputChars: number): void {
    const ranked = served();
    const prices = ranked?.candidate.prices;
    if (!ranked) return;
    costIsEstimate = usage === undefined;
    const counted = usage ?? {
      promptTokens,
      completionTokens: Math.ceil(outputChars / CHARS_PER_TOKEN),
      cachedTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
    };
    costNano = prices && costNanoUsd(prices, counted) + inVainNanoUsd();
  }

  /** Prompts that were read without an answer for it. */
  function inVainNanoUsd(): number {
    let nanoUsd = 0;
    for (const made of attempts) {
      const { prices } = made.ranked.candidate;
      if (made !== answering && prices && wasRead(made)) {
        nanoUsd += costNanoUsd(prices, { ...NO_USAGE, promptTokens });
      }
    }
    return nanoUsd;
  }

  /** What the attempt that answered came to. */
  function spent(): Record<string, unknown> {
    return {
      ttft_ms: ttftMs === undefined ? undefined : Math.round(ttftMs),
      prompt_tokens: usage?.promptTokens,
      completion_tokens: usage?.completionTokens,
      cost_usd: costNano === undefined ? undefined : usdFromNano(costNano),
    };
  }

  function reason(): string {
    const failed = attempts.find((a) => a !== answering && a.result !== "aborted");
    const parts = decision ? [...decision.reasons] : [];
    if (failed && answering) parts.push(`fallback=${failed.result}`);
    return parts.join(";");
  }

  function view(): Record<string, unknown> {
    return {
      mode: decision?.mode ?? policy?.mode,
      degraded: decision?.degraded ?? false,
      candidates: decision ? explain(decision) : [],
      attempts: attempts.map((a) =>
        a === answering ? { ...attemptView(a), ...spent() } : attemptView(a),
      ),
      policy: policy && policyView(policy),
      usage: usage && {
        prompt_tokens: usage.promptTokens,
        completion_tokens: usage.completionTokens,
      },
      cost_usd: costNano === undefined ? undefined : usdFromNano(costNano),
      cost_is_estimate: costIsEstimate,
    };
  }

  function record(status: number, errorCode: string | undefined): void {
    if (recorded) return;
    recorded = true;
    const ranked = served();
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
      costIsEstimate,
      latencyMs: platform.nowMs() - startedAtMs,
      ttftMs,
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
      costNano = decision.ranked[0]?.estimate.costNanoUsd;
      turn(0);
      waiting = true;
    },
    attempts: () => attempts.length,
    attempt(made) {
      attempts.push(made);
      turn(made.latencyMs);
      if (made.result !== "ok") return tellAttempt(gateway, requestId, made);
      answering = made;
      // How a stream ends belongs to its attempt.
      waiting = stream;
      if (!waiting) tellAttempt(gateway, requestId, made);
    },
    settle(answer) {
      usage = answer.usage;
      ttftMs = answer.ttftMs;
      price(answer.outputChars);
      record(200, undefined);
    },
    end(end) {
      usage = end.usage;
      ttftMs = end.ttftMs;
      price(end.outputChars);
      if (answering) {
        const latencyMs = answering.latencyMs + platform.nowMs() - sinceMs;
        answering = { ...answering, ...howEnded(end), latencyMs };
        attempts[attempts.length - 1] = answering;
        tellAttempt(gateway, requestId, answering);
      }
      if (end.aborted) record(STATUS_CLIENT_GONE, "client_gone");
      else record(200, end.interruption?.code ?? (end.fault && "upstream_error"));
    },
    fail(error, headSent = false) {
      costNano = inVainNanoUsd() || undefined;
      if (error instanceof ClientGone) record(STATUS_CLIENT_GONE, "client_gone");
      else {
        const code: ErrorCode = error instanceof TokenhubError ? error.code : "internal";
        record(headSent ? 200 : ERRORS[code].status, code);
      }
    },
    headers(contentType) {
      return answerHeaders({
        requestId,
        contentType,
        stream,
        served: served(),
        costNanoUsd: costNano,
        overheadMs: overheadMs(),
        reason: reason(),
        attempts: attempts.length,
        notes: answering?.notes,
      });
    },
    reason,
    modelId: () => served()?.candidate.model.id,
    costNanoUsd: () => costNano,
    decision: view,
  };
}

/** A stream's end as the result of its attempt. */
function howEnded(end: RelayEnd): Pick<AttemptRecord, "result" | "what"> {
  if (end.fault) return { result: end.fault.class, what: end.fault.what };
  if (end.aborted) return { result: "aborted", what: "aborted" };
  if (end.interruption) return { result: "aborted", what: "interrupted" };
  return { result: "ok", what: "ok" };
}

/** What counts against tokens per minute. */
function tokensOf(usage: Usage | undefined): number {
  return usage ? usage.promptTokens + usage.completionTokens : 0;
}

/** Clocks of ours that ring while the provider is at work. */
const AT_WORK: ReadonlySet<string> = new Set(["first-content-timeout", "answer-timeout"]);

/** Did the provider take the request, as far as can be told, so that it may bill the prompt? */
function wasRead({ result, status, what }: AttemptRecord): boolean {
  return result === "aborted" || (result === "transient" && (status === 200 || AT_WORK.has(what)));
}
