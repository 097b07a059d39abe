import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { correctionView, learn, newCorrection } from "../../../src/actors/correction.ts";
import { runs } from "../../fakes/long.ts";

describe("prompt correction", () => {
  test("it finds a provider's hidden preamble and slope", () => {
    const correction = newCorrection();
    for (let i = 0; i < 400; i += 1) {
      const estimated = 100 + ((i * 97) % 900);
      learn(correction, { estimated, counted: 313 + 1.147 * estimated });
    }
    const view = correctionView(correction);
    for (const estimated of [100, 500, 1_000]) {
      const told = (view?.offset ?? 0) + (view?.slope ?? 0) * estimated;
      expect(Math.abs(told / (313 + 1.147 * estimated) - 1)).toBeLessThan(0.05);
    }
  });

  test("it says nothing before it has seen eight prompts", () => {
    const correction = newCorrection();
    for (let i = 0; i < 7; i += 1) learn(correction, { estimated: 100, counted: 120 });
    expect(correctionView(correction)).toBeUndefined();
    learn(correction, { estimated: 100, counted: 120 });
    expect(correctionView(correction)).toBeDefined();
  });

  test("counts that cannot be text are ignored", () => {
    const correction = newCorrection();
    const before = { ...correction };
    for (const counted of [0, -1, Number.NaN, 1e12, Number.POSITIVE_INFINITY]) {
      learn(correction, { estimated: 100, counted });
    }
    learn(correction, { estimated: 0, counted: 50 });
    learn(correction, { estimated: 10_000, counted: 1 });
    expect(correction).toEqual(before);
  });

  test("prompts that are all alike never wind it up", () => {
    const correction = newCorrection();
    for (let i = 0; i < 50_000; i += 1) learn(correction, { estimated: 250, counted: 300 });
    const view = correctionView(correction);
    expect((view?.offset ?? 0) + (view?.slope ?? 0) * 250).toBeCloseTo(300, 3);
    expect(correction.p00).toBeLessThanOrEqual(1e4);
    expect(correction.p11).toBeLessThanOrEqual(10);
  });

  test("any sequence leaves finite numbers within the view's bounds", () => {
    const pair = fc.record({ estimated: fc.nat({ max: 1e6 }), counted: fc.nat({ max: 4e6 }) });
    fc.assert(
      fc.property(fc.array(pair, { minLength: 8, maxLength: 200 }), (pairs) => {
        const correction = newCorrection();
        for (const each of pairs) learn(correction, each);
        expect(Object.values(correction).every(Number.isFinite)).toBe(true);
        const view = correctionView(correction);
        if (!view) return;
        expect(view.slope).toBeGreaterThanOrEqual(0.2);
        expect(view.slope).toBeLessThanOrEqual(5);
        expect(view.offset).toBeGreaterThanOrEqual(-1_000);
        expect(view.offset).toBeLessThanOrEqual(20_000);
      }),
      { numRuns: runs(100, 5_000) },
    );
  });
});
