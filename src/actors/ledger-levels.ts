/** How budgets and rates stand, as purses, `/v1/usage` and the admin page are told. */
import { type Account, crossed, standing } from "./ledger-account.ts";
import { dayOf, endsOf, monthOf } from "./ledger-period.ts";
import type { Books, KeyState } from "./ledger-state.ts";
import type { BudgetAlert, KeyReport, Level, Levels, SpendLimits } from "./ledger-terms.ts";

const NO_LIMITS: SpendLimits = {
  keyDayNanoUsd: undefined,
  keyMonthNanoUsd: undefined,
  projectDayNanoUsd: undefined,
  projectMonthNanoUsd: undefined,
  rpm: undefined,
  tpm: undefined,
  concurrency: undefined,
};

/** `key` undefined: one that has never asked. Rates as they stood when it asked last. */
export function levelsOf(books: Books, key: KeyState | undefined, nowMs: number): Levels {
  const day = dayOf(nowMs, books.timeZone);
  const ends = endsOf(nowMs, books.timeZone);
  const limits = key?.limits ?? NO_LIMITS;
  const account: Account = key?.account ?? new Map();
  const level = (
    of: Account,
    id: string,
    more: Omit<Level, "spentNanoUsd" | "reservedNanoUsd">,
  ) => {
    const { spentNanoUsd, reservedNanoUsd } = standing(of, id);
    return { spentNanoUsd, reservedNanoUsd, ...more };
  };
  const days = (of: Account, limitNanoUsd: number | undefined) =>
    level(of, day, { limitNanoUsd, resetAtMs: ends.dayMs });
  const months = (of: Account, limitNanoUsd: number | undefined) =>
    level(of, monthOf(day), { limitNanoUsd, resetAtMs: ends.monthMs });
  return {
    keyDay: days(account, limits.keyDayNanoUsd),
    keyMonth: months(account, limits.keyMonthNanoUsd),
    projectDay: days(books.project, limits.projectDayNanoUsd),
    projectMonth: months(books.project, limits.projectMonthNanoUsd),
    requestsLeft: key?.rpm && Math.max(0, Math.floor(key.rpm.level)),
    tokensLeft: key?.tpm && Math.max(0, Math.floor(key.tpm.level)),
  };
}

/** Which budgets of a key and of its project have passed a share of themselves since it was asked last. */
export function alertsOf(
  { project }: Books,
  { told, key, day }: { told: KeyReport; key: KeyState; day: string },
): BudgetAlert[] {
  const { keyId, limits } = told;
  const month = monthOf(day);
  return [
    ...crossed(key.account, { keyId, period: day, limit: limits.keyDayNanoUsd }),
    ...crossed(key.account, { keyId, period: month, limit: limits.keyMonthNanoUsd }),
    ...crossed(project, { keyId: undefined, period: day, limit: limits.projectDayNanoUsd }),
    ...crossed(project, { keyId: undefined, period: month, limit: limits.projectMonthNanoUsd }),
  ];
}
