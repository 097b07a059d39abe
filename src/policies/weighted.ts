/**
 * Weight profiles: a weighted sum of terms, each on a fixed scale of its own (docs/ROUTING.md, Score). No term
 * looks at another candidate, so adding one never reorders the rest.
 */
import type { Policy } from "../policy.ts";
import { draw } from "./draw.ts";
import type { RankFacts, RankPolicy, ScoreTerms } from "./policy.ts";

interface Profile {
  readonly cost: number;
  readonly latency: number;
  readonly failure: number;
  readonly weight: number;
  readonly load: number;
}

/** Mode → weights of the terms. A new profile is a row. */
export const PROFILES = {
  cheap: { cost: 0.7, latency: 0.1, failure: 0.1, weight: 0.1, load: 0.1 },
  normal: { cost: 0.25, latency: 0.25, failure: 0.25, weight: 0.25, load: 0.1 },
  high_confidence: { cost: 0.05, latency: 0.1, failure: 0.15, weight: 0.7, load: 0.1 },
  planning: { cost: 0.1, latency: 0.1, failure: 0.2, weight: 0.6, load: 0.1 },
} as const satisfies Record<string, Profile>;

type ProfileName = keyof typeof PROFILES;

/** Where a cost term is ½ when nobody named a budget: $0.01. */
const COST_SCALE_NANO_USD = 10_000_000;
/** Where a latency term is ½ when nobody named a target. */
const LATENCY_SCALE_MS = 10_000;
/** The cost term of an offer whose price nobody knows: neither free nor dear. */
const UNPRICED = 0.5;
const WEIGHT_MAX = 10;
/** Candidates closer than this share the load. */
const TIE = 0.01;

/** v/(v + scale): 0 for nothing, ½ at the scale, below 1 always; a scale of 0 tells only free from not free. */
function bounded(value: number, scale: number): number {
  return value === 0 ? 0 : value / (value + scale);
}

interface Scales {
  readonly costNanoUsd: number;
  readonly latencyMs: number;
}

function termsOf(facts: RankFacts, profile: Profile, scales: Scales): ScoreTerms {
  const { costNanoUsd, latencyMs, failure, weight, headroom } = facts;
  return {
    cost:
      profile.cost *
      (costNanoUsd === undefined ? UNPRICED : bounded(costNanoUsd, scales.costNanoUsd)),
    latency: profile.latency * bounded(latencyMs, scales.latencyMs),
    failure: profile.failure * failure,
    weight: 0 - profile.weight * (weight / WEIGHT_MAX),
    load: profile.load * (1 - headroom),
  };
}

/** Ranks by the profile that the mode names. */
export const weighted = {
  modes: Object.keys(PROFILES) as readonly ProfileName[],
  rank({ policy, seed, rows }) {
    const profile = PROFILES[policy.mode as ProfileName];
    const scales = {
      costNanoUsd: asked(policy) ?? policy.budgetTargetNanoUsd ?? COST_SCALE_NANO_USD,
      latencyMs: policy.latencyMs ?? policy.latencyTargetMs ?? LATENCY_SCALE_MS,
    };
    return rows.map((row) => {
      const terms = termsOf(row, profile, scales);
      const score = terms.cost + terms.latency + terms.failure + terms.weight + terms.load;
      return { row, score, terms, order: score + TIE * draw(seed, row.id) };
    });
  },
} as const satisfies RankPolicy;

/** What a key may spend in a month says nothing about what this request is worth. */
function asked({ budgetNanoUsd, from }: Policy): number | undefined {
  return from.max_budget_usd === "key" ? undefined : budgetNanoUsd;
}
