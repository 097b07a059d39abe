/** The admin's part of the store over any asynchronous SQLite. */
import { and, asc, eq } from "drizzle-orm";
import type { AdminStore } from "../administration.ts";
import { auditLog } from "./audit-log.ts";
import { writeAudited } from "./audited.ts";
import { openDatabase } from "./database.ts";
import { inserter } from "./insert.ts";
import { logQuery } from "./log-query.ts";
import { resourceChanges } from "./resource-changes.ts";
import { actorState, vault } from "./schema-admin.ts";
import { sessions } from "./sessions.ts";
import type { Sql, Statement } from "./sql.ts";

const insertStates = inserter(actorState, {
  conflict: `("object","name","actor") do update set "version" = excluded."version", "state" = excluded."state"`,
});

/** Every audited write is one batch with its entry; a failed one throws what the database threw. */
export function createAdminStore(sql: Sql): AdminStore {
  const db = openDatabase(sql);
  return {
    ...resourceChanges(sql),
    ...auditLog(sql, db),
    ...sessions(db, sql),
    ...logQuery(sql, db),
    async vault() {
      const [row] = await db.select({ header: vault.header, epoch: vault.epoch }).from(vault);
      return row;
    },
    putVault(header, epoch, draft) {
      const when: Statement =
        epoch === undefined
          ? { sql: `not exists (select 1 from "vault")`, params: [] }
          : { sql: `exists (select 1 from "vault" where "epoch" = ?)`, params: [epoch] };
      const change =
        epoch === undefined
          ? `insert into "vault" ("id", "header", "epoch") select 1, ?, 1 where`
          : `update "vault" set "header" = ?, "epoch" = "epoch" + 1 where`;
      const changes = [{ sql: `${change} ${when.sql}`, params: [header, ...when.params] }];
      return writeAudited(sql, { draft, when, changes });
    },
    async actorState(object, name) {
      return db
        .select()
        .from(actorState)
        .where(and(eq(actorState.object, object), eq(actorState.name, name)))
        .orderBy(asc(actorState.actor));
    },
    async putActorStates(rows) {
      if (rows.length > 0) await sql.batch(insertStates(rows));
    },
  };
}
