/** Metrics of all isolates, added up. */
import type { MeterDelta } from "../telemetry.ts";
import type { Actor } from "./actor.ts";

/** Series kept; each isolate already folds its own (`SERIES_MAX` in telemetry.ts). */
const SERIES_MAX = 10_000;
/** Counts what came for series beyond the bound. */
const DROPPED = "tokenhub_series_dropped_total";

interface Histogram {
  readonly counts: number[];
  sum: number;
}

/** One, or as many as there are shards. */
export class Meter implements Actor {
  static readonly through = [] as const;
  static readonly reads = ["total"] as const;
  readonly version = 1;
  #counters = new Map<string, number>();
  #histograms = new Map<string, Histogram>();

  restore(snapshot: unknown): void {
    if (snapshot === undefined) return;
    const saved = structuredClone(snapshot) as {
      counters: [string, number][];
      histograms: [string, Histogram][];
    };
    this.#counters = new Map(saved.counters);
    this.#histograms = new Map(saved.histograms);
  }

  snapshot(): unknown {
    return structuredClone({
      counters: [...this.#counters],
      histograms: [...this.#histograms],
    });
  }

  wakeAtMs(): undefined {}

  wake(): void {}

  /** Adds what one isolate counted since its last call. */
  add(delta: MeterDelta): void {
    for (const [key, value] of Object.entries(delta.counters)) this.#count(key, value);
    for (const [key, { counts, sum }] of Object.entries(delta.histograms)) {
      const histogram = this.#histograms.get(key) ?? { counts: [], sum: 0 };
      if (!this.#histograms.has(key)) {
        if (this.#isFull()) {
          this.#count(DROPPED, 1);
          continue;
        }
        this.#histograms.set(key, histogram);
      }
      for (const [index, count] of counts.entries()) {
        histogram.counts[index] = (histogram.counts[index] ?? 0) + count;
      }
      histogram.sum += sum;
    }
  }

  /** Everything since the beginning. */
  total(): MeterDelta {
    return structuredClone({
      counters: Object.fromEntries(this.#counters),
      histograms: Object.fromEntries(this.#histograms),
    });
  }

  #count(key: string, value: number): void {
    const known = this.#counters.get(key);
    if (known === undefined && key !== DROPPED && this.#isFull()) this.#count(DROPPED, 1);
    else this.#counters.set(key, (known ?? 0) + value);
  }

  #isFull(): boolean {
    return this.#counters.size + this.#histograms.size >= SERIES_MAX;
  }
}
