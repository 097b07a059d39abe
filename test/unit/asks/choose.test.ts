/** Who may be asked one question: wishes narrow what the policy allows, and never widen it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { addressed, narrowing } from "../../../src/asks/choose.ts";
import type { Role, Wish } from "../../../src/modes/mode.ts";
import type { GatewayRequest } from "../../../src/request.ts";
import { decide } from "../../../src/routing/route.ts";
import { runs } from "../../fakes/long.ts";
import { aCandidate, anInput, NORMAL } from "../../fakes/routing.ts";

const FREE = Number.POSITIVE_INFINITY;
const CANDIDATES = ["a1", "a2", "b1", "b2", "c1"].flatMap((id, at) =>
  ["p", "q"].map((provider) =>
    aCandidate(`${provider}/${id}`, { model: { family: id.slice(0, 1), weight: 3 + at } }),
  ),
);
const DECISION = decide(anInput(CANDIDATES));
const ids = (wish: Wish) =>
  (narrowing(wish, FREE).sift?.(DECISION) ?? DECISION).ranked.map(({ candidate }) => candidate.id);
const ALL = DECISION.ranked.map(({ candidate }) => candidate.id);
const modelOf = (id: string | undefined) => id?.split("/")[1] ?? "";

test("no wish changes nothing", () => {
  expect(ids({})).toEqual(ALL);
  const own = { ...NORMAL, minWeight: 4, budgetNanoUsd: 7 };
  expect(narrowing({}, FREE).policy?.(own)).toEqual(own);
});

test("members asked beside each other are of every family before the second of any", () => {
  const heads = [0, 1, 2, 3, 4].map((spread) => modelOf(ids({ spread })[0]));
  expect(new Set(heads).size).toBe(5);
  expect(new Set(heads.slice(0, 3).map((id) => id.slice(0, 1))).size).toBe(3);
  expect(ids({ spread: 5 })[0]).toBe(ids({ spread: 0 })[0]);
});

test("models and families that are not wished are left out, and the others stand in for a spread one", () => {
  expect(ids({ notModels: ["a1"] })).toEqual(ALL.filter((id) => modelOf(id) !== "a1"));
  expect(ids({ notFamilies: ["b"] })).toEqual(ALL.filter((id) => !modelOf(id).startsWith("b")));
  expect(ids({ notFamilies: ["a", "b", "c"], spread: 2 })).toEqual([]);
  expect(ids({ spread: 3 }).toSorted()).toEqual(ALL.toSorted());
});

const wish = fc.record(
  {
    minWeight: fc.double({ min: 0, max: 10, noNaN: true }),
    notModels: fc.subarray(["a1", "b2", "unknown"]),
    notFamilies: fc.subarray(["a", "b", "z"]),
    profile: fc.constantFrom("cheap", "high_confidence"),
    spread: fc.nat(20),
  },
  { requiredKeys: [] },
);

test("whatever is wished and however little money is free, nobody is added and no limit is raised", () => {
  const money = fc.option(fc.nat(1_000), { nil: FREE });
  const property = fc.property(wish, money, fc.nat(10), fc.nat(1_000), (one, free, weight, own) => {
    const ranked = ids(one);
    expect(new Set(ranked).size).toBe(ranked.length);
    expect(ALL).toEqual(expect.arrayContaining(ranked));
    const policy = { ...NORMAL, minWeight: weight, budgetNanoUsd: own, labels: ["eu"] };
    const narrowed = narrowing(one, free).policy?.(policy) ?? policy;
    expect(narrowed.minWeight).toBeGreaterThanOrEqual(weight);
    expect(narrowed.budgetNanoUsd).toBe(Math.min(own, free));
    expect(narrowed.labels).toEqual(["eu"]);
  });
  fc.assert(property, { numRuns: runs(300, 10_000) });
});

test("a model that the client pinned is its authors', and nobody else's", () => {
  const asked = { target: "pinned", namePins: true } as GatewayRequest;
  const whom = (role: Role, one: Wish) => {
    const { target, namePins } = addressed(asked, role, one);
    return [target, namePins];
  };
  for (const role of ["planner", "reviser", "answerer", "candidate", "strong"] as const) {
    expect(whom(role, {})).toEqual(["pinned", true]);
  }
  for (const role of ["critic", "judge"] as const)
    expect(whom(role, {})).toEqual([undefined, false]);
  expect(whom("critic", { modelId: "named" })).toEqual(["named", true]);
});
