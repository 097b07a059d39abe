/** What is kept of one background plan, and how much of it. Texts are sealed by whoever hands them in. */

/** No plan is kept longer than this after it was made. */
export const RUN_KEPT_MS = 24 * 60 * 60 * 1_000;
/** Who runs a plan has to say so at least this often; then somebody else may. */
export const LEASE_MS = 30_000;
/** A plan that was begun this often and never finished fails. */
export const ATTEMPTS_MAX = 10;
/** Waits between attempts double from the first to the second. */
const BACKOFF_MS_MIN = 2_000;
const BACKOFF_MS_MAX = 5 * 60_000;
/** How often an attempt that could not begin for want of the vault is repeated. */
export const SEALED_MS = 30_000;
/** A plan that waits is asked for this often, should nobody have taken it up. */
export const NUDGE_MS = 5_000;
/** Finished asks of one plan: 24, their repairs, and room. */
export const ENTRIES_MAX = 64;

/**
 * Characters of sealed text, which has four for each three bytes of what it hides; with its journal full, a plan is
 * some twelve million characters (what one object may well hold in memory).
 */
export const RUN_CHARS = {
  request: 2 * 1024 * 1024,
  entry: 1024 * 1024,
  journal: 8 * 1024 * 1024,
  result: 2 * 1024 * 1024,
  key: 128,
} as const;

/** done, failed and cancelled are for ever. */
export type RunStatus = "queued" | "running" | "done" | "failed" | "cancelled";

/** One finished ask: its name in the plan, and what came of it. */
export type JournalEntry = readonly [key: string, entry: string];

/** All of a plan, as it is saved. */
export interface RunState {
  readonly planId: string;
  readonly keyId: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Emptied, with the journal, when the plan has ended. */
  request: string;
  journal: JournalEntry[];
  status: RunStatus;
  /** Finished asks; also after the journal was emptied. */
  stages: number;
  /** How often it was begun; the number of the attempt that runs. */
  attempts: number;
  /** Attempts that do not count, since the vault was closed. */
  refunds: number;
  /** Queued: not before this time. Running: until then somebody runs it. */
  untilMs: number;
  /** When it was asked for last, while queued. */
  askedAtMs: number;
  endedAtMs: number | undefined;
  result: string | undefined;
}

/** What a plan is made from. */
export interface RunGiven {
  readonly planId: string;
  readonly keyId: string;
  /** Sealed. */
  readonly request: string;
  readonly createdAtMs: number;
  /** At most `RUN_KEPT_MS` after it was made; later is taken for that. */
  readonly expiresAtMs: number;
}

/** A plan as its owner may see it. */
export interface RunView {
  readonly planId: string;
  readonly keyId: string;
  readonly status: RunStatus;
  readonly stages: number;
  readonly attempts: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** undefined: it has not ended. */
  readonly endedAtMs: number | undefined;
  /** Sealed; undefined: there is none. */
  readonly result: string | undefined;
}

/** Leave to run a plan, with all that is needed to go on where the last attempt stopped. */
export interface RunLease {
  readonly planId: string;
  readonly keyId: string;
  /** From 1; what an earlier attempt says is not heard any more. */
  readonly attempt: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Sealed. */
  readonly request: string;
  /** Sealed, oldest first. */
  readonly journal: readonly JournalEntry[];
}

/** Has it ended? */
export function isEnded({ status }: Pick<RunState, "status">): boolean {
  return status === "done" || status === "failed" || status === "cancelled";
}

/** How long after its n-th attempt (from 1) a plan waits for the next. */
export function backoffMs(attempts: number): number {
  return Math.min(BACKOFF_MS_MIN * 2 ** (attempts - 1), BACKOFF_MS_MAX);
}
