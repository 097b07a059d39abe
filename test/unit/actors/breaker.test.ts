import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { breakerState, newBreaker, rampOf, record } from "../../../src/actors/breaker.ts";
import { runs } from "../../fakes/long.ts";

const T0 = 1_000_000_000;

function breakerAfter(outcomes: readonly (readonly [failed: boolean, atMs: number])[]) {
  const breaker = newBreaker();
  for (const [failed, atMs] of outcomes) record(breaker, { failed, atMs: T0 + atMs });
  return breaker;
}

const failures = (count: number, fromMs: number) =>
  Array.from({ length: count }, (_, i) => [true, fromMs + i] as const);

describe("breaker", () => {
  test("four failures in a row leave it closed, the fifth opens it for 30 s", () => {
    expect(breakerState(breakerAfter(failures(4, 0)), T0 + 4)).toBe("closed");
    const breaker = breakerAfter(failures(5, 0));
    expect(breakerState(breaker, T0 + 4)).toBe("open");
    expect(breakerState(breaker, T0 + 4 + 29_999)).toBe("open");
    expect(breakerState(breaker, T0 + 4 + 30_000)).toBe("half-open");
  });

  test("half of ten outcomes within 30 s opens it, without five in a row", () => {
    const mixed = Array.from({ length: 10 }, (_, i) => [i % 2 === 1, i * 100] as const);
    expect(breakerState(breakerAfter(mixed.slice(0, 9)), T0 + 1_000)).toBe("closed");
    expect(breakerState(breakerAfter(mixed), T0 + 1_000)).toBe("open");
  });

  test("the same ten spread over two minutes leave it closed", () => {
    const mixed = Array.from({ length: 10 }, (_, i) => [i % 2 === 1, i * 12_000] as const);
    expect(breakerState(breakerAfter(mixed), T0 + 120_000)).toBe("closed");
  });

  test("three successes close it over 10, 50 and 100 percent", () => {
    const breaker = breakerAfter(failures(5, 0));
    expect(rampOf(breaker)).toBe(0.1);
    const ramps: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      record(breaker, { failed: false, atMs: T0 + 40_000 + i });
      ramps.push(rampOf(breaker));
    }
    expect(ramps).toEqual([0.1, 0.5, 1]);
    expect(breaker).toEqual(newBreaker());
  });

  test("each failed probe opens it longer, up to 300 s", () => {
    const breaker = breakerAfter(failures(5, 0));
    const openMs: number[] = [];
    for (let i = 0; i < 12; i += 1) {
      const atMs = breaker.openUntilMs;
      record(breaker, { failed: true, atMs });
      openMs.push(breaker.openUntilMs - atMs);
    }
    expect(openMs.slice(0, 3)).toEqual([60_000, 90_000, 120_000]);
    expect(openMs.at(-1)).toBe(300_000);
  });

  test("a failed probe after two good ones opens it again", () => {
    const breaker = breakerAfter(failures(5, 0));
    for (const failed of [false, false, true]) record(breaker, { failed, atMs: T0 + 50_000 });
    expect(breakerState(breaker, T0 + 50_001)).toBe("open");
  });

  test("answers to what was sent before it opened change nothing", () => {
    const breaker = breakerAfter(failures(5, 0));
    const before = structuredClone(breaker);
    for (const failed of [true, false, true, false]) record(breaker, { failed, atMs: T0 + 20_000 });
    expect(breaker).toEqual(before);
  });

  test("success alone never opens it, and its memory stays bounded", () => {
    const times = fc.array(fc.nat({ max: 600_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(times, (all) => {
        const breaker = breakerAfter(all.map((atMs) => [false, atMs] as const));
        expect(breakerState(breaker, T0)).toBe("closed");
        expect(breaker.slots.length).toBeLessThanOrEqual(10);
      }),
      { numRuns: runs(50, 2_000) },
    );
  });

  test("within one moment it opens exactly when the rule says so", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (all) => {
        const breaker = newBreaker();
        const seen: boolean[] = [];
        for (const failed of all) {
          record(breaker, { failed, atMs: T0 });
          seen.push(failed);
          const row = seen.length - 1 - seen.lastIndexOf(false);
          const half = seen.length >= 10 && seen.filter(Boolean).length >= seen.length / 2;
          const opens = failed && (row >= 5 || half);
          expect(breakerState(breaker, T0)).toBe(opens ? "open" : "closed");
          if (opens) return;
        }
      }),
      { numRuns: runs(300, 20_000) },
    );
  });

  test("it is never open longer than 300 s, and opens only on a failure", () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 40_000 })), { maxLength: 100 });
    fc.assert(
      fc.property(steps, (all) => {
        const breaker = newBreaker();
        let atMs = T0;
        for (const [failed, stepMs] of all) {
          atMs += stepMs;
          const openings = breaker.openings;
          record(breaker, { failed, atMs });
          if (breaker.openings > openings) expect(failed).toBe(true);
          expect(breaker.openUntilMs - atMs).toBeLessThanOrEqual(300_000);
          expect([0.1, 0.5, 1]).toContain(rampOf(breaker));
        }
      }),
      { numRuns: runs(100, 5_000) },
    );
  });
});
