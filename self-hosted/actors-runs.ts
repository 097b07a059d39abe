/** Background plans in one process: each that is due is run here, those that an earlier process left included. */
import { conductRun, type PlanRunner } from "../src/actors/run-conduct.ts";
import type { ActorHost, Platform } from "../src/platform.ts";

/** Plans of one process at once; the others wait, and are asked for again by their own clock. */
const RUNS_AT_ONCE_MAX = 64;

/** The process's plans. */
export interface ProcessRuns {
  /** From now on plans are run, by this. */
  use(runner: PlanRunner): void;
  /** Runs the plan, if it is due and nothing runs it here. Never throws, never waits. */
  start(planId: string): void;
}

/** Runs nothing before `use`. */
export function processRuns(
  given: Pick<Platform, "nowMs" | "timer"> & { readonly actors: ActorHost },
): ProcessRuns {
  const running = new Set<string>();
  let run: PlanRunner | undefined;
  return {
    use(runner) {
      run = runner;
    },
    start(planId) {
      if (!run || running.has(planId) || running.size >= RUNS_AT_ONCE_MAX) return;
      running.add(planId);
      void conductRun(planId, { ...given, run }).then(() => running.delete(planId));
    },
  };
}
