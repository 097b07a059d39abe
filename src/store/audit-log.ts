/** The audit chain as it is read and pruned, and entries without a change of rows. */
import { asc, desc, gte, lt } from "drizzle-orm";
import type { AdminStore, AuditEntry } from "../administration.ts";
import { ALWAYS, writeAudited } from "./audited.ts";
import type { Database } from "./database.ts";
import { filled } from "./rows.ts";
import { audit } from "./schema-admin.ts";
import type { Sql } from "./sql.ts";

/** The part of the port that is about the audit chain. */
export function auditLog(
  sql: Sql,
  db: Database,
): Pick<AdminStore, "audit" | "auditPage" | "auditFrom" | "pruneAudit"> {
  const entries = async (rows: Promise<(typeof audit.$inferSelect)[]>): Promise<AuditEntry[]> =>
    (await rows).map(filled);
  return {
    async audit(draft) {
      await writeAudited(sql, { draft, when: ALWAYS, changes: [] });
    },
    auditPage: ({ beforeSeq, limit }) =>
      entries(
        db
          .select()
          .from(audit)
          .where(beforeSeq === undefined ? undefined : lt(audit.seq, beforeSeq))
          .orderBy(desc(audit.seq))
          .limit(limit),
      ),
    auditFrom: (seq, limit) =>
      entries(
        db.select().from(audit).where(gte(audit.seq, seq)).orderBy(asc(audit.seq)).limit(limit),
      ),
    async pruneAudit(beforeMs) {
      // Up to the first that is young enough, whatever a clock that went back wrote after it: no gap.
      const gone = await sql.all({
        sql: `delete from "audit" where "seq" < coalesce((select min("seq") from "audit" where "at_ms" >= ?), (select max("seq") from "audit")) returning 1 as "gone"`,
        params: [beforeMs],
      });
      return gone.length;
    },
  };
}
