/**
 * Decayed counts in bins, and over them a quantile sketch with logarithmic bins: relative error ≤ 6 %,
 * bounded memory, nothing stored per sample.
 */

export interface Tally {
  /** Sum of all bins. */
  total: number;
  readonly bins: number[];
  /** Weight of a sample added now; it grows instead of all older weights shrinking. */
  gain: number;
  atMs: number;
}

/** Weight of a sample halves in this time: today's congestion counts, this morning's does not. */
export const HALF_LIFE_MS = 5 * 60_000;
/** Before doubles lose small weights beside large ones. */
const GAIN_MAX = 1e9;

const VALUE_MIN = 0.1;
const GROWTH = 1.12;
/** Bins of a sketch: from 0.1 (fast tokens, in ms) to about 4 million. */
export const SKETCH_BINS = 155;

/** All bins empty. */
export function newTally(size: number): Tally {
  return { bins: new Array<number>(size).fill(0), total: 0, gain: 1, atMs: 0 };
}

/** Counts one sample. `nowMs` must not run backwards (`clock.ts`). */
export function add(tally: Tally, bin: number, nowMs: number): void {
  tally.gain *= growthTo(tally, nowMs);
  tally.atMs = nowMs;
  if (tally.gain > GAIN_MAX) {
    for (const [index, weight] of tally.bins.entries()) tally.bins[index] = weight / tally.gain;
    tally.total = sumOf(tally.bins);
    tally.gain = 1;
  }
  tally.bins[bin] = (tally.bins[bin] ?? 0) + tally.gain;
  tally.total += tally.gain;
}

/** Decayed count in one bin, or in all. */
export function weight(tally: Tally, nowMs: number, bin?: number): number {
  const sum = bin === undefined ? tally.total : (tally.bins[bin] ?? 0);
  return sum / tally.gain / growthTo(tally, nowMs);
}

/** The sketch's bin of a value; values outside its range go to the outermost bins. */
export function binOf(value: number): number {
  if (!(value > VALUE_MIN)) return 0;
  return Math.min(SKETCH_BINS - 1, Math.floor(Math.log(value / VALUE_MIN) / Math.log(GROWTH)));
}

/** The q-quantile (0–1) of a sketch, as the geometric middle of its bin; undefined when empty. */
export function quantile(sketch: Tally, q: number): number | undefined {
  // A hair less, so that the rounding of sums cannot skip the bin that holds it.
  const wanted = q * sketch.total * (1 - 1e-9);
  if (wanted <= 0) return undefined;
  let below = 0;
  let last = 0;
  for (let bin = 0; bin < sketch.bins.length; bin += 1) {
    const count = sketch.bins[bin] ?? 0;
    if (count === 0) continue;
    below += count;
    last = bin;
    if (below >= wanted) break;
  }
  return VALUE_MIN * GROWTH ** (last + 0.5);
}

/** JSON of a tally: bin, weight, bin, weight, … without the empty ones. */
export interface PackedTally {
  readonly bins: readonly number[];
  readonly total: number;
  readonly gain: number;
  readonly atMs: number;
}

/** The tally as JSON. */
export function pack(tally: Tally): PackedTally {
  const bins = [...tally.bins.entries()].filter(([, count]) => count !== 0).flat();
  return { bins, total: tally.total, gain: tally.gain, atMs: tally.atMs };
}

/** The same tally again; `size` is its number of bins. */
export function unpack(packed: PackedTally, size: number): Tally {
  const tally = newTally(size);
  for (let at = 0; at < packed.bins.length; at += 2) {
    tally.bins[packed.bins[at] ?? 0] = packed.bins[at + 1] ?? 0;
  }
  const { total, gain, atMs } = packed;
  return Object.assign(tally, { total, gain, atMs });
}

function sumOf(bins: readonly number[]): number {
  let sum = 0;
  for (const count of bins) sum += count;
  return sum;
}

function growthTo(tally: Tally, nowMs: number): number {
  return nowMs > tally.atMs ? 2 ** ((nowMs - tally.atMs) / HALF_LIFE_MS) : 1;
}
