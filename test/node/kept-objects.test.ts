/** What the process promises outlives it: the ledger's state in the database. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { processActors } from "../../self-hosted/actors.ts";
import type { States } from "../../self-hosted/kept-objects.ts";
import { migrate } from "../../self-hosted/migrate.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { actorRef } from "../../src/actors/index.ts";
import type { ActorStateRow } from "../../src/administration.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import { keyReport, NO_LIMITS, NOON_MS, need, report } from "../fakes/ledger.ts";
import { purses } from "../fakes/purses.ts";
import { limitedKey, outcomeOf } from "../fakes/spenders.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tokenhub-kept-"));
const sqlite = openSqlite(path.join(folder, "state.db"));
await migrate(sqlite, path.join(import.meta.dirname, "../../migrations"));
const admin = createAdminStore(sqlite);
afterAll(() => {
  sqlite.close();
  rmSync(folder, { recursive: true });
});

const LIMITS = { ...NO_LIMITS, keyDayNanoUsd: 1_000 };
const asking = (seq: number, id: string) =>
  report(seq, keyReport({ limits: LIMITS, needs: [need(id)] }));

/** A process on these states; its timer is turned by hand. */
function start(states: States, nowMs = () => NOON_MS) {
  let turn: () => Promise<void> = async () => undefined;
  const store = { registryVersion: async () => 1, appendRequests: async () => undefined };
  const every = (_ms: number, work: () => Promise<void>) => {
    turn = work;
  };
  const host = processActors({ store, states, nowMs, every });
  return { host, turn: () => turn() };
}

/** States in memory that count, wait and fail on demand. */
function watchedStates() {
  const rows = new Map<string, ActorStateRow>();
  const world = { reads: 0, writes: 0, failure: undefined as Error | undefined };
  const states: States = {
    async actorState(object, name) {
      world.reads += 1;
      await Promise.resolve();
      return [...rows.values()].filter((row) => row.object === object && row.name === name);
    },
    async putActorStates(given) {
      world.writes += 1;
      await Promise.resolve();
      if (world.failure) throw world.failure;
      for (const row of given) rows.set(`${row.object}/${row.name}/${row.actor}`, row);
    },
  };
  return { states, world, rows };
}

test("a grant is in the database before its answer leaves, and the next process knows it", async () => {
  const before = actorRef(start(admin).host, "ledger", "key_a");
  await before.exchange(asking(1, "hold_1"), NOON_MS);
  const after = actorRef(start(admin).host, "ledger", "key_a");
  expect((await after.usage("key_a", NOON_MS)).keyDay.reservedNanoUsd).toBe(100);
});

test("a hold of a process that was killed is charged in full after its deadline", async () => {
  const before = actorRef(start(admin).host, "ledger", "key_killed");
  await before.exchange(asking(1, "hold_1"), NOON_MS);
  const { host } = start(admin);
  const later = NOON_MS + 61_000;
  await actorRef(host, "ledger", "key_killed").exchange(report(2), later);
  const { keyDay } = await actorRef(host, "ledger", "key_killed").usage("key_a", later);
  expect(keyDay).toMatchObject({ spentNanoUsd: 100, reservedNanoUsd: 0 });
});

test("all who ask at once are answered by one restored object", async () => {
  const { states, world } = watchedStates();
  const { host } = start(states);
  const ledger = actorRef(host, "ledger", "key_a");
  const asks = Array.from({ length: 20 }, (_, n) => {
    const one = asking(1, `hold_${n}`);
    return ledger.exchange({ ...one, purse: `purse_${n}` }, NOON_MS);
  });
  const refused = (await Promise.all(asks)).filter(({ keys }) => keys[0]?.refused.length === 1);
  expect([world.reads, refused.length]).toEqual([1, 10]);
});

test("grants of one moment are committed together", async () => {
  const { states, world } = watchedStates();
  const { host } = start(states);
  const asks = Array.from({ length: 20 }, (_, n) =>
    actorRef(host, "ledger", `key_${n % 4}`).exchange(
      { ...asking(1, `hold_${n}`), purse: `purse_${n}` },
      NOON_MS,
    ),
  );
  await Promise.all(asks);
  expect(world.writes).toBeLessThanOrEqual(2);
});

test("a grant that could not be saved is not told; asked again, it is the same grant", async () => {
  const { states, world } = watchedStates();
  const ledger = actorRef(start(states).host, "ledger", "key_a");
  world.failure = new Error("disk full");
  await expect(ledger.exchange(asking(1, "hold_1"), NOON_MS)).rejects.toThrow("disk full");
  world.failure = undefined;
  await ledger.exchange(asking(1, "hold_1"), NOON_MS);
  const restarted = actorRef(start(states).host, "ledger", "key_a");
  expect((await restarted.usage("key_a", NOON_MS)).keyDay.reservedNanoUsd).toBe(100);
});

test("what could not be saved is saved by the timer", async () => {
  const { states, world } = watchedStates();
  const { host, turn } = start(states);
  world.failure = new Error("disk full");
  const asked = actorRef(host, "ledger", "key_a").exchange(asking(1, "hold_1"), NOON_MS);
  await expect(asked).rejects.toThrow("disk full");
  await expect(turn()).rejects.toThrow("disk full");
  world.failure = undefined;
  await turn();
  const restarted = actorRef(start(states).host, "ledger", "key_a");
  expect((await restarted.usage("key_a", NOON_MS)).keyDay.reservedNanoUsd).toBe(100);
});

test("the timer charges what was left open, and saves it", async () => {
  const { states } = watchedStates();
  let nowMs = NOON_MS;
  const { host, turn } = start(states, () => nowMs);
  await actorRef(host, "ledger", "key_a").exchange(asking(1, "hold_1"), NOON_MS);
  nowMs += 61_000;
  await turn();
  const restarted = actorRef(start(states).host, "ledger", "key_a");
  expect((await restarted.usage("key_a", nowMs)).keyDay.spentNanoUsd).toBe(100);
});

test("reading saves nothing", async () => {
  const { states, world } = watchedStates();
  const { host, turn } = start(states);
  await actorRef(host, "ledger", "key_a").usage("key_a", NOON_MS);
  await turn();
  expect(world.writes).toBe(0);
});

test("100 parallel holds of four purses against a budget for ten, on the database: exactly ten", async () => {
  const { host } = start(admin);
  const { all, platform, usage } = purses(4, host);
  const key = limitedKey({ id: "key_race", budgetMonthNanoUsd: 1_000 });
  const deadlineMs = platform.nowMs() + 60_000;
  const holds = all.flatMap((purse) =>
    Array.from({ length: 25 }, () => {
      return purse.hold(key, undefined, { nanoUsd: 100, tokens: 1, deadlineMs });
    }),
  );
  const { granted, refused } = await outcomeOf(holds);
  expect([granted.length, refused.length]).toEqual([10, 90]);
  expect((await usage(key)).keyMonth.reservedNanoUsd).toBe(1_000);
});
