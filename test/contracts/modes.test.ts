import { describe, expect, test } from "vitest";
import { modeOf, ORCHESTRATIONS } from "../../src/modes/index.ts";
import { modeSuite } from "./mode.suite.ts";

describe.each(Object.entries(ORCHESTRATIONS))("%s keeps the contract of a mode", (name, mode) => {
  modeSuite(mode);

  test("the table finds it by its own name", () => {
    expect(mode.name).toBe(name);
    expect(modeOf(name)).toBe(mode);
  });
});

test("a name that no mode has is none, and no property of the table is one", () => {
  expect(modeOf("cheap")).toBeUndefined();
  expect(modeOf("toString")).toBeUndefined();
});
