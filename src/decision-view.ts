/** How a decision is shown: headers of the answer, and the JSON of attempts and policy. */
import { usdFromNano } from "./cost.ts";
import type { AttemptRecord } from "./failover.ts";
import type { Notes } from "./interpreter.ts";
import type { Policy } from "./policy.ts";
import type { Ranked } from "./routing/decision.ts";

/** Header value while it is not decided yet: the stream's headers left before the choice was final. */
const PENDING = "pending";

/** What a client is told of directives in its text. */
export interface DirectivesTold {
  readonly state: "none" | "applied" | "ignored";
  /** Plain words only. */
  readonly unknown: readonly string[];
  /** How many were removed. */
  readonly stripped: number;
}

/** What the headers of an answer tell. */
export interface HeaderInput {
  readonly requestId: string;
  readonly contentType: string;
  readonly stream: boolean;
  /** The candidate that answered; undefined: none yet. */
  readonly served: Ranked | undefined;
  readonly costNanoUsd: number | undefined;
  readonly overheadMs: number;
  readonly reason: string;
  readonly attempts: number;
  /** Of the attempt that answered. */
  readonly notes: Notes | undefined;
  /** undefined: the door reads no directives. */
  readonly directives: DirectivesTold | undefined;
}

/** The response headers that every consumer route carries (docs/API.md). */
export function answerHeaders(input: HeaderInput): Record<string, string> {
  const { served } = input;
  const headers: Record<string, string> = {
    "content-type": input.contentType,
    "cache-control": "private, no-store",
    "x-request-id": input.requestId,
    "request-id": input.requestId,
    "x-tokenhub-request-id": input.requestId,
    "x-tokenhub-model": served ? plain(served.candidate.model.id) : PENDING,
    "x-tokenhub-provider": served ? plain(served.candidate.provider.id) : PENDING,
    "x-tokenhub-reason": served ? plain(input.reason) : PENDING,
    "x-tokenhub-attempts": served ? String(input.attempts) : PENDING,
    "x-tokenhub-cost-usd": input.stream ? PENDING : costText(input.costNanoUsd),
    "x-tokenhub-overhead-ms": input.overheadMs.toFixed(1),
  };
  const cap = served?.estimate.capped ? served.estimate.outputTokensCap : input.notes?.capped;
  if (cap !== undefined) headers["x-tokenhub-capped"] = String(cap);
  const { notes } = input;
  if (notes?.dropped.length) headers["x-tokenhub-dropped"] = plain(notes.dropped.join(","));
  headers["x-tokenhub-directive"] = directiveText(input.directives);
  if (notes?.estimated) headers["x-tokenhub-estimated"] = "true";
  return headers;
}

/** `none`, `applied` or `ignored`, then what was not known and how much was removed. */
function directiveText(told: DirectivesTold | undefined): string {
  if (!told || (told.state === "none" && told.stripped === 0)) return "none";
  const unknown = told.unknown.length > 0 ? `; unknown=${told.unknown.join(",")}` : "";
  const stripped = told.stripped > 0 ? `; stripped=${told.stripped}` : "";
  return told.state + unknown + stripped;
}

/** Settled cost as decimal USD, or the word for an offer without a price. */
export function costText(costNanoUsd: number | undefined): string {
  return costNanoUsd === undefined
    ? "unpriced"
    : (costNanoUsd / 1e9).toFixed(9).replace(/\.?0+$/, "");
}

/** Header values are printable ASCII; whatever else an id may hold is shown as `?`. */
function plain(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : text.replace(/[^\x20-\x7e]/g, "?");
}

/** One attempt, as the decision shows it. */
export function attemptView(attempt: AttemptRecord): Record<string, unknown> {
  const { candidate, estimate } = attempt.ranked;
  return {
    provider: candidate.provider.id,
    model: candidate.model.id,
    upstream_model: candidate.upstreamName,
    result: attempt.result,
    what: attempt.what,
    status: attempt.status,
    latency_ms: Math.round(attempt.latencyMs),
    output_tokens_cap: estimate.outputTokensCap,
  };
}

/** The policy in force and where each value came from. */
export function policyView(policy: Policy): Record<string, unknown> {
  const { budgetNanoUsd, budgetTargetNanoUsd } = policy;
  return {
    mode: policy.mode,
    max_budget_usd: budgetNanoUsd === undefined ? undefined : usdFromNano(budgetNanoUsd),
    target_budget_usd:
      budgetTargetNanoUsd === undefined ? undefined : usdFromNano(budgetTargetNanoUsd),
    max_latency_ms: policy.latencyMs,
    target_latency_ms: policy.latencyTargetMs,
    min_weight: policy.minWeight,
    pin: policy.pin,
    labels: policy.labels,
    from: policy.from,
  };
}
