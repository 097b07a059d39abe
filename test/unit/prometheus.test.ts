import fc from "fast-check";
import { expect, test } from "vitest";
import { renderPrometheus } from "../../src/prometheus.ts";
import { createMeterRegistry, METRICS, type MeterDelta, seriesKey } from "../../src/telemetry.ts";
import { runs } from "../fakes/long.ts";

const NOTHING: MeterDelta = { counters: {}, histograms: {} };

test("a counter, a histogram and a gauge, in the table's order, each told once", () => {
  const meter = createMeterRegistry();
  for (const value of [0.01, 0.3, 9]) {
    meter.observe("tokenhub_token_estimate_error", { model: "m", provider: "p" }, value);
  }
  meter.count("tokenhub_cost_usd_total", { model: "m", provider: "p" }, 0.25);
  const gauges = [{ key: seriesKey("tokenhub_open_streams", {}), value: 3 }];
  expect(renderPrometheus(meter.take() ?? NOTHING, gauges)).toBe(`\
# HELP tokenhub_cost_usd_total Cost of all attempts, settled or estimated.
# TYPE tokenhub_cost_usd_total counter
tokenhub_cost_usd_total{model="m",provider="p"} 0.25
# HELP tokenhub_token_estimate_error ${METRICS.tokenhub_token_estimate_error.help}
# TYPE tokenhub_token_estimate_error histogram
tokenhub_token_estimate_error_bucket{model="m",provider="p",le="0.01"} 1
tokenhub_token_estimate_error_bucket{model="m",provider="p",le="0.02"} 1
tokenhub_token_estimate_error_bucket{model="m",provider="p",le="0.05"} 1
tokenhub_token_estimate_error_bucket{model="m",provider="p",le="0.1"} 1
tokenhub_token_estimate_error_bucket{model="m",provider="p",le="0.2"} 1
tokenhub_token_estimate_error_bucket{model="m",provider="p",le="0.5"} 2
tokenhub_token_estimate_error_bucket{model="m",provider="p",le="1"} 2
tokenhub_token_estimate_error_bucket{model="m",provider="p",le="2"} 2
tokenhub_token_estimate_error_bucket{model="m",provider="p",le="+Inf"} 3
tokenhub_token_estimate_error_sum{model="m",provider="p"} 9.31
tokenhub_token_estimate_error_count{model="m",provider="p"} 3
# HELP tokenhub_open_streams Streams that are open to clients now.
# TYPE tokenhub_open_streams gauge
tokenhub_open_streams 3
`);
});

test("a histogram without labels has only le", () => {
  const meter = createMeterRegistry();
  meter.observe("tokenhub_overhead_ms", {}, 0.1);
  const text = renderPrometheus(meter.take() ?? NOTHING, []);
  expect(text).toContain('tokenhub_overhead_ms_bucket{le="0.1"} 1\n');
  expect(text).toContain("tokenhub_overhead_ms_sum 0.1\ntokenhub_overhead_ms_count 1\n");
});

test("a series of no known metric is left out", () => {
  expect(renderPrometheus({ counters: { evil: 1 }, histograms: {} }, [])).toBe("");
});

test("whatever a model is called, every line is a valid sample", () => {
  const line = /^[a-z_]+(\{([a-z]+="([^"\\\n]|\\["\\n])*",?)+\})? \S+$/;
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string(), (model, provider) => {
      const meter = createMeterRegistry();
      meter.count("tokenhub_cost_usd_total", { model, provider });
      meter.observe("tokenhub_ttft_ms", { model, provider }, 12);
      const lines = renderPrometheus(meter.take() ?? NOTHING, [])
        .split("\n")
        .slice(0, -1);
      for (const each of lines) if (!each.startsWith("# ")) expect(each).toMatch(line);
    }),
    { numRuns: runs(100, 5_000) },
  );
});
