/** The public account of a decision: what was considered, what was eligible, and why not. */
import { usdFromNano } from "../cost.ts";
import type { Decision, Excluded, ExclusionReason, Ranked, ScoreTerms } from "./decision.ts";

/** The account is kept in every log row, so it is bounded however large the catalog. */
const CANDIDATES_TOLD_MAX = 50;

/** One candidate, as the field `decision.candidates` shows it. */
export type CandidateTold = {
  readonly model: string;
  readonly provider: string;
  readonly upstream_model: string;
} & (
  | {
      readonly eligible: true;
      /** Lower is better. */
      readonly score: number;
      readonly terms: ScoreTerms;
      readonly estimate: {
        readonly output_tokens: number;
        /** null: unpriced. */
        readonly cost_usd: number | null;
        readonly latency_ms: number;
      };
    }
  | {
      readonly eligible: false;
      readonly reason: ExclusionReason;
      readonly detail?: string;
      /** Unix milliseconds. */
      readonly until_ms?: number;
    }
);

/**
 * Candidates in the order of trying, then those left out; at most 50 in all. JSON-safe, and only what the key may
 * see, because `decision` holds nothing else.
 */
export function explain({ ranked, excluded }: Decision): readonly CandidateTold[] {
  const left = Math.max(0, CANDIDATES_TOLD_MAX - ranked.length);
  return [
    ...ranked.slice(0, CANDIDATES_TOLD_MAX).map(eligible),
    ...excluded.slice(0, left).map(leftOut),
  ];
}

function named({ candidate }: Ranked | Excluded) {
  return {
    model: candidate.model.id,
    provider: candidate.provider.id,
    upstream_model: candidate.upstreamName,
  };
}

function eligible(ranked: Ranked): CandidateTold {
  const { score, terms, estimate, candidate } = ranked;
  return {
    ...named(ranked),
    eligible: true,
    score: rounded(score),
    terms: {
      cost: rounded(terms.cost),
      latency: rounded(terms.latency),
      failure: rounded(terms.failure),
      weight: rounded(terms.weight),
      load: rounded(terms.load),
    },
    estimate: {
      output_tokens: Math.ceil(estimate.outputTokens),
      cost_usd: candidate.prices ? usdFromNano(estimate.costNanoUsd) : null,
      latency_ms: Math.round(estimate.latencyMs),
    },
  };
}

function leftOut(excluded: Excluded): CandidateTold {
  const { reason, detail, untilMs } = excluded;
  return {
    ...named(excluded),
    eligible: false,
    reason,
    ...(detail === undefined ? {} : { detail }),
    ...(untilMs === undefined ? {} : { until_ms: Math.round(untilMs) }),
  };
}

/** Readers need no more than six places. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
