/** What keys and projects have spent, as their ledgers know. */
import { z } from "zod";
import { actorRef } from "../../actors/index.ts";
import type { Level, Levels } from "../../actors/ledger-terms.ts";
import { usdFromNano } from "../../cost.ts";
import type { Gateway } from "../../isolate.ts";
import { type KeyRecord, ledgerOf, type ProjectRecord } from "../../key.ts";
import { projectOf } from "../../money.ts";

/** Fields of a row that has a ledger; absent: nothing limits it, so nothing is counted. */
export const spendingShape = {
  spent_day_usd: z.number().optional(),
  spent_month_usd: z.number().optional(),
};

/** Of one key. */
export async function keySpending(gateway: Gateway, key: KeyRecord) {
  if (!gateway.purse.counts(key, projectOf(gateway, key))) return {};
  const levels = await levelsOf(gateway, ledgerOf(key), key.id);
  return levels ? told(levels.keyDay, levels.keyMonth) : {};
}

/** Of all keys of a project together. */
export async function projectSpending(gateway: Gateway, project: ProjectRecord) {
  const { budgetDayNanoUsd, budgetMonthNanoUsd } = project;
  if (budgetDayNanoUsd === undefined && budgetMonthNanoUsd === undefined) return {};
  const levels = await levelsOf(gateway, project.id, "");
  return levels ? told(levels.projectDay, levels.projectMonth) : {};
}

/** A ledger that does not answer keeps nobody from seeing the row. */
function levelsOf(
  { platform }: Gateway,
  ledger: string,
  keyId: string,
): Promise<Levels | undefined> {
  const asked = actorRef(platform.actors, "ledger", ledger).usage(keyId, platform.nowMs());
  return asked.catch(() => undefined);
}

function told(day: Level, month: Level) {
  return {
    spent_day_usd: usdFromNano(day.spentNanoUsd),
    spent_month_usd: usdFromNano(month.spentNanoUsd),
  };
}
