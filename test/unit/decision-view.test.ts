/** How a decision is worded in headers and JSON. */
import { describe, expect, test } from "vitest";
import { answerHeaders, attemptView, costText, policyView } from "../../src/decision-view.ts";
import type { Ranked } from "../../src/routing/decision.ts";
import { aCandidate, NORMAL } from "../fakes/routing.ts";

const ranked = (id: string, cap?: number): Ranked => ({
  candidate: aCandidate(id),
  credentials: ["none"],
  score: 0.1,
  terms: {} as Ranked["terms"],
  estimate: {
    outputTokens: 10,
    costNanoUsd: 5,
    latencyMs: 100,
    outputTokensCap: cap,
    capped: cap !== undefined,
  },
});

const INPUT = {
  requestId: "req_1",
  contentType: "application/json",
  stream: false,
  served: ranked("vendor/gpt"),
  costNanoUsd: 33_000,
  overheadMs: 1.26,
  reason: "mode=normal",
  attempts: 2,
  notes: undefined,
  directives: undefined,
};

describe("headers", () => {
  test("tell who answered, why, after how many attempts, and what it cost", () => {
    expect(answerHeaders(INPUT)).toEqual({
      "content-type": "application/json",
      "cache-control": "private, no-store",
      "x-request-id": "req_1",
      "request-id": "req_1",
      "x-tokenhub-request-id": "req_1",
      "x-tokenhub-model": "gpt",
      "x-tokenhub-provider": "vendor",
      "x-tokenhub-reason": "mode=normal",
      "x-tokenhub-attempts": "2",
      "x-tokenhub-cost-usd": "0.000033",
      "x-tokenhub-overhead-ms": "1.3",
      "x-tokenhub-directive": "none",
    });
  });

  test.each([
    [{ state: "none", unknown: [], stripped: 0 }, "none"],
    [{ state: "none", unknown: [], stripped: 2 }, "none; stripped=2"],
    [{ state: "applied", unknown: ["a", "b"], stripped: 1 }, "applied; unknown=a,b; stripped=1"],
    [{ state: "ignored", unknown: [], stripped: 1 }, "ignored; stripped=1"],
  ] as const)("of directives %j tell %s", (directives, told) => {
    expect(answerHeaders({ ...INPUT, directives })["x-tokenhub-directive"]).toBe(told);
  });

  test("of a stream say that its cost is pending", () => {
    expect(answerHeaders({ ...INPUT, stream: true })["x-tokenhub-cost-usd"]).toBe("pending");
  });

  test("before anybody answered say pending for all that is not decided", () => {
    const headers = answerHeaders({ ...INPUT, stream: true, served: undefined });
    const pending = Object.keys(headers).filter((name) => headers[name] === "pending");
    expect(pending).toEqual(
      ["model", "provider", "reason", "attempts", "cost-usd"].map((name) => `x-tokenhub-${name}`),
    );
  });

  test("announce a cap that is ours", () => {
    const headers = answerHeaders({ ...INPUT, served: ranked("vendor/gpt", 256) });
    expect(headers["x-tokenhub-capped"]).toBe("256");
  });

  test("announce what was dropped, a cap that the provider demanded, and an estimate", () => {
    const notes = { dropped: ["seed", "user"], capped: 4096, estimated: true };
    expect(answerHeaders({ ...INPUT, notes })).toMatchObject({
      "x-tokenhub-dropped": "seed,user",
      "x-tokenhub-capped": "4096",
      "x-tokenhub-estimated": "true",
    });
  });

  test("never carry what no header may", () => {
    const headers = answerHeaders({ ...INPUT, served: ranked("vendor/größe\r\nx: y") });
    expect(headers["x-tokenhub-model"]).toBe("gr??e??x: y");
  });
});

test.each([
  [undefined, "unpriced"],
  [0, "0"],
  [1, "0.000000001"],
  [33_000, "0.000033"],
  [1_000_000_000, "1"],
  [10_500_000_000, "10.5"],
])("a cost of %s nano-USD is told as %s", (nanoUsd, text) => {
  expect(costText(nanoUsd)).toBe(text);
});

test("an attempt tells its upstream's own name for the model", () => {
  const made = {
    ranked: ranked("vendor/gpt", 300),
    result: "transient",
    what: "http-503",
  } as const;
  expect(attemptView({ ...made, status: 503, latencyMs: 12.6 })).toEqual({
    provider: "vendor",
    model: "gpt",
    upstream_model: "up-gpt",
    result: "transient",
    what: "http-503",
    status: 503,
    latency_ms: 13,
    output_tokens_cap: 300,
  });
});

test("a policy tells limits and targets apart", () => {
  const policy = { ...NORMAL, budgetNanoUsd: 50_000_000, latencyTargetMs: 20_000, minWeight: 4 };
  expect(JSON.parse(JSON.stringify(policyView(policy)))).toEqual({
    mode: "normal",
    max_budget_usd: 0.05,
    target_latency_ms: 20_000,
    min_weight: 4,
    pin: false,
    labels: [],
    from: { mode: "server" },
  });
});
