/** Limits of one provider: who may not be asked before when, and how much quota is left. */
import { FAULTS, type FaultClass } from "../errors.ts";
import type { BucketView, Outcome, RateSignals } from "../platform.ts";
import type { Actor } from "./actor.ts";
import { type Clock, newClock, tick } from "./clock.ts";
import { recent } from "./recent.ts";

interface Entry {
  untilMs: number;
  reason?: FaultClass;
  /** Throttles in a row that came without a time of their own. */
  growth: number;
  headroom: number;
  headroomAtMs: number;
  headroomUntilMs: number;
}

/** (credential, model) pairs kept per provider. */
const ENTRIES_MAX = 1_024;
const THROTTLE_MS_MIN = 250;
const THROTTLE_MS_MAX = 3_600_000;
/** A throttle that came without a time: 5 s, doubled each time, up to this. */
const GROWN_MS_MAX = 60_000;
/** Quotas are per minute at most providers: what a header said is void after that. */
const HEADROOM_MS_MAX = 60_000;

/** What a fault class leaves out, as a key of the view. */
const KEYS = {
  "credential-model": ({ credential, modelId }) => `${credential}\n${modelId}`,
  credential: ({ credential }) => `${credential}\n*`,
  offer: ({ modelId }) => `*\n${modelId}`,
} as const satisfies Record<string, (outcome: Outcome) => string>;

/** One per provider. */
export class Bucket implements Actor {
  static readonly through = [] as const;
  static readonly reads = ["view"] as const;
  readonly version = 1;
  #clock: Clock = newClock();
  #entries = new Map<string, Entry>();

  restore(snapshot: unknown): void {
    if (snapshot === undefined) return;
    const saved = structuredClone(snapshot) as { clock: Clock; entries: [string, Entry][] };
    this.#clock = saved.clock;
    this.#entries = new Map(saved.entries);
  }

  snapshot(): unknown {
    return structuredClone({ clock: this.#clock, entries: [...this.#entries] });
  }

  wakeAtMs(): undefined {}

  wake(): void {}

  /** Takes in what attempts told; answers the view that follows from it. */
  observe(outcomes: readonly Outcome[], nowMs: number): Record<string, BucketView> {
    this.note(outcomes, nowMs);
    return this.view(nowMs);
  }

  /** The same without an answer: what an isolate does with each outcome of its own. */
  note(outcomes: readonly Outcome[], nowMs: number): void {
    const innerMs = tick(this.#clock, nowMs);
    for (const outcome of outcomes) this.#take(outcome, innerMs);
  }

  /**
   * By `${credential}\n${modelId}`, where `*` stands for every model or every credential; what is free
   * with all its quota is not listed. Times are the caller's.
   */
  view(nowMs: number): Record<string, BucketView> {
    const innerMs = tick(this.#clock, nowMs);
    const views: [string, BucketView][] = [];
    for (const [key, entry] of this.#entries) {
      const held = entry.untilMs > innerMs;
      const headroom = entry.headroomUntilMs > innerMs ? entry.headroom : 1;
      if (!held && headroom === 1) continue;
      views.push([
        key,
        {
          throttledUntilMs: held ? entry.untilMs - this.#clock.offsetMs : 0,
          reason: held ? entry.reason : undefined,
          headroom,
        },
      ]);
    }
    return Object.fromEntries(views);
  }

  #take(outcome: Outcome, innerMs: number): void {
    const atMs = Math.min(outcome.atMs + this.#clock.offsetMs, innerMs);
    this.#takeHeadroom(outcome, atMs);
    const { result } = outcome;
    if (result === "aborted") return;
    if (result === "ok") {
      const entry = this.#entries.get(KEYS["credential-model"](outcome));
      if (entry && atMs >= entry.untilMs) entry.growth = 0;
      return;
    }
    const { scope, excludeMs } = FAULTS[result];
    if (scope === "none") return;
    const entry = this.#entry(KEYS[scope](outcome));
    const forMs =
      result === "rate_limited"
        ? throttleMs(entry, { outcome, atMs, firstMs: excludeMs })
        : excludeMs;
    if (atMs + forMs <= entry.untilMs) return;
    entry.untilMs = atMs + forMs;
    entry.reason = result;
  }

  #takeHeadroom(outcome: Outcome, atMs: number): void {
    const headroom = headroomOf(outcome.limits);
    if (headroom === undefined) return;
    const entry = this.#entry(KEYS["credential-model"](outcome));
    if (atMs < entry.headroomAtMs) return;
    entry.headroom = headroom;
    entry.headroomAtMs = atMs;
    entry.headroomUntilMs =
      atMs + Math.min(outcome.limits.resetMs ?? HEADROOM_MS_MAX, HEADROOM_MS_MAX);
  }

  #entry(key: string): Entry {
    return recent(this.#entries, key, { max: ENTRIES_MAX, make: newEntry });
  }
}

function newEntry(): Entry {
  return { untilMs: 0, growth: 0, headroom: 1, headroomAtMs: 0, headroomUntilMs: 0 };
}

/** How long to wait after a 429; 0 when it tells nothing new (it was sent before an earlier one was seen). */
function throttleMs(
  entry: Entry,
  seen: { outcome: Outcome; atMs: number; firstMs: number },
): number {
  const { retryAfterMs, resetMs } = seen.outcome.limits;
  const saidMs = retryAfterMs ?? resetMs;
  if (saidMs !== undefined) return Math.max(THROTTLE_MS_MIN, Math.min(THROTTLE_MS_MAX, saidMs));
  if (seen.atMs < entry.untilMs) return 0;
  const grownMs = Math.min(GROWN_MS_MAX, seen.firstMs * 2 ** entry.growth);
  if (grownMs < GROWN_MS_MAX) entry.growth += 1;
  return grownMs;
}

/** 0–1 of the tightest limit that the headers told; undefined when they told none. */
function headroomOf(limits: RateSignals): number | undefined {
  const shares = [
    share(limits.requestsRemaining, limits.requestsLimit),
    share(limits.tokensRemaining, limits.tokensLimit),
  ].filter((each) => each !== undefined);
  return shares.length > 0 ? Math.min(...shares) : undefined;
}

function share(remaining: number | undefined, limit: number | undefined): number | undefined {
  if (remaining === 0) return 0;
  if (remaining === undefined || !limit) return undefined;
  return Math.min(1, remaining / limit);
}
