/**
 * What a purse (the isolate's side) and its ledger tell each other. Money is integer nano-USD, 0 ≤ n < 2^53; times
 * are the purse's clock, Unix ms. The protocol is explained in docs/decisions/0011-money-leases.md.
 */

/** What holds for a key and for its project; undefined: no such limit. */
export interface SpendLimits {
  readonly keyDayNanoUsd: number | undefined;
  readonly keyMonthNanoUsd: number | undefined;
  readonly projectDayNanoUsd: number | undefined;
  readonly projectMonthNanoUsd: number | undefined;
  /** Requests and tokens per minute. */
  readonly rpm: number | undefined;
  readonly tpm: number | undefined;
  /** Requests at once. */
  readonly concurrency: number | undefined;
}

/** Money and tokens set aside for one request; `id` is the purse's, never used twice. */
export interface OpenHold {
  readonly id: string;
  readonly nanoUsd: number;
  readonly tokens: number;
  /** 1: a request, which counts for rpm and concurrency; 0: more money for one that was counted already. */
  readonly requests: 0 | 1;
  /** Not settled by then: charged in full. */
  readonly deadlineMs: number;
}

/** What a request really took. */
export interface Settlement {
  readonly id: string;
  readonly nanoUsd: number;
  readonly tokens: number;
}

/** A lease that the purse draws nothing from any more; what is not told here is given back. */
export interface ClosedLease {
  readonly id: number;
  /** Of holds that were drawn and settled. */
  readonly spentNanoUsd: number;
  /** Requests begun, tokens taken (really by settled holds, at most by open ones). */
  readonly requests: number;
  readonly tokens: number;
  /** Drawn and still open. */
  readonly opened: readonly OpenHold[];
}

/** What the purse expects to draw from memory before it asks again. */
export interface Want {
  readonly requests: number;
  /** Of one request: the largest of late. */
  readonly nanoUsd: number;
  readonly tokens: number;
  /** Requests at once. */
  readonly slots: number;
}

/** One key's part of a report. */
export interface KeyReport {
  readonly keyId: string;
  readonly limits: SpendLimits;
  readonly closed: readonly ClosedLease[];
  readonly settled: readonly Settlement[];
  /** Holds that wait for an answer; each is granted or refused by itself, in this order. */
  readonly needs: readonly OpenHold[];
  readonly want: Want | undefined;
}

/** One exchange. A repeated one has the same `seq` and the same content. */
export interface Report {
  /** The purse's id: a new one with every start of its isolate. */
  readonly purse: string;
  /** 1, 2, 3, … */
  readonly seq: number;
  /** IANA name by which days and months begin; undefined: UTC. */
  readonly timeZone: string | undefined;
  readonly keys: readonly KeyReport[];
}

/** Which limit has no room. */
export type RefusalReason =
  | "budget_key_day"
  | "budget_key_month"
  | "budget_project_day"
  | "budget_project_month"
  | "rpm"
  | "tpm"
  | "concurrency"
  /** Its deadline had passed before it arrived. */
  | "late";

/** A need that was not granted. */
export interface Refusal {
  readonly id: string;
  readonly reason: RefusalReason;
  /** undefined: waiting a moment does not help. */
  readonly retryAfterMs: number | undefined;
}

/** What the purse may draw from memory. It counts as reserved until closed, and is charged when it is lost. */
export interface Lease {
  /** The `seq` of the exchange that granted it. */
  readonly id: number;
  readonly nanoUsd: number;
  readonly requests: number;
  readonly tokens: number;
  /** Requests at once. */
  readonly slots: number;
  /** From the moment the purse asked. */
  readonly validMs: number;
}

/** How a budget stands. */
export interface Level {
  readonly spentNanoUsd: number;
  readonly reservedNanoUsd: number;
  readonly limitNanoUsd: number | undefined;
  /** When the next period begins. */
  readonly resetAtMs: number;
}

/** How a key and its project stand. */
export interface Levels {
  readonly keyDay: Level;
  readonly keyMonth: Level;
  readonly projectDay: Level;
  readonly projectMonth: Level;
  /** Left of this minute; undefined: unlimited. */
  readonly requestsLeft: number | undefined;
  readonly tokensLeft: number | undefined;
}

/** One key's part of an answer. What is not refused is granted. */
export interface KeyAnswer {
  readonly keyId: string;
  readonly refused: readonly Refusal[];
  readonly lease: Lease | undefined;
  readonly levels: Levels;
}

/** A budget has just passed a share of itself, told once per period. */
export interface BudgetAlert {
  readonly event: "budget-80" | "budget-100";
  /** undefined: the project's budget. */
  readonly keyId: string | undefined;
  /** `2026-11-24` or `2026-11`. */
  readonly period: string;
  readonly spentNanoUsd: number;
  readonly limitNanoUsd: number;
}

/** What an exchange answers. */
export interface Answer {
  readonly keys: readonly KeyAnswer[];
  readonly alerts: readonly BudgetAlert[];
}
