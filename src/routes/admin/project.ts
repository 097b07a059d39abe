/** Projects: keys of one owner, with budgets of their own. */
import { z } from "zod";
import { TokenhubError } from "../../errors.ts";
import type { ProjectRecord } from "../../key.ts";
import type { RowKind } from "./kind.ts";
import { budgetShape, labelShape, nameShape, nano, usd } from "./money.ts";
import { named } from "./provider.ts";
import type { AdminRoute } from "./route.ts";
import { putRow } from "./row-store.ts";
import { rowRoutes } from "./rows.ts";
import { projectSpending, spendingShape } from "./spending.ts";

const projectRow = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .optional(),
  name: nameShape,
  budget_day_usd: budgetShape.optional(),
  budget_month_usd: budgetShape.optional(),
  time_zone: z.string().max(64).optional(),
  labels: z.array(labelShape).max(16).default([]),
});

/** Projects as rows. */
export const projectKind: RowKind<"project"> = {
  name: "project",
  path: "/projects",
  idPattern: ":id",
  written: projectRow,
  told: spendingShape,
  idOf: ({ id }) => id as string | undefined,
  named,
  recordId: ({ id }) => id,
  async read(call, row) {
    const given = row as z.output<typeof projectRow>;
    const record: ProjectRecord = {
      id: given.id ?? call.gateway.platform.newId("proj"),
      name: given.name,
      budgetDayNanoUsd: nano(given.budget_day_usd),
      budgetMonthNanoUsd: nano(given.budget_month_usd),
      timeZone: zone(given.time_zone),
      labels: given.labels,
    };
    return { record };
  },
  write: (record) => ({
    id: record.id,
    name: record.name,
    budget_day_usd: usd(record.budgetDayNanoUsd),
    budget_month_usd: usd(record.budgetMonthNanoUsd),
    time_zone: record.timeZone,
    labels: record.labels,
  }),
  tell: projectSpending,
};

/** @throws TokenhubError invalid_value: no zone of that name is known here. */
function zone(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone && name;
  } catch {
    const detail = "must be an IANA time zone such as Europe/Berlin.";
    throw new TokenhubError("invalid_value", { param: "time_zone", detail });
  }
}

/** List to delete. */
export const projectRoutes: readonly AdminRoute[] = rowRoutes(projectKind, {
  create(call) {
    const id = call.gateway.platform.newId("proj");
    return putRow(call, projectKind, { id, row: () => ({ ...call.body, id }) });
  },
});
