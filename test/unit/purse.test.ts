/** The isolate's side of money: what is granted, what it costs, and how seldom the ledger is asked. */
import { describe, expect, test } from "vitest";
import type { TokenhubError } from "../../src/errors.ts";
import { purses } from "../fakes/purses.ts";
import { limitedKey, outcomeOf, project } from "../fakes/spenders.ts";

const MINUTE_MS = 60_000;
const ask = (platform: { nowMs(): number }, nanoUsd = 100, tokens = 10) => ({
  nanoUsd,
  tokens,
  deadlineMs: platform.nowMs() + MINUTE_MS,
});
const BUDGET = limitedKey({ budgetDayNanoUsd: 1_000 });

describe("granting", () => {
  test("100 parallel holds of four purses against a budget for ten: exactly ten, the others 402", async () => {
    const { all, platform, usage } = purses(4);
    const holds = all.flatMap((purse) =>
      Array.from({ length: 25 }, () => purse.hold(BUDGET, undefined, ask(platform))),
    );
    const { granted, refused } = await outcomeOf(holds);
    expect(granted).toHaveLength(10);
    expect(new Set(refused)).toEqual(new Set(["budget_exceeded"]));
    expect((await usage(BUDGET)).keyDay).toMatchObject({ spentNanoUsd: 0, reservedNanoUsd: 1_000 });
  });

  test("the holds of one moment share one exchange, and each has its own answer", async () => {
    const { one, platform, world } = purses(1);
    const sizes = [600, 600, 300];
    const holds = sizes.map((nanoUsd) => one.hold(BUDGET, undefined, ask(platform, nanoUsd)));
    const { granted, refused } = await outcomeOf(holds);
    expect(granted.map(({ nanoUsd }) => nanoUsd)).toEqual([600, 300]);
    expect(refused).toEqual(["budget_exceeded"]);
    expect(world.calls).toBe(1);
  });

  test("of very many holds at once the last ones go with the next exchange", async () => {
    const { one, platform, world } = purses(1);
    const rich = limitedKey({ budgetDayNanoUsd: 1e9 });
    const holds = Array.from({ length: 300 }, () => one.hold(rich, undefined, ask(platform)));
    expect((await outcomeOf(holds)).granted).toHaveLength(300);
    expect(world.calls).toBe(2);
  });

  test("an amount that is no whole nano-USD is a fault of ours, and costs nothing", async () => {
    const { one, platform, world } = purses(1);
    expect(() => one.hold(BUDGET, undefined, ask(platform, 0.5))).toThrow(RangeError);
    expect(() => one.hold(BUDGET, undefined, ask(platform, Number.NaN))).toThrow(RangeError);
    expect(world.calls).toBe(0);
  });

  test("a key without any limit is never asked for", async () => {
    const { one, platform, world } = purses(1);
    const hold = one.hold(limitedKey(), project(), ask(platform));
    expect(hold).not.toBeInstanceOf(Promise);
    one.settle(await hold, { nanoUsd: 5, tokens: 5 });
    await platform.clock.advance(10_000);
    expect(world.calls).toBe(0);
  });

  test("once it is warm, a hold is answered from memory", async () => {
    const { one, platform, world, usage } = purses(1);
    const rich = limitedKey({ budgetDayNanoUsd: 1e9, rpm: 6_000, tpm: 1e9, concurrency: 100 });
    for (let i = 0; i < 12; i += 1) {
      one.settle(await one.hold(rich, undefined, ask(platform)), { nanoUsd: 7, tokens: 3 });
    }
    const before = world.calls;
    for (let i = 0; i < 10; i += 1) {
      const hold = one.hold(rich, undefined, ask(platform));
      expect(hold).not.toBeInstanceOf(Promise);
      one.settle(await hold, { nanoUsd: 7, tokens: 3 });
    }
    expect(world.calls).toBe(before);
    await one.close();
    expect((await usage(rich)).keyDay).toMatchObject({ spentNanoUsd: 154, reservedNanoUsd: 0 });
  });

  test("under steady load the ledger is asked about once a second, and no hold waits for it", async () => {
    const { one, platform, world, usage } = purses(1);
    const rich = limitedKey({ budgetDayNanoUsd: 1e9 });
    let waited = 0;
    for (let i = 0; i < 1_000; i += 1) {
      const hold = one.hold(rich, undefined, ask(platform));
      if (hold instanceof Promise) waited += 1;
      one.settle(await hold, { nanoUsd: 3, tokens: 3 });
      await platform.clock.advance(10);
    }
    expect(waited).toBeLessThan(10);
    expect(world.calls).toBeLessThan(30);
    await one.close();
    expect((await usage(rich)).keyDay).toMatchObject({ spentNanoUsd: 3_000, reservedNanoUsd: 0 });
  });

  test("a project's budget holds for all its keys together", async () => {
    const { all, platform } = purses(2);
    const team = project({ budgetMonthNanoUsd: 500 });
    const holds = all.flatMap((purse, index) => {
      const key = limitedKey({ id: `key_${index}`, projectId: team.id, budgetDayNanoUsd: 400 });
      return Array.from({ length: 4 }, () => purse.hold(key, team, ask(platform)));
    });
    const { granted, refused } = await outcomeOf(holds);
    expect(granted).toHaveLength(5);
    expect(refused).toHaveLength(3);
  });
});

describe("settling", () => {
  test("settling twice charges once; releasing after it changes nothing", async () => {
    const { one, platform, usage } = purses(1);
    const hold = await one.hold(BUDGET, undefined, ask(platform));
    one.settle(hold, { nanoUsd: 40, tokens: 4 });
    one.settle(hold, { nanoUsd: 40, tokens: 4 });
    one.release(hold);
    await one.flush();
    expect((await usage(BUDGET)).keyDay).toMatchObject({ spentNanoUsd: 40, reservedNanoUsd: 0 });
  });

  test("a released hold costs nothing and is there for another", async () => {
    const { one, platform, usage } = purses(1);
    one.release(await one.hold(BUDGET, undefined, ask(platform, 1_000)));
    const next = await one.hold(BUDGET, undefined, ask(platform, 1_000));
    expect(next.nanoUsd).toBe(1_000);
    one.release(next);
    await one.flush();
    expect((await usage(BUDGET)).keyDay).toMatchObject({ spentNanoUsd: 0, reservedNanoUsd: 0 });
  });

  test("a hold that was topped up is charged as one, whatever it was made of", async () => {
    const { one, platform, usage } = purses(1);
    const hold = await one.hold(BUDGET, undefined, ask(platform, 300));
    await one.topUp(hold, 500);
    expect(hold.nanoUsd).toBe(800);
    one.settle(hold, { nanoUsd: 650, tokens: 9 });
    await one.flush();
    expect((await usage(BUDGET)).keyDay).toMatchObject({ spentNanoUsd: 650, reservedNanoUsd: 0 });
  });

  test("a top-up beyond the budget is refused, and the hold stands as it was", async () => {
    const { one, platform } = purses(1);
    const hold = await one.hold(BUDGET, undefined, ask(platform, 300));
    expect(await one.topUp(hold, 701)).toBe(false);
    expect(hold.nanoUsd).toBe(300);
    expect(await one.topUp(hold, 700)).toBe(true);
    expect(hold.nanoUsd).toBe(1_000);
  });

  test("money that comes for a hold which was settled meanwhile is given back", async () => {
    const { one, platform, usage } = purses(1);
    const hold = await one.hold(BUDGET, undefined, ask(platform, 300));
    const more = one.topUp(hold, 300);
    one.settle(hold, { nanoUsd: 10, tokens: 1 });
    await more;
    await one.flush();
    expect((await usage(BUDGET)).keyDay).toMatchObject({ spentNanoUsd: 10, reservedNanoUsd: 0 });
  });

  test("an orphan is charged in full at its deadline, and its late settlement changes nothing", async () => {
    const { one, platform, usage } = purses(1);
    const hold = await one.hold(BUDGET, undefined, ask(platform));
    await platform.clock.advance(MINUTE_MS + 1);
    const other = await one.hold(BUDGET, undefined, ask(platform));
    expect((await usage(BUDGET)).keyDay).toMatchObject({ spentNanoUsd: 100, reservedNanoUsd: 100 });
    one.settle(hold, { nanoUsd: 1, tokens: 1 });
    one.release(other);
    await one.flush();
    expect((await usage(BUDGET)).keyDay).toMatchObject({ spentNanoUsd: 100, reservedNanoUsd: 0 });
  });
});

describe("rates", () => {
  test("requests beyond the rate are told when to come again", async () => {
    const { one, platform } = purses(1);
    const key = limitedKey({ rpm: 2 });
    const holds = [1, 2, 3].map(() => one.hold(key, undefined, ask(platform)));
    const [, , third] = await Promise.allSettled(holds);
    const { code, retryAfterMs } = (third as PromiseRejectedResult).reason as TokenhubError;
    expect([code, retryAfterMs]).toEqual(["rate_limited", 30_000]);
    await platform.clock.advance(30_000);
    expect((await outcomeOf([one.hold(key, undefined, ask(platform))])).granted).toHaveLength(1);
  });

  test("tokens are taken as foreseen and corrected by what was really used", async () => {
    const { one, platform } = purses(1);
    const key = limitedKey({ tpm: 1_000 });
    const hold = await one.hold(key, undefined, ask(platform, 0, 900));
    await expect(one.hold(key, undefined, ask(platform, 0, 500))).rejects.toMatchObject({
      code: "rate_limited",
    });
    one.settle(hold, { nanoUsd: 0, tokens: 100 });
    await one.flush();
    const next = await one.hold(key, undefined, ask(platform, 0, 500));
    one.release(next);
  });

  test("no more requests at once than the key may have, over all isolates", async () => {
    const { all, platform } = purses(3);
    const key = limitedKey({ concurrency: 4 });
    const holds = all.flatMap((purse) =>
      Array.from({ length: 3 }, () => purse.hold(key, undefined, ask(platform, 0))),
    );
    const { granted, refused } = await outcomeOf(holds);
    expect(granted).toHaveLength(4);
    expect(new Set(refused)).toEqual(new Set(["rate_limited"]));
  });
});
