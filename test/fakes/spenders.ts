/** Keys and projects with limits, and what became of their holds. */
import { type KeyRecord, type ProjectRecord, unlimitedKey } from "../../src/key.ts";
import type { Hold } from "../../src/purse.ts";

/** A key that is limited by what is given only. */
export function limitedKey(given: Partial<KeyRecord> = {}): KeyRecord {
  const made = { key: "", id: "key_a", hash: "00", last4: "0000" };
  return { ...unlimitedKey(made, { name: "test", createdAtMs: 0 }), ...given };
}

/** A project that is limited by what is given only. */
export function project(given: Partial<ProjectRecord> = {}): ProjectRecord {
  return {
    id: "proj_a",
    name: "test",
    budgetDayNanoUsd: undefined,
    budgetMonthNanoUsd: undefined,
    timeZone: undefined,
    labels: [],
    ...given,
  };
}

/** How many holds were granted, and the codes of the others. */
export async function outcomeOf(
  holds: readonly (Hold | Promise<Hold>)[],
): Promise<{ granted: Hold[]; refused: string[] }> {
  const granted: Hold[] = [];
  const refused: string[] = [];
  for (const each of await Promise.allSettled(holds)) {
    if (each.status === "fulfilled") granted.push(each.value);
    else refused.push(each.reason.code ?? String(each.reason));
  }
  return { granted, refused };
}
