/** How a host has a plan run: takes the lease, keeps it while the work goes on, and gives it back. */
import { TokenhubError } from "../errors.ts";
import type { ActorHost, Platform } from "../platform.ts";
import { actorRef } from "./index.ts";
import { LEASE_MS, type RunLease } from "./run-state.ts";

/** A lease is renewed this often: a cancelled plan stops within this time, and one lost renewal is no harm. */
const RENEW_MS = LEASE_MS / 6;

/**
 * Runs one attempt of a plan. It notes finished asks and ends with `finish`, both with the lease's attempt; when it
 * resolves or rejects without an end, it is tried again later. `signal` aborts when the attempt is to stop.
 */
export type PlanRunner = (lease: RunLease, signal: AbortSignal) => Promise<void>;

/** What it is done with. */
export interface Conducting extends Pick<Platform, "nowMs" | "timer"> {
  readonly actors: ActorHost;
  readonly run: PlanRunner;
}

/** Resolves when the attempt is over, at once when the plan is not due. Never rejects: a lease runs out by itself. */
export async function conductRun(planId: string, given: Conducting): Promise<void> {
  const { actors, nowMs, run } = given;
  const plan = actorRef(actors, "run", planId);
  const lease = await plan.begin(nowMs()).catch(() => undefined);
  if (!lease) return;
  const { attempt } = lease;
  const stopping = new AbortController();
  const stop = repeated(given, async () => {
    const goesOn = await plan.renew(attempt, nowMs()).catch(() => true);
    if (!goesOn) stopping.abort();
  });
  let isSealed = false;
  try {
    await run(lease, stopping.signal);
  } catch (error) {
    isSealed = error instanceof TokenhubError && SEALED.has(error.code);
  } finally {
    stop();
  }
  await plan.release(attempt, isSealed, nowMs()).catch(() => undefined);
}

/** Faults that pass when an admin opens the vault. */
const SEALED: ReadonlySet<string> = new Set(["vault_sealed"]);

/** Does `work` every `RENEW_MS`, once at a time, until the answered function is called. `work` never rejects. */
function repeated({ timer }: Pick<Platform, "timer">, work: () => Promise<void>): () => void {
  let isStopped = false;
  let cancel = timer(RENEW_MS, again);
  async function again(): Promise<void> {
    await work();
    if (!isStopped) cancel = timer(RENEW_MS, again);
  }
  return () => {
    isStopped = true;
    cancel();
  };
}
