import { expect, test } from "vitest";
import { modeOf } from "../../../src/modes/index.ts";
import type { Orchestration } from "../../../src/orchestration.ts";
import { OPTIONS } from "../../contracts/mode-world.ts";

/** All that is given up, in order. */
function trims(name: string, options: Orchestration): string[] {
  const next = modeOf(name)?.trim(options);
  return next ? [next.trimmed, ...trims(name, next.options)] : [];
}

const options = { ...OPTIONS, candidates: 4, iterations: 3 };

test.for([
  ["planning", []],
  ["adversarial", ["rounds", "rounds", "critic", "single"]],
  ["refine", ["rounds", "rounds", "single"]],
  ["vote", ["candidates", "candidates", "critic", "single"]],
  ["mixture", ["candidates", "candidates", "critic", "single"]],
  ["cascade", ["single"]],
] as const)("%s gives up %j", ([name, given]) => {
  expect(trims(name, options)).toEqual(given);
});

test("a plan alone has nothing to give up", () => {
  expect(trims("adversarial", { ...options, planOnly: true })).toEqual([]);
});

test("what is not given up stays as it was asked for", () => {
  const { primaryMinWeight } = { ...options, primaryMinWeight: 7 };
  const next = modeOf("vote")?.trim({ ...options, primaryMinWeight })?.options;
  expect(next).toEqual({ ...options, primaryMinWeight, candidates: 3 });
});
