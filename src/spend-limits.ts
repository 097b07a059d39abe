/** What limits a key: its own budgets and rates, and its project's budgets. */
import type { SpendLimits } from "./actors/ledger-terms.ts";
import type { KeyRecord, ProjectRecord } from "./key.ts";

/** Does money bind? */
export function hasBudget(limits: SpendLimits): boolean {
  return (
    limits.keyDayNanoUsd !== undefined ||
    limits.keyMonthNanoUsd !== undefined ||
    limits.projectDayNanoUsd !== undefined ||
    limits.projectMonthNanoUsd !== undefined
  );
}

/** Limits of a key in its project; undefined: there is none. Read once per record. */
export function limitsReader() {
  const known = new WeakMap<
    KeyRecord,
    { project: ProjectRecord | undefined; limits: SpendLimits | undefined }
  >();
  return (key: KeyRecord, project: ProjectRecord | undefined): SpendLimits | undefined => {
    const found = known.get(key);
    if (found && found.project === project) return found.limits;
    const all: SpendLimits = {
      keyDayNanoUsd: key.budgetDayNanoUsd,
      keyMonthNanoUsd: key.budgetMonthNanoUsd,
      projectDayNanoUsd: project?.budgetDayNanoUsd,
      projectMonthNanoUsd: project?.budgetMonthNanoUsd,
      rpm: key.rpm,
      tpm: key.tpm,
      concurrency: key.concurrency,
    };
    const limits = Object.values(all).every((each) => each === undefined) ? undefined : all;
    known.set(key, { project, limits });
    return limits;
  };
}
