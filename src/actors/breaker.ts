/** The circuit breaker of one model at one provider (docs/ROUTING.md, Attempts): pure state, no clock. */

export interface Breaker {
  /** Openings since it was last closed; 0: closed. */
  openings: number;
  openUntilMs: number;
  /** Successes since it became half-open. */
  successes: number;
  /** Failures in a row while closed. */
  consecutive: number;
  /** The last 30 s of a closed breaker, newest slot last. */
  slots: { readonly index: number; ok: number; bad: number }[];
}

const CONSECUTIVE_MAX = 5;
const RATE_MAX = 0.5;
const RATE_SAMPLES_MIN = 10;
const SLOTS = 10;
const SLOT_MS = 3_000;
const OPEN_MS = 30_000;
const OPEN_MS_MAX = 300_000;
/** Share of traffic by successes since half-open; one more success closes. */
const RAMP = [0.1, 0.1, 0.5];

/** Closed, without memory. */
export function newBreaker(): Breaker {
  return { openings: 0, openUntilMs: 0, successes: 0, consecutive: 0, slots: [] };
}

/** `nowMs` decides between open and half-open. */
export function breakerState(breaker: Breaker, nowMs: number): "closed" | "open" | "half-open" {
  if (breaker.openings === 0) return "closed";
  return nowMs < breaker.openUntilMs ? "open" : "half-open";
}

/** 0.1 (only a probe, and after its success), 0.5 or 1 (closed). */
export function rampOf(breaker: Breaker): number {
  return breaker.openings === 0 ? 1 : (RAMP[breaker.successes] ?? 1);
}

/** Counts one outcome that tells about the provider's health. */
export function record(breaker: Breaker, outcome: { failed: boolean; atMs: number }): void {
  if (breaker.openings > 0) recordProbe(breaker, outcome);
  else recordClosed(breaker, outcome);
}

function recordProbe(breaker: Breaker, { failed, atMs }: { failed: boolean; atMs: number }): void {
  // What ends while it is open was sent before it opened: no news.
  if (atMs < breaker.openUntilMs) return;
  if (failed) {
    open(breaker, atMs);
  } else {
    breaker.successes += 1;
    if (breaker.successes >= RAMP.length) Object.assign(breaker, newBreaker());
  }
}

function recordClosed(breaker: Breaker, { failed, atMs }: { failed: boolean; atMs: number }): void {
  breaker.consecutive = failed ? breaker.consecutive + 1 : 0;
  const slot = slotAt(breaker, Math.floor(atMs / SLOT_MS));
  if (slot && failed) slot.bad += 1;
  else if (slot) slot.ok += 1;
  let bad = 0;
  let all = 0;
  for (const each of breaker.slots) {
    bad += each.bad;
    all += each.bad + each.ok;
  }
  const tooMany = all >= RATE_SAMPLES_MIN && bad >= RATE_MAX * all;
  if (failed && (breaker.consecutive >= CONSECUTIVE_MAX || tooMany)) open(breaker, atMs);
}

function open(breaker: Breaker, atMs: number): void {
  const openings = breaker.openings + 1;
  const openUntilMs = atMs + Math.min(OPEN_MS * openings, OPEN_MS_MAX);
  Object.assign(breaker, newBreaker(), { openings, openUntilMs });
}

/** The slot with this index; undefined when it is older than the window. Drops what left the window. */
function slotAt(breaker: Breaker, index: number): Breaker["slots"][number] | undefined {
  const newest = Math.max(index, breaker.slots.at(-1)?.index ?? index);
  breaker.slots = breaker.slots.filter((slot) => slot.index > newest - SLOTS);
  if (index <= newest - SLOTS) return undefined;
  const found = breaker.slots.find((slot) => slot.index === index);
  if (found) return found;
  const slot = { index, ok: 0, bad: 0 };
  breaker.slots.push(slot);
  breaker.slots.sort((a, b) => a.index - b.index);
  return slot;
}
