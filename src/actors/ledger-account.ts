/** What a key or a project has spent and set aside, by day and month. Integers; never negative. */

import { monthOf } from "./ledger-period.ts";
import type { BudgetAlert } from "./ledger-terms.ts";

/** One day or one month. */
export interface Period {
  spentNanoUsd: number;
  /** In leases and open holds that were granted in this period. */
  reservedNanoUsd: number;
  /** Percent of the limit that was told last. */
  alerted: number;
}

/** By period id: `2026-11-24`, `2026-11`. */
export type Account = Map<string, Period>;

/** Periods remembered beside those with open holds: a clock that steps back finds what it left. */
const PERIODS_MAX = 8;

/** Percent of a budget → what is told when it is passed. */
const ALERTS = [
  [80, "budget-80"],
  [100, "budget-100"],
] as const satisfies readonly (readonly [number, BudgetAlert["event"]])[];

/** A change of both sums, in nano-USD. */
export interface Move {
  readonly reserved: number;
  readonly spent: number;
}

/** Changes the day and its month in each account. */
export function move(accounts: readonly Account[], day: string, by: Move): void {
  for (const account of accounts) {
    for (const id of [day, monthOf(day)]) {
      const period = periodOf(account, id);
      period.reservedNanoUsd += by.reserved;
      period.spentNanoUsd = Math.min(Number.MAX_SAFE_INTEGER, period.spentNanoUsd + by.spent);
    }
  }
}

/** What may still be set aside; without a limit, what an integer can still count. */
export function leftNanoUsd(account: Account, id: string, limit: number | undefined): number {
  const { spentNanoUsd, reservedNanoUsd } = account.get(id) ?? EMPTY;
  const most = Math.min(limit ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return Math.max(0, most - spentNanoUsd - reservedNanoUsd);
}

const EMPTY: Readonly<Period> = { spentNanoUsd: 0, reservedNanoUsd: 0, alerted: 0 };

/** What stands there, without making it. */
export function standing(account: Account, id: string): Readonly<Period> {
  return account.get(id) ?? EMPTY;
}

/** Shares of the limit that were passed since it was asked last. */
export function crossed(
  account: Account,
  at: { readonly keyId: string | undefined; readonly period: string; limit: number | undefined },
): BudgetAlert[] {
  const { keyId, limit } = at;
  const period = account.get(at.period);
  if (!period || limit === undefined) return [];
  const { spentNanoUsd } = period;
  const passed = ALERTS.filter(
    ([percent]) =>
      percent > period.alerted && spentNanoUsd > 0 && spentNanoUsd / limit >= percent / 100,
  );
  period.alerted = Math.max(period.alerted, ...passed.map(([percent]) => percent));
  return passed.map(([, event]) => {
    return { event, keyId, period: at.period, spentNanoUsd, limitNanoUsd: limit };
  });
}

/** Forgets the oldest periods that are over. */
export function forget(account: Account, day: string): void {
  if (account.size <= PERIODS_MAX) return;
  const over = [...account]
    .filter(([id, { reservedNanoUsd }]) => reservedNanoUsd === 0 && !day.startsWith(id))
    .map(([id]) => id)
    .sort();
  for (const id of over.slice(0, account.size - PERIODS_MAX)) account.delete(id);
}

function periodOf(account: Account, id: string): Period {
  const found = account.get(id);
  if (found) return found;
  const made = { ...EMPTY };
  account.set(id, made);
  return made;
}
