/** How fast passwords may be tried: a delay that grows, a ceiling per hour, and no lock for ever. */

/** What is remembered of wrong passwords; it outlives the process. */
export interface Guesses {
  /** Wrong ones since the last right one. */
  readonly failures: number;
  /** Unix ms of the newest of them, at most `HOURLY_MAX`. */
  readonly failedAtMs: readonly number[];
  /** 0: at once. */
  readonly refusedUntilMs: number;
}

/** Nothing was tried. */
export const NO_GUESSES: Guesses = { failures: 0, failedAtMs: [], refusedUntilMs: 0 };

/** The first wrong ones cost nothing: typing errors. */
const FREE_FAILURES = 3;
const DELAY_MS_MAX = 300_000;
const HOUR_MS = 3_600_000;
/** An attacker's guesses in one hour, whatever the delays add up to. */
const HOURLY_MAX = 20;

/** After one more wrong password: 0, 0, 0, 1, 2, 4, … 300 s until the next. */
export function failed(guesses: Guesses, nowMs: number): Guesses {
  const failures = guesses.failures + 1;
  const failedAtMs = [...guesses.failedAtMs, nowMs].slice(-HOURLY_MAX);
  const doublings = failures - FREE_FAILURES - 1;
  const delayMs = doublings < 0 ? 0 : Math.min(DELAY_MS_MAX, 1000 * 2 ** doublings);
  const oldest = failedAtMs.length === HOURLY_MAX ? (failedAtMs[0] ?? 0) + HOUR_MS : 0;
  const refusedUntilMs = delayMs > 0 ? nowMs + delayMs : 0;
  return { failures, failedAtMs, refusedUntilMs: Math.max(refusedUntilMs, oldest) };
}

/** Milliseconds until the next password is looked at; 0: now. A clock that was set back locks nobody out. */
export function refusedForMs({ refusedUntilMs }: Guesses, nowMs: number): number {
  const left = refusedUntilMs - nowMs;
  return left <= 0 || left > HOUR_MS ? 0 : left;
}
