/** One background plan: who may run it now, the journal of its finished asks, and how it ended. */
import type { Actor, Rest } from "./actor.ts";
import {
  ATTEMPTS_MAX,
  backoffMs,
  ENTRIES_MAX,
  isEnded,
  LEASE_MS,
  NUDGE_MS,
  RUN_CHARS,
  RUN_KEPT_MS,
  type RunGiven,
  type RunLease,
  type RunState,
  type RunView,
  SEALED_MS,
} from "./run-state.ts";

/**
 * One per plan, named by its id. One attempt at a time runs it, each with a number and a lease that runs out; the
 * journal lets the next go on where the last stopped. What has ended changes no more, and a day later nothing is left.
 */
export class Run implements Actor {
  static readonly through = [
    "create",
    "begin",
    "note",
    "renew",
    "release",
    "finish",
    "cancel",
  ] as const;
  static readonly reads = ["view", "due"] as const;
  readonly version = 1;
  #run: RunState | undefined;

  restore(snapshot: unknown): void {
    const run = snapshot ?? undefined;
    this.#run = run && (structuredClone(run) as RunState);
  }

  /** The request and the journal first: they only grow, so what a host has written of them stands. */
  snapshot(): unknown {
    if (!this.#run) return null;
    const { planId, keyId, createdAtMs, expiresAtMs, request, journal, ...rest } = this.#run;
    return {
      ...{ planId, keyId, createdAtMs, expiresAtMs, request },
      ...{ journal: journal.map((entry) => [...entry]), ...rest },
    };
  }

  wakeAtMs(): number | undefined {
    const run = this.#run;
    if (!run) return undefined;
    if (isEnded(run)) return run.expiresAtMs;
    const nextMs =
      run.status === "queued" ? Math.max(run.untilMs, run.askedAtMs + NUDGE_MS) : run.untilMs;
    return Math.min(nextMs, run.expiresAtMs);
  }

  /** Forgets a plan that had its day, queues one whose runner was lost, asks again for one that waits. */
  wake(nowMs: number): void {
    const run = this.#living(nowMs);
    if (!run || isEnded(run)) return;
    if (run.status === "running" && run.untilMs <= nowMs) this.#queue(run, nowMs, nowMs);
    if (run.status === "queued" && run.untilMs <= nowMs) run.askedAtMs = nowMs;
  }

  rest(): Rest | undefined {
    if (!this.#run) return "gone";
    return isEnded(this.#run) ? "resting" : undefined;
  }

  /** False: its request is too large (`RUN_CHARS.request`), or it has expired already. Told twice, made once. */
  create(given: RunGiven): boolean {
    if (this.#run) return this.#run.planId === given.planId;
    const { planId, keyId, request, createdAtMs } = given;
    const expiresAtMs = Math.min(given.expiresAtMs, createdAtMs + RUN_KEPT_MS);
    if (request.length > RUN_CHARS.request || expiresAtMs <= createdAtMs) return false;
    this.#run = {
      ...{ planId, keyId, createdAtMs, expiresAtMs, request, journal: [], status: "queued" },
      ...{
        stages: 0,
        attempts: 0,
        refunds: 0,
        untilMs: createdAtMs,
        askedAtMs: createdAtMs - NUDGE_MS,
      },
      ...{ endedAtMs: undefined, result: undefined },
    };
    return true;
  }

  /** The plan's id when it waits to be run; undefined: nobody is asked to run it now. */
  due(nowMs: number): string | undefined {
    const run = this.#run;
    const waits = run?.status === "queued" && run.untilMs <= nowMs && nowMs < run.expiresAtMs;
    return waits ? run.planId : undefined;
  }

  /** Leave to run it; undefined: it is not due, somebody runs it, it has ended, or it is unknown. */
  begin(nowMs: number): RunLease | undefined {
    const run = this.#run;
    if (!run || this.due(nowMs) === undefined) return undefined;
    run.status = "running";
    run.attempts += 1;
    run.untilMs = nowMs + LEASE_MS;
    const { planId, keyId, createdAtMs, expiresAtMs, request, attempts: attempt } = run;
    const journal = run.journal.map(([key, entry]) => [key, entry] as const);
    return { planId, keyId, attempt, createdAtMs, expiresAtMs, request, journal };
  }

  /** This attempt goes on. False: it is to stop, since the plan was cancelled, has expired or is another's. */
  renew(attempt: number, nowMs: number): boolean {
    const run = this.#held(attempt, nowMs);
    if (!run) return false;
    run.untilMs = nowMs + LEASE_MS;
    return true;
  }

  /**
   * One finished ask, kept once under its key. "stale": this attempt is to stop; "full": the bounds of `RUN_CHARS`
   * and `ENTRIES_MAX` leave no room, and the plan can go on without it.
   */
  note(
    attempt: number,
    { key, entry }: { readonly key: string; readonly entry: string },
    nowMs: number,
  ): "kept" | "stale" | "full" {
    const run = this.#held(attempt, nowMs);
    if (!run) return "stale";
    run.untilMs = nowMs + LEASE_MS;
    if (run.journal.some(([known]) => known === key)) return "kept";
    const chars = run.journal.reduce((sum, [, one]) => sum + one.length, entry.length);
    const fits = entry.length <= RUN_CHARS.entry && key.length <= RUN_CHARS.key;
    if (!fits || chars > RUN_CHARS.journal || run.journal.length >= ENTRIES_MAX) return "full";
    run.journal.push([key, entry]);
    run.stages = run.journal.length;
    return "kept";
  }

  /**
   * The end; request and journal are forgotten. "stale": this attempt is not the one that runs; "full": the result
   * is larger than `RUN_CHARS.result`, and the plan still runs.
   */
  finish(
    attempt: number,
    { status, result }: { readonly status: "done" | "failed"; readonly result: string },
    nowMs: number,
  ): "kept" | "stale" | "full" {
    const run = this.#held(attempt, nowMs);
    if (!run) return "stale";
    if (result.length > RUN_CHARS.result) return "full";
    this.#end(run, status, nowMs);
    run.result = result;
    return "kept";
  }

  /**
   * This attempt stopped without an end: the plan waits for the next, or fails after the last of `ATTEMPTS_MAX`.
   * With `isSealed` the vault was closed, and the attempt does not count.
   */
  release(attempt: number, isSealed: boolean, nowMs: number): void {
    const run = this.#held(attempt, nowMs);
    if (!run) return;
    if (isSealed) run.refunds += 1;
    this.#queue(run, nowMs + (isSealed ? SEALED_MS : backoffMs(run.attempts)), nowMs);
  }

  /** True: it is cancelled, now or before. False: it has ended otherwise, or is unknown. */
  cancel(nowMs: number): boolean {
    const run = this.#living(nowMs);
    if (!run) return false;
    if (!isEnded(run)) this.#end(run, "cancelled", nowMs);
    return run.status === "cancelled";
  }

  /** undefined: there is no such plan, or no longer. */
  view(nowMs: number): RunView | undefined {
    const run = this.#run;
    if (!run || run.expiresAtMs <= nowMs) return undefined;
    const { request, journal, untilMs, askedAtMs, refunds, ...view } = run;
    return view;
  }

  /** The plan, unless it had its day: then it is forgotten here. */
  #living(nowMs: number): RunState | undefined {
    if (this.#run && this.#run.expiresAtMs <= nowMs) this.#run = undefined;
    return this.#run;
  }

  /** The plan while this attempt runs it, also when its lease ran out and nobody has taken it up since. */
  #held(attempt: number, nowMs: number): RunState | undefined {
    const run = this.#living(nowMs);
    return run?.status === "running" && run.attempts === attempt ? run : undefined;
  }

  /** Back to those who wait, or failed when it was begun too often. */
  #queue(run: RunState, untilMs: number, nowMs: number): void {
    if (run.attempts - run.refunds >= ATTEMPTS_MAX) {
      this.#end(run, "failed", nowMs);
      return;
    }
    run.status = "queued";
    run.untilMs = untilMs;
    run.askedAtMs = untilMs - NUDGE_MS;
  }

  #end(run: RunState, status: "done" | "failed" | "cancelled", nowMs: number): void {
    run.status = status;
    run.endedAtMs = nowMs;
    run.request = "";
    run.journal = [];
  }
}
