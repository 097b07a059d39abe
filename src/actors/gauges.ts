/** The shared state as metrics: what `/metrics` shows of breakers and buckets. */
import type { ProviderView } from "../platform.ts";
import type { GaugeSample } from "../prometheus.ts";
import { seriesKey } from "../telemetry.ts";

const BREAKER = { closed: 0, "half-open": 1, open: 2 } as const;

/** One sample per breaker and two per bucket of these providers. */
export function stateGauges(
  providers: Readonly<Record<string, ProviderView>>,
  nowMs: number,
): GaugeSample[] {
  const samples: GaugeSample[] = [];
  for (const [provider, view] of Object.entries(providers)) {
    for (const [model, { breaker, openUntilMs }] of Object.entries(view.pulse)) {
      const state = breaker === "open" && openUntilMs <= nowMs ? "half-open" : breaker;
      const key = seriesKey("tokenhub_breaker_state", { provider, model });
      samples.push({ key, value: BREAKER[state] });
    }
    for (const [pair, { throttledUntilMs, headroom }] of Object.entries(view.bucket)) {
      const [credential = "", model = ""] = pair.split("\n");
      const labels = { provider, credential, model };
      samples.push(
        {
          key: seriesKey("tokenhub_bucket_throttled", labels),
          value: throttledUntilMs > nowMs ? 1 : 0,
        },
        { key: seriesKey("tokenhub_bucket_headroom", labels), value: headroom },
      );
    }
  }
  return samples;
}
