/** A token bucket: one minute's worth at most, refilled evenly. Requests or tokens per minute of a key. */

/** How full it is. */
export interface Rate {
  /** May be below 0: more was taken than had been foreseen. */
  level: number;
  atMs: number;
}

const MINUTE_MS = 60_000;

/** A full one. */
export function newRate(perMinute: number, nowMs: number): Rate {
  return { level: perMinute, atMs: nowMs };
}

/** Adds what came in since; `nowMs` must not run backwards (`clock.ts`). */
export function refill(rate: Rate, perMinute: number, nowMs: number): void {
  const passedMs = Math.max(0, nowMs - rate.atMs);
  rate.level = Math.min(perMinute, rate.level + (passedMs * perMinute) / MINUTE_MS);
  rate.atMs = Math.max(rate.atMs, nowMs);
}

/**
 * Takes `n`, or gives back when negative. It never holds more than one minute's worth, and never owes more:
 * so it is never stuck for longer than two minutes.
 */
export function take(rate: Rate, perMinute: number, n: number): void {
  rate.level = Math.max(-perMinute, Math.min(perMinute, rate.level - n));
}

/** Until `n` are there, ms; undefined: now. What is more than it can ever hold waits for a full one. */
export function waitMs(rate: Rate, perMinute: number, n: number): number | undefined {
  const missing = needed(perMinute, n) - rate.level;
  if (missing <= 0) return undefined;
  return perMinute > 0 ? Math.ceil((missing * MINUTE_MS) / perMinute) : MINUTE_MS;
}

/** At least 1 even where nothing is allowed, so that a rate of 0 refuses everything. */
function needed(perMinute: number, n: number): number {
  return perMinute > 0 ? Math.min(n, perMinute) : Math.max(n, 1);
}
