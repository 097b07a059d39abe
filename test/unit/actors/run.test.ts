import { describe, expect, test } from "vitest";
import { Run } from "../../../src/actors/run.ts";
import { ATTEMPTS_MAX, LEASE_MS, RUN_CHARS, RUN_KEPT_MS } from "../../../src/actors/run-state.ts";

const GIVEN = {
  ...{ planId: "plan_1", keyId: "key_a", request: "t1.request" },
  ...{ createdAtMs: 1_000, expiresAtMs: 1_000 + RUN_KEPT_MS },
};

function made(): Run {
  const run = new Run();
  expect(run.create(GIVEN)).toBe(true);
  return run;
}
const entry = (key: string, text = "t1.entry") => ({ key, entry: text });

describe("a plan", () => {
  test("waits, is run by one at a time, and is done with its result", () => {
    const run = made();
    expect(run.view(1_000)).toMatchObject({ status: "queued", stages: 0, attempts: 0 });
    expect(run.begin(1_000)).toMatchObject({ attempt: 1, request: "t1.request", journal: [] });
    expect(run.begin(1_001)).toBeUndefined();
    expect(run.note(1, entry("planner/0/0"), 1_002)).toBe("kept");
    expect(run.finish(1, { status: "done", result: "t1.result" }, 1_003)).toBe("kept");
    expect(run.view(1_004)).toMatchObject({
      ...{ status: "done", stages: 1, endedAtMs: 1_003, result: "t1.result" },
    });
    expect(run.rest()).toBe("resting");
  });

  test("made twice it is one plan; another of the same object is refused", () => {
    const run = made();
    run.begin(1_000);
    expect(run.create(GIVEN)).toBe(true);
    expect(run.view(1_001)?.status).toBe("running");
    expect(run.create({ ...GIVEN, planId: "plan_2" })).toBe(false);
  });

  test("whose runner was lost is run again after its lease, from the journal", () => {
    const run = made();
    run.begin(1_000);
    run.note(1, entry("planner/0/0"), 2_000);
    expect(run.wakeAtMs()).toBe(2_000 + LEASE_MS);
    run.wake(2_000 + LEASE_MS);
    const lease = run.begin(2_000 + LEASE_MS);
    expect(lease).toMatchObject({ attempt: 2, journal: [["planner/0/0", "t1.entry"]] });
    expect(run.note(1, entry("critic/0/0"), 40_000)).toBe("stale");
    expect(run.renew(1, 40_000)).toBe(false);
    expect(run.finish(1, { status: "done", result: "late" }, 40_000)).toBe("stale");
    expect(run.view(40_000)).toMatchObject({ status: "running", stages: 1 });
  });

  test("a lease that is renewed does not run out", () => {
    const run = made();
    run.begin(1_000);
    expect(run.renew(1, 20_000)).toBe(true);
    run.wake(1_000 + LEASE_MS);
    expect(run.view(50_000)?.status).toBe("running");
  });

  test("a finished ask told twice is kept once, as it was told first", () => {
    const run = made();
    run.begin(1_000);
    expect(run.note(1, entry("a", "first"), 1_001)).toBe("kept");
    expect(run.note(1, entry("a", "second"), 1_002)).toBe("kept");
    run.release(1, false, 1_003);
    expect(run.begin(60_000)?.journal).toEqual([["a", "first"]]);
  });

  test("what is too large is refused, and the plan goes on", () => {
    const refused = new Run();
    const request = "x".repeat(RUN_CHARS.request + 1);
    expect(refused.create({ ...GIVEN, request })).toBe(false);
    expect(refused.rest()).toBe("gone");
    const run = made();
    run.begin(1_000);
    const most = "x".repeat(RUN_CHARS.entry);
    expect(run.note(1, entry("a", `${most}x`), 1_001)).toBe("full");
    for (let i = 0; i < 8; i++) expect(run.note(1, entry(`k${i}`, most), 1_001)).toBe("kept");
    expect(run.note(1, entry("k8", "x"), 1_001)).toBe("full");
    const result = "x".repeat(RUN_CHARS.result + 1);
    expect(run.finish(1, { status: "done", result }, 1_002)).toBe("full");
    expect(run.finish(1, { status: "failed", result: "x" }, 1_003)).toBe("kept");
  });

  test("cancelled, its runner is told to stop, and its texts are gone at once", () => {
    const run = made();
    run.begin(1_000);
    run.note(1, entry("a"), 1_001);
    expect(run.cancel(1_002)).toBe(true);
    expect(run.renew(1, 1_003)).toBe(false);
    expect(run.cancel(1_004)).toBe(true);
    expect(run.view(1_005)).toMatchObject({ status: "cancelled", stages: 1, endedAtMs: 1_002 });
    expect(JSON.stringify(run.snapshot())).not.toContain("t1.");
  });

  test("what is done cannot be cancelled, and an unknown plan neither", () => {
    const run = made();
    run.begin(1_000);
    run.finish(1, { status: "done", result: "r" }, 1_001);
    expect(run.cancel(1_002)).toBe(false);
    expect(new Run().cancel(1_002)).toBe(false);
  });

  test("fails after its last attempt; those that met a sealed vault do not count", () => {
    const run = made();
    let nowMs = 1_000;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX + 5; attempt++) {
      expect(run.begin(nowMs)?.attempt).toBe(attempt);
      run.release(attempt, attempt <= 5, nowMs);
      nowMs += 400_000;
    }
    expect(run.begin(nowMs)).toBeUndefined();
    expect(run.view(nowMs)).toMatchObject({ status: "failed", result: undefined });
  });

  test("released, it waits longer each time before it is due", () => {
    const run = made();
    const waits: number[] = [];
    let nowMs = 1_000;
    for (let attempt = 1; attempt <= 9; attempt++) {
      run.begin(nowMs);
      run.release(attempt, false, nowMs);
      const dueMs = run.wakeAtMs() ?? 0;
      expect(run.due(dueMs - 1)).toBeUndefined();
      waits.push((dueMs - nowMs) / 1_000);
      nowMs = dueMs;
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300]);
  });

  test("after its time nothing of it is left, whatever it was doing", () => {
    const run = made();
    run.begin(1_000);
    expect(run.view(GIVEN.expiresAtMs)).toBeUndefined();
    expect(run.renew(1, GIVEN.expiresAtMs)).toBe(false);
    expect([run.snapshot(), run.rest()]).toEqual([null, "gone"]);
  });
});
