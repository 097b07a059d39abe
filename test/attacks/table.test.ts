import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ATTACKS } from "./table.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const LAST = 150;
/** Numbers that no row has. */
const NEVER_GIVEN = [
  ...[7, 20, 31, 36, 47, 58, 61, 66, 71, 79, 87, 95, 107, 112, 115, 125, 133, 141, 144, 148],
];

test("every row is there once, in order", () => {
  const numbers = Array.from({ length: LAST }, (_, at) => at + 1);
  expect(ATTACKS.map(({ row }) => row)).toEqual(numbers.filter((n) => !NEVER_GIVEN.includes(n)));
});

test("every row is proven by tests that exist, or says why not", () => {
  for (const { row, proof } of ATTACKS) {
    if ("absent" in proof) {
      expect([row, proof.absent.length > 10]).toEqual([row, true]);
      continue;
    }
    expect([row, proof.length > 0]).toEqual([row, true]);
    for (const [file, name] of proof) {
      const text = readFileSync(path.join(ROOT, file), "utf8");
      expect([row, file, name, text.includes(name)]).toEqual([row, file, name, true]);
    }
  }
});
