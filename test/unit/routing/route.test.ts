import { describe, expect, test } from "vitest";
import { explain } from "../../../src/routing/explain.ts";
import { decide } from "../../../src/routing/route.ts";
import { aCandidate, anInput, withFacts, withPolicy } from "../../fakes/routing.ts";

describe("the reasons", () => {
  test.each([
    [8_000, undefined],
    [8_001, "context>8k"],
    [64_001, "context>64k"],
    [256_001, "context>256k"],
    [1_000_001, "context>1m"],
  ])("class a prompt of %d tokens", (promptTokens, told) => {
    const { reasons } = decide(anInput([], withFacts({ promptTokens })));
    expect(reasons.find((reason) => reason.startsWith("context"))).toBe(told);
  });

  test("name what shaped the decision, and nothing else", () => {
    const shaped = withPolicy({ mode: "cheap", minWeight: 4.5, labels: ["eu", "zdr"] });
    expect(decide(anInput([], {})).reasons).toEqual(["mode=normal"]);
    expect(decide(anInput([], { ...shaped, target: "tokenhub/cheap" })).reasons).toEqual([
      "mode=cheap",
      "target=virtual",
      "min_weight=4.5",
      "labels=eu+zdr",
    ]);
  });
});

describe("the explanation", () => {
  test("tells each candidate's terms, or why it was left out", () => {
    const candidates = [
      aCandidate("p/m"),
      aCandidate("p/free", { prices: undefined }),
      aCandidate("q/m", { provider: { labels: [] } }),
    ];
    const told = explain(decide(anInput(candidates, withPolicy({ labels: ["eu"] }))));
    expect(told).toHaveLength(3);
    expect(told.find(({ provider, model }) => provider === "p" && model === "m")).toEqual({
      model: "m",
      provider: "p",
      upstream_model: "up-m",
      eligible: true,
      score: expect.closeTo(-0.056323, 5),
      terms: {
        cost: expect.closeTo(0.028761, 5),
        latency: expect.closeTo(0.039916, 5),
        failure: 0,
        weight: -0.125,
        load: 0,
      },
      estimate: { output_tokens: 300, cost_usd: 0.0013, latency_ms: 1_900 },
    });
    expect(told.find(({ model }) => model === "free")).toMatchObject({
      estimate: { cost_usd: null },
    });
    expect(told[2]).toEqual({
      model: "m",
      provider: "q",
      upstream_model: "up-m",
      eligible: false,
      reason: "labels",
      detail: "eu",
    });
  });

  test("is bounded, and the ranked come first", () => {
    const many = Array.from({ length: 80 }, (_, index) =>
      aCandidate(`p/m${index}`, { enabled: index >= 45 }),
    );
    const told = explain(decide(anInput(many)));
    expect(told).toHaveLength(50);
    expect(told.filter(({ eligible }) => eligible)).toHaveLength(35);
    expect(told.slice(0, 35).every(({ eligible }) => eligible)).toBe(true);
  });
});
