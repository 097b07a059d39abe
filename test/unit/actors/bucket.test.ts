import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bucket } from "../../../src/actors/bucket.ts";
import type { Outcome } from "../../../src/platform.ts";
import { runs } from "../../fakes/long.ts";
import { outcome } from "../../fakes/outcomes.ts";

const T0 = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const KEY = "KEY\nm";

/** Observes one outcome at its own time. */
function see(bucket: Bucket, atMs: number, given: Partial<Outcome>) {
  return bucket.observe([outcome({ atMs, ...given })], atMs);
}

const limited = { result: "rate_limited" } as const;

describe("bucket", () => {
  test("a 429 holds back this credential and model until Retry-After", () => {
    const view = see(new Bucket(), T0, { ...limited, limits: { retryAfterMs: 7_000 } });
    expect(view).toEqual({
      [KEY]: { throttledUntilMs: T0 + 7_000, reason: "rate_limited", headroom: 1 },
    });
  });

  test("without Retry-After the reset of the exhausted limit counts", () => {
    const limits = { requestsRemaining: 0, resetMs: 9_000 };
    const view = see(new Bucket(), T0, { ...limited, limits });
    expect(view[KEY]).toMatchObject({ throttledUntilMs: T0 + 9_000, headroom: 0 });
  });

  test("without any time it is 5 s, doubled each time, at most 60 s", () => {
    const bucket = new Bucket();
    const waits: number[] = [];
    let atMs = T0;
    for (let i = 0; i < 6; i += 1) {
      const untilMs = see(bucket, atMs, limited)[KEY]?.throttledUntilMs ?? 0;
      waits.push(untilMs - atMs);
      atMs = untilMs;
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  test("many 429 of one moment count once", () => {
    const bucket = new Bucket();
    const burst = Array.from({ length: 50 }, () => outcome({ ...limited, atMs: T0 }));
    expect(bucket.observe(burst, T0)[KEY]?.throttledUntilMs).toBe(T0 + 5_000);
  });

  test("a success after the throttle clears the growth, one during it does not", () => {
    const bucket = new Bucket();
    see(bucket, T0, limited);
    see(bucket, T0 + 1_000, {});
    expect(see(bucket, T0 + 5_000, limited)[KEY]?.throttledUntilMs).toBe(T0 + 15_000);
    see(bucket, T0 + 16_000, {});
    expect(see(bucket, T0 + 17_000, limited)[KEY]?.throttledUntilMs).toBe(T0 + 22_000);
  });

  test("quota and rejection hold back the whole credential, misconfiguration the offer", () => {
    const until = (result: Outcome["result"]) => see(new Bucket(), T0, { result });
    expect(until("quota_exhausted")).toEqual({
      "KEY\n*": { throttledUntilMs: T0 + 900_000, reason: "quota_exhausted", headroom: 1 },
    });
    expect(until("credential_rejected")).toEqual({
      "KEY\n*": { throttledUntilMs: T0 + 300_000, reason: "credential_rejected", headroom: 1 },
    });
    expect(until("misconfigured_candidate")).toEqual({
      "*\nm": { throttledUntilMs: T0 + 900_000, reason: "misconfigured_candidate", headroom: 1 },
    });
  });

  test("a shorter time never ends a longer one", () => {
    const bucket = new Bucket();
    see(bucket, T0, { result: "quota_exhausted" });
    const view = see(bucket, T0, { result: "credential_rejected" });
    expect(view["KEY\n*"]).toMatchObject({
      throttledUntilMs: T0 + 900_000,
      reason: "quota_exhausted",
    });
  });

  test("transient, fatal, overflow and aborted hold nothing back", () => {
    for (const result of ["transient", "fatal", "context_overflow", "aborted"] as const) {
      expect(see(new Bucket(), T0, { result })).toEqual({});
    }
  });

  test("headroom is the tightest limit, until its reset or for a minute", () => {
    const bucket = new Bucket();
    const limits = {
      requestsRemaining: 80,
      requestsLimit: 100,
      tokensRemaining: 1_000,
      tokensLimit: 10_000,
    };
    expect(see(bucket, T0, { limits })[KEY]?.headroom).toBe(0.1);
    expect(bucket.view(T0 + 59_999)[KEY]?.headroom).toBe(0.1);
    expect(bucket.view(T0 + 60_000)).toEqual({});
    see(bucket, T0 + 70_000, { limits: { requestsRemaining: 0, resetMs: 2_000 } });
    expect(bucket.view(T0 + 71_999)[KEY]?.headroom).toBe(0);
    expect(bucket.view(T0 + 72_000)).toEqual({});
  });

  test("an older answer does not overwrite a newer headroom", () => {
    const bucket = new Bucket();
    see(bucket, T0, { limits: { requestsRemaining: 5, requestsLimit: 10 } });
    const old = outcome({ atMs: T0 - 10, limits: { requestsRemaining: 9, requestsLimit: 10 } });
    expect(bucket.observe([old], T0)[KEY]?.headroom).toBe(0.5);
  });

  test("no throttle is shorter than 250 ms or longer than an hour", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (retryAfterMs) => {
        const view = see(new Bucket(), T0, { ...limited, limits: { retryAfterMs } });
        const waitMs = (view[KEY]?.throttledUntilMs ?? 0) - T0;
        expect(waitMs).toBeGreaterThanOrEqual(250);
        expect(waitMs).toBeLessThanOrEqual(HOUR_MS);
      }),
      { numRuns: runs(100, 2_000) },
    );
  });

  test("a clock that jumps back an hour keeps nothing held longer", () => {
    const bucket = new Bucket();
    see(bucket, T0, { ...limited, limits: { retryAfterMs: 8_000 } });
    const back = T0 - HOUR_MS;
    expect(bucket.view(back)[KEY]?.throttledUntilMs).toBe(back + 8_000);
    expect(bucket.view(back + 8_000)).toEqual({});
  });

  test("it keeps 1024 pairs, those seen last", () => {
    const bucket = new Bucket();
    for (let i = 0; i < 1_100; i += 1) see(bucket, T0, { ...limited, modelId: `m${i}` });
    const keys = Object.keys(bucket.view(T0));
    expect(keys).toHaveLength(1_024);
    expect(keys).toContain("KEY\nm1099");
  });
});
