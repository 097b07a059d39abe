import { describe, expect, test } from "vitest";
import type { BucketView, PulseView } from "../../../src/platform.ts";
import type { RoutingInput } from "../../../src/routing/decision.ts";
import { decide } from "../../../src/routing/route.ts";
import {
  aCandidate,
  anInput,
  BUCKET,
  decideOne,
  NOW_MS,
  PULSE,
  withFacts,
  withKey,
  withPolicy,
  withPulse,
} from "../../fakes/routing.ts";

type Change = Parameters<typeof aCandidate>[1];
const bucket = (change: Partial<BucketView>, key = "KEY\nm") => ({
  views: { p: { pulse: {}, bucket: { [key]: { ...BUCKET, ...change } } } },
});

test("several inputs fit where the longest of them does, however many they are", () => {
  const facts = { promptTokens: 50_000, longestTokens: 1_000, outputTokensMax: 0 };
  const { ranked } = decideOne({ model: { maxContextTokens: 1_150 } }, withFacts(facts));
  expect(ranked?.candidate.id).toBe("p/m");
});

describe("a candidate is excluded", () => {
  const inAMinute = { throttledUntilMs: NOW_MS + 60_000 };
  const CASES: readonly (readonly [string, Change, Partial<RoutingInput>, object])[] = [
    ["by a disabled offer", { enabled: false }, {}, { reason: "disabled" }],
    ["by a disabled model", { model: { enabled: false } }, {}, { reason: "disabled" }],
    ["by a disabled provider", { provider: { enabled: false } }, {}, { reason: "disabled" }],
    [
      "for the labels that policy and key want and it lacks",
      {},
      { ...withPolicy({ labels: ["eu", "zdr"] }), ...withKey({ requiredLabels: ["us", "zdr"] }) },
      { reason: "labels", detail: "zdr,us" },
    ],
    [
      "for the capabilities that it lacks",
      {},
      withFacts({ needs: ["tools", "vision"] }),
      { reason: "capability", detail: "vision" },
    ],
    [
      "as an embedding model when a chat is asked for",
      { model: { kind: "embedding" } },
      {},
      { reason: "capability", detail: "chat" },
    ],
    [
      "as a chat model when embeddings are asked for",
      {},
      { ...withFacts({ kind: "embedding", needs: [] }), target: "m" },
      { reason: "capability", detail: "embedding" },
    ],
    [
      "when the longest of several inputs is too long",
      { model: { maxContextTokens: 1_149 } },
      withFacts({ promptTokens: 50_000, longestTokens: 1_000, outputTokensMax: 0 }),
      { reason: "context" },
    ],
    [
      "below the least weight",
      { model: { weight: 5.9 } },
      withPolicy({ minWeight: 6 }),
      { reason: "weight" },
    ],
    [
      "when prompt × 1.15 + output is one token too long",
      { model: { maxContextTokens: 1_499 } },
      withFacts({ promptTokens: 1_000, outputTokensMax: 350 }),
      { reason: "context" },
    ],
    [
      "when the corrected prompt is too long",
      { model: { maxContextTokens: 1_000 } },
      {
        ...withPulse({ promptCorrection: { offset: 500, slope: 2 } }),
        ...withFacts({ promptTokens: 200 }),
      },
      { reason: "context" },
    ],
    [
      "without a price under a budget",
      { prices: undefined },
      withPolicy({ budgetNanoUsd: 1e9 }),
      { reason: "unpriced" },
    ],
    [
      "when the worst case of the client's cap is over the budget",
      {},
      { ...withPolicy({ budgetNanoUsd: 10_000_000 }), ...withFacts({ outputTokensMax: 2_500 }) },
      { reason: "budget" },
    ],
    [
      "when the budget leaves fewer than 256 tokens",
      {},
      withPolicy({ budgetNanoUsd: 162_500 + 1_023_999 }),
      { reason: "budget" },
    ],
    [
      "when it costs anything under a budget of nothing",
      {},
      withPolicy({ budgetNanoUsd: 0 }),
      { reason: "budget" },
    ],
    [
      "without a credential",
      {},
      { credentials: () => ({ names: [], lack: "missing" }) },
      { reason: "credential", detail: "missing" },
    ],
    [
      "while a 429 lasts",
      {},
      bucket({ ...inAMinute, reason: "rate_limited" }),
      { reason: "throttled", untilMs: NOW_MS + 60_000 },
    ],
    [
      "when a limit is full",
      {},
      bucket({ headroom: 0 }),
      { reason: "throttled", untilMs: undefined },
    ],
    [
      "while its credential's quota is exhausted",
      {},
      bucket({ ...inAMinute, reason: "quota_exhausted" }, "KEY\n*"),
      { reason: "quota", untilMs: NOW_MS + 60_000 },
    ],
    [
      "while its offer is misconfigured",
      {},
      bucket({ ...inAMinute, reason: "misconfigured_candidate" }, "*\nm"),
      { reason: "quota", untilMs: NOW_MS + 60_000 },
    ],
  ];
  test.each(CASES)("%s", (_, candidate, change, found) => {
    const { excluded, ranked } = decideOne(candidate, change);
    expect(ranked).toBeUndefined();
    expect(excluded).toMatchObject(found);
  });

  test("by no view of a credential that it does not use", () => {
    const change = bucket({ ...inAMinute, reason: "rate_limited" }, "OTHER\nm");
    expect(decideOne({}, change).ranked).toBeDefined();
  });

  test("until the longest of its holds is over, for that one's reason", () => {
    const held = {
      "KEY\nm": { ...BUCKET, throttledUntilMs: NOW_MS + 5_000, reason: "rate_limited" as const },
      "KEY\n*": { ...BUCKET, throttledUntilMs: NOW_MS + 9_000, reason: "quota_exhausted" as const },
    };
    const { excluded } = decideOne({}, { views: { p: { pulse: {}, bucket: held } } });
    expect(excluded).toMatchObject({ reason: "quota", untilMs: NOW_MS + 9_000 });
  });

  test("no more once the time has come", () => {
    const change = bucket({ throttledUntilMs: NOW_MS, reason: "rate_limited" });
    expect(decideOne({}, change).ranked).toBeDefined();
  });

  test("never by what every object has under the name of its provider or model", () => {
    const candidate = aCandidate("constructor/toString");
    const empty = { pulse: {}, bucket: {} };
    for (const views of [{ other: empty }, { constructor: empty }] as RoutingInput["views"][]) {
      const { ranked, degraded } = decide(anInput([candidate], { views }));
      expect(ranked).toHaveLength(1);
      expect(degraded).toBe(false);
    }
  });
});

describe("a breaker", () => {
  const pair = [aCandidate("p/m"), aCandidate("q/m")];
  const state = (p: Partial<PulseView>, q: Partial<PulseView> = {}) => ({
    p: { pulse: { m: { ...PULSE, ...p } }, bucket: {} },
    q: { pulse: { m: { ...PULSE, ...q } }, bucket: {} },
  });
  const open = { breaker: "open", openUntilMs: NOW_MS + 30_000, failure: 0.9 } as const;

  test("that is open keeps its candidate out while another is healthy", () => {
    const { ranked, excluded, degraded } = decide(anInput(pair, { views: state(open) }));
    expect(ranked.map(({ candidate }) => candidate.id)).toEqual(["q/m"]);
    expect(excluded[0]).toMatchObject({ reason: "breaker", untilMs: NOW_MS + 30_000 });
    expect(degraded).toBe(false);
  });

  test("everywhere open lets the one that fails least be tried, and says so", () => {
    const views = state(open, { ...open, failure: 0.6 });
    const better = [aCandidate("p/m", { model: { weight: 10 } }), aCandidate("q/m")];
    const { ranked, excluded, degraded, reasons } = decide(
      anInput(better, { views, ...withPolicy({ mode: "high_confidence" }) }),
    );
    expect(ranked.map(({ candidate }) => candidate.id)).toEqual(["q/m"]);
    expect(excluded.map(({ candidate }) => candidate.id)).toEqual(["p/m"]);
    expect(degraded).toBe(true);
    expect(reasons).toContain("degraded");
  });

  test("never relaxes another constraint", () => {
    const lacking = [aCandidate("p/m", { model: { weight: 1 } }), aCandidate("q/m")];
    const input = anInput(lacking, { views: state({}, open), ...withPolicy({ minWeight: 3 }) });
    expect(decide(input).ranked.map(({ candidate }) => candidate.id)).toEqual(["q/m"]);
  });

  test.each([
    ["half-open at 10 %", { breaker: "half-open", ramp: 0.1 }, 0.1],
    ["half-open at 50 %", { breaker: "half-open", ramp: 0.5 }, 0.5],
    ["half-open at 100 %", { breaker: "half-open", ramp: 1 }, 1],
    ["open past its time", { breaker: "open", openUntilMs: NOW_MS, ramp: 1 }, 0.1],
  ] as const)("%s admits its share of requests", (_, change, share) => {
    let admitted = 0;
    for (let seed = 0; seed < 2_000; seed += 1) {
      admitted += decide(anInput(pair, { views: state(change), seed })).ranked.length - 1;
    }
    // Four standard deviations.
    expect(Math.abs(admitted / 2_000 - share)).toBeLessThanOrEqual(
      4 * Math.sqrt((share * (1 - share)) / 2_000),
    );
  });

  test("that admits a request does not thereby favour its candidate", () => {
    const views = state({ breaker: "half-open", ramp: 0.5 });
    const admitted = Array.from({ length: 2_000 }, (_, seed) =>
      decide(anInput(pair, { views, seed })),
    ).filter(({ ranked }) => ranked.length === 2);
    const first = admitted.filter(({ ranked }) => ranked[0]?.candidate.id === "p/m");
    // Half of about a thousand; four standard deviations.
    expect(Math.abs(first.length / admitted.length - 0.5)).toBeLessThan(0.065);
  });
});
