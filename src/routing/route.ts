/** The routing decision: pure, from memory only, in microseconds. */
import type { Candidate } from "../catalog.ts";
import { policyOf } from "../policies/index.ts";
import { resolveTarget, type Target, targetOrder } from "./alias.ts";
import { sift } from "./candidates.ts";
import type { Decision, Ranked, RoutingInput } from "./decision.ts";
import { estimate } from "./estimate.ts";
import type { Subject } from "./subject.ts";

/**
 * Ranks every candidate that keeps all hard constraints; `ranked` is empty when none does, and `emptyError`
 * words that.
 * @throws TokenhubError `model_not_found`.
 */
export function decide(input: RoutingInput): Decision {
  const target = resolveTarget(input);
  const order = targetOrder(target, input.seed);
  const { eligible, excluded, broken } = sift(input, considered(input, target, order));
  const told = reasons(input, target);
  const mode = input.policy.mode;
  if (eligible.length > 0 || broken.length === 0) {
    const ranked = rank(input, eligible, order);
    return { mode, ranked, excluded, degraded: false, reasons: told };
  }
  const ranked = rank(input, leastFailing(broken), order).slice(0, 1);
  return {
    mode,
    ranked,
    excluded: excluded.filter(({ candidate }) => candidate !== ranked[0]?.candidate),
    degraded: true,
    reasons: [...told, "degraded"],
  };
}

/** A pinned name is all there is; anything else considers the whole catalog. */
function considered(
  { catalog, pinned }: RoutingInput,
  { kind }: Target,
  order: readonly string[],
): readonly Candidate[] {
  if (!pinned || kind === "any" || kind === "virtual") return catalog.candidates;
  return [...new Set(order)].flatMap((modelId) => catalog.byModel.get(modelId) ?? []);
}

/** First by the place that the target gives the model, then as the policy orders. */
function rank(
  input: RoutingInput,
  subjects: readonly Subject[],
  order: readonly string[],
): readonly Ranked[] {
  const { policy, seed, facts } = input;
  const rows = subjects.map((subject) => {
    const { candidate, credentials, pulse, bucket } = subject;
    const expected = estimate(subject, facts.choices);
    const place = order.indexOf(candidate.model.id);
    return {
      id: candidate.id,
      candidate,
      credentials,
      estimate: expected,
      place: place < 0 ? order.length : place,
      costNanoUsd: candidate.prices ? expected.costNanoUsd : undefined,
      latencyMs: expected.latencyMs,
      failure: pulse?.failure ?? 0,
      weight: candidate.model.weight,
      headroom: bucket?.headroom ?? 1,
    };
  });
  return [...policyOf(policy.mode).rank({ policy, seed, rows })]
    .sort((one, other) => one.row.place - other.row.place || one.order - other.order)
    .map(({ row, score, terms }) => ({
      candidate: row.candidate,
      credentials: row.credentials,
      score,
      terms,
      estimate: row.estimate,
    }));
}

/** Of candidates that only their breakers keep out, those that fail least. */
function leastFailing(broken: readonly Subject[]): readonly Subject[] {
  const least = Math.min(...broken.map(({ pulse }) => pulse?.failure ?? 0));
  return broken.filter(({ pulse }) => (pulse?.failure ?? 0) === least);
}

/** Prompts worth a word: more tokens than this. Largest first. */
const CONTEXT_CLASSES = [
  [1_000_000, "context>1m"],
  [256_000, "context>256k"],
  [64_000, "context>64k"],
  [8_000, "context>8k"],
] as const;

function reasons({ facts, policy }: RoutingInput, target: Target): readonly string[] {
  const told = [`mode=${policy.mode}`];
  if (target.kind !== "any") told.push(`target=${target.kind}`);
  const context = CONTEXT_CLASSES.find(([tokens]) => facts.promptTokens > tokens);
  if (context) told.push(context[1]);
  if (policy.minWeight > 0) told.push(`min_weight=${policy.minWeight}`);
  if (policy.labels.length > 0) told.push(`labels=${policy.labels.join("+")}`);
  return told;
}
