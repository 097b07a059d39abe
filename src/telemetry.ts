/** Every log event and every metric, by name. Labels come from closed sets; no bodies, no secrets. */
import type { AlertEvent } from "./administration.ts";
import type { FaultClass } from "./errors.ts";

/** Typed log events; what is not declared here cannot be logged. */
export type LogEvent =
  | {
      type: "request-done";
      level: "info";
      requestId: string;
      keyId: string;
      door: string;
      status: number;
      code?: string;
      model?: string;
      provider?: string;
      attempts: number;
      latencyMs: number;
      stream: boolean;
    }
  | {
      type: "attempt-failed";
      level: "warn";
      requestId: string;
      provider: string;
      model: string;
      class: FaultClass;
      what: string;
    }
  | { type: "internal-error"; level: "error"; requestId: string; where: string; error: string }
  | { type: "deferred-failed"; level: "error"; where: string; error: string }
  | {
      type: "registry-loaded";
      level: "info";
      version: number;
      providers: number;
      candidates: number;
    }
  | { type: "registry-unreadable"; level: "error"; error: string }
  | { type: "discovery-done"; level: "info"; provider: string; models: number }
  | { type: "discovery-failed"; level: "warn"; provider: string; what: string }
  | { type: "rows-dropped"; level: "error"; rows: number }
  | { type: "alert-undelivered"; level: "warn"; event: AlertEvent; webhook: string }
  | { type: "setting-unknown"; level: "warn"; name: string; nearest?: string }
  | { type: "server-listening"; level: "info"; url: string }
  | { type: "server-stopping"; level: "info"; openStreams: number }
  | { type: "server-stopped"; level: "info" };

/** Counters and histograms as they leave an isolate: additive, merged by `actors/meter.ts`. */
export interface MeterDelta {
  /** Series key: name + rendered labels. */
  readonly counters: Readonly<Record<string, number>>;
  readonly histograms: Readonly<
    Record<string, { readonly counts: readonly number[]; readonly sum: number }>
  >;
}

/** What is fixed about one metric. */
export interface MetricRow {
  readonly kind: "counter" | "histogram" | "gauge";
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds of a histogram's buckets; one more, without bound, follows. */
  readonly buckets?: readonly number[];
}

const WAIT_MS = [
  5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000,
] as const;

/** Every metric; the order is that of the exposition, the order of labels that of a series key. */
export const METRICS = {
  tokenhub_requests_total: {
    kind: "counter",
    labels: ["mode", "model", "provider", "status"],
    help: "Requests answered, by the HTTP status that the client saw.",
  },
  tokenhub_request_latency_ms: {
    kind: "histogram",
    labels: ["mode", "model", "provider"],
    help: "Time from a request's arrival to the end of its answer.",
    buckets: WAIT_MS,
  },
  tokenhub_cost_usd_total: {
    kind: "counter",
    labels: ["model", "provider"],
    help: "Cost of all attempts, settled or estimated.",
  },
  tokenhub_attempts_total: {
    kind: "counter",
    labels: ["model", "provider", "class"],
    help: "Attempts at providers, by error class; ok and aborted included.",
  },
  tokenhub_ttft_ms: {
    kind: "histogram",
    labels: ["model", "provider"],
    help: "Time from sending upstream to the first meaningful event.",
    buckets: WAIT_MS,
  },
  tokenhub_tokens_total: {
    kind: "counter",
    labels: ["model", "provider", "kind"],
    help: "Tokens as the provider counted them: prompt, cached, completion, reasoning.",
  },
  tokenhub_overhead_ms: {
    kind: "histogram",
    labels: [],
    help: "Time of a request that was not spent waiting for a provider.",
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1_000],
  },
  tokenhub_token_estimate_error: {
    kind: "histogram",
    labels: ["model", "provider"],
    help: "Distance of the prompt's estimate from the provider's count, as a share of the count.",
    buckets: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
  },
  tokenhub_log_rows_dropped_total: {
    kind: "counter",
    labels: [],
    help: "Request-log rows lost because the store did not take them in time.",
  },
  tokenhub_series_dropped_total: {
    kind: "counter",
    labels: [],
    help: "Metric samples lost because there were too many series.",
  },
  tokenhub_breaker_state: {
    kind: "gauge",
    labels: ["provider", "model"],
    help: "Circuit breaker: 0 closed, 1 half-open, 2 open.",
  },
  tokenhub_bucket_throttled: {
    kind: "gauge",
    labels: ["provider", "credential", "model"],
    help: "1 while no request may be sent: throttle, quota, rejected credential, misconfiguration.",
  },
  tokenhub_bucket_headroom: {
    kind: "gauge",
    labels: ["provider", "credential", "model"],
    help: "Share of the tightest limit that is free, as the provider last told.",
  },
  tokenhub_open_streams: {
    kind: "gauge",
    labels: [],
    help: "Streams that are open to clients now.",
  },
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof METRICS;
type NamesOf<K extends MetricRow["kind"]> = {
  [N in MetricName]: (typeof METRICS)[N]["kind"] extends K ? N : never;
}[MetricName];
export type LabelsOf<N extends MetricName> = Readonly<
  Record<(typeof METRICS)[N]["labels"][number], string>
>;

/** `name{a="x",b="y"}`, or the bare name without labels: how a series is called everywhere. */
export function seriesKey<N extends MetricName>(name: N, labels: LabelsOf<N>): string {
  const given: Readonly<Record<string, string>> = labels;
  const pairs = METRICS[name].labels.map((label) => `${label}="${escaped(given[label] ?? "")}"`);
  return pairs.length > 0 ? `${name}{${pairs.join(",")}}` : name;
}

/** Backslash, quote and line feed, as the exposition format wants. */
function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));
}

/** Counters and histograms of one isolate or process since the last `take`. */
export interface MeterRegistry {
  /** Adds `n` (1 when not given). */
  count<N extends NamesOf<"counter">>(name: N, labels: LabelsOf<N>, n?: number): void;
  observe<N extends NamesOf<"histogram">>(name: N, labels: LabelsOf<N>, value: number): void;
  /** A series for those who meet it often: its labels are looked up once. */
  series<N extends NamesOf<"counter" | "histogram">>(name: N, labels: LabelsOf<N>): Series;
  /** What was counted since the last call; undefined when nothing was. */
  take(): MeterDelta | undefined;
}

/** One counter or histogram with its labels; it outlives `take`. */
export interface Series {
  /** Adds to a counter, or takes a sample into a histogram. */
  add(value: number): void;
}

/** Series per registry; what comes beyond is counted under labels that all say `other`. */
export const SERIES_MAX = 2_000;

interface Cell {
  readonly key: string;
  readonly counts: number[];
  sum: number;
  touched: boolean;
}

/** Label value → next label's branch; the last holds the cell. A walk costs less than rendering a key. */
interface Branch {
  readonly next: Map<string, Branch>;
  cell: Cell | undefined;
}

/** An empty registry; one per isolate or process. */
export function createMeterRegistry(): MeterRegistry {
  const roots = new Map<MetricName, Branch>();
  let touched: Cell[] = [];
  let count = 0;

  function touch(cell: Cell): void {
    if (cell.touched) return;
    cell.touched = true;
    touched.push(cell);
  }

  function series<N extends NamesOf<"counter" | "histogram">>(
    name: N,
    labels: LabelsOf<N>,
  ): Series {
    const cell = found(name, labels) ?? made(name, labels);
    const row: MetricRow = METRICS[name];
    const { buckets } = row;
    return {
      add(value) {
        touch(cell);
        if (buckets) sample(cell, buckets, value);
        else cell.sum += value;
      },
    };
  }

  function found(name: MetricName, labels: Readonly<Record<string, string>>): Cell | undefined {
    let branch = roots.get(name);
    for (const label of METRICS[name].labels) branch = branch?.next.get(labels[label] ?? "");
    return branch?.cell;
  }

  function made<N extends MetricName>(name: N, labels: LabelsOf<N>): Cell {
    const full = count >= SERIES_MAX;
    const kept = full ? (otherLabels(name) as LabelsOf<N>) : labels;
    const known = full ? found(name, kept) : undefined;
    if (known) return known;
    count += 1;
    let branch = child(roots, name);
    const values: Readonly<Record<string, string>> = kept;
    for (const label of METRICS[name].labels) branch = child(branch.next, values[label] ?? "");
    branch.cell = { key: seriesKey(name, kept), counts: [], sum: 0, touched: false };
    return branch.cell;
  }

  return {
    count: (name, labels, n = 1) => series(name, labels).add(n),
    observe: (name, labels, value) => series(name, labels).add(value),
    series,
    take() {
      if (touched.length === 0) return undefined;
      const taken = touched;
      touched = [];
      return deltaOf(taken);
    },
  };
}

function sample(cell: Cell, buckets: readonly number[], value: number): void {
  if (cell.counts.length === 0) cell.counts.push(...buckets.map(() => 0), 0);
  let index = 0;
  while (index < buckets.length && value > (buckets[index] ?? 0)) index += 1;
  cell.counts[index] = (cell.counts[index] ?? 0) + 1;
  cell.sum += value;
}

function child<K>(branches: Map<K, Branch>, value: K): Branch {
  const branch = branches.get(value) ?? { next: new Map(), cell: undefined };
  branches.set(value, branch);
  return branch;
}

function otherLabels(name: MetricName): Record<string, string> {
  return Object.fromEntries(METRICS[name].labels.map((label) => [label, "other"]));
}

/** Reads the cells and sets them back to nothing. */
function deltaOf(cells: readonly Cell[]): MeterDelta {
  const counters: Record<string, number> = {};
  const histograms: Record<string, { counts: number[]; sum: number }> = {};
  for (const cell of cells) {
    if (cell.counts.length > 0) histograms[cell.key] = { counts: [...cell.counts], sum: cell.sum };
    else counters[cell.key] = cell.sum;
    cell.counts.length = 0;
    cell.sum = 0;
    cell.touched = false;
  }
  return { counters, histograms };
}
