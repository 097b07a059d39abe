/** Random exchanges of two purses with one ledger, for the suites that every actor passes. */
import fc from "fast-check";

/** Far ahead of every real clock: an alarm of the host that came due would settle what the script holds. */
const START_MS = Date.UTC(2126, 10, 24, 23, 59);
const amount = fc.nat({ max: 2_000 });
const holdId = fc.nat({ max: 12 }).map((n) => `hold_${n}`);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;

const hold = record({
  id: holdId,
  nanoUsd: amount,
  tokens: amount,
  requests: fc.constantFrom(0, 1),
  deadlineMs: fc.nat({ max: 90_000 }).map((ms) => START_MS + ms),
});

const limits = record({
  keyDayNanoUsd: maybe(fc.nat({ max: 20_000 })),
  keyMonthNanoUsd: maybe(fc.nat({ max: 40_000 })),
  projectDayNanoUsd: maybe(fc.nat({ max: 40_000 })),
  projectMonthNanoUsd: maybe(fc.nat({ max: 80_000 })),
  rpm: maybe(fc.nat({ max: 60 })),
  tpm: maybe(fc.nat({ max: 10_000 })),
  concurrency: maybe(fc.nat({ max: 8 })),
});

const key = record({
  keyId: fc.constantFrom("key_a", "__proto__"),
  limits,
  closed: fc.array(
    record({
      id: fc.nat({ max: 6 }),
      spentNanoUsd: amount,
      requests: fc.nat({ max: 5 }),
      tokens: amount,
      opened: fc.array(hold, { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
  settled: fc.array(record({ id: holdId, nanoUsd: amount, tokens: amount }), { maxLength: 2 }),
  needs: fc.array(hold, { maxLength: 3 }),
  want: maybe(
    record({
      requests: fc.nat({ max: 9 }),
      nanoUsd: amount,
      tokens: amount,
      slots: fc.nat({ max: 3 }),
    }),
  ),
});

const report = record({
  purse: fc.constantFrom("purse_1", "purse_2"),
  seq: fc.integer({ min: 1, max: 8 }),
  timeZone: fc.constantFrom(undefined, "Pacific/Auckland", "America/St_Johns", "no/zone"),
  keys: fc.array(key, { maxLength: 2 }),
});

/** Mostly seconds apart, now and then an hour back or ahead. */
const atMs = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 120_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -3_600_000, max: 3_600_000 }) },
);

/** The script. */
export const ledgerScript: fc.Arbitrary<
  readonly { readonly method: string; readonly args: readonly unknown[] }[]
> = fc.array(
  fc.oneof(
    fc.tuple(report, atMs).map(([one, ms]) => ({ method: "exchange", args: [one, START_MS + ms] })),
    fc
      .tuple(fc.constantFrom("key_a", "key_z"), atMs)
      .map(([keyId, ms]) => ({ method: "usage", args: [keyId, START_MS + ms] })),
  ),
  { minLength: 1, maxLength: 12 },
);
