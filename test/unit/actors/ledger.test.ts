/** What a ledger grants, refuses, charges and forgets. */
import { describe, expect, test } from "vitest";
import { GRACE_MS, LEASE_MS, Ledger } from "../../../src/actors/ledger.ts";
import type { Want } from "../../../src/actors/ledger-terms.ts";
import { keyReport, NO_LIMITS, NOON_MS, need, report } from "../../fakes/ledger.ts";

const DAY_MS = 24 * 3_600_000;
const DAY_LIMIT = { ...NO_LIMITS, keyDayNanoUsd: 1_000 };
const want = (given: Partial<Want> = {}): Want => {
  return { requests: 4, nanoUsd: 100, tokens: 10, slots: 2, ...given };
};
const dayOf = (ledger: Ledger, nowMs = NOON_MS) => ledger.usage("key_a", nowMs).keyDay;

describe("exchanges", () => {
  test("a repeated one is answered as the first time and changes nothing", () => {
    const ledger = new Ledger();
    const asked = report(
      1,
      keyReport({ limits: DAY_LIMIT, needs: [need("hold_1")], want: want() }),
    );
    const first = ledger.exchange(asked, NOON_MS);
    const before = ledger.snapshot();
    expect(ledger.exchange(asked, NOON_MS)).toEqual(first);
    expect(ledger.snapshot()).toEqual(before);
  });

  test("one that was overtaken by a later one grants nothing", () => {
    const ledger = new Ledger();
    ledger.exchange(report(2), NOON_MS);
    const late = report(1, keyReport({ needs: [need("hold_1")] }));
    expect(ledger.exchange(late, NOON_MS)).toEqual({ keys: [], alerts: [] });
    expect(dayOf(ledger).reservedNanoUsd).toBe(0);
  });

  test("a need whose deadline passed on its way is refused", () => {
    const ledger = new Ledger();
    const late = need("hold_1", { deadlineMs: NOON_MS });
    const { keys } = ledger.exchange(report(1, keyReport({ needs: [late] })), NOON_MS);
    expect(keys[0]?.refused).toMatchObject([{ id: "hold_1", reason: "late" }]);
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN])("an amount of %s is refused whole", (nanoUsd) => {
    const ledger = new Ledger();
    const before = ledger.snapshot();
    const needs = [need("hold_1"), need("hold_2", { nanoUsd })];
    expect(() => ledger.exchange(report(1, keyReport({ needs })), NOON_MS)).toThrow(RangeError);
    expect(ledger.snapshot()).toEqual(before);
  });
});

describe("money", () => {
  test("each budget refuses by its own name", () => {
    const reasons = {
      keyDayNanoUsd: "budget_key_day",
      keyMonthNanoUsd: "budget_key_month",
      projectDayNanoUsd: "budget_project_day",
      projectMonthNanoUsd: "budget_project_month",
    };
    for (const [budget, reason] of Object.entries(reasons)) {
      const key = keyReport({ limits: { ...NO_LIMITS, [budget]: 99 }, needs: [need("hold_1")] });
      const { keys } = new Ledger().exchange(report(1, key), NOON_MS);
      expect(keys[0]?.refused).toEqual([{ id: "hold_1", reason, retryAfterMs: undefined }]);
    }
  });

  test("settling late or twice changes nothing", () => {
    const ledger = new Ledger();
    ledger.exchange(report(1, keyReport({ needs: [need("hold_1"), need("hold_2")] })), NOON_MS);
    const settled = [{ id: "hold_1", nanoUsd: 30, tokens: 1 }];
    ledger.exchange(report(2, keyReport({ settled })), NOON_MS);
    ledger.exchange(report(3, keyReport({ settled })), NOON_MS);
    ledger.wake(NOON_MS + 60_000);
    const late = [{ id: "hold_2", nanoUsd: 1, tokens: 1 }];
    ledger.exchange(report(4, keyReport({ settled: late })), NOON_MS + 60_001);
    expect(dayOf(ledger)).toMatchObject({ spentNanoUsd: 130, reservedNanoUsd: 0 });
  });

  test("what really cost more than was set aside is charged as it is", () => {
    const ledger = new Ledger();
    ledger.exchange(report(1, keyReport({ needs: [need("hold_1")] })), NOON_MS);
    const settled = [{ id: "hold_1", nanoUsd: 130, tokens: 1 }];
    ledger.exchange(report(2, keyReport({ settled })), NOON_MS);
    expect(dayOf(ledger)).toMatchObject({ spentNanoUsd: 130, reservedNanoUsd: 0 });
  });

  test("sums stop at the largest exact integer instead of passing it", () => {
    const ledger = new Ledger();
    const nanoUsd = Number.MAX_SAFE_INTEGER;
    const needs = [need("hold_1", { nanoUsd }), need("hold_2", { nanoUsd: 1 })];
    const { keys } = ledger.exchange(report(1, keyReport({ needs })), NOON_MS);
    expect(keys[0]?.refused).toMatchObject([{ id: "hold_2", reason: "budget_key_day" }]);
    expect(dayOf(ledger).reservedNanoUsd).toBe(nanoUsd);
  });

  test("a limit that is lowered below what was spent refuses, and nothing turns negative", () => {
    const ledger = new Ledger();
    ledger.exchange(report(1, keyReport({ limits: DAY_LIMIT, needs: [need("hold_1")] })), NOON_MS);
    const limits = { ...NO_LIMITS, keyDayNanoUsd: 50 };
    const key = keyReport({ limits, needs: [need("hold_2", { nanoUsd: 1 })], want: want() });
    const { keys } = ledger.exchange(report(2, key), NOON_MS);
    expect(keys[0]).toMatchObject({ refused: [{ reason: "budget_key_day" }], lease: undefined });
  });
});

describe("leases", () => {
  test("hold at most a twentieth of what is left, whole requests only", () => {
    const lease = (keyDayNanoUsd: number) => {
      const key = keyReport({ limits: { ...NO_LIMITS, keyDayNanoUsd }, want: want() });
      return new Ledger().exchange(report(1, key), NOON_MS).keys[0]?.lease;
    };
    expect(lease(1_999)).toBeUndefined();
    expect(lease(2_000)).toMatchObject({ requests: 1, nanoUsd: 100 });
    expect(lease(7_000)).toMatchObject({ requests: 3, nanoUsd: 300 });
    expect(lease(1_000_000)).toMatchObject({ requests: 4, nanoUsd: 400, validMs: LEASE_MS });
  });

  test("a hold drawn from one is charged to the day on which the lease was granted", () => {
    const ledger = new Ledger();
    const before = NOON_MS + DAY_MS / 2 - 500;
    ledger.exchange(report(1, keyReport({ want: want() })), before);
    const after = before + 1_000;
    const opened = [need("hold_1", { deadlineMs: after + 60_000 })];
    const closed = [{ id: 1, spentNanoUsd: 70, requests: 2, tokens: 0, opened }];
    ledger.exchange(report(2, keyReport({ closed })), after);
    expect(dayOf(ledger, before)).toMatchObject({ spentNanoUsd: 70, reservedNanoUsd: 100 });
    expect(dayOf(ledger, after)).toMatchObject({ spentNanoUsd: 0, reservedNanoUsd: 0 });
    const settled = [{ id: "hold_1", nanoUsd: 90, tokens: 1 }];
    ledger.exchange(report(3, keyReport({ settled })), after);
    expect(dayOf(ledger, before).spentNanoUsd).toBe(160);
    expect(ledger.usage("key_a", after).keyMonth.spentNanoUsd).toBe(160);
  });

  test("one that was lost is charged in full, and what is told of it later changes nothing", () => {
    const ledger = new Ledger();
    ledger.exchange(report(1, keyReport({ want: want() })), NOON_MS);
    const lostMs = NOON_MS + LEASE_MS + GRACE_MS;
    expect(ledger.wakeAtMs()).toBe(lostMs);
    ledger.wake(lostMs - 1);
    expect(dayOf(ledger)).toMatchObject({ spentNanoUsd: 0, reservedNanoUsd: 400 });
    ledger.wake(lostMs);
    const closed = [{ id: 1, spentNanoUsd: 70, requests: 2, tokens: 0, opened: [need("hold_1")] }];
    ledger.exchange(report(2, keyReport({ closed })), lostMs);
    expect(dayOf(ledger)).toMatchObject({ spentNanoUsd: 400, reservedNanoUsd: 0 });
  });

  test("an isolate that has ended is forgotten, and then there is nothing to wake for", () => {
    const ledger = new Ledger();
    ledger.exchange(report(1, keyReport()), NOON_MS);
    ledger.wake(ledger.wakeAtMs() ?? 0);
    expect(ledger.wakeAtMs()).toBeUndefined();
  });
});

describe("periods", () => {
  test("a new day begins unspent, its month does not", () => {
    const ledger = new Ledger();
    const settled = [{ id: "hold_1", nanoUsd: 100, tokens: 1 }];
    ledger.exchange(report(1, keyReport({ limits: DAY_LIMIT, needs: [need("hold_1")] })), NOON_MS);
    ledger.exchange(report(2, keyReport({ limits: DAY_LIMIT, settled })), NOON_MS);
    const tomorrow = ledger.usage("key_a", NOON_MS + DAY_MS);
    expect(tomorrow.keyDay).toEqual({
      spentNanoUsd: 0,
      reservedNanoUsd: 0,
      limitNanoUsd: 1_000,
      resetAtMs: NOON_MS + 1.5 * DAY_MS,
    });
    expect(tomorrow.keyMonth.spentNanoUsd).toBe(100);
    expect(ledger.usage("key_a", NOON_MS + 8 * DAY_MS).keyMonth.spentNanoUsd).toBe(0);
  });

  test("a clock that steps back over midnight finds what it had spent", () => {
    const ledger = new Ledger();
    const key = (id: string, atMs: number) => {
      const hold = need(id, { nanoUsd: 1_000, deadlineMs: atMs + 60_000 });
      return keyReport({ limits: DAY_LIMIT, needs: [hold] });
    };
    ledger.exchange(report(1, key("hold_1", NOON_MS)), NOON_MS);
    ledger.exchange(report(2, key("hold_2", NOON_MS + DAY_MS)), NOON_MS + DAY_MS);
    const { keys } = ledger.exchange(report(3, key("hold_3", NOON_MS)), NOON_MS);
    expect(keys[0]?.refused).toMatchObject([{ id: "hold_3", reason: "budget_key_day" }]);
  });

  test("years of days leave only the latest ones", () => {
    const ledger = new Ledger();
    for (let day = 0; day < 400; day += 1) {
      const nowMs = NOON_MS + day * DAY_MS;
      const hold = need(`hold_${day}`, { deadlineMs: nowMs + 60_000 });
      ledger.exchange(report(day + 1, keyReport({ needs: [hold] })), nowMs);
    }
    expect(JSON.stringify(ledger.snapshot()).length).toBeLessThan(4_000);
  });
});
