/** The audit chain: who changed what, and whether the chain holds. */
import { z } from "zod";
import type { AuditEntry } from "../../administration.ts";
import { verifyChain } from "../../store/audit-chain.ts";
import { isoTime, limitShape, pageShape } from "./answer.ts";
import { type AdminRoute, adminRoute } from "./route.ts";

const entryShape = z
  .object({
    seq: z.int(),
    at: z.string(),
    actor: z.string(),
    action: z.string(),
    target: z.string(),
    outcome: z.enum(["ok", "denied", "error", "intent"]),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
    request_id: z.string(),
    hash: z.string(),
  })
  .meta({ id: "AuditEntry" });

const checkShape = z.union([
  z.object({ ok: z.literal(true), entries: z.int() }),
  z.object({ ok: z.literal(false), seq: z.int() }),
]);

function told(entry: AuditEntry) {
  const { seq, atMs, actor, action, target, outcome, before, after, requestId, hash } = entry;
  return {
    ...{ seq, at: isoTime(atMs), actor, action, target, outcome },
    before: parsed(before),
    after: parsed(after),
    request_id: requestId,
    hash,
  };
}

/** JSON text as the store keeps it; other text stays text. */
function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `GET /audit` and `POST /audit/verify`. */
export const auditRoutes: readonly AdminRoute[] = [
  adminRoute({
    ...{ method: "GET", path: "/audit", guard: "admin", summary: "The audit chain, newest first" },
    query: z.strictObject({
      before: z.coerce.number().int().min(1).optional(),
      limit: limitShape,
    }),
    answer: pageShape(entryShape),
    async handle({ gateway, query: { before, limit } }) {
      const page = before === undefined ? { limit } : { limit, beforeSeq: before };
      const entries = await gateway.platform.admin.auditPage(page);
      const last = entries.at(-1)?.seq ?? 1;
      const next = entries.length === limit && last > 1 ? String(last) : null;
      return { body: { data: entries.map(told), next } };
    },
  }),
  adminRoute({
    ...{ method: "POST", path: "/audit/verify", guard: "admin" },
    summary: "Does every entry follow from the one before it?",
    answer: checkShape,
    async handle({ gateway }) {
      const { admin } = gateway.platform;
      const body = await verifyChain((seq, limit) => admin.auditFrom(seq, limit));
      return { body };
    },
  }),
];
