/** The contract of a ranking policy: how candidates that passed every hard constraint are ordered. Pure. */
import type { Policy } from "../policy.ts";

/** What a policy may know of one candidate; a caller's rows may carry more. */
export interface RankFacts {
  /** Stable and unique: the candidate's id. */
  readonly id: string;
  /** Expected cost of the attempt, nano-USD; undefined: unpriced. */
  readonly costNanoUsd: number | undefined;
  /** Predicted time to the end of the answer, ms. */
  readonly latencyMs: number;
  /** Smoothed probability that the attempt fails for the provider's fault, 0–1. */
  readonly failure: number;
  /** Capability of the model, 0–10. */
  readonly weight: number;
  /** Share of the tightest limit still free, 0–1. */
  readonly headroom: number;
}

/** All candidates of one decision; each has passed every hard constraint. */
export interface RankInput<Row extends RankFacts> {
  readonly policy: Policy;
  /** Unsigned 32 bit. */
  readonly seed: number;
  readonly rows: readonly Row[];
}

/** Weighted terms of the score, each as it entered the sum (a bonus is negative). */
export interface ScoreTerms {
  readonly cost: number;
  readonly latency: number;
  readonly failure: number;
  readonly weight: number;
  readonly load: number;
}

/** One candidate with its score. */
export interface Scored<Row extends RankFacts> {
  readonly row: Row;
  /** Sum of the terms; lower is better. */
  readonly score: number;
  readonly terms: ScoreTerms;
  /** The score with a seeded draw among near equals; candidates are tried in this order, lowest first. */
  readonly order: number;
}

/** One way of ordering, with the modes that ask for it. */
export interface RankPolicy {
  /** Values of `policy.mode` that it serves; no two policies share one. */
  readonly modes: readonly string[];
  /** Every row once, in any order. */
  rank<Row extends RankFacts>(input: RankInput<Row>): readonly Scored<Row>[];
}
