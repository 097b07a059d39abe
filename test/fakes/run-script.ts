/** Calls to one plan's object, in any order and at any time within two days. */
import fc from "fast-check";

type Script = readonly { readonly method: string; readonly args: readonly unknown[] }[];

const START_MS = 1_800_000_000_000;
const text = fc.constantFrom("t1.a", "t1.bb", "x".repeat(2 * 1024 * 1024 + 1));
const attempt = fc.integer({ min: 1, max: 4 });
const key = fc.constantFrom("planner/0/0", "critic/0/0", "__proto__", "k".repeat(200));
/** Mostly seconds; now and then hours, or back. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 40_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -60_000, max: 20 * 3_600_000 }) },
);

const call = (method: string, ...args: fc.Arbitrary<unknown>[]) =>
  fc.tuple(...args).map((values) => ({ method, args: values }));

function callAt(nowMs: number) {
  const now = fc.constant(nowMs);
  const given = text.map((request) => ({
    ...{ planId: "plan_1", keyId: "key_a", request },
    ...{ createdAtMs: nowMs, expiresAtMs: nowMs + 30 * 3_600_000 },
  }));
  return fc.oneof(
    { weight: 3, arbitrary: call("create", given) },
    { weight: 4, arbitrary: call("begin", now) },
    {
      weight: 4,
      arbitrary: call(
        "note",
        attempt,
        fc.tuple(key, text).map(([k, entry]) => ({ key: k, entry })),
        now,
      ),
    },
    { weight: 2, arbitrary: call("renew", attempt, now) },
    { weight: 2, arbitrary: call("release", attempt, fc.boolean(), now) },
    {
      weight: 1,
      arbitrary: call(
        "finish",
        attempt,
        fc
          .tuple(fc.constantFrom("done", "failed"), text)
          .map(([status, result]) => ({ status, result })),
        now,
      ),
    },
    { weight: 1, arbitrary: call("cancel", now) },
    { weight: 2, arbitrary: call("due", now) },
    { weight: 2, arbitrary: call("view", now) },
  );
}

/** Random calls; the last argument of all but `create` is the time. */
export const runScript: fc.Arbitrary<Script> = fc
  .array(step, { minLength: 1, maxLength: 14 })
  .chain((steps) => {
    let nowMs = START_MS;
    return fc.tuple(
      ...steps.map((one) => {
        nowMs += one;
        return callAt(nowMs);
      }),
    );
  });
