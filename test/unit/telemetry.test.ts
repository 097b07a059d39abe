import { describe, expect, test } from "vitest";
import { createMeterRegistry, SERIES_MAX, seriesKey } from "../../src/telemetry.ts";

const labels = { mode: "normal", model: "m", provider: "p", status: "200" };

describe("meter registry", () => {
  test("counts add up by series, and leave with take", () => {
    const meter = createMeterRegistry();
    meter.count("tokenhub_requests_total", labels);
    meter.count("tokenhub_requests_total", labels, 2);
    meter.count("tokenhub_requests_total", { ...labels, status: "502" });
    expect(meter.take()).toEqual({
      counters: {
        'tokenhub_requests_total{mode="normal",model="m",provider="p",status="200"}': 3,
        'tokenhub_requests_total{mode="normal",model="m",provider="p",status="502"}': 1,
      },
      histograms: {},
    });
    expect(meter.take()).toBeUndefined();
  });

  test("a sample on a bucket's bound belongs to it, one beyond all to the last", () => {
    const meter = createMeterRegistry();
    for (const value of [0.01, 0.02, 0.021, 99]) {
      meter.observe("tokenhub_token_estimate_error", { model: "m", provider: "p" }, value);
    }
    const delta = meter.take();
    expect(Object.values(delta?.histograms ?? {})).toEqual([
      { counts: [1, 1, 1, 0, 0, 0, 0, 0, 1], sum: 99.051 },
    ]);
  });

  test("a series goes on after it was taken", () => {
    const meter = createMeterRegistry();
    for (let i = 0; i < 2; i += 1) {
      meter.observe("tokenhub_overhead_ms", {}, 1);
      meter.count("tokenhub_log_rows_dropped_total", {}, 4);
      const delta = meter.take();
      expect(delta?.counters).toEqual({ tokenhub_log_rows_dropped_total: 4 });
      expect(delta?.histograms.tokenhub_overhead_ms?.sum).toBe(1);
    }
  });

  test("beyond the bound new series are one whose labels say other; known ones go on", () => {
    const meter = createMeterRegistry();
    for (let i = 0; i < SERIES_MAX + 50; i += 1) {
      meter.count("tokenhub_cost_usd_total", { model: `m${i}`, provider: "p" });
    }
    meter.count("tokenhub_cost_usd_total", { model: "m0", provider: "p" });
    const counters = meter.take()?.counters ?? {};
    expect(Object.keys(counters)).toHaveLength(SERIES_MAX + 1);
    expect(counters['tokenhub_cost_usd_total{model="other",provider="other"}']).toBe(50);
    expect(counters['tokenhub_cost_usd_total{model="m0",provider="p"}']).toBe(2);
  });

  test("quotes, backslashes and line feeds in labels are escaped", () => {
    const key = seriesKey("tokenhub_cost_usd_total", { model: 'a"b\\c\nd', provider: "p" });
    expect(key).toBe('tokenhub_cost_usd_total{model="a\\"b\\\\c\\nd",provider="p"}');
  });
});
