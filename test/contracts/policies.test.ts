import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draw } from "../../src/policies/draw.ts";
import { MODES, POLICIES, policyOf } from "../../src/policies/index.ts";
import type { RankFacts, RankPolicy } from "../../src/policies/policy.ts";
import { PROFILES, weighted } from "../../src/policies/weighted.ts";
import { runs } from "../fakes/long.ts";
import { NORMAL } from "../fakes/routing.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });
const facts = fc.record({
  costNanoUsd: fc.option(fc.nat(1e9), { nil: undefined }),
  latencyMs: fc.double({ min: 0, max: 600_000, noNaN: true }),
  failure: share,
  weight: fc.double({ min: 0, max: 10, noNaN: true }),
  headroom: share,
});
const rows = fc
  .array(facts, { minLength: 1, maxLength: 12 })
  .map((list): RankFacts[] =>
    list.map((one, index) => ({ ...one, id: `provider/model-${index}` })),
  );
const policy = fc.record({
  mode: fc.constantFrom(...MODES),
  budgetNanoUsd: fc.option(fc.nat(1e8), { nil: undefined }),
  budgetTargetNanoUsd: fc.option(fc.nat(1e8), { nil: undefined }),
  latencyMs: fc.option(fc.integer({ min: 1, max: 600_000 }), { nil: undefined }),
  latencyTargetMs: fc.option(fc.integer({ min: 1, max: 600_000 }), { nil: undefined }),
});
const seed = fc.nat(2 ** 32 - 1);
const asked = fc.record({ policy, seed, rows }).map((input) => ({
  ...input,
  policy: { ...NORMAL, ...input.policy },
}));

const MEMBERS: readonly (readonly [string, RankPolicy])[] = Object.entries(POLICIES);

/** Ids in the order of trying. */
function orderOf(scored: ReturnType<RankPolicy["rank"]>): string[] {
  return [...scored].sort((one, other) => one.order - other.order).map(({ row }) => row.id);
}

describe.each(MEMBERS)("%s keeps the contract of a ranking policy", (_, member) => {
  test("every row comes back once, with finite numbers", () => {
    fc.assert(
      fc.property(asked, (input) => {
        const scored = member.rank(input);
        expect(new Set(scored.map(({ row }) => row))).toEqual(new Set(input.rows));
        expect(scored).toHaveLength(input.rows.length);
        for (const { score, order, terms } of scored) {
          for (const number of [score, order, ...Object.values(terms)]) {
            expect(Number.isFinite(number)).toBe(true);
          }
        }
      }),
      { numRuns: runs(200, 5_000) },
    );
  });

  test("the score is the sum of its terms", () => {
    fc.assert(
      fc.property(asked, (input) => {
        for (const { score, terms } of member.rank(input)) {
          const sum = Object.values(terms).reduce((total, term) => total + term, 0);
          expect(score).toBeCloseTo(sum, 12);
        }
      }),
      { numRuns: runs(100, 2_000) },
    );
  });

  test("the same seed orders the same, in whatever order the candidates come", () => {
    fc.assert(
      fc.property(asked, (input) => {
        const reversed = { ...input, rows: [...input.rows].reverse() };
        expect(orderOf(member.rank(reversed))).toEqual(orderOf(member.rank(input)));
      }),
      { numRuns: runs(200, 5_000) },
    );
  });

  test("adding a candidate never reorders the others", () => {
    fc.assert(
      fc.property(asked, facts, (input, added) => {
        const more = { ...input, rows: [{ ...added, id: "silly/model" }, ...input.rows] };
        const order = orderOf(member.rank(more)).filter((id) => id !== "silly/model");
        expect(order).toEqual(orderOf(member.rank(input)));
      }),
      { numRuns: runs(300, 10_000) },
    );
  });
});

test("no two policies serve the same mode, and every mode finds its policy", () => {
  expect(new Set(MODES).size).toBe(MODES.length);
  for (const mode of MODES) expect(policyOf(mode).modes).toContain(mode);
  expect(() => policyOf("toString")).toThrow(expect.objectContaining({ code: "internal" }));
});

describe("weighted", () => {
  /** Everything at the middle of its scale. */
  const middle: RankFacts = {
    id: "p/m",
    costNanoUsd: 10_000_000,
    latencyMs: 10_000,
    failure: 0.5,
    weight: 5,
    headroom: 0.5,
  };
  const rankOne = (change: Partial<RankFacts>, mode: string) =>
    weighted.rank({ policy: { ...NORMAL, mode }, seed: 1, rows: [{ ...middle, ...change }] })[0];

  test.each([
    ["cheap", { cost: 0.35, latency: 0.05, failure: 0.05, weight: -0.05, load: 0.05 }],
    ["normal", { cost: 0.125, latency: 0.125, failure: 0.125, weight: -0.125, load: 0.05 }],
    ["high_confidence", { cost: 0.025, latency: 0.05, failure: 0.075, weight: -0.35, load: 0.05 }],
    ["planning", { cost: 0.05, latency: 0.05, failure: 0.1, weight: -0.3, load: 0.05 }],
  ])("mode %s weighs as the contract says", (mode, terms) => {
    const found = rankOne({}, mode)?.terms;
    for (const [term, value] of Object.entries(terms)) {
      expect(found?.[term as keyof typeof terms]).toBeCloseTo(value, 12);
    }
  });

  test("every profile of the table is tested above", () => {
    expect(Object.keys(PROFILES)).toEqual(["cheap", "normal", "high_confidence", "planning"]);
  });

  test("free is the best cost also under a budget of nothing", () => {
    const policy = { ...NORMAL, mode: "cheap", budgetNanoUsd: 0 };
    const [free] = weighted.rank({ policy, seed: 1, rows: [{ ...middle, costNanoUsd: 0 }] });
    expect(free?.terms.cost).toBe(0);
  });

  test("an unpriced candidate is neither free nor dear", () => {
    const unpriced = rankOne({ costNanoUsd: undefined }, "cheap")?.terms.cost ?? 0;
    expect(unpriced).toBeGreaterThan(rankOne({ costNanoUsd: 1_000_000 }, "cheap")?.terms.cost ?? 1);
    expect(unpriced).toBeLessThan(rankOne({ costNanoUsd: 90_000_000 }, "cheap")?.terms.cost ?? 0);
  });

  test("an explicit budget sets the scale before the server's target does", () => {
    const policy = { ...NORMAL, budgetNanoUsd: 4_000, budgetTargetNanoUsd: 9, latencyMs: 50 };
    const rows = [{ ...middle, costNanoUsd: 4_000, latencyMs: 50 }];
    const terms = weighted.rank({ policy, seed: 1, rows })[0]?.terms;
    expect(terms?.cost).toBeCloseTo(0.125, 12);
    expect(terms?.latency).toBeCloseTo(0.125, 12);
  });

  test("equals share the load, and what is more than 1 % apart never changes places", () => {
    const equals = ["a/m", "b/m", "c/m"].map((id) => ({ ...middle, id }));
    const worse = { ...middle, id: "d/m", failure: 0.5401 };
    const wins = new Map<string, number>();
    const draws = 3_000;
    for (let one = 0; one < draws; one += 1) {
      const order = orderOf(weighted.rank({ policy: NORMAL, seed: one, rows: [worse, ...equals] }));
      expect(order[3]).toBe("d/m");
      wins.set(order[0] ?? "", (wins.get(order[0] ?? "") ?? 0) + 1);
    }
    const expected = draws / 3;
    let chiSquare = 0;
    for (const { id } of equals) chiSquare += ((wins.get(id) ?? 0) - expected) ** 2 / expected;
    // Two degrees of freedom: 13.8 is passed once in a thousand; the seeds are fixed.
    expect(chiSquare).toBeLessThan(13.8);
  });
});

test("a draw is uniform over seeds and over names, and two names draw apart", () => {
  const tenths = (next: (index: number) => number) => {
    const counts = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index += 1) {
      const tenth = Math.floor(next(index) * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    return counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
  };
  // Nine degrees of freedom: 27.9 is passed once in a thousand.
  expect(tenths((index) => draw(index, "openai/gpt"))).toBeLessThan(27.9);
  expect(tenths((index) => draw(index * 65_536, "openai/gpt"))).toBeLessThan(27.9);
  expect(tenths((index) => draw(7, `provider/model-${index}`))).toBeLessThan(27.9);
  expect(tenths((index) => (1 + draw(index, "a/m") - draw(index, "b/m")) % 1)).toBeLessThan(27.9);
});
