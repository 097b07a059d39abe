import { describe, expect, test } from "vitest";
import type { Decision, Excluded, ExclusionReason } from "../../../src/routing/decision.ts";
import { emptyError } from "../../../src/routing/refusal.ts";
import { aCandidate, FACTS } from "../../fakes/routing.ts";

const NOW_MS = 1_000_000;

const out = (reason: ExclusionReason, change: Partial<Excluded> = {}): Excluded => ({
  candidate: aCandidate("p/m"),
  reason,
  detail: undefined,
  untilMs: undefined,
  ...change,
});
const until = (reason: ExclusionReason, ms: number) => out(reason, { untilMs: NOW_MS + ms });
const decision = (excluded: readonly Excluded[]): Decision => ({
  mode: "normal",
  ranked: [],
  excluded,
  degraded: false,
  reasons: [],
});
const refuse = (excluded: readonly Excluded[], asked: { pinned?: boolean; target?: string } = {}) =>
  emptyError(decision(excluded), {
    nowMs: NOW_MS,
    pinned: asked.pinned ?? false,
    target: asked.target,
    facts: FACTS,
  });

describe("the error of an empty decision", () => {
  const policy = [out("labels"), out("capability"), out("weight")];
  const context = [out("context"), ...policy];
  const noProvider = [out("credential"), until("quota", 900_000), ...context];
  const money = [out("budget"), ...noProvider];
  const soon = [until("throttled", 60_000), ...money];

  test.each([
    ["429 when waiting 60 s helps", soon, 429, "rate_limited"],
    ["else 402", money, 402, "budget_exceeded"],
    [
      "402 also when offers have no price",
      [out("unpriced"), ...noProvider],
      402,
      "budget_exceeded",
    ],
    ["else 503", noProvider, 503, "no_provider"],
    ["503 for a long throttle", [until("throttled", 60_001), ...context], 503, "no_provider"],
    ["503 for a missing credential alone", [out("credential")], 503, "no_provider"],
    ["else 400 for the context", context, 400, "context_length_exceeded"],
    ["else 422", policy, 422, "no_eligible_model"],
    ["503 when there is nothing at all", [], 503, "no_provider"],
    ["503 when everything is disabled", [out("disabled")], 503, "no_provider"],
    [
      "422 when the rest is only disabled",
      [out("disabled"), out("weight")],
      422,
      "no_eligible_model",
    ],
  ] as const)("is %s", (_, excluded, status, code) => {
    expect(refuse(excluded)).toMatchObject({ status, code });
    expect(refuse([...excluded].reverse())).toMatchObject({ status, code });
  });

  test("tells the shortest wait, and that a retry helps", () => {
    const error = refuse([until("throttled", 9_000), until("quota", 3_000)]);
    expect(error).toMatchObject({ retryAfterMs: 3_000, shouldRetry: true });
  });

  test("asks for a short wait when a limit is full and nobody told until when", () => {
    expect(refuse([out("throttled")])).toMatchObject({ status: 429, retryAfterMs: 5_000 });
  });

  test("tells a long wait with 503, and promises nothing", () => {
    const error = refuse([until("quota", 900_000)]);
    expect(error).toMatchObject({ retryAfterMs: 900_000, shouldRetry: undefined });
  });

  test("counts the reasons in the detail", () => {
    expect(refuse([out("weight"), out("labels"), out("weight")]).message).toContain(
      "Left out: labels 1, weight 2.",
    );
  });
});

describe("a pinned model that lacks only a capability", () => {
  test.each([
    ["tools", "tools"],
    ["vision", "messages"],
    ["json_schema,tools", "response_format"],
    ["reasoning", "reasoning_effort"],
  ])("without %s names the field %s", (detail, param) => {
    const error = refuse([out("capability", { detail })], { pinned: true, target: "m" });
    expect(error).toMatchObject({ code: "unsupported_parameter", param });
  });

  test.each([
    ["not pinned", { pinned: false, target: "m" }],
    ["a virtual model", { pinned: true, target: "tokenhub/auto" }],
    ["every model", { pinned: true, target: "*" }],
    ["no name", { pinned: true }],
  ])("is 422 when it is %s", (_, asked) => {
    expect(refuse([out("capability", { detail: "tools" })], asked).status).toBe(422);
  });

  test("is 422 when the policy stands in the way too", () => {
    const excluded = [out("capability", { detail: "tools" }), out("labels")];
    expect(refuse(excluded, { pinned: true, target: "m" }).status).toBe(422);
  });
});
