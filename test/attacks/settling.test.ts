/** Money is charged once, whichever way it was set aside. */
import { expect, test } from "vitest";
import { purses } from "../fakes/purses.ts";
import { limitedKey } from "../fakes/spenders.ts";

const WARM_UP = 12;
const KEY = limitedKey({ budgetDayNanoUsd: 1e9, rpm: 6_000, tpm: 1e9, concurrency: 100 });

test("row 123: settling twice charges once where the hold was answered from memory too", async () => {
  const { one, platform, usage } = purses(1);
  const hold = () =>
    one.hold(KEY, undefined, {
      ...{ nanoUsd: 100, tokens: 10 },
      deadlineMs: platform.nowMs() + 60_000,
    });
  const took = { nanoUsd: 7, tokens: 3 };
  for (let i = 0; i < WARM_UP; i += 1) one.settle(await hold(), took);
  const mine = hold();
  expect(mine).not.toBeInstanceOf(Promise);
  for (let i = 0; i < 3; i += 1) one.settle(await mine, took);
  await one.close();
  expect((await usage(KEY)).keyDay).toMatchObject({
    spentNanoUsd: (WARM_UP + 1) * took.nanoUsd,
    reservedNanoUsd: 0,
  });
});
