/** Admins' sessions. */
import { eq, lt } from "drizzle-orm";
import type { AdminStore } from "../administration.ts";
import type { Database } from "./database.ts";
import { adminSession } from "./schema-admin.ts";

/** The part of the port that is about sessions. */
export function sessions(
  db: Database,
): Pick<AdminStore, "session" | "putSession" | "touchSession" | "dropSession" | "pruneSessions"> {
  return {
    async session(hash) {
      const [row] = await db.select().from(adminSession).where(eq(adminSession.hash, hash));
      return row;
    },
    async putSession(row) {
      const { hash, tokenHash } = row;
      const times = {
        createdAtMs: Math.round(row.createdAtMs),
        seenAtMs: Math.round(row.seenAtMs),
      };
      await db
        .insert(adminSession)
        .values({ hash, tokenHash, ...times })
        .onConflictDoUpdate({ target: adminSession.hash, set: { tokenHash, ...times } });
    },
    async touchSession(hash, seenAtMs) {
      await db
        .update(adminSession)
        .set({ seenAtMs: Math.round(seenAtMs) })
        .where(eq(adminSession.hash, hash));
    },
    async dropSession(hash) {
      await db
        .delete(adminSession)
        .where(hash === undefined ? undefined : eq(adminSession.hash, hash));
    },
    async pruneSessions(beforeMs) {
      await db.delete(adminSession).where(lt(adminSession.seenAtMs, beforeMs));
    },
  };
}
