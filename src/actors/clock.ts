/** Time inside an actor: it never runs backwards, so that no `until` can move away for hours. */

export interface Clock {
  lastMs: number;
  /** Inner time minus the callers' time. */
  offsetMs: number;
}

/** Callers (isolates) may differ by this much without being taken for a changed clock. */
const SKEW_MS = 10_000;

/** Before the first tick. */
export function newClock(): Clock {
  return { lastMs: 0, offsetMs: 0 };
}

/** Inner time for a caller's `nowMs`. A step back beyond the skew is absorbed into the offset. */
export function tick(clock: Clock, nowMs: number): number {
  const innerMs = nowMs + clock.offsetMs;
  if (innerMs >= clock.lastMs) {
    clock.lastMs = innerMs;
  } else if (clock.lastMs - innerMs > SKEW_MS) {
    clock.offsetMs += clock.lastMs - innerMs;
  }
  return clock.lastMs;
}
