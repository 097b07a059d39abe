import fc from "fast-check";
import { expect, test } from "vitest";
import { CONSTRAINTS } from "../../../src/routing/candidates.ts";
import {
  type Decision,
  EXCLUSIONS,
  type Ranked,
  type RoutingInput,
} from "../../../src/routing/decision.ts";
import { decide } from "../../../src/routing/route.ts";
import { runs } from "../../fakes/long.ts";
import { aCatalog } from "../../fakes/routing.ts";
import { anyCandidate, anyInput } from "../../fakes/routing-inputs.ts";

/** What a ranked candidate breaks, worked out plainly and apart from the code under test. */
function broken({ candidate, estimate }: Ranked, input: RoutingInput): string[] {
  const { model, provider, prices } = candidate;
  const { facts, policy, key, nowMs } = input;
  const faults: string[] = [];
  const must = (name: string, holds: boolean) => {
    if (!holds) faults.push(name);
  };
  must("enabled", candidate.enabled && model.enabled && provider.enabled);
  must("model allowed", key.allowedModels.length === 0 || key.allowedModels.includes(model.id));
  must(
    "provider allowed",
    key.allowedProviders.length === 0 || key.allowedProviders.includes(provider.id),
  );
  const labels = [...policy.labels, ...key.requiredLabels];
  must(
    "labels",
    labels.every((label) => provider.labels.includes(label)),
  );
  must("kind", model.kind === facts.kind);
  must(
    "capabilities",
    facts.needs.every((need) => model.capabilities.includes(need)),
  );
  must("weight", !(model.weight < policy.minWeight));
  must("credential", input.credentials(provider).names.length > 0);

  const view = input.views[provider.id];
  const pulse = view?.pulse[model.id];
  const { offset, slope } = pulse?.promptCorrection ?? { offset: 0, slope: 1 };
  const caps = [key.maxTokens, model.maxOutputTokens].filter((cap) => cap !== undefined);
  const output = Math.min(facts.outputTokensMax ?? pulse?.outputTokensP50 ?? 300, ...caps);
  const context = (offset + slope * facts.promptTokens) * 1.15 + output;
  must("context", model.maxContextTokens === undefined || context <= model.maxContextTokens);

  const sent = estimate.outputTokensCap ?? facts.outputTokensMax;
  must("key's cap", key.maxTokens === undefined || mostOf(model, sent) <= key.maxTokens);
  if (sent !== undefined) must("model's cap", sent <= (model.maxOutputTokens ?? sent));
  if (policy.budgetNanoUsd !== undefined) {
    must("priced", prices !== undefined);
    const most = mostOf(model, sent);
    if (prices && (prices.output > 0 || most < Number.POSITIVE_INFINITY)) {
      const dearest = Math.max(prices.input, prices.cachedInput, prices.cacheWriteInput);
      const paid =
        BigInt(facts.promptTokensUpper) * BigInt(dearest) +
        (prices.output > 0 ? BigInt(most) * BigInt(facts.choices) * BigInt(prices.output) : 0n);
      must("budget", paid <= BigInt(policy.budgetNanoUsd) * 1_000_000n);
    }
  }
  const credential = provider.credentialSource === "env" ? "KEY" : "none";
  for (const name of [`${credential}\n${model.id}`, `${credential}\n*`, `*\n${model.id}`]) {
    const bucket = view?.bucket[name];
    must(`bucket ${name}`, !bucket || (bucket.throttledUntilMs <= nowMs && bucket.headroom > 0));
  }
  return faults;
}

/** The most output tokens of one choice that the model can give under this cap. */
function mostOf(model: Ranked["candidate"]["model"], sent: number | undefined): number {
  return Math.min(
    sent ?? Number.POSITIVE_INFINITY,
    model.maxOutputTokens ?? Number.POSITIVE_INFINITY,
    model.maxContextTokens ?? Number.POSITIVE_INFINITY,
  );
}

const ids = (list: Decision["ranked"] | Decision["excluded"]) =>
  list.map(({ candidate }) => candidate.id);

test("no ranked candidate ever breaks a hard constraint", () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      for (const ranked of decide(input).ranked) expect(broken(ranked, input)).toEqual([]);
    }),
    { numRuns: runs(1_500, 200_000) },
  );
});

test("an open breaker is tried only when breakers alone empty the set, and then one candidate is", () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const decision = decide(input);
      const open = decision.ranked.filter(({ candidate }) => {
        const pulse = input.views[candidate.provider.id]?.pulse[candidate.model.id];
        return pulse?.breaker === "open" && pulse.openUntilMs > input.nowMs;
      });
      if (open.length > 0) expect(decision.degraded).toBe(true);
      if (decision.degraded) expect(decision.ranked).toHaveLength(1);
      const left = decision.excluded.some(({ reason }) => reason === "breaker");
      if (left) expect(decision.ranked.length).toBeGreaterThan(0);
    }),
    { numRuns: runs(500, 50_000) },
  );
});

test("every candidate that the key may see is ranked or excluded with a reason, and no other is told", () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const { allowedModels, allowedProviders } = input.key;
      const visible = input.catalog.candidates.filter(
        ({ model, provider }) =>
          (allowedModels.length === 0 || allowedModels.includes(model.id)) &&
          (allowedProviders.length === 0 || allowedProviders.includes(provider.id)),
      );
      const { ranked, excluded } = decide(input);
      expect([...ids(ranked), ...ids(excluded)].sort()).toEqual(visible.map(({ id }) => id).sort());
      for (const { reason } of excluded) expect(EXCLUSIONS).toContain(reason);
    }),
    { numRuns: runs(500, 50_000) },
  );
});

test("the same seed gives the same decision, in whatever order the registry lists its rows", () => {
  fc.assert(
    fc.property(anyInput, (input) => {
      const reversed = { ...input, catalog: aCatalog([...input.catalog.candidates].reverse()) };
      expect(decide(input)).toEqual(decide(input));
      expect(ids(decide(reversed).ranked)).toEqual(ids(decide(input).ranked));
    }),
    { numRuns: runs(300, 30_000) },
  );
});

test("adding a candidate never reorders the others nor changes why one is excluded", () => {
  fc.assert(
    fc.property(anyInput, anyCandidate("delta/silly"), (input, added) => {
      const before = decide(input);
      const after = decide({ ...input, catalog: aCatalog([added, ...input.catalog.candidates]) });
      // A healthy newcomer ends the exception for broken ones; that is no reordering.
      if (before.degraded !== after.degraded) return;
      const rest = (list: string[]) => list.filter((id) => id !== added.id);
      expect(rest(ids(after.ranked))).toEqual(ids(before.ranked));
      expect(rest(ids(after.excluded))).toEqual(ids(before.excluded));
    }),
    { numRuns: runs(500, 50_000) },
  );
});

test("constraints are tested in the order of the reasons; what the key may not see comes before all", () => {
  expect(CONSTRAINTS.map(({ reason }) => reason)).toEqual(
    EXCLUSIONS.filter((reason) => reason !== "key"),
  );
});
