/** What a plan's object does beside answering: with its alarm it has the plan run, in its own isolate. */
import { conductRun, type PlanRunner } from "../src/actors/run-conduct.ts";
import { edgeActors } from "./actors.ts";
import type { ObjectsEnv } from "./env.ts";
import type { Duty, Hosted } from "./host.ts";

/** Answers the runner of an isolate with these bindings. */
export type RunnerOf = (env: ObjectsEnv) => PlanRunner;

/** Of the Worker whose isolate this is; objects are made by the runtime, so it cannot be handed to them. */
let runnerOf: RunnerOf | undefined;

/** Called by the Worker's entry, which has the gateway, before any object is made. */
export function runPlansWith(given: RunnerOf): void {
  runnerOf = given;
}

/**
 * The alarm lasts as long as the attempt. Should the runtime cut it off (after fifteen minutes, with a deploy), the
 * lease runs out, the next alarm queues the plan again, and it goes on from its journal.
 */
export function runPlan({ env, actors }: Hosted): Duty {
  return {
    async alarm() {
      const planId = actors.call("run", "due", [Date.now()]) as string | undefined;
      if (planId === undefined) return;
      if (!runnerOf) throw new Error("No runner was handed in.");
      await conductRun(planId, {
        actors: edgeActors(env),
        run: runnerOf(env),
        nowMs: () => Date.now(),
        timer,
      });
    },
  };
}

function timer(ms: number, then: () => void): () => void {
  const id = setTimeout(then, ms);
  return () => clearTimeout(id);
}
