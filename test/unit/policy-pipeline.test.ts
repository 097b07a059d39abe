/** Which orchestration a request runs, and what a directive in its text may say of its policy. */
import { describe, expect, test } from "vitest";
import type { PolicyPlaces } from "../../src/policy.ts";
import { keyOf, resolve } from "../fakes/policy.ts";

describe("an orchestration", () => {
  const named = (change: Partial<PolicyPlaces>) => {
    const { mode, pipeline, from } = resolve(change);
    return [mode, pipeline, from.orchestration];
  };

  test.each<[string, Partial<PolicyPlaces>, readonly (string | undefined)[]]>([
    ["is not run unless somebody asks", {}, ["normal", undefined, undefined]],
    ["is a mode of the body", { body: { mode: "vote" } }, ["normal", "vote", "body"]],
    [
      "is named by a virtual model, with the profile that the body names",
      { body: { mode: "cheap" }, virtualMode: "vote" },
      ["cheap", "vote", "model"],
    ],
    [
      "named as such goes before a mode, which is its profile",
      { header: { mode: "cheap" }, pipeline: { value: "planning", place: "body" } },
      ["cheap", "planning", "body"],
    ],
    [
      "named as such goes before another that a mode names",
      { body: { mode: "vote" }, pipeline: { value: "refine", place: "body" } },
      ["normal", "refine", "body"],
    ],
    [
      "of the key is run when nothing else is named",
      { key: keyOf("refine") },
      ["normal", "refine", "key"],
    ],
    [
      "of the key gives way to a profile that is named",
      { key: keyOf("refine"), body: { mode: "cheap" } },
      ["cheap", undefined, undefined],
    ],
    [
      "of the header goes before the body's profile, which stays its profile",
      { header: { mode: "vote" }, body: { mode: "cheap" } },
      ["cheap", "vote", "header"],
    ],
    [
      "of a directive goes before a virtual model's",
      { directive: { mode: "refine" }, virtualMode: "vote" },
      ["normal", "refine", "directive"],
    ],
    [
      "planning is a profile there",
      { body: { mode: "planning" } },
      ["planning", undefined, undefined],
    ],
  ])("%s", (_, change, told) => {
    expect(named(change)).toEqual(told);
  });
});

describe("a directive", () => {
  test("only lowers ceilings, and its place is told where it is the strictest", () => {
    const policy = resolve({
      body: { max_budget_usd: 0.5, min_weight: 3, max_latency_ms: 900 },
      directive: { max_budget_usd: 1, min_weight: 7, max_latency_ms: 400 },
    });
    expect(policy).toMatchObject({ budgetNanoUsd: 5e8, minWeight: 7, latencyMs: 400 });
    expect(policy.from).toMatchObject({
      max_budget_usd: "body",
      min_weight: "directive",
      max_latency_ms: "directive",
    });
  });

  test("chooses after header and body, before virtual model and key", () => {
    const directive = { mode: "cheap" };
    expect(resolve({ directive, virtualMode: "planning", key: keyOf("planning") }).mode).toBe(
      "cheap",
    );
    expect(resolve({ directive, body: { mode: "planning" } }).mode).toBe("planning");
  });
});
