import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  binOf,
  HALF_LIFE_MS,
  newTally,
  pack,
  quantile,
  SKETCH_BINS,
  unpack,
  weight,
} from "../../../src/actors/sketch.ts";
import { runs } from "../../fakes/long.ts";

function sketchOf(values: readonly number[], atMs = 1_000) {
  const sketch = newTally(SKETCH_BINS);
  for (const value of values) add(sketch, binOf(value), atMs);
  return sketch;
}

describe("sketch", () => {
  test("a quantile is within 6 percent of the true one", () => {
    const values = fc.array(fc.double({ min: 0.2, max: 1e6, noNaN: true }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(values, fc.constantFrom(0.05, 0.5, 0.95, 1), (all, q) => {
        const sorted = all.toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil(q * sorted.length - 1e-9) - 1] ?? 0;
        const told = quantile(sketchOf(all), q) ?? 0;
        expect(Math.abs(told / exact - 1)).toBeLessThan(0.06);
      }),
      { numRuns: runs(200, 10_000) },
    );
  });

  test("an empty one has no quantile", () => {
    expect(quantile(newTally(SKETCH_BINS), 0.5)).toBeUndefined();
  });

  test("what is out of range or no number goes to an outer bin", () => {
    const bins = [0, -5, Number.NaN, 1e-9].map(binOf);
    expect(bins).toEqual([0, 0, 0, 0]);
    expect([1e12, Number.POSITIVE_INFINITY].map(binOf)).toEqual([SKETCH_BINS - 1, SKETCH_BINS - 1]);
  });

  test("a count halves in its half-life", () => {
    const sketch = sketchOf([100, 100, 100, 100], 0);
    expect(weight(sketch, 0)).toBe(4);
    expect(weight(sketch, HALF_LIFE_MS)).toBeCloseTo(2, 9);
    add(sketch, binOf(100), HALF_LIFE_MS);
    expect(weight(sketch, HALF_LIFE_MS)).toBeCloseTo(3, 9);
  });

  test("a new speed wins over many old samples after an hour", () => {
    const sketch = sketchOf(new Array(1_000).fill(100), 0);
    for (let i = 0; i < 5; i += 1) add(sketch, binOf(5_000), 3_600_000);
    expect(quantile(sketch, 0.5)).toBeGreaterThan(4_000);
  });

  test("years of pause leave numbers, and only the new sample", () => {
    const sketch = sketchOf([100], 0);
    add(sketch, binOf(200), 1e12);
    expect(weight(sketch, 1e12)).toBeCloseTo(1, 9);
  });

  test("packing loses nothing", () => {
    const sketch = sketchOf([1, 20, 300, 4_000]);
    expect(unpack(JSON.parse(JSON.stringify(pack(sketch))), SKETCH_BINS)).toEqual(sketch);
  });
});
