/** The rows that admins change: lists, single rows, and writes that are audited. */
import type { AdminStore, Change, WriteResult } from "../administration.ts";
import { TokenhubError } from "../errors.ts";
import { writeAudited } from "./audited.ts";
import {
  mayPut,
  mayRemove,
  putStatements,
  removeStatements,
  selectOne,
  selectPage,
  storedRow,
} from "./resource-statements.ts";
import { type Resource, resourceOf } from "./resources.ts";
import type { Sql, Statement } from "./sql.ts";

/** A write that was refused, but not by the row as it is a moment later, is tried again so often. */
const TRIES_MAX = 10;

type Refusal = Exclude<WriteResult, "written">;

/** The part of the port that is about rows. */
export function resourceChanges(sql: Sql): Pick<AdminStore, "list" | "get" | "put" | "remove"> {
  async function read<R>(resource: Resource<R>, id: string) {
    const [values] = await sql.all(selectOne(resource, id));
    return values && storedRow(resource, values);
  }

  async function write<R>(given: {
    resource: Resource<R>;
    id: string;
    change: Change;
    when: Statement;
    changes: readonly Statement[];
    mustExist: boolean;
  }): Promise<WriteResult> {
    const { change, when, changes } = given;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (await writeAudited(sql, { draft: change.audit, when, changes })) return "written";
      const row = await read(given.resource, given.id);
      const refused = refusal(row, change, given.mustExist);
      if (refused) return refused;
    }
    throw new TokenhubError("conflict");
  }

  return {
    async list(name, page) {
      const resource = resourceOf(name);
      const rows = await sql.all(selectPage(resource, page));
      return rows.map((values) => storedRow(resource, values));
    },
    get: (name, id) => read(resourceOf(name), id),
    put(name, record, change) {
      const resource = resourceOf(name);
      const id = resource.idOf(record);
      const when = mayPut(resource, id, change);
      const changes = putStatements(resource, record, when);
      const mustExist = change.version !== undefined;
      return write({ resource, id, change, when, changes, mustExist });
    },
    remove(name, id, change) {
      const resource = resourceOf(name);
      const when = mayRemove(resource, id, change);
      const changes = removeStatements(resource, id, when);
      return write({ resource, id, change, when, changes, mustExist: true });
    },
  };
}

/** Why the row as it is refuses the change; undefined: it does not. */
function refusal(
  row: { readonly version: number; readonly managed: string } | undefined,
  change: Change,
  mustExist: boolean,
): Refusal | undefined {
  if (!row) return mustExist ? "missing" : undefined;
  if (change.isNew) return "exists";
  if (row.managed === "config") return "managed";
  return change.version === undefined || change.version === row.version ? undefined : "version";
}
