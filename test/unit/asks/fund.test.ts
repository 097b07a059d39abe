/** The one sum that all asks of a request share, under any interleaving of them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createFund, type Share } from "../../../src/asks/fund.ts";
import { runs } from "../../fakes/long.ts";

const amount = fc.integer({ min: 0, max: 1_000 });
const step = fc.record({
  kind: fc.constantFrom("open", "more", "close"),
  nanoUsd: amount,
  at: fc.nat(9),
});

test("never more than the limit is spent or set aside, in whatever order shares open, grow and close", () => {
  const property = fc.property(amount, fc.array(step, { maxLength: 60 }), (limit, steps) => {
    const fund = createFund(limit);
    const shares: Share[] = [];
    const closed = new Set<Share>();
    for (const { kind, nanoUsd, at } of steps) {
      const share = shares[at % Math.max(1, shares.length)];
      if (kind === "open") {
        const opened = fund.open(nanoUsd);
        if (opened) shares.push(opened);
      } else if (share && kind === "more") share.more(nanoUsd);
      else if (share) {
        share.close(Math.min(nanoUsd, share.nanoUsd()));
        closed.add(share);
      }
      const held = shares
        .filter((one) => !closed.has(one))
        .reduce((sum, one) => sum + one.nanoUsd(), 0);
      expect(fund.free()).toBeGreaterThanOrEqual(0);
      expect(fund.free() + fund.spentNanoUsd() + held).toBe(limit);
    }
  });
  fc.assert(property, { numRuns: runs(500, 20_000) });
});

test("what is not spent comes back, once", () => {
  const fund = createFund(100);
  const share = fund.open(60);
  expect(fund.open(41)).toBeUndefined();
  share?.close(20);
  share?.close(0);
  expect([fund.free(), fund.spentNanoUsd()]).toEqual([80, 20]);
});

test("a share grows only into what is free, and never once it is closed", () => {
  const fund = createFund(100);
  const share = fund.open(60);
  expect(share?.more(41)).toBe(false);
  expect([share?.nanoUsd(), fund.free()]).toEqual([60, 40]);
  expect(share?.more(40)).toBe(true);
  share?.close(0);
  expect(share?.more(1)).toBe(false);
  expect(fund.free()).toBe(100);
});

test("an answer dearer than its share takes from what is free for the others", () => {
  const fund = createFund(100);
  fund.open(60)?.close(75);
  expect([fund.free(), fund.spentNanoUsd()]).toEqual([25, 75]);
  expect(fund.open(26)).toBeUndefined();
});

test("without a limit there is always enough", () => {
  const fund = createFund(Number.POSITIVE_INFINITY);
  fund.open(1e15)?.close(1e15);
  expect(fund.free()).toBe(Number.POSITIVE_INFINITY);
  expect(fund.open(1e15)?.more(1e15)).toBe(true);
});
