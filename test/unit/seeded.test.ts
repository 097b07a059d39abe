/** Chance that can be had again. */
import { expect, test } from "vitest";
import { seeded } from "../../src/seeded.ts";
import { seeded as reference } from "../fakes/seeded.ts";

const draws = (random: () => number) => Array.from({ length: 1_000 }, random);

test("one seed draws one sequence, that of mulberry32", () => {
  for (const seed of [0, 1, 7, 2 ** 31, 2 ** 32 - 1]) {
    expect(draws(seeded(seed))).toEqual(draws(reference(seed)));
  }
});

test("seeds beside each other draw apart", () => {
  expect(
    draws(seeded(1))
      .filter((one, at) => one === draws(seeded(2))[at])
      .slice(0, 1),
  ).toEqual([]);
});

test("all draws are at least 0 and less than 1, and are spread over all of it", () => {
  const drawn = draws(seeded(3));
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...drawn)).toBeLessThan(1);
  const tenths = new Set(drawn.map((one) => Math.floor(one * 10)));
  expect(tenths.size).toBe(10);
});
