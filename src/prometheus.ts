/** Metrics as Prometheus reads them. */
import { METRICS, type MeterDelta, type MetricName, type MetricRow } from "./telemetry.ts";

/** The value of one gauge series at the moment of a scrape; `key` by `seriesKey`. */
export interface GaugeSample {
  readonly key: string;
  readonly value: number;
}

/** Prometheus text exposition 0.0.4. Series whose metric is not in the table are left out. */
export function renderPrometheus(delta: MeterDelta, gauges: readonly GaugeSample[]): string {
  const lines = new Map<string, string[]>();
  const put = (key: string, each: readonly string[]) => {
    const name = key.split("{", 1)[0] ?? key;
    const list = lines.get(name) ?? [];
    lines.set(name, list);
    list.push(...each);
  };
  for (const [key, value] of Object.entries(delta.counters)) put(key, [`${key} ${value}`]);
  for (const [key, value] of Object.entries(delta.histograms)) put(key, histogramLines(key, value));
  for (const { key, value } of gauges) put(key, [`${key} ${value}`]);
  let text = "";
  for (const [name, row] of Object.entries(METRICS)) {
    const list = lines.get(name);
    if (!list) continue;
    text += `# HELP ${name} ${row.help}\n# TYPE ${name} ${row.kind}\n${list.join("\n")}\n`;
  }
  return text;
}

function histogramLines(key: string, value: MeterDelta["histograms"][string]): string[] {
  const brace = key.indexOf("{");
  const name = brace < 0 ? key : key.slice(0, brace);
  const labels = brace < 0 ? "" : key.slice(brace + 1, -1);
  const row: MetricRow | undefined = METRICS[name as MetricName];
  const bounds = [...(row?.buckets ?? []).map(String), "+Inf"];
  let below = 0;
  const lines = bounds.map((bound, index) => {
    below += value.counts[index] ?? 0;
    return `${name}_bucket{${labels}${labels && ","}le="${bound}"} ${below}`;
  });
  const suffix = labels && `{${labels}}`;
  return [...lines, `${name}_sum${suffix} ${value.sum}`, `${name}_count${suffix} ${below}`];
}
