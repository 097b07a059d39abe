/** The hard constraints (docs/ROUTING.md): which candidates may be used, and why each of the others may not. */
import type { Candidate } from "../catalog.ts";
import type { BucketView } from "../platform.ts";
import { draw } from "../policies/draw.ts";
import { isEnabled, isVisible } from "./alias.ts";
import type { Excluded, ExclusionReason, RoutingInput } from "./decision.ts";
import { CONTEXT_MARGIN } from "./estimate.ts";
import { look, type Subject } from "./subject.ts";

/** Share of requests that may probe a breaker whose time is over, before its first success. */
const PROBE_SHARE = 0.1;
/** Keeps the draw of the ramp apart from the draw of ties. */
const RAMP_SALT = 0x6a09e667;

interface Finding {
  readonly detail?: string;
  readonly untilMs?: number;
}

/** A finding that needs no words. */
const HOLDS: Finding = {};

interface Constraint {
  readonly reason: ExclusionReason;
  /** undefined: the candidate passes. */
  readonly test: (subject: Subject, input: RoutingInput) => Finding | undefined;
}

/** In the order of `EXCLUSIONS`; what the key may not see is gone before. */
export const CONSTRAINTS: readonly Constraint[] = [
  { reason: "disabled", test: ({ candidate }) => (isEnabled(candidate) ? undefined : HOLDS) },
  {
    reason: "labels",
    test: ({ candidate }, { policy, key }) =>
      missing(candidate.provider.labels, policy.labels, key.requiredLabels),
  },
  {
    reason: "capability",
    test: ({ candidate: { model } }, { facts }) =>
      model.kind === facts.kind ? missing(model.capabilities, facts.needs) : { detail: facts.kind },
  },
  {
    reason: "weight",
    test: ({ candidate }, { policy }) =>
      candidate.model.weight >= policy.minWeight ? undefined : HOLDS,
  },
  {
    reason: "context",
    test: ({ candidate, outlook: { promptTokens, outputTokens } }, { facts }) =>
      (facts.longestTokens ?? promptTokens) * CONTEXT_MARGIN + outputTokens <=
      (candidate.model.maxContextTokens ?? Number.POSITIVE_INFINITY)
        ? undefined
        : HOLDS,
  },
  {
    reason: "unpriced",
    test: ({ candidate }, { policy }) =>
      policy.budgetNanoUsd === undefined || candidate.prices ? undefined : HOLDS,
  },
  { reason: "budget", test: (subject) => (subject.outlook.affordable ? undefined : HOLDS) },
  {
    reason: "credential",
    test: ({ candidate: { provider }, credentials }, input) =>
      credentials.length > 0 ? undefined : { detail: input.credentials(provider).lack },
  },
  { reason: "throttled", test: ({ bucket }, { nowMs }) => throttled(bucket, nowMs) },
  { reason: "quota", test: ({ bucket }, { nowMs }) => locked(bucket, nowMs) },
  { reason: "breaker", test: broken },
];

function missing(
  has: readonly string[],
  ...wanted: readonly (readonly string[])[]
): Finding | undefined {
  let absent: string[] | undefined;
  for (const list of wanted) {
    for (const one of list) {
      if (has.includes(one) || absent?.includes(one)) continue;
      absent ??= [];
      absent.push(one);
    }
  }
  return absent ? { detail: absent.join(",") } : undefined;
}

/** A 429 that is not over, or no room left in a limit that the provider told. */
function throttled(bucket: BucketView | undefined, nowMs: number): Finding | undefined {
  if (!bucket) return undefined;
  if (bucket.throttledUntilMs > nowMs) {
    return bucket.reason === "rate_limited" ? { untilMs: bucket.throttledUntilMs } : undefined;
  }
  return bucket.headroom > 0 ? undefined : HOLDS;
}

/** Exhausted quota, rejected credential or misconfigured offer. */
function locked(bucket: BucketView | undefined, nowMs: number): Finding | undefined {
  return bucket && bucket.throttledUntilMs > nowMs
    ? { untilMs: bucket.throttledUntilMs }
    : undefined;
}

/** An open breaker refuses until its time; then it and a half-open one let a drawn share through. */
function broken({ candidate, pulse }: Subject, { nowMs, seed }: RoutingInput): Finding | undefined {
  if (!pulse || pulse.breaker === "closed") return undefined;
  if (pulse.breaker === "open" && pulse.openUntilMs > nowMs) return { untilMs: pulse.openUntilMs };
  const share = pulse.breaker === "open" ? PROBE_SHARE : pulse.ramp;
  return draw(seed ^ RAMP_SALT, candidate.id) < share ? undefined : HOLDS;
}

/** The two sides of the hard constraints. */
export interface Sifted {
  readonly eligible: readonly Subject[];
  readonly excluded: readonly Excluded[];
  /** Those of `excluded` that only their breaker keeps out. */
  readonly broken: readonly Subject[];
}

/** Every candidate that the key may see, either eligible or excluded by the first constraint that it breaks. */
export function sift(input: RoutingInput, candidates: readonly Candidate[]): Sifted {
  const eligible: Subject[] = [];
  const excluded: Excluded[] = [];
  const onlyBroken: Subject[] = [];
  for (const candidate of candidates) {
    if (!isVisible(input.key, candidate)) continue;
    const subject = look(input, candidate);
    const found = firstBroken(subject, input);
    if (!found) eligible.push(subject);
    else {
      excluded.push(found);
      if (found.reason === "breaker") onlyBroken.push(subject);
    }
  }
  return { eligible, excluded, broken: onlyBroken };
}

function firstBroken(subject: Subject, input: RoutingInput): Excluded | undefined {
  for (const { reason, test } of CONSTRAINTS) {
    const found = test(subject, input);
    if (!found) continue;
    return {
      candidate: subject.candidate,
      reason,
      detail: found.detail,
      untilMs: found.untilMs,
    };
  }
  return undefined;
}
