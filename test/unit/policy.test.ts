import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { MODES } from "../../src/policies/index.ts";
import { checkControl, type PolicyGiven, policySchema } from "../../src/policy.ts";
import { runs } from "../fakes/long.ts";
import { keyOf, resolve } from "../fakes/policy.ts";

const SCHEMA = policySchema(MODES);
const check = (text: string) => checkControl(SCHEMA, JSON.parse(text), "tokenhub.policy");

describe("a policy is refused", () => {
  test.each([
    ["an unknown field", '{"max_budget":1}', "invalid_field", "tokenhub.policy.max_budget"],
    ["a field of later", '{"hedge":true}', "invalid_field", "tokenhub.policy.hedge"],
    ["__proto__", '{"__proto__":{"mode":"cheap"}}', "invalid_field", "tokenhub.policy.__proto__"],
    ["constructor", '{"constructor":1}', "invalid_field", "tokenhub.policy.constructor"],
    ["prototype", '{"prototype":1}', "invalid_field", "tokenhub.policy.prototype"],
    ["a key that is no plain word", '{"a\\r\\nx-evil: 1":1}', "invalid_field", "tokenhub.policy"],
    ["an unknown mode", '{"mode":"learned"}', "invalid_value", "tokenhub.policy.mode"],
    [
      "a mode that every object has",
      '{"mode":"toString"}',
      "invalid_value",
      "tokenhub.policy.mode",
    ],
    [
      "a negative budget",
      '{"max_budget_usd":-0.01}',
      "invalid_value",
      "tokenhub.policy.max_budget_usd",
    ],
    [
      "a budget above 100",
      '{"max_budget_usd":100.01}',
      "invalid_value",
      "tokenhub.policy.max_budget_usd",
    ],
    [
      "an infinite budget",
      '{"max_budget_usd":1e999}',
      "invalid_value",
      "tokenhub.policy.max_budget_usd",
    ],
    [
      "a budget in text",
      '{"max_budget_usd":"NaN"}',
      "invalid_value",
      "tokenhub.policy.max_budget_usd",
    ],
    [
      "a budget of null",
      '{"max_budget_usd":null}',
      "invalid_value",
      "tokenhub.policy.max_budget_usd",
    ],
    ["no time", '{"max_latency_ms":0}', "invalid_value", "tokenhub.policy.max_latency_ms"],
    [
      "more than ten minutes",
      '{"max_latency_ms":600001}',
      "invalid_value",
      "tokenhub.policy.max_latency_ms",
    ],
    ["a negative weight", '{"min_weight":-1}', "invalid_value", "tokenhub.policy.min_weight"],
    ["a weight above 10", '{"min_weight":10.5}', "invalid_value", "tokenhub.policy.min_weight"],
    ["a pin that is no boolean", '{"pin":1}', "invalid_value", "tokenhub.policy.pin"],
    [
      "a label that would split a header",
      '{"labels":["eu","a;b"]}',
      "invalid_value",
      "tokenhub.policy.labels.1",
    ],
    [
      "a label with a line break",
      '{"labels":["a\\nb"]}',
      "invalid_value",
      "tokenhub.policy.labels.0",
    ],
    ["a list", "[]", "invalid_value", "tokenhub.policy"],
    ["null", "null", "invalid_value", "tokenhub.policy"],
  ])("for %s", (_, text, code, param) => {
    expect(() => check(text)).toThrow(expect.objectContaining({ code, param }));
  });

  test("without a word of the value", () => {
    const secret = "sk-live-4242";
    const places = ["mode", "pin", "max_budget_usd", "labels"].map((field) => ({
      [field]: secret,
    }));
    for (const value of [...places, { labels: [`${secret};`] }, { [`${secret};`]: 1 }, secret]) {
      try {
        checkControl(SCHEMA, value, "policy");
        expect.unreachable();
      } catch (error) {
        expect(JSON.stringify({ ...(error as Error), text: String(error) })).not.toContain(secret);
      }
    }
  });

  test("NaN is no number of any field", () => {
    for (const field of ["max_budget_usd", "max_latency_ms", "min_weight"]) {
      expect(() => checkControl(SCHEMA, { [field]: Number.NaN }, "")).toThrow(
        expect.objectContaining({ code: "invalid_value", param: field }),
      );
    }
  });

  test("at the bounds it is not", () => {
    const least = { mode: "cheap", max_budget_usd: 0, max_latency_ms: 1, min_weight: 0 };
    const most = { max_budget_usd: 100, max_latency_ms: 600_000, min_weight: 10, labels: ["eu"] };
    expect(checkControl(SCHEMA, least, "")).toEqual(least);
    expect(checkControl(SCHEMA, most, "")).toEqual(most);
    expect(checkControl(SCHEMA, {}, "")).toEqual({});
  });
});

test("a fault at the top of the body has no path of its own", () => {
  expect(() => checkControl(z.strictObject({}), 1, "")).toThrow(
    expect.objectContaining({ code: "invalid_value", param: undefined }),
  );
});

describe("the mode", () => {
  const all = {
    header: { mode: "cheap" },
    body: { mode: "planning" },
    virtualMode: "high_confidence",
    key: keyOf("planning"),
  };
  test.each([
    ["is the header's", all, "cheap", "header"],
    ["else the body's", { ...all, header: {} }, "planning", "body"],
    ["else the virtual model's", { ...all, header: {}, body: {} }, "high_confidence", "model"],
    ["else the key's", { key: keyOf("planning") }, "planning", "key"],
    ["else the server's", {}, "normal", "server"],
    ["not a key's that routing does not know", { key: keyOf("learned") }, "normal", "server"],
  ])("%s", (_, places, mode, from) => {
    expect(resolve(places)).toMatchObject({ mode, from: { mode: from } });
  });
});

describe("numbers", () => {
  test.each([
    [
      "the smaller budget wins, here the header's",
      { max_budget_usd: 1 },
      { max_budget_usd: 2 },
      { budgetNanoUsd: 1e9 },
      { max_budget_usd: "header" },
    ],
    [
      "the smaller budget wins, here the body's",
      { max_budget_usd: 3 },
      { max_budget_usd: 0 },
      { budgetNanoUsd: 0 },
      { max_budget_usd: "body" },
    ],
    [
      "the shorter time wins",
      { max_latency_ms: 900 },
      { max_latency_ms: 800 },
      { latencyMs: 800 },
      { max_latency_ms: "body" },
    ],
    [
      "the larger weight wins",
      { min_weight: 3 },
      { min_weight: 2 },
      { minWeight: 3 },
      { min_weight: "header" },
    ],
    [
      "of two equals the header is named",
      { min_weight: 3 },
      { min_weight: 3 },
      { minWeight: 3 },
      { min_weight: "header" },
    ],
    [
      "one place alone is enough",
      undefined,
      { max_budget_usd: 5 },
      { budgetNanoUsd: 5e9 },
      { max_budget_usd: "body" },
    ],
  ] as const)("%s", (_, header, body, policy, from) => {
    expect(resolve({ header, body })).toMatchObject({ ...policy, from });
  });

  test("of the server are targets, never limits", () => {
    const defaults = { mode: "normal", maxBudgetUsd: 0.05, maxLatencyMs: 20_000 };
    expect(resolve({ defaults })).toMatchObject({
      budgetNanoUsd: undefined,
      budgetTargetNanoUsd: 50_000_000,
      latencyMs: undefined,
      latencyTargetMs: 20_000,
      from: { max_budget_usd: "server", max_latency_ms: "server" },
    });
    expect(resolve({ defaults, body: { max_budget_usd: 7 } })).toMatchObject({
      budgetNanoUsd: 7e9,
      from: { max_budget_usd: "body" },
    });
  });

  test("of a key's budget holds unless the client's own is stricter", () => {
    expect(resolve({ spendableNanoUsd: 5e9 })).toMatchObject({
      budgetNanoUsd: 5e9,
      isMetered: true,
      from: { max_budget_usd: "key" },
    });
    expect(resolve({ spendableNanoUsd: 5e9, body: { max_budget_usd: 5 } })).toMatchObject({
      budgetNanoUsd: 5e9,
      isMetered: true,
      from: { max_budget_usd: "body" },
    });
    const more = resolve({ spendableNanoUsd: 5e9, header: { max_budget_usd: 6 } });
    expect(more).toMatchObject({ budgetNanoUsd: 5e9, from: { max_budget_usd: "key" } });
  });

  test("that nobody gave are no limits and come from nowhere", () => {
    expect(resolve({})).toEqual({
      mode: "normal",
      budgetNanoUsd: undefined,
      isMetered: false,
      budgetTargetNanoUsd: undefined,
      latencyMs: undefined,
      latencyTargetMs: undefined,
      minWeight: 0,
      pin: false,
      labels: [],
      from: { mode: "server" },
    });
  });

  test("of a second place never loosen the first", () => {
    const given: fc.Arbitrary<PolicyGiven> = fc.record(
      {
        max_budget_usd: fc.integer({ min: 0, max: 100 }),
        max_latency_ms: fc.integer({ min: 1, max: 600_000 }),
        min_weight: fc.integer({ min: 0, max: 10 }),
        labels: fc.subarray(["eu", "zdr", "us"]),
      },
      { requiredKeys: [] },
    );
    const infinite = Number.POSITIVE_INFINITY;
    fc.assert(
      fc.property(given, given, (header, body) => {
        const alone = resolve({ body });
        const both = resolve({ header, body });
        expect(both.budgetNanoUsd ?? infinite).toBeLessThanOrEqual(alone.budgetNanoUsd ?? infinite);
        expect(both.latencyMs ?? infinite).toBeLessThanOrEqual(alone.latencyMs ?? infinite);
        expect(both.minWeight).toBeGreaterThanOrEqual(alone.minWeight);
        expect(both.labels).toEqual(expect.arrayContaining([...alone.labels]));
      }),
      { numRuns: runs(300, 20_000) },
    );
  });
});

test("a pin is the first place's choice, also when it says no", () => {
  expect(resolve({ header: { pin: false }, body: { pin: true } })).toMatchObject({
    pin: false,
    from: { pin: "header" },
  });
  expect(resolve({ body: { pin: true } })).toMatchObject({ pin: true, from: { pin: "body" } });
});

test("labels of all places are asked for together, each once", () => {
  const policy = resolve({ header: { labels: ["eu"] }, body: { labels: ["zdr", "eu"] } });
  expect(policy).toMatchObject({ labels: ["eu", "zdr"], from: { labels: "header" } });
  expect(resolve({ header: { labels: [] }, body: { labels: ["zdr"] } }).from.labels).toBe("body");
});
