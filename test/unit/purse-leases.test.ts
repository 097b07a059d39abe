/** What is drawn from memory: as exact as what was asked for. */
import { beforeEach, expect, test } from "vitest";
import { LEASE_MS } from "../../src/actors/ledger.ts";
import type { Hold } from "../../src/purse.ts";
import { purses } from "../fakes/purses.ts";
import { limitedKey } from "../fakes/spenders.ts";

const LIMIT = 100_000;
const KEY = limitedKey({ budgetDayNanoUsd: LIMIT });

let world: ReturnType<typeof purses>;
const ask = (nanoUsd = 100) => {
  return { nanoUsd, tokens: 10, deadlineMs: world.platform.nowMs() + 60_000 };
};
const hold = (nanoUsd?: number) => world.one.hold(KEY, undefined, ask(nanoUsd));

/** From the lease that the fifth request brought, without asking. */
async function drawn(): Promise<Hold> {
  const made = hold();
  expect(made).not.toBeInstanceOf(Promise);
  return made;
}

beforeEach(async () => {
  world = purses(1);
  for (let i = 0; i < 5; i += 1) world.one.settle(await hold(), { nanoUsd: 0, tokens: 0 });
});

test("a hold drawn from a lease is charged once, too", async () => {
  const one = await drawn();
  world.one.settle(one, { nanoUsd: 40, tokens: 1 });
  world.one.settle(one, { nanoUsd: 40, tokens: 1 });
  await world.one.close();
  expect((await world.usage(KEY)).keyDay).toMatchObject({ spentNanoUsd: 40, reservedNanoUsd: 0 });
});

test("what a settled hold did not take can be drawn again from the same lease", async () => {
  const calls = world.world.calls;
  const left = world.one.remaining(KEY, undefined);
  world.one.release(await drawn());
  expect(world.one.remaining(KEY, undefined)).toBe(left);
  expect(world.world.calls).toBe(calls);
});

test("nothing is drawn from a lease that has ended", async () => {
  await drawn();
  const { clock } = world.platform;
  // The flush that would replace it gets no answer.
  world.world.network = "silent";
  await clock.advance(LEASE_MS - 1);
  const last = hold();
  expect(last).not.toBeInstanceOf(Promise);
  world.one.release(await last);
  await clock.advance(1);
  const next = hold();
  expect(next).toBeInstanceOf(Promise);
  world.world.network = "works";
  await clock.until(Promise.resolve(next).catch(() => undefined));
});

test("a hold that outlives its lease is settled exactly", async () => {
  const one = await drawn();
  await world.platform.clock.advance(10_000);
  expect((await world.usage(KEY)).keyDay).toMatchObject({ spentNanoUsd: 0, reservedNanoUsd: 100 });
  world.one.settle(one, { nanoUsd: 40, tokens: 1 });
  await world.platform.clock.advance(2_000);
  expect((await world.usage(KEY)).keyDay).toMatchObject({ spentNanoUsd: 40, reservedNanoUsd: 0 });
});

test("an idle isolate gives its lease back by itself, and then asks for nothing more", async () => {
  await world.platform.clock.advance(5_000);
  expect((await world.usage(KEY)).keyDay.reservedNanoUsd).toBe(0);
  const { calls } = world.world;
  await world.platform.clock.advance(60_000);
  expect(world.world.calls).toBe(calls);
  expect(world.platform.clock.pending()).toBe(0);
});

test("the last request of a budget fits though a part of it lies in the isolate's own lease", async () => {
  expect((await world.usage(KEY)).keyDay.reservedNanoUsd).toBeGreaterThan(0);
  const all = await hold(LIMIT);
  expect(all.nanoUsd).toBe(LIMIT);
});

test("a top-up is drawn from memory where there is room", async () => {
  const one = await drawn();
  const { calls } = world.world;
  expect(world.one.topUp(one, 50)).toBe(true);
  world.one.settle(one, { nanoUsd: 120, tokens: 1 });
  expect(world.world.calls).toBe(calls);
  await world.one.close();
  expect((await world.usage(KEY)).keyDay).toMatchObject({ spentNanoUsd: 120, reservedNanoUsd: 0 });
});

test("limits that an admin changes hold as soon as leases under the old ones have ended", async () => {
  const raised = { ...KEY, budgetDayNanoUsd: 2 * LIMIT };
  const one = await world.one.hold(raised, undefined, ask(LIMIT + 1));
  expect(one.nanoUsd).toBe(LIMIT + 1);
  world.one.release(one);
  await world.platform.clock.advance(5_000);
  const lowered = { ...KEY, budgetDayNanoUsd: 10 };
  await expect(world.one.hold(lowered, undefined, ask(11))).rejects.toMatchObject({
    code: "budget_exceeded",
  });
});
