import { describe, expect, test } from "vitest";
import { Pulse } from "../../../src/actors/pulse.ts";
import { FAULTS, type FaultClass } from "../../../src/errors.ts";
import type { Outcome } from "../../../src/platform.ts";
import { outcome } from "../../fakes/outcomes.ts";

const T0 = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

const times = (count: number, given: Partial<Outcome>) =>
  Array.from({ length: count }, () => outcome({ atMs: T0, ...given }));

/** Within a sketch's error. */
function expectNear(told: number | undefined, exact: number) {
  expect(Math.abs((told ?? 0) / exact - 1)).toBeLessThan(0.06);
}

const usage = {
  promptTokens: 100,
  completionTokens: 101,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};

describe("pulse", () => {
  test("only the provider's own faults count against it", () => {
    for (const result of [...(Object.keys(FAULTS) as FaultClass[]), "aborted" as const]) {
      const counts = result === "transient";
      const view = new Pulse().observe(times(20, { result }), T0);
      expect(view.m?.breaker, result).toBe(counts ? "open" : undefined);
    }
  });

  test("aborted and fatal between failures change nothing", () => {
    const pulse = new Pulse();
    pulse.observe(times(4, { result: "transient" }), T0);
    const before = pulse.view(T0);
    const neutral = ["aborted", "fatal", "context_overflow"] as const;
    expect(
      pulse.observe(
        neutral.map((result) => outcome({ result, atMs: T0 })),
        T0,
      ),
    ).toEqual(before);
    expect(pulse.observe(times(1, { result: "transient" }), T0).m?.breaker).toBe("open");
  });

  test("models of one provider fail on their own", () => {
    const view = new Pulse().observe(
      [...times(5, { result: "transient", modelId: "a" }), ...times(5, { modelId: "b" })],
      T0,
    );
    expect([view.a?.breaker, view.b?.breaker]).toEqual(["open", "closed"]);
    expect(view.a?.openUntilMs).toBe(T0 + 30_000);
    expect(view.b?.openUntilMs).toBe(0);
  });

  test("failure begins at the prior, rises with faults and fades with time", () => {
    const pulse = new Pulse();
    const good = pulse.observe(times(1, {}), T0).m?.failure ?? 1;
    expect(good).toBeLessThan(0.02);
    const bad = pulse.observe(times(10, { result: "transient" }), T0).m?.failure ?? 0;
    expect(bad).toBeGreaterThan(0.4);
    expect(pulse.view(T0 + HOUR_MS).m?.failure).toBeCloseTo(0.02, 2);
  });

  test("a streamed answer tells first-token time, time per token and length", () => {
    const view = new Pulse().observe(times(9, { ttftMs: 400, latencyMs: 2_400, usage }), T0);
    expect(view.m?.samples).toBeCloseTo(9, 6);
    expectNear(view.m?.ttftP50Ms, 400);
    expectNear(view.m?.ttftP95Ms, 400);
    expectNear(view.m?.tokenP50Ms, 20);
    expectNear(view.m?.outputTokensP50, 101);
    expect(view.m?.promptCorrection).toBeDefined();
  });

  test("an answer that was not streamed never tells a first-token time", () => {
    const view = new Pulse().observe(times(9, { latencyMs: 2_000, usage }), T0);
    expect(view.m?.ttftP50Ms).toBeUndefined();
    expectNear(view.m?.tokenP50Ms, 20);
  });

  test("what was broken for 30 s is half-open, and three good answers close it", () => {
    const pulse = new Pulse();
    pulse.observe(times(5, { result: "transient" }), T0);
    const later = T0 + 30_000;
    expect(pulse.view(later).m).toMatchObject({ breaker: "half-open", ramp: 0.1 });
    expect(pulse.observe(times(2, { atMs: later }), later).m?.ramp).toBe(0.5);
    expect(pulse.observe(times(1, { atMs: later }), later).m).toMatchObject({
      breaker: "closed",
      ramp: 1,
      openUntilMs: 0,
    });
  });

  test("a clock that jumps back an hour keeps nothing open longer", () => {
    const pulse = new Pulse();
    pulse.observe(times(5, { result: "transient" }), T0);
    const back = T0 - HOUR_MS;
    expect(pulse.view(back).m).toMatchObject({ breaker: "open", openUntilMs: back + 30_000 });
    expect(pulse.view(back + 30_000).m?.breaker).toBe("half-open");
  });

  test("isolates whose clocks differ by a second do not speed up time", () => {
    const pulse = new Pulse();
    pulse.observe(times(5, { result: "transient" }), T0);
    for (let i = 0; i < 100; i += 1) pulse.view(T0 - (i % 2) * 1_000);
    expect(pulse.view(T0).m).toMatchObject({ breaker: "open", openUntilMs: T0 + 30_000 });
  });

  test("it keeps 256 models, those used last", () => {
    const pulse = new Pulse();
    for (let i = 0; i < 256; i += 1) pulse.note(times(1, { modelId: `m${i}` }), T0);
    pulse.note(times(1, { modelId: "m0" }), T0);
    for (let i = 256; i < 300; i += 1) pulse.note(times(1, { modelId: `m${i}` }), T0);
    const ids = Object.keys(pulse.view(T0));
    expect(ids).toHaveLength(256);
    expect(ids).toContain("m299");
    expect(ids).toContain("m0");
    expect(ids).not.toContain("m1");
  });

  test("noting says the same as observing, without an answer", () => {
    const [noted, observed] = [new Pulse(), new Pulse()];
    expect(noted.note(times(3, { usage }), T0)).toBeUndefined();
    expect(observed.observe(times(3, { usage }), T0)).toEqual(noted.view(T0));
  });

  test("a model called __proto__ is a model", () => {
    const view = new Pulse().observe(times(1, { modelId: "__proto__" }), T0);
    expect(Object.keys(view)).toEqual(["__proto__"]);
  });
});
