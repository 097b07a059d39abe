/** Background plans in their Durable Objects: run by the alarm, run on after an eviction, gone after their day. */
import {
  env,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { edgeActors } from "../../durable-objects/actors.ts";
import type { ObjectsEnv } from "../../durable-objects/env.ts";
import { runPlansWith } from "../../durable-objects/run.ts";
import { saveSnapshots } from "../../durable-objects/snapshots.ts";
import { actorRef } from "../../src/actors/index.ts";
import { Run } from "../../src/actors/run.ts";
import type { PlanRunner } from "../../src/actors/run-conduct.ts";
import { LEASE_MS, RUN_KEPT_MS } from "../../src/actors/run-state.ts";

const bindings = env as unknown as ObjectsEnv;
const host = edgeActors(bindings);
let runner: PlanRunner = async () => undefined;
runPlansWith(() => (lease, signal) => runner(lease, signal));
beforeEach(() => {
  runner = async () => undefined;
});
afterAll(() => runPlansWith(() => async () => undefined));

const stubOf = (planId: string) => bindings.RUN.get(bindings.RUN.idFromName(planId));
const planOf = (planId: string) => actorRef(host, "run", planId);

/** `ageMs` old already. */
async function create(planId: string, ageMs = 0): Promise<void> {
  const createdAtMs = Date.now() - ageMs;
  const given = { planId, keyId: "key_a", request: "t1.request", createdAtMs };
  await planOf(planId).create({ ...given, expiresAtMs: createdAtMs + RUN_KEPT_MS });
}

test("the alarm that a new plan sets runs it, and the object keeps its result", async () => {
  runner = async ({ planId, attempt, request }) => {
    const result = `${request} answered`;
    await planOf(planId).finish(attempt, { status: "done", result }, Date.now());
  };
  await create("plan_alarm");
  await runDurableObjectAlarm(stubOf("plan_alarm"));
  await vi.waitFor(async () => {
    expect((await planOf("plan_alarm").view(Date.now()))?.status).toBe("done");
  });
  await evictDurableObject(stubOf("plan_alarm"));
  const view = await planOf("plan_alarm").view(Date.now());
  expect(view).toMatchObject({ status: "done", result: "t1.request answered", attempts: 1 });
});

test("a plan whose isolate was lost goes on from its journal", async () => {
  const plan = planOf("plan_lost");
  const earlierMs = Date.now() - LEASE_MS - 1_000;
  const run = new Run();
  run.create({
    ...{ planId: "plan_lost", keyId: "key_a", request: "r" },
    ...{ createdAtMs: earlierMs, expiresAtMs: earlierMs + RUN_KEPT_MS },
  });
  run.begin(earlierMs);
  run.note(1, { key: "planner/0/0", entry: "t1.x" }, earlierMs);
  await runInDurableObject(stubOf("plan_lost"), async (_one, { storage }) => {
    saveSnapshots(storage.kv, { run: { version: 1, state: run.snapshot() } });
    await storage.setAlarm(Date.now() + 60_000);
  });
  await evictDurableObject(stubOf("plan_lost"));
  const seen: unknown[] = [];
  runner = async ({ attempt, journal }) => {
    seen.push(journal);
    await plan.finish(attempt, { status: "done", result: "r" }, Date.now());
  };
  await runDurableObjectAlarm(stubOf("plan_lost"));
  expect(await plan.view(Date.now())).toMatchObject({ status: "done", attempts: 2 });
  expect(seen).toEqual([[["planner/0/0", "t1.x"]]]);
});

test("a journal of many megabytes comes back whole after an eviction", async () => {
  const plan = planOf("plan_large");
  await create("plan_large", 1_000);
  const lease = await vi.waitFor(async () => {
    const found = await plan.begin(Date.now() + 600_000);
    expect(found).toBeDefined();
    return found;
  });
  const entry = "x".repeat(1_000_000);
  for (let i = 0; i < 6; i++) {
    const told = await plan.note(lease?.attempt ?? 0, { key: `k${i}`, entry }, Date.now());
    expect(told).toBe("kept");
  }
  await evictDurableObject(stubOf("plan_large"));
  await plan.release(lease?.attempt ?? 0, true, Date.now());
  const again = await plan.begin(Date.now() + 600_000);
  expect(again?.journal.map(([key, text]) => [key, text.length])).toEqual(
    Array.from({ length: 6 }, (_, i) => [`k${i}`, 1_000_000]),
  );
});

test("when a plan had its day its object holds nothing, not even an alarm", async () => {
  const plan = planOf("plan_old");
  await create("plan_old", RUN_KEPT_MS + 60_000);
  await runDurableObjectAlarm(stubOf("plan_old"));
  await vi.waitFor(async () => {
    const left = await runInDurableObject(stubOf("plan_old"), async (_one, state) => [
      ...[...state.storage.kv.list()].map(([key]) => key),
      await state.storage.getAlarm(),
    ]);
    expect(left).toEqual([null]);
  });
  expect(await plan.view(Date.now())).toBeUndefined();
});
