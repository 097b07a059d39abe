import { expect, test } from "vitest";
import { failed, NO_GUESSES, refusedForMs } from "../../../src/vault/guesses.ts";

const HOUR_MS = 3_600_000;

test("an attacker has at most twenty guesses in any hour", () => {
  let [guesses, nowMs] = [NO_GUESSES, 1_000];
  const at: number[] = [];
  while (nowMs < 10 * HOUR_MS) {
    nowMs += refusedForMs(guesses, nowMs);
    at.push(nowMs);
    guesses = failed(guesses, nowMs);
  }
  for (const from of at) {
    expect(at.filter((one) => one >= from && one < from + HOUR_MS).length).toBeLessThanOrEqual(20);
  }
  expect(at.length).toBeGreaterThan(100);
});

test("nobody is locked out for ever, whatever the clock does", () => {
  let guesses = NO_GUESSES;
  for (let i = 0; i < 1_000; i++) guesses = failed(guesses, 9_000_000);
  expect(refusedForMs(guesses, 9_000_000)).toBe(HOUR_MS);
  expect(refusedForMs(guesses, 9_000_000 + HOUR_MS)).toBe(0);
  expect(refusedForMs(guesses, 5)).toBe(0);
});
