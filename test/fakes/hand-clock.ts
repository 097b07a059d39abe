/** A clock that stands still until a test moves it. */

/** Time and timers as a platform gives them. */
export interface HandClock {
  nowMs(): number;
  timer(ms: number, then: () => void): () => void;
  after(ms: number, signal?: AbortSignal): Promise<void>;
  /** Rings every timer due within `ms`, each at its own time, and lets everything that follows happen. */
  advance(ms: number): Promise<void>;
  /** Moves on from timer to timer until the promise settles; throws when it does not within `maxMs`. */
  until<T>(promise: Promise<T>, maxMs?: number): Promise<T>;
  /** Timers that wait. */
  pending(): number;
}

interface Timer {
  readonly atMs: number;
  readonly then: () => void;
}

const START_MS = 1_767_225_600_000;
const HOUR_MS = 3_600_000;

/** Starts in January 2026. */
export function handClock(): HandClock {
  let nowMs = START_MS;
  const timers = new Set<Timer>();

  function timer(ms: number, then: () => void): () => void {
    const entry = { atMs: nowMs + Math.max(0, ms), then };
    timers.add(entry);
    return () => void timers.delete(entry);
  }

  /** Rings the next timer if it is due by then. */
  function ring(untilMs: number): boolean {
    let next: Timer | undefined;
    for (const each of timers) if (!next || each.atMs < next.atMs) next = each;
    if (!next || next.atMs > untilMs) return false;
    timers.delete(next);
    nowMs = Math.max(nowMs, next.atMs);
    next.then();
    return true;
  }

  return {
    nowMs: () => nowMs,
    timer,
    after: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const stop = timer(ms, resolve);
        signal?.addEventListener("abort", () => {
          stop();
          resolve();
        });
      }),
    async advance(ms) {
      const untilMs = nowMs + ms;
      await quiet();
      while (ring(untilMs)) await quiet();
      nowMs = untilMs;
    },
    async until(promise, maxMs = HOUR_MS) {
      const untilMs = nowMs + maxMs;
      let settled = false;
      const done = () => {
        settled = true;
      };
      promise.then(done, done);
      await quiet();
      while (!settled) {
        if (!ring(untilMs)) throw new Error("hangs: nothing that could still happen settles it");
        await quiet();
      }
      return promise;
    },
    pending: () => timers.size,
  };
}

/** Resolves when every promise that can go on has gone on. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
