/** A consumer key as admins write it, and the record that comes of it. */
import { z } from "zod";
import { TokenhubError } from "../../errors.ts";
import {
  FAN_OUT_MAX,
  INBAND,
  INBAND_DEFAULT,
  type KeyRecord,
  SCOPES,
  type Scope,
} from "../../key.ts";
import { KEY_MODES } from "../../routing/alias.ts";
import { timeShape } from "./answer.ts";
import type { Row } from "./kind.ts";
import { budgetShape, labelShape, nameShape, nano } from "./money.ts";
import type { AdminCall } from "./route.ts";

const ids = z.array(z.string().min(1).max(256)).max(200).default([]);

/** Who may do what, and how much of it. */
export const keyRow = z.strictObject({
  id: z
    .string()
    .regex(/^key_[0-9A-Za-z]{8}$/)
    .optional(),
  name: nameShape,
  project_id: z.string().max(64).optional(),
  scopes: z
    .array(z.enum(SCOPES))
    .max(SCOPES.length)
    .default([...SCOPES]),
  allowed_models: ids,
  allowed_providers: ids,
  required_labels: z.array(labelShape).max(16).default([]),
  budget_request_usd: budgetShape.optional(),
  budget_day_usd: budgetShape.optional(),
  budget_month_usd: budgetShape.optional(),
  rpm: z.int().min(1).max(1_000_000).optional(),
  tpm: z.int().min(1).max(1_000_000_000).optional(),
  concurrency: z.int().min(1).max(100_000).optional(),
  max_tokens: z.int().min(1).max(10_000_000).optional(),
  fan_out: z.int().min(1).max(FAN_OUT_MAX).optional().meta({
    description: "Most times that one request may ask a model; absent: no limit of its own.",
  }),
  default_mode: z.enum(KEY_MODES).optional(),
  inband: z.enum(INBAND).default(INBAND_DEFAULT).meta({
    description:
      "Whose @@tokenhub lines in a conversation count: the system's and the last user message's, the system's only, or nobody's.",
  }),
  expires_at: timeShape.optional().meta({ description: "ISO 8601, or Unix milliseconds." }),
});

/** The record with these fields; what identifies it stays. @throws TokenhubError bad_target, conflict. */
export async function changed(call: AdminCall, row: Row, record: KeyRecord): Promise<KeyRecord> {
  refuseRevoked(record);
  const given = row as z.output<typeof keyRow>;
  const project = given.project_id;
  if (project !== undefined && !(await call.gateway.platform.admin.get("project", project))) {
    throw new TokenhubError("bad_target", { param: "project_id" });
  }
  return {
    ...record,
    name: given.name,
    projectId: project,
    scopes: [...new Set<Scope>(given.scopes)],
    allowedModels: given.allowed_models,
    allowedProviders: given.allowed_providers,
    requiredLabels: given.required_labels,
    budgetRequestNanoUsd: nano(given.budget_request_usd),
    budgetDayNanoUsd: nano(given.budget_day_usd),
    budgetMonthNanoUsd: nano(given.budget_month_usd),
    rpm: given.rpm,
    tpm: given.tpm,
    concurrency: given.concurrency,
    maxTokens: given.max_tokens,
    fanOut: given.fan_out,
    defaultMode: given.default_mode,
    inband: given.inband,
    // Read before it is a row, so it is a number by now.
    expiresAtMs: timeOf(given.expires_at),
  };
}

/** A row that was read back from a record holds the time as text again. */
function timeOf(value: number | string | undefined): number | undefined {
  return value === undefined ? undefined : timeShape.parse(value);
}

/** @throws TokenhubError conflict. */
export function refuseRevoked({ revokedAtMs }: KeyRecord): void {
  if (revokedAtMs === undefined) return;
  throw new TokenhubError("conflict", { detail: "The key is revoked, and that is final." });
}
