import { describe, expect, test } from "vitest";
import { Meter } from "../../../src/actors/meter.ts";

describe("meter", () => {
  test("deltas add up, series by series and bucket by bucket", () => {
    const meter = new Meter();
    meter.add({ counters: { a: 1 }, histograms: { h: { counts: [1, 0], sum: 2 } } });
    meter.add({ counters: { a: 2, b: 1 }, histograms: { h: { counts: [1, 3], sum: 5 } } });
    expect(meter.total()).toEqual({
      counters: { a: 3, b: 1 },
      histograms: { h: { counts: [2, 3], sum: 7 } },
    });
  });

  test("beyond 10 000 series new ones are counted as dropped, known ones go on", () => {
    const meter = new Meter();
    const counters = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`s${i}`, 1]));
    meter.add({ counters, histograms: {} });
    meter.add({ counters: { new: 1, s0: 1 }, histograms: { h: { counts: [1], sum: 1 } } });
    const { counters: total, histograms } = meter.total();
    expect(total.s0).toBe(2);
    expect(total.new).toBeUndefined();
    expect(histograms).toEqual({});
    expect(total.tokenhub_series_dropped_total).toBe(2);
  });
});
