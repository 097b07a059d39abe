import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Prices } from "../../src/catalog.ts";
import {
  costNanoUsd,
  nanoFromUsd,
  outputCapForBudget,
  usdFromNano,
  worstCaseNanoUsd,
} from "../../src/cost.ts";
import { runs } from "../fakes/long.ts";

const price = fc.oneof(fc.nat(5), fc.nat(2 ** 31 - 1), fc.integer({ min: 0, max: 1e12 }));
const prices = fc.record({
  input: price,
  output: price,
  cachedInput: price,
  cacheWriteInput: price,
});
const tokens = fc.oneof(fc.nat(2_000), fc.nat(20_000_000));
const usage = fc
  .record({
    fresh: tokens,
    cachedTokens: tokens,
    cacheWriteTokens: tokens,
    completionTokens: tokens,
  })
  .map(({ fresh, ...rest }) => ({
    ...rest,
    promptTokens: fresh + rest.cachedTokens + rest.cacheWriteTokens,
    reasoningTokens: 0,
  }));

/** Σ tokens × price / 10⁶ in whole numbers, rounded up once. */
function exactly(lines: readonly (readonly [number, number])[]): number {
  let sum = 0n;
  for (const [count, each] of lines) sum += BigInt(count) * BigInt(each);
  return Number((sum + 999_999n) / 1_000_000n);
}

function exactWorst(given: Prices, prompt: number, output: number): number {
  const input = Math.max(given.input, given.cachedInput, given.cacheWriteInput);
  return exactly([
    [prompt, input],
    [output, given.output],
  ]);
}

describe("cost", () => {
  test("is exact and rounded up once", () => {
    fc.assert(
      fc.property(prices, usage, (given, used) => {
        const fresh = used.promptTokens - used.cachedTokens - used.cacheWriteTokens;
        expect(costNanoUsd(given, used)).toBe(
          exactly([
            [fresh, given.input],
            [used.cachedTokens, given.cachedInput],
            [used.cacheWriteTokens, given.cacheWriteInput],
            [used.completionTokens, given.output],
          ]),
        );
      }),
      { numRuns: runs(1_000, 100_000) },
    );
  });

  test("never passes the worst case of the same tokens, and the worst case is exact", () => {
    fc.assert(
      fc.property(prices, usage, (given, used) => {
        const bound = worstCaseNanoUsd(given, {
          promptTokensUpper: used.promptTokens,
          outputTokens: used.completionTokens,
        });
        expect(bound).toBe(exactWorst(given, used.promptTokens, used.completionTokens));
        expect(costNanoUsd(given, used)).toBeLessThanOrEqual(bound);
      }),
      { numRuns: runs(1_000, 100_000) },
    );
  });

  test.each([
    ["a thousand tokens at $1 per 1k are $1", 1_000, 1e12, 1e9],
    ["one token at one nano-USD per million is one nano-USD", 1, 1, 1],
    ["nothing costs nothing", 0, 1e12, 0],
    ["a price of 0 is free", 1e9, 0, 0],
  ])("%s", (_, completionTokens, output, nanoUsd) => {
    const given = { input: 0, output, cachedInput: 0, cacheWriteInput: 0 };
    const used = { promptTokens: 0, completionTokens, cachedTokens: 0, cacheWriteTokens: 0 };
    expect(costNanoUsd(given, { ...used, reasoningTokens: 0 })).toBe(nanoUsd);
  });

  test("an upstream that reports more cached tokens than prompt tokens is still paid for them", () => {
    const given = { input: 5e6, output: 0, cachedInput: 1e6, cacheWriteInput: 0 };
    const used = { promptTokens: 10, completionTokens: 0, cachedTokens: 12, cacheWriteTokens: 0 };
    expect(costNanoUsd(given, { ...used, reasoningTokens: 0 })).toBe(12);
  });
});

describe("the output cap for a budget", () => {
  const asked = fc.record({
    prices,
    promptTokensUpper: tokens,
    choices: fc.integer({ min: 1, max: 8 }),
    budgetNanoUsd: fc.oneof(fc.nat(10_000), fc.integer({ min: 0, max: 100_000_000_000 })),
  });

  test("is the largest that keeps the worst case within the budget", () => {
    fc.assert(
      fc.property(asked, (input) => {
        const { prices: given, promptTokensUpper, choices, budgetNanoUsd } = input;
        const worst = (cap: number) => exactWorst(given, promptTokensUpper, cap * choices);
        const cap = outputCapForBudget(input);
        if (cap === undefined) {
          expect(worst(0)).toBeGreaterThan(budgetNanoUsd);
        } else if (cap === Number.POSITIVE_INFINITY) {
          expect(given.output).toBe(0);
          expect(worst(0)).toBeLessThanOrEqual(budgetNanoUsd);
        } else {
          expect(worst(cap)).toBeLessThanOrEqual(budgetNanoUsd);
          if (cap < 100_000_000) expect(worst(cap + 1)).toBeGreaterThan(budgetNanoUsd);
        }
      }),
      { numRuns: runs(1_000, 100_000) },
    );
  });
});

test.each([
  [0.07, 70_000_000],
  [0.05, 50_000_000],
  [100, 100_000_000_000],
  [0, 0],
  [1e-9, 1],
])("$%d is %d nano-USD, there and back", (usd, nanoUsd) => {
  expect(nanoFromUsd(usd)).toBe(nanoUsd);
  expect(usdFromNano(nanoUsd)).toBe(usd);
});
