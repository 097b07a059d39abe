/** Background plans in one process: run at once, run on by the next process, gone when they had their day. */
import { expect, test, vi } from "vitest";
import { processActors } from "../../self-hosted/actors.ts";
import { keptStates } from "../../self-hosted/kept-objects-states.ts";
import { migrate } from "../../self-hosted/migrate.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { actorRef } from "../../src/actors/index.ts";
import type { PlanRunner } from "../../src/actors/run-conduct.ts";
import { LEASE_MS, RUN_KEPT_MS } from "../../src/actors/run-state.ts";
import { TokenhubError } from "../../src/errors.ts";
import { createAdminStore } from "../../src/store/admin.ts";

const GIVEN = { planId: "plan_1", keyId: "key_a", request: "t1.request" };

/** One database, and as many processes on it as a test starts. */
async function home() {
  const sqlite = openSqlite(":memory:");
  await migrate(sqlite, `${import.meta.dirname}/../../migrations`);
  let nowMs = 1_800_000_000_000;
  const clock = {
    nowMs: () => nowMs,
    jump: (ms: number) => {
      nowMs += ms;
    },
  };
  const states = keptStates(createAdminStore(sqlite), sqlite);
  function start() {
    let turn: () => Promise<void> = async () => undefined;
    const host = processActors({
      store: { registryVersion: async () => 1, appendRequests: async () => undefined },
      ...{ states, nowMs: clock.nowMs, timer: () => () => undefined },
      every: (_ms, work) => {
        turn = work;
      },
    });
    return { host, turn: () => turn(), plan: actorRef(host, "run", GIVEN.planId) };
  }
  const create = ({ plan }: ReturnType<typeof start>) => {
    const createdAtMs = clock.nowMs();
    return plan.create({ ...GIVEN, createdAtMs, expiresAtMs: createdAtMs + RUN_KEPT_MS });
  };
  return { clock, states, start, create };
}

/** Ends each plan at once with what its journal holds. */
const finishing =
  (
    one: Awaited<ReturnType<typeof home>>["start"] extends () => infer P ? P : never,
    nowMs: () => number,
  ): PlanRunner =>
  async ({ attempt, journal }) => {
    const result = JSON.stringify(journal);
    await one.plan.finish(attempt, { status: "done", result }, nowMs());
  };
const never: PlanRunner = () => new Promise(() => undefined);

test("a plan is run as soon as it is made", async () => {
  const { clock, start, create } = await home();
  const one = start();
  await one.host.runPlansWith(finishing(one, clock.nowMs));
  await create(one);
  await vi.waitFor(async () => {
    expect(await one.plan.view(clock.nowMs())).toMatchObject({ status: "done", result: "[]" });
  });
});

test("a plan that a killed process left is run on by the next one, from its journal", async () => {
  const { clock, start, create } = await home();
  const killed = start();
  await killed.host.runPlansWith(async ({ attempt }) => {
    await killed.plan.note(attempt, { key: "planner/0/0", entry: "t1.x" }, clock.nowMs());
    await never({} as never, new AbortController().signal);
  });
  await create(killed);
  await vi.waitFor(async () => expect((await killed.plan.view(clock.nowMs()))?.stages).toBe(1));
  const next = start();
  await next.host.runPlansWith(finishing(next, clock.nowMs));
  expect((await next.plan.view(clock.nowMs()))?.status).toBe("running");
  clock.jump(LEASE_MS);
  await next.turn();
  await vi.waitFor(async () => {
    const view = await next.plan.view(clock.nowMs());
    expect(view).toMatchObject({ status: "done", attempts: 2, result: `[["planner/0/0","t1.x"]]` });
  });
});

test("a plan that was waiting when its process ended is found by the next start", async () => {
  const { clock, start, create } = await home();
  await create(start());
  const next = start();
  await next.host.runPlansWith(finishing(next, clock.nowMs));
  await vi.waitFor(async () => {
    expect((await next.plan.view(clock.nowMs()))?.status).toBe("done");
  });
});

test("a sealed vault makes a plan wait, not fail", async () => {
  const { clock, start, create } = await home();
  const one = start();
  let asked = 0;
  await one.host.runPlansWith(async () => {
    asked += 1;
    throw new TokenhubError("vault_sealed");
  });
  await create(one);
  for (let round = 1; round <= 15; round++) {
    await vi.waitFor(async () => {
      expect(asked).toBe(round);
      expect((await one.plan.view(clock.nowMs()))?.status).toBe("queued");
    });
    clock.jump(60_000);
    await one.turn();
  }
});

test("when it had its day no row of it is left", async () => {
  const { clock, start, create, states } = await home();
  const one = start();
  await one.host.runPlansWith(finishing(one, clock.nowMs));
  await create(one);
  await vi.waitFor(async () => {
    expect((await one.plan.view(clock.nowMs()))?.status).toBe("done");
  });
  expect(await states.stateNames?.("run")).toEqual([GIVEN.planId]);
  clock.jump(RUN_KEPT_MS);
  await one.turn();
  expect(await states.stateNames?.("run")).toEqual([]);
});

test("asking for plans that never were keeps nothing", async () => {
  const { start, states } = await home();
  const { host, turn } = start();
  for (let i = 0; i < 50; i++) await actorRef(host, "run", `plan_none_${i}`).view(0);
  await turn();
  expect(await states.stateNames?.("run")).toEqual([]);
});

test("an end that could not be saved is kept in memory until it can be", async () => {
  const { clock, start, create, states } = await home();
  const { host, plan, turn } = start();
  await create({ host, plan, turn });
  await plan.begin(clock.nowMs());
  const { putActorStates } = states;
  states.putActorStates = () => Promise.reject(new Error("disk full"));
  const end = { status: "done", result: "r" } as const;
  await expect(plan.finish(1, end, clock.nowMs())).rejects.toThrow("disk full");
  states.putActorStates = putActorStates;
  expect((await plan.view(clock.nowMs()))?.status).toBe("done");
  await turn();
  expect((await start().plan.view(clock.nowMs()))?.status).toBe("done");
});
