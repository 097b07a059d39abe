/** Admins' sessions. */
import { eq, lt } from "drizzle-orm";
import type { AdminStore } from "../administration.ts";
import { ALWAYS, writeAudited } from "./audited.ts";
import type { Database } from "./database.ts";
import { inserter } from "./insert.ts";
import { adminSession } from "./schema-admin.ts";
import type { Sql } from "./sql.ts";

const insert = inserter(adminSession, {
  conflict: `("hash") do update set "token_hash" = excluded."token_hash", "created_at_ms" = excluded."created_at_ms", "seen_at_ms" = excluded."seen_at_ms"`,
});

/** The part of the port that is about sessions. */
export function sessions(
  db: Database,
  sql: Sql,
): Pick<AdminStore, "session" | "putSession" | "touchSession" | "dropSession" | "pruneSessions"> {
  return {
    async session(hash) {
      const [row] = await db.select().from(adminSession).where(eq(adminSession.hash, hash));
      return row;
    },
    async putSession(row, draft) {
      const createdAtMs = Math.round(row.createdAtMs);
      const changes = insert([{ ...row, createdAtMs, seenAtMs: Math.round(row.seenAtMs) }]);
      await writeAudited(sql, { draft, when: ALWAYS, changes });
    },
    async touchSession(hash, seenAtMs) {
      await db
        .update(adminSession)
        .set({ seenAtMs: Math.round(seenAtMs) })
        .where(eq(adminSession.hash, hash));
    },
    async dropSession(hash, draft) {
      if (draft && hash !== undefined) {
        const gone = { sql: `delete from "admin_session" where "hash" = ?`, params: [hash] };
        await writeAudited(sql, { draft, when: ALWAYS, changes: [gone] });
        return;
      }
      await db
        .delete(adminSession)
        .where(hash === undefined ? undefined : eq(adminSession.hash, hash));
    },
    async pruneSessions(beforeMs) {
      await db.delete(adminSession).where(lt(adminSession.seenAtMs, beforeMs));
    },
  };
}
