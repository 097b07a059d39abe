import { expect, test } from "vitest";
import { processActors } from "../../../self-hosted/actors.ts";
import { actorRef } from "../../../src/actors/index.ts";
import { conductRun, type PlanRunner } from "../../../src/actors/run-conduct.ts";
import { RUN_KEPT_MS } from "../../../src/actors/run-state.ts";
import { handClock } from "../../fakes/hand-clock.ts";

/** A plan that waits, and a way to have it run. */
async function waiting() {
  const clock = handClock();
  const actors = processActors({
    store: { registryVersion: async () => 1, appendRequests: async () => undefined },
    nowMs: clock.nowMs,
    every: () => undefined,
  });
  const plan = actorRef(actors, "run", "plan_1");
  const createdAtMs = clock.nowMs();
  const given = { planId: "plan_1", keyId: "key_a", request: "t1.request", createdAtMs };
  await plan.create({ ...given, expiresAtMs: createdAtMs + RUN_KEPT_MS });
  const { nowMs, timer } = clock;
  const conduct = (run: PlanRunner) => conductRun("plan_1", { actors, nowMs, timer, run });
  return { clock, plan, conduct, status: async () => (await plan.view(nowMs()))?.status };
}

/** Runs until it is told to stop. */
const untilStopped: PlanRunner = (_lease, signal) =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve()));

test("the lease is kept for as long as the work takes", async () => {
  const { clock, plan, conduct, status } = await waiting();
  const { promise, resolve } = Promise.withResolvers<void>();
  const conducted = conduct(() => promise);
  await clock.advance(10 * 60_000);
  await clock.advance(0);
  expect(await plan.begin(clock.nowMs())).toBeUndefined();
  expect(await status()).toBe("running");
  resolve();
  await conducted;
  expect(await status()).toBe("queued");
  expect(clock.pending()).toBe(0);
});

test("of two who would run it one does", async () => {
  const { plan, conduct, clock } = await waiting();
  let begun = 0;
  const run: PlanRunner = async ({ attempt }) => {
    begun += 1;
    await plan.finish(attempt, { status: "done", result: "r" }, clock.nowMs());
  };
  await Promise.all([conduct(run), conduct(run)]);
  expect(begun).toBe(1);
});

test("a cancelled plan stops within seconds, and stays cancelled", async () => {
  const { clock, plan, conduct, status } = await waiting();
  const conducted = conduct(untilStopped);
  await clock.advance(1);
  await plan.cancel(clock.nowMs());
  await clock.advance(5_000);
  await conducted;
  expect(await status()).toBe("cancelled");
});

test("a plan stops when it has had its day", async () => {
  const { clock, conduct, status } = await waiting();
  const conducted = conduct(untilStopped);
  await clock.until(conducted, RUN_KEPT_MS + 10_000);
  expect(await status()).toBeUndefined();
});

test("a runner that fails, or forgets the end, gives the plan back", async () => {
  const { clock, plan, conduct, status } = await waiting();
  await conduct(() => Promise.reject(new Error("planted")));
  expect(await status()).toBe("queued");
  await clock.advance(2_000);
  await conduct(async () => undefined);
  expect(await plan.view(clock.nowMs())).toMatchObject({ status: "queued", attempts: 2 });
});
