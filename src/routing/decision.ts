/** What goes into a routing decision and what comes out. */
import type { Candidate, Catalog, ProviderRecord } from "../catalog.ts";
import type { RequestFacts } from "../chat.ts";
import type { Usable } from "../credential.ts";
import type { KeyRecord } from "../key.ts";
import type { ProviderView } from "../platform.ts";
import type { ScoreTerms } from "../policies/policy.ts";
import type { Policy } from "../policy.ts";

/** Everything a decision depends on; the same input gives the same decision. */
export interface RoutingInput {
  readonly catalog: Catalog;
  /** Health and limits by provider id; a missing one is healthy and free. */
  readonly views: Readonly<Record<string, ProviderView>>;
  readonly facts: RequestFacts;
  readonly policy: Policy;
  readonly key: KeyRecord;
  /** What the client named: a model, an alias, a virtual model, `*`, or undefined. */
  readonly target: string | undefined;
  /** True: only what the target names; false: it is tried first, then everything. */
  readonly pinned: boolean;
  /** What this provider can be asked with now. */
  readonly credentials: (provider: ProviderRecord) => Usable;
  readonly nowMs: number;
  /** Unsigned 32 bit; the same seed gives the same decision. */
  readonly seed: number;
}

/** Why a candidate cannot be used. Tested in this order; the first that holds is told. */
export const EXCLUSIONS = [
  "disabled",
  "key",
  "labels",
  "capability",
  "weight",
  "context",
  "unpriced",
  "budget",
  "credential",
  "throttled",
  "quota",
  "breaker",
] as const;
export type ExclusionReason = (typeof EXCLUSIONS)[number];

/** A candidate that cannot be used, and the first reason why. */
export interface Excluded {
  readonly candidate: Candidate;
  readonly reason: ExclusionReason;
  /** For `capability`: what is missing, or the kind of model that was wanted; for `labels`: which; for `credential`: why. Never a secret. */
  readonly detail: string | undefined;
  /** For `throttled`, `quota`, `breaker`: when it is free again. */
  readonly untilMs: number | undefined;
}

/** A candidate that may be tried, with its score. */
export interface Ranked {
  readonly candidate: Candidate;
  /** Names of what it can be asked with, the one to use first; never empty. */
  readonly credentials: readonly string[];
  /** Lower is better. */
  readonly score: number;
  readonly terms: ScoreTerms;
  readonly estimate: Estimate;
}

/** What an attempt at one candidate is expected and allowed to cost. */
export interface Estimate {
  readonly outputTokens: number;
  readonly costNanoUsd: number;
  readonly latencyMs: number;
  /** Cap to send upstream; undefined: the client's own, or none. */
  readonly outputTokensCap: number | undefined;
  /** True when that cap is ours and lower than what the client asked. */
  readonly capped: boolean;
}

/** Whom to try in which order, and why nobody else. */
export interface Decision {
  readonly mode: string;
  /** In the order in which they will be tried. */
  readonly ranked: readonly Ranked[];
  /** Only candidates that this key may see. */
  readonly excluded: readonly Excluded[];
  /** Every healthy candidate was gone and the least bad broken one is tried. */
  readonly degraded: boolean;
  /** `mode=cheap`, `context>64k`, `min_weight=6`, …: short, joined by `;` in `routing_reason`. */
  readonly reasons: readonly string[];
}

export type { ScoreTerms };
