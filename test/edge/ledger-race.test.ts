/** The same races against real Durable Objects: one serialised place, durable before it answers. */
import { env, evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { expect, test } from "vitest";
import { edgeActors } from "../../durable-objects/actors.ts";
import type { ObjectsEnv } from "../../durable-objects/env.ts";
import { actorRef } from "../../src/actors/index.ts";
import type { Purse } from "../../src/purse.ts";
import { createPurse } from "../../src/purse.ts";
import { keyReport, NO_LIMITS, need, report } from "../fakes/ledger.ts";
import { limitedKey, outcomeOf, project } from "../fakes/spenders.ts";

const bindings = env as unknown as ObjectsEnv;
const host = edgeActors(bindings);

function stubOf(name: string) {
  return bindings.LEDGER.get(bindings.LEDGER.idFromName(name));
}

/** Four isolates' purses on the runtime's own clock; nothing is flushed by itself. */
function isolates(): Purse[] {
  let ids = 0;
  return Array.from({ length: 4 }, (_, index) =>
    createPurse({
      platform: {
        actors: host,
        nowMs: Date.now,
        after: () => new Promise<void>(() => undefined),
        timer: () => () => undefined,
        newId: (prefix) => `${prefix}_${index}_${ids++}`,
        defer: (work) => void work.catch(() => undefined),
      },
    }),
  );
}

const ask = () => ({ nanoUsd: 100, tokens: 1, deadlineMs: Date.now() + 60_000 });

test("100 parallel holds of four isolates against a budget for ten: exactly ten", async () => {
  const key = limitedKey({ id: "key_race", budgetDayNanoUsd: 1_000 });
  const all = isolates();
  const holds = all.flatMap((purse) =>
    Array.from({ length: 25 }, () => purse.hold(key, undefined, ask())),
  );
  const { granted, refused } = await outcomeOf(holds);
  expect([granted.length, refused.length]).toEqual([10, 90]);
  const ledger = actorRef(host, "ledger", "key_race");
  const { keyDay } = await ledger.usage("key_race", Date.now());
  expect(keyDay).toMatchObject({ spentNanoUsd: 0, reservedNanoUsd: 1_000 });
});

test("a project's budget for ten holds over its keys and isolates; what is settled adds up exactly", async () => {
  const team = project({ id: "proj_race", budgetMonthNanoUsd: 1_000, timeZone: "Asia/Tokyo" });
  const all = isolates();
  const holds = all.flatMap((purse, index) => {
    const key = limitedKey({ id: `key_${index}`, projectId: team.id });
    return Array.from({ length: 25 }, () =>
      Promise.resolve(purse.hold(key, team, ask())).then((hold) => {
        purse.settle(hold, { nanoUsd: 100, tokens: 1 });
        return hold;
      }),
    );
  });
  const { granted, refused } = await outcomeOf(holds);
  expect([granted.length, refused.length]).toEqual([10, 90]);
  await Promise.all(all.map((purse) => purse.close()));
  const ledger = actorRef(host, "ledger", team.id);
  const { projectMonth } = await ledger.usage("key_0", Date.now());
  expect(projectMonth).toMatchObject({ spentNanoUsd: 1_000, reservedNanoUsd: 0 });
});

test("a grant outlives the eviction of its object at once", async () => {
  const ledger = actorRef(host, "ledger", "key_evicted");
  const nowMs = Date.now();
  const limits = { ...NO_LIMITS, keyDayNanoUsd: 150 };
  const asking = (seq: number, id: string) => {
    const hold = need(id, { deadlineMs: nowMs + 60_000 });
    return report(seq, keyReport({ limits, needs: [hold] }));
  };
  await ledger.exchange(asking(1, "hold_1"), nowMs);
  await evictDurableObject(stubOf("key_evicted"));
  const { keys } = await ledger.exchange(asking(2, "hold_2"), nowMs);
  expect(keys[0]?.refused).toMatchObject([{ id: "hold_2", reason: "budget_key_day" }]);
});

test("an alarm is set for what is open, and charges it when its time has come", async () => {
  const ledger = actorRef(host, "ledger", "key_alarm");
  const nowMs = Date.now();
  const hold = need("hold_1", { deadlineMs: nowMs + 1 });
  await ledger.exchange(report(1, keyReport({ needs: [hold] })), nowMs);
  await expect.poll(() => Date.now()).toBeGreaterThan(nowMs + 1);
  await runDurableObjectAlarm(stubOf("key_alarm"));
  const { keyDay } = await ledger.usage("key_a", nowMs);
  expect(keyDay).toMatchObject({ spentNanoUsd: 100, reservedNanoUsd: 0 });
});
