/** Places for questions that are under way. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createSlots } from "../../../src/asks/slots.ts";
import { quiet } from "../../fakes/hand-clock.ts";
import { runs } from "../../fakes/long.ts";

test("never more are inside than there are places, and whoever waits gets in by turn", async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 6 }),
    fc.array(fc.nat(9), { minLength: 1, maxLength: 40 }),
    async (max, draws) => {
      const slots = createSlots(max);
      const inside: (() => void)[] = [];
      const entered: number[] = [];
      const coming = draws.map(async (_, index) => {
        inside.push(await slots.enter());
        entered.push(index);
      });
      for (const drawn of draws) {
        await quiet();
        expect(inside.length).toBeLessThanOrEqual(max);
        inside.splice(drawn % Math.max(1, inside.length), 1)[0]?.();
      }
      await Promise.all(coming);
      expect(entered).toEqual(draws.map((_, index) => index));
    },
  );
  await fc.assert(property, { numRuns: runs(100, 2_000) });
});

test("who leaves twice makes room once", async () => {
  const slots = createSlots(1);
  const leave = await slots.enter();
  leave();
  leave();
  await slots.enter();
  let isIn = false;
  void slots.enter().then(() => {
    isIn = true;
  });
  await quiet();
  expect(isIn).toBe(false);
});
