import { describe, expect, test } from "vitest";
import { combineViews } from "../../../src/actors/combine.ts";
import type { BucketView, PulseView } from "../../../src/platform.ts";

const closed: PulseView = {
  breaker: "closed",
  openUntilMs: 0,
  ramp: 1,
  failure: 0.02,
  samples: 10,
  ttftP50Ms: 100,
  ttftP95Ms: 200,
  tokenP50Ms: 10,
  outputTokensP50: 300,
  promptCorrection: undefined,
};
const open: PulseView = {
  ...closed,
  breaker: "open",
  openUntilMs: 500,
  ramp: 0.1,
  failure: 0.6,
  samples: 2,
  ttftP50Ms: 900,
  promptCorrection: { offset: 1, slope: 1 },
};
const pulseOf = (m: PulseView) => ({ pulse: { m }, bucket: {} });
const bucketOf = (m: BucketView) => ({ pulse: {}, bucket: { m } });

describe("combineViews", () => {
  test("the worse breaker wins whichever side it comes from, speed comes from more samples", () => {
    const expected = {
      ...closed,
      breaker: "open",
      openUntilMs: 500,
      ramp: 0.1,
      failure: 0.6,
      promptCorrection: { offset: 1, slope: 1 },
    };
    expect(combineViews(pulseOf(open), pulseOf(closed)).pulse.m).toEqual(expected);
    expect(combineViews(pulseOf(closed), pulseOf(open)).pulse.m).toEqual(expected);
  });

  test("of two open breakers the later counts", () => {
    const later = { ...open, openUntilMs: 900 };
    expect(combineViews(pulseOf(later), pulseOf(open)).pulse.m?.openUntilMs).toBe(900);
    expect(combineViews(pulseOf(open), pulseOf(later)).pulse.m?.openUntilMs).toBe(900);
  });

  test("the later throttle keeps its reason, the smaller headroom counts", () => {
    const throttled = { throttledUntilMs: 9, reason: "rate_limited", headroom: 1 } as const;
    const low = { throttledUntilMs: 0, reason: undefined, headroom: 0.2 };
    const expected = { throttledUntilMs: 9, reason: "rate_limited", headroom: 0.2 };
    expect(combineViews(bucketOf(throttled), bucketOf(low)).bucket.m).toEqual(expected);
    expect(combineViews(bucketOf(low), bucketOf(throttled)).bucket.m).toEqual(expected);
  });

  test("what only one side knows is kept", () => {
    const both = combineViews(
      { pulse: { a: open }, bucket: {} },
      { pulse: { b: closed }, bucket: {} },
    );
    expect(both.pulse).toEqual({ a: open, b: closed });
  });
});
