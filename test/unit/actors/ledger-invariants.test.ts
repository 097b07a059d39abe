/** Whatever isolates do, and however they end: no budget is passed, no sum is off, nothing spent is forgotten. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { booksOf, expectExact, NO_LIMITS, newLedger } from "../../fakes/ledger.ts";
import { isolates, STEPS } from "../../fakes/ledger-isolates.ts";
import { runs } from "../../fakes/long.ts";

const budget = fc.option(fc.nat({ max: 6_000 }), { nil: undefined });
const LIMITS = fc.record({
  keyDayNanoUsd: budget,
  keyMonthNanoUsd: budget,
  projectDayNanoUsd: budget,
  projectMonthNanoUsd: budget,
  concurrency: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
});

test("spent + reserved ≤ limit after every step, for the key's and the project's day and month at once", () => {
  fc.assert(
    fc.property(LIMITS, STEPS, (given, steps) => {
      const limits = { ...NO_LIMITS, ...given };
      const ledger = newLedger();
      const world = isolates(ledger, limits);
      for (const step of steps) {
        world.play(step);
        expectExact(booksOf(ledger), limits);
      }
    }),
    { numRuns: runs(300, 5_000) },
  );
});

test("what isolates really spent is spent or reserved in the books, crashed and lost ones included", () => {
  fc.assert(
    fc.property(LIMITS, STEPS, (given, steps) => {
      const ledger = newLedger();
      const world = isolates(ledger, { ...NO_LIMITS, ...given });
      for (const step of steps) {
        world.play(step);
        for (const [keyId, spent] of world.spent()) {
          const key = booksOf(ledger).keys.find(([id]) => id === keyId);
          const months = (key?.[1].account ?? []).filter(([id]) => id.length === 7);
          let known = 0;
          for (const [, { spentNanoUsd, reservedNanoUsd }] of months) {
            known += spentNanoUsd + reservedNanoUsd;
          }
          expect(spent).toBeLessThanOrEqual(known);
        }
      }
    }),
    { numRuns: runs(300, 5_000) },
  );
});
