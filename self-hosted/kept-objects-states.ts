/** Where a process keeps its objects: the table of actors' states. */
import type { AdminStore } from "../src/administration.ts";
import type { Sql } from "../src/store/sql.ts";
import type { States } from "./kept-objects.ts";

/** `admin` writes the rows; their names and their end are asked of the same database. */
export function keptStates(admin: AdminStore, sql: Sql): States {
  return {
    actorState: (object, name) => admin.actorState(object, name),
    putActorStates: (rows) => admin.putActorStates(rows),
    async stateNames(object) {
      const text = `select distinct "name" from "actor_state" where "object" = ? order by "name"`;
      const rows = await sql.all({ sql: text, params: [object] });
      return rows.map(([name]) => String(name));
    },
    async removeState(object, name) {
      const text = `delete from "actor_state" where "object" = ? and "name" = ?`;
      await sql.all({ sql: text, params: [object, name] });
    },
  };
}
