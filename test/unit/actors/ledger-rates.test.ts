/** Requests and tokens per minute, requests at once; and the calendar by which budgets begin anew. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Ledger } from "../../../src/actors/ledger.ts";
import { dayOf, endsOf, monthOf } from "../../../src/actors/ledger-period.ts";
import type { SpendLimits } from "../../../src/actors/ledger-terms.ts";
import { keyReport, NO_LIMITS, NOON_MS, need, report } from "../../fakes/ledger.ts";
import { runs } from "../../fakes/long.ts";

const HOUR_MS = 3_600_000;

/** Asks for `count` requests at once; answers the refusals. */
function asker(given: Partial<SpendLimits>) {
  const ledger = new Ledger();
  const limits = { ...NO_LIMITS, ...given };
  let seq = 0;
  const ask = (nowMs: number, count: number, more: Parameters<typeof need>[1] = {}) => {
    seq += 1;
    const needs = Array.from({ length: count }, (_, n) =>
      need(`hold_${seq}_${n}`, { nanoUsd: 0, deadlineMs: nowMs + 60_000, ...more }),
    );
    return ledger.exchange(report(seq, keyReport({ limits, needs })), nowMs).keys[0];
  };
  const settle = (nowMs: number, ids: readonly string[], tokens: number) => {
    seq += 1;
    const settled = ids.map((id) => ({ id, nanoUsd: 0, tokens }));
    return ledger.exchange(report(seq, keyReport({ limits, settled })), nowMs).keys[0];
  };
  return { ask, settle, ledger };
}

describe("rates", () => {
  test("a minute's worth at once, then one after the other, told when to come again", () => {
    const { ask } = asker({ rpm: 60 });
    const refused = ask(NOON_MS, 61)?.refused;
    expect(refused).toEqual([{ id: "hold_1_60", reason: "rpm", retryAfterMs: 1_000 }]);
    expect(ask(NOON_MS + 1_000, 2)?.refused).toHaveLength(1);
  });

  test("a rate of nothing refuses everything", () => {
    expect(asker({ rpm: 0 }).ask(NOON_MS, 1)?.refused).toMatchObject([{ reason: "rpm" }]);
    expect(asker({ tpm: 0 }).ask(NOON_MS, 1)?.refused).toMatchObject([{ reason: "tpm" }]);
  });

  test("whatever the clock does, never more than one burst and never stuck", () => {
    const step = fc.oneof(fc.nat({ max: 5_000 }), fc.constantFrom(-HOUR_MS, HOUR_MS));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { ask } = asker({ rpm: 10 });
        let nowMs = NOON_MS;
        for (const stepMs of steps) {
          nowMs += stepMs;
          expect(12 - (ask(nowMs, 12)?.refused.length ?? 0)).toBeLessThanOrEqual(10);
        }
        expect(ask(nowMs + 60_000 + 10_000, 10)?.refused).toEqual([]);
      }),
      { numRuns: runs(200, 10_000) },
    );
  });

  test("tokens that were not used are there again, those used beyond are owed for a while", () => {
    const { ask, settle } = asker({ tpm: 1_000 });
    ask(NOON_MS, 1, { tokens: 1_000 });
    expect(settle(NOON_MS, ["hold_1_0"], 400)?.levels.tokensLeft).toBe(600);
    ask(NOON_MS, 1, { tokens: 600 });
    settle(NOON_MS, ["hold_3_0"], 1_100);
    const refused = ask(NOON_MS, 1, { tokens: 100 })?.refused;
    expect(refused).toMatchObject([{ reason: "tpm", retryAfterMs: 36_000 }]);
  });

  test("a request larger than a minute's tokens is let through when the minute is untouched", () => {
    const { ask } = asker({ tpm: 1_000 });
    expect(ask(NOON_MS, 1, { tokens: 5_000 })?.refused).toEqual([]);
    expect(ask(NOON_MS, 1, { tokens: 5_000 })?.refused).toHaveLength(1);
  });

  test("requests at once are counted until they are settled or swept", () => {
    const { ask, settle } = asker({ concurrency: 2 });
    expect(ask(NOON_MS, 3)?.refused).toMatchObject([{ reason: "concurrency" }]);
    settle(NOON_MS, ["hold_1_0"], 1);
    expect(ask(NOON_MS, 2)?.refused).toHaveLength(1);
    expect(ask(NOON_MS + 60_000, 3)?.refused).toHaveLength(1);
  });

  test("requests and tokens of a lease that were not used come back with it", () => {
    const ledger = new Ledger();
    const limits = { ...NO_LIMITS, rpm: 100, tpm: 1_000 };
    const want = { requests: 5, nanoUsd: 0, tokens: 10, slots: 1 };
    const { keys } = ledger.exchange(report(1, keyReport({ limits, want })), NOON_MS);
    expect(keys[0]?.levels).toMatchObject({ requestsLeft: 95, tokensLeft: 950 });
    const closed = [{ id: 1, spentNanoUsd: 0, requests: 2, tokens: 20, opened: [] }];
    const back = ledger.exchange(report(2, keyReport({ limits, closed })), NOON_MS).keys[0];
    expect(back?.levels).toMatchObject({ requestsLeft: 98, tokensLeft: 980 });
  });

  test("more money for a request in work needs no slot and no rate", () => {
    const { ask } = asker({ concurrency: 1, rpm: 1, tpm: 10 });
    ask(NOON_MS, 1);
    expect(ask(NOON_MS, 1, { requests: 0, nanoUsd: 5 })?.refused).toEqual([]);
  });

  test("lent slots count, and come back with their lease", () => {
    const ledger = new Ledger();
    const limits = { ...NO_LIMITS, concurrency: 4 };
    const want = { requests: 9, nanoUsd: 0, tokens: 0, slots: 9 };
    const { keys } = ledger.exchange(report(1, keyReport({ limits, want })), NOON_MS);
    expect(keys[0]?.lease?.slots).toBe(2);
    const needs = [1, 2, 3].map((n) => need(`hold_${n}`));
    const other = { ...report(1, keyReport({ limits, needs })), purse: "purse_2" };
    expect(ledger.exchange(other, NOON_MS).keys[0]?.refused).toHaveLength(1);
    const closed = [{ id: 1, spentNanoUsd: 0, requests: 0, tokens: 0, opened: [] }];
    ledger.exchange(report(2, keyReport({ limits, closed })), NOON_MS);
    const more = { ...report(2, keyReport({ limits, needs: [need("hold_4")] })), purse: "purse_2" };
    expect(ledger.exchange(more, NOON_MS).keys[0]?.refused).toEqual([]);
  });
});

describe("the calendar", () => {
  test("days are the project's, UTC without one or with an unknown one", () => {
    const lateMs = Date.UTC(2026, 10, 30, 23, 30);
    expect(dayOf(lateMs, undefined)).toBe("2026-11-30");
    expect(dayOf(lateMs, "no/zone")).toBe("2026-11-30");
    expect(dayOf(lateMs, "Europe/Berlin")).toBe("2026-12-01");
    expect(dayOf(lateMs, "America/Los_Angeles")).toBe("2026-11-30");
    expect(monthOf("2026-12-01")).toBe("2026-12");
  });

  test("periods end at the zone's own midnight, also on days of 23 and 25 hours", () => {
    const berlin = (ms: number) => endsOf(ms, "Europe/Berlin");
    expect(berlin(Date.UTC(2026, 2, 29, 0)).dayMs).toBe(Date.UTC(2026, 2, 29, 22));
    expect(berlin(Date.UTC(2026, 9, 25, 0)).dayMs).toBe(Date.UTC(2026, 9, 25, 23));
    expect(berlin(Date.UTC(2026, 9, 25, 0)).monthMs).toBe(Date.UTC(2026, 9, 31, 23));
    expect(endsOf(Date.UTC(2028, 1, 1), undefined).monthMs).toBe(Date.UTC(2028, 2, 1));
    expect(endsOf(NOON_MS, "Asia/Kathmandu").dayMs).toBe(Date.UTC(2026, 10, 24, 18, 15));
  });

  test("a day asked for in any order of times and zones is the day that the calendar says", () => {
    const zones = [undefined, "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"];
    const at = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2030, 0, 1) });
    fc.assert(
      fc.property(at, fc.constantFrom(...zones), (atMs, zone) => {
        const said = new Intl.DateTimeFormat("sv-SE", { timeZone: zone ?? "UTC" }).format(atMs);
        expect(dayOf(atMs, zone)).toBe(said);
      }),
      { numRuns: runs(300, 5_000) },
    );
  });
});
