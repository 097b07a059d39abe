/** Consumer keys: made and rotated here, shown once, revoked and never deleted. */
import { z } from "zod";
import type { Resources } from "../../administration.ts";
import { TokenhubError } from "../../errors.ts";
import { makeKey, unlimitedKey } from "../../key.ts";
import { DELETED, isoTime } from "./answer.ts";
import { changed, keyRow, refuseRevoked } from "./key-row.ts";
import type { Row, RowKind, Standing } from "./kind.ts";
import { usd } from "./money.ts";
import { named } from "./provider.ts";
import { type AdminAnswer, type AdminCall, type AdminRoute, adminRoute } from "./route.ts";
import { findRow, refusal, saveRecord, toldRow } from "./row-store.ts";
import { rowRoutes, toldShape } from "./rows.ts";
import { keySpending, spendingShape } from "./spending.ts";

/** Keys as rows; the secret part is in no field. */
export const keyKind: RowKind<"key"> = {
  name: "key",
  path: "/keys",
  idPattern: ":id",
  written: keyRow,
  told: {
    expires_at: z.string().optional(),
    last4: z.string(),
    state: z.enum(["active", "expired", "revoked"]),
    created_at: z.string(),
    revoked_at: z.string().optional(),
    previous_until: z.string().optional(),
    ...spendingShape,
  },
  idOf: ({ id }) => id as string | undefined,
  named,
  recordId: ({ id }) => id,
  async read(call, row, before) {
    if (!before) throw new TokenhubError("not_found");
    return { record: await changed(call, row, before.record) };
  },
  write: (record) => ({
    id: record.id,
    name: record.name,
    project_id: record.projectId,
    scopes: record.scopes,
    allowed_models: record.allowedModels,
    allowed_providers: record.allowedProviders,
    required_labels: record.requiredLabels,
    budget_request_usd: usd(record.budgetRequestNanoUsd),
    budget_day_usd: usd(record.budgetDayNanoUsd),
    budget_month_usd: usd(record.budgetMonthNanoUsd),
    rpm: record.rpm,
    tpm: record.tpm,
    concurrency: record.concurrency,
    max_tokens: record.maxTokens,
    fan_out: record.fanOut,
    default_mode: record.defaultMode,
    inband: record.inband,
    expires_at: isoTime(record.expiresAtMs),
  }),
  async tell(gateway, record) {
    const nowMs = gateway.platform.nowMs();
    const isExpired = nowMs >= (record.expiresAtMs ?? Number.POSITIVE_INFINITY);
    const overlaps = nowMs < (record.previousUntilMs ?? 0);
    return {
      last4: record.last4,
      state: record.revokedAtMs !== undefined ? "revoked" : isExpired ? "expired" : "active",
      created_at: isoTime(record.createdAtMs),
      revoked_at: isoTime(record.revokedAtMs),
      previous_until: overlaps ? isoTime(record.previousUntilMs) : undefined,
      ...(await keySpending(gateway, record)),
    };
  },
};

/** Writes the record and tells it, with the key itself where it is new. */
async function keep(
  call: AdminCall,
  change: { record: Resources["key"]; before: Standing<"key"> | undefined; action: string },
  key?: string,
): Promise<AdminAnswer> {
  const written = await saveRecord(call, keyKind, change);
  if (written !== "written") throw refusal(written, call.version);
  await call.gateway.snapshot.reload();
  const now = await findRow(call.gateway, keyKind, change.record.id);
  if (!now) throw new TokenhubError("conflict");
  const body = { ...(await toldRow(call.gateway, keyKind, now)), key };
  return { status: change.before ? 200 : 201, body };
}

async function create(call: AdminCall<Row>): Promise<AdminAnswer> {
  const { platform } = call.gateway;
  const made = makeKey(platform.randomBytes);
  const blank = unlimitedKey(made, { name: "", createdAtMs: Math.round(platform.nowMs()) });
  const record = await changed(call, call.body, blank);
  return keep(call, { record, before: undefined, action: "key.create" }, made.key);
}

/** @throws TokenhubError not_found. */
async function standing(call: AdminCall, id: string): Promise<Standing<"key">> {
  const before = await findRow(call.gateway, keyKind, id);
  if (!before) throw new TokenhubError("not_found");
  return before;
}

const OVERLAP_SECONDS_MAX = 86_400;

/** List to revoke, and rotate. */
export const keyRoutes: readonly AdminRoute[] = [
  ...rowRoutes(keyKind, {
    create,
    ownIds: true,
    async remove(call, id) {
      const before = await standing(call, id);
      if (before.record.revokedAtMs !== undefined) return DELETED;
      const revokedAtMs = Math.round(call.gateway.platform.nowMs());
      const record = { ...before.record, revokedAtMs };
      await keep(call, { record, before, action: "key.revoke" });
      return DELETED;
    },
  }),
  adminRoute({
    ...{ method: "POST", path: "/keys/:id/rotate", guard: "admin" },
    summary: "Another key in place of this one, which opens for a while yet",
    body: z.strictObject({
      overlap_seconds: z.int().min(0).max(OVERLAP_SECONDS_MAX).default(OVERLAP_SECONDS_MAX),
    }),
    answer: toldShape(keyKind).extend({ key: z.string() }),
    async handle(call) {
      const { platform } = call.gateway;
      const before = await standing(call, call.params.id ?? "");
      refuseRevoked(before.record);
      const { key, hash, last4 } = makeKey(platform.randomBytes);
      const overlapMs = call.body.overlap_seconds * 1000;
      const until = { previousUntilMs: Math.round(platform.nowMs()) + overlapMs };
      const previous = { previousHash: before.record.hash, ...until };
      const none = { previousHash: undefined, previousUntilMs: undefined };
      const record = { ...before.record, hash, last4, ...(overlapMs > 0 ? previous : none) };
      return keep(call, { record, before, action: "key.rotate" }, key);
    },
  }),
];
