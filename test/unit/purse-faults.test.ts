/** Isolates that end, answers that get lost, ledgers that are away: never too much is spent, nothing hangs. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GRACE_MS, LEASE_MS } from "../../src/actors/ledger.ts";
import type { Hold } from "../../src/purse.ts";
import { runs } from "../fakes/long.ts";
import { type Network, purses } from "../fakes/purses.ts";
import { limitedKey, outcomeOf, project } from "../fakes/spenders.ts";

const MINUTE_MS = 60_000;
const ask = (platform: { nowMs(): number }, nanoUsd = 100) => ({
  nanoUsd,
  tokens: 10,
  deadlineMs: platform.nowMs() + MINUTE_MS,
});
const BUDGET = limitedKey({ budgetDayNanoUsd: 1_000 });

describe("a ledger that is away", () => {
  test("keys with a budget get 503, those without any limit are served", async () => {
    const { one, platform, world } = purses(1);
    world.network = "down";
    const key = limitedKey({ projectId: "proj_a" });
    const team = project({ budgetMonthNanoUsd: 5_000 });
    const holds = [one.hold(BUDGET, undefined, ask(platform)), one.hold(key, team, ask(platform))];
    expect((await outcomeOf(holds)).refused).toEqual(["no_provider", "no_provider"]);
    expect(one.hold(limitedKey(), undefined, ask(platform))).not.toBeInstanceOf(Promise);
  });

  test("keys with rates only are let through at half their rate, then get 503", async () => {
    const { one, platform, world } = purses(1);
    world.network = "down";
    const key = limitedKey({ rpm: 8 });
    const holds = Array.from({ length: 8 }, () => one.hold(key, undefined, ask(platform)));
    const { granted, refused } = await outcomeOf(holds);
    expect([granted.length, new Set(refused)]).toEqual([4, new Set(["no_provider"])]);
    for (const hold of granted) one.settle(hold, { nanoUsd: 1, tokens: 1 });
  });

  test("what could not be told is told when it is back, once", async () => {
    const { one, platform, world, usage } = purses(1);
    const hold = await one.hold(BUDGET, undefined, ask(platform));
    world.network = "down";
    one.settle(hold, { nanoUsd: 60, tokens: 1 });
    await expect(one.flush()).rejects.toThrow("unreachable");
    world.network = "works";
    await platform.clock.advance(5_000);
    expect((await usage(BUDGET)).keyDay).toMatchObject({ spentNanoUsd: 60, reservedNanoUsd: 0 });
    expect(platform.deferredFaults.length).toBeLessThan(3);
  });

  test("one that never answers keeps a request four seconds at most, and the next is served", async () => {
    const { one, platform, world } = purses(1);
    world.network = "silent";
    const hold = one.hold(BUDGET, undefined, ask(platform));
    const startMs = platform.nowMs();
    const outcome = outcomeOf([hold]);
    expect((await platform.clock.until(outcome)).refused).toEqual(["no_provider"]);
    expect(platform.nowMs() - startMs).toBe(4_000);
    world.network = "works";
    await platform.clock.advance(5_000);
    expect((await outcomeOf([one.hold(BUDGET, undefined, ask(platform, 1_000))])).refused).toEqual(
      [],
    );
  });

  test("a request whose exchange was cancelled with another request asks again by itself", async () => {
    const { one, platform, world } = purses(1);
    world.network = "silent";
    const hold = outcomeOf([one.hold(BUDGET, undefined, ask(platform))]);
    await platform.clock.advance(1_000);
    world.network = "works";
    const { granted } = await platform.clock.until(hold);
    expect(granted).toHaveLength(1);
  });
});

describe("what gets lost", () => {
  test("a lost answer refuses its holds, and their money is there again", async () => {
    const { one, platform, world, usage } = purses(1);
    world.network = "answer-lost";
    expect((await outcomeOf([one.hold(BUDGET, undefined, ask(platform))])).refused).toHaveLength(1);
    world.network = "works";
    const hold = await one.hold(BUDGET, undefined, ask(platform, 900));
    one.settle(hold, { nanoUsd: 900, tokens: 1 });
    await one.flush();
    expect((await usage(BUDGET)).keyDay).toMatchObject({ spentNanoUsd: 900, reservedNanoUsd: 0 });
  });

  test("closing after a lost answer gives back what that answer had granted", async () => {
    const { one, platform, world, usage } = purses(1);
    const rich = limitedKey({ budgetDayNanoUsd: 1_000_000 });
    for (let i = 0; i < 4; i += 1) {
      one.settle(await one.hold(rich, undefined, ask(platform)), { nanoUsd: 1, tokens: 1 });
    }
    world.network = "answer-lost";
    await expect(one.flush()).rejects.toThrow("connection reset");
    expect((await usage(rich)).keyDay.reservedNanoUsd).toBeGreaterThan(0);
    world.network = "works";
    await one.close();
    expect((await usage(rich)).keyDay).toMatchObject({ spentNanoUsd: 4, reservedNanoUsd: 0 });
  });

  test("a lease that ends with its isolate is charged in full after the grace, not before", async () => {
    const { one, platform, start, crash, usage } = purses(1);
    const rich = limitedKey({ budgetDayNanoUsd: 1_000_000 });
    for (let i = 0; i < 4; i += 1) {
      one.settle(await one.hold(rich, undefined, ask(platform)), { nanoUsd: 0, tokens: 0 });
    }
    const { reservedNanoUsd } = (await usage(rich)).keyDay;
    expect(reservedNanoUsd).toBeGreaterThan(0);
    crash(one);
    const other = start();
    const look = async () => {
      other.release(await other.hold(rich, undefined, ask(platform)));
      await other.close();
      return (await usage(rich)).keyDay;
    };
    await platform.clock.advance(LEASE_MS + GRACE_MS - 1);
    expect(await look()).toMatchObject({ spentNanoUsd: 0, reservedNanoUsd });
    await platform.clock.advance(1);
    expect(await look()).toMatchObject({ spentNanoUsd: 200, reservedNanoUsd: 100 });
    await platform.clock.advance(MINUTE_MS);
    expect(await look()).toMatchObject({ spentNanoUsd: reservedNanoUsd, reservedNanoUsd: 0 });
  });
});

test("budgets tell of 80 and 100 % once per period", async () => {
  const { one, platform, alerts } = purses(1);
  const spend = async (nanoUsd: number) => {
    one.settle(await one.hold(BUDGET, undefined, ask(platform, nanoUsd)), { nanoUsd, tokens: 1 });
    await one.flush();
  };
  await spend(799);
  expect(alerts).toEqual([]);
  await spend(1);
  await spend(1);
  expect(alerts.map(({ event, ledger, keyId }) => [event, ledger, keyId])).toEqual([
    ["budget-80", "key_a", "key_a"],
  ]);
  await spend(199);
  expect(alerts.map(({ event }) => event)).toEqual(["budget-80", "budget-100"]);
  await platform.clock.advance(24 * 60 * MINUTE_MS);
  await spend(1_000);
  expect(alerts).toHaveLength(4);
});

test("what remains is known for two seconds after an answer, own leases included", async () => {
  const { one, platform } = purses(1);
  expect(one.remaining(BUDGET, undefined)).toBeUndefined();
  const hold = await one.hold(BUDGET, undefined, ask(platform, 300));
  expect(one.remaining(BUDGET, undefined)).toBe(700);
  expect(one.levels(BUDGET)?.keyDay.limitNanoUsd).toBe(1_000);
  expect(one.counts(BUDGET, undefined)).toBe(true);
  expect(one.counts(limitedKey(), project())).toBe(false);
  await platform.clock.advance(2_001);
  expect(one.remaining(BUDGET, undefined)).toBeUndefined();
  one.release(hold);
});

/** What may happen to purses, whom, and how much. */
const STEP = fc.tuple(
  fc.constantFrom(
    ...(["hold", "hold", "hold", "hold", "settle", "settle", "settle", "top-up", "wait"] as const),
    ...(["crash", "down", "answer-lost", "silent", "works", "works", "works", "flush"] as const),
  ),
  fc.nat({ max: 3 }),
  fc.nat({ max: 200 }),
);

test("whatever happens to four isolates, what they spend is in the books and within the budget", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 10, maxLength: 80 }), async (steps) => {
      const { all, start, crash, platform, world, usage } = purses(4);
      const limit = 20_000;
      const key = limitedKey({ budgetDayNanoUsd: limit, concurrency: 30 });
      const open = all.map(() => [] as Hold[]);
      let spent = 0;
      for (const [what, who, size] of steps) {
        const purse = all[who] ?? start();
        const mine = open[who] ?? [];
        if (what === "hold") {
          const count = 1 + (size % 4);
          const asked = Array.from({ length: count }, () =>
            purse.hold(key, undefined, ask(platform, size)),
          );
          mine.push(...(await platform.clock.until(outcomeOf(asked))).granted);
        } else if (what === "settle") {
          const hold = mine.pop();
          if (!hold) continue;
          const nanoUsd = Math.min(hold.nanoUsd, size);
          purse.settle(hold, { nanoUsd, tokens: 3 });
          spent += nanoUsd;
        } else if (what === "top-up") {
          const hold = mine.at(-1);
          const more = hold && purse.topUp(hold, size);
          if (more) await platform.clock.until(Promise.resolve(more).catch(() => false));
        } else if (what === "wait") await platform.clock.advance(size * 40);
        else if (what === "flush") await platform.clock.until(purse.flush().catch(() => undefined));
        else if (what === "crash") {
          for (const hold of mine.splice(0)) spent += hold.nanoUsd;
          crash(purse);
          all[who] = start();
        } else world.network = what satisfies Network;
        const { spentNanoUsd, reservedNanoUsd } = (await usage(key)).keyDay;
        expect(spentNanoUsd + reservedNanoUsd).toBeLessThanOrEqual(limit);
        expect(spent).toBeLessThanOrEqual(spentNanoUsd + reservedNanoUsd);
      }
      world.network = "works";
      for (const [who, holds] of open.entries()) {
        for (const hold of holds) {
          all[who]?.settle(hold, { nanoUsd: 1, tokens: 1 });
          spent += 1;
        }
        await platform.clock.until(all[who]?.close() ?? Promise.resolve());
      }
      await platform.clock.advance(LEASE_MS + GRACE_MS + 2 * MINUTE_MS);
      const last = await outcomeOf([
        all[0]?.hold(key, undefined, ask(platform, 0)) ?? { nanoUsd: 0 },
      ]);
      expect(last.granted).toHaveLength(1);
      const { spentNanoUsd, reservedNanoUsd } = (await usage(key)).keyDay;
      expect(reservedNanoUsd).toBe(0);
      expect(spent).toBeLessThanOrEqual(spentNanoUsd);
    }),
    { numRuns: runs(100, 5_000) },
  );
});
