/** Many isolates that come and go against one budget and one rate: never above it, and nearly all of it is used. */
import { expect, test } from "vitest";
import type { Hold } from "../../src/purse.ts";
import { purses } from "../fakes/purses.ts";
import { seeded } from "../fakes/seeded.ts";
import { limitedKey, outcomeOf } from "../fakes/spenders.ts";

const ISOLATES = 50;
const TICK_MS = 200;
const COST = 100;

/** Requests spread by chance over the isolates; every tick one may be replaced by a new one, its requests open. */
function load(given: { seed: number; perTick: number; crashShare: number }) {
  const world = purses(ISOLATES);
  const { all, platform, start, crash } = world;
  const random = seeded(given.seed);
  const open: { purse: (typeof all)[number]; hold: Hold; untilMs: number }[] = [];
  let spent = 0;

  /** One tick; answers how many requests were granted. */
  async function tick(key: ReturnType<typeof limitedKey>): Promise<number> {
    const nowMs = platform.nowMs();
    for (const each of open.filter(({ untilMs }) => untilMs <= nowMs)) {
      open.splice(open.indexOf(each), 1);
      const nanoUsd = Math.floor(COST * random());
      each.purse.settle(each.hold, { nanoUsd, tokens: 5 });
      spent += nanoUsd;
    }
    if (random() < given.crashShare) {
      const index = Math.floor(random() * ISOLATES);
      const purse = all[index] ?? start();
      crash(purse);
      all[index] = start();
      for (const each of open.filter((one) => one.purse === purse)) {
        open.splice(open.indexOf(each), 1);
        spent += each.hold.nanoUsd;
      }
    }
    const asked = Array.from({ length: given.perTick }, () => {
      const purse = all[Math.floor(random() * ISOLATES)] ?? start();
      const ask = { nanoUsd: COST, tokens: 10, deadlineMs: nowMs + 10_000 };
      return outcomeOf([purse.hold(key, undefined, ask)]).then(({ granted: [hold] }) => {
        if (hold) open.push({ purse, hold, untilMs: nowMs + 2_000 * random() });
        return hold ? 1 : 0;
      });
    });
    const answers: number[] = await platform.clock.until(Promise.all(asked));
    const granted = answers.filter((one) => one === 1).length;
    await platform.clock.advance(TICK_MS);
    return granted;
  }

  return { ...world, tick, spent: () => spent };
}

test("a budget is never passed by 50 isolates that come and go, and 95 % of it is used", async () => {
  const limit = 200_000;
  const key = limitedKey({ budgetDayNanoUsd: limit });
  const { tick, spent, usage, world } = load({ seed: 7, perTick: 30, crashShare: 0.05 });
  let requests = 0;
  for (let idle = 0; idle < 20; ) {
    const granted = await tick(key);
    requests += granted;
    idle = granted === 0 ? idle + 1 : 0;
    const { spentNanoUsd, reservedNanoUsd } = (await usage(key)).keyDay;
    expect(spentNanoUsd + reservedNanoUsd).toBeLessThanOrEqual(limit);
    expect(spent()).toBeLessThanOrEqual(spentNanoUsd + reservedNanoUsd);
  }
  const { spentNanoUsd, reservedNanoUsd } = (await usage(key)).keyDay;
  expect(spentNanoUsd + reservedNanoUsd).toBeGreaterThan(0.95 * limit);
  expect(requests).toBeGreaterThan(1_000);
  expect(world.calls).toBeGreaterThan(0);
});

test("50 isolates get no more requests a minute than the rate, and 95 % of them", async () => {
  const rpm = 1_200;
  const key = limitedKey({ rpm });
  const { tick } = load({ seed: 11, perTick: 10, crashShare: 0 });
  const minutes = 1;
  let granted = 0;
  for (let i = 0; i < (minutes * 60_000) / TICK_MS; i += 1) granted += await tick(key);
  // A full minute's worth is there when they begin.
  expect(granted).toBeLessThanOrEqual(rpm * (minutes + 1));
  expect(granted).toBeGreaterThan(0.95 * rpm * (minutes + 1));
});
