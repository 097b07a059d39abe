/** What reads and changes a row that admins may change, as SQL. Nothing is read before it is written. */
import { getTableColumns, getTableName } from "drizzle-orm";
import type { Change, Stored } from "../administration.ts";
import { inserter, quoted } from "./insert.ts";
import type { Resource } from "./resources.ts";
import type { Statement } from "./sql.ts";

/** What a write demands of the row. */
type Demand = Pick<Change, "version" | "isNew">;

/** Which rows of a list. */
interface Page {
  readonly after?: string;
  readonly limit: number;
  readonly providerId?: string;
}

/** Reads the row of an id. */
export function selectOne<R>(resource: Resource<R>, id: string): Statement {
  const key = keyIs(resource, id);
  return { sql: `${selectFrom(resource)} where ${key.sql}`, params: key.params };
}

/** Reads a page of rows in the order of their ids; a provider's only, where rows have one. */
export function selectPage<R>(resource: Resource<R>, page: Page): Statement {
  const { after = "", limit, providerId } = page;
  const mine = providerId === undefined ? "" : `and "provider_id" = ?`;
  return {
    sql: `${selectFrom(resource)} where ${resource.idSql} > ? ${mine} order by ${resource.idSql} limit ?`,
    params: providerId === undefined ? [after, limit] : [after, providerId, limit],
  };
}

/** What `selectOne` and `selectPage` read, one row. */
export function storedRow<R>(resource: Resource<R>, values: readonly unknown[]): Stored<R> {
  const columns = Object.entries(getTableColumns(resource.table));
  const row = Object.fromEntries(
    columns.map(([field, column], at) => {
      const value = values[at] ?? null;
      return [field, value === null ? null : column.mapFromDriverValue(value)];
    }),
  );
  const { managed = "admin", version, declaration, ...record } = row;
  return {
    record: resource.recordOf(record),
    version: Number(version),
    managed: managed as Stored<R>["managed"],
  };
}

/** Holds while the row may be put as demanded. */
export function mayPut<R>(resource: Resource<R>, id: string, demand: Demand): Statement {
  const key = keyIs(resource, id);
  const row = `exists (select 1 from ${nameOf(resource)} where ${key.sql}`;
  const conditions: Statement[] = [];
  if (resource.owned) {
    conditions.push({ sql: `not ${row} and "managed" = 'config')`, params: key.params });
  }
  if (demand.isNew) conditions.push({ sql: `not ${row})`, params: key.params });
  if (demand.version !== undefined) {
    conditions.push({ sql: `${row} and "version" = ?)`, params: [...key.params, demand.version] });
  }
  if (conditions.length === 0) return { sql: "1 = 1", params: [] };
  return {
    sql: conditions.map(({ sql }) => sql).join(" and "),
    params: conditions.flatMap(({ params }) => params),
  };
}

/** Holds while the row is there and may be removed as demanded. */
export function mayRemove<R>(resource: Resource<R>, id: string, demand: Demand): Statement {
  const key = keyIs(resource, id);
  const free = resource.owned ? ` and "managed" <> 'config'` : "";
  const version = demand.version === undefined ? "" : ` and "version" = ?`;
  return {
    sql: `exists (select 1 from ${nameOf(resource)} where ${key.sql}${free}${version})`,
    params: demand.version === undefined ? key.params : [...key.params, demand.version],
  };
}

/** Inserts or replaces the row, an admin's from then on. */
export function putStatements<R>(resource: Resource<R>, record: R, when: Statement): Statement[] {
  const table = nameOf(resource);
  const sets = Object.values(getTableColumns(resource.table))
    .filter(({ name }) => !resource.keyColumns.includes(name))
    .map(({ name }) => {
      const value = resource.kept[name] ?? `excluded.${quoted(name)}`;
      return `${quoted(name)} = ${name === "version" ? `${table}."version" + 1` : value}`;
    });
  const key = resource.keyColumns.map(quoted).join(",");
  const insert = inserter(resource.table, {
    when,
    conflict: `(${key}) do update set ${sets.join(", ")}`,
  });
  // Without a declaration: none of config's or discovery's lets it go.
  const row = { ...resource.rowOf(record), managed: "admin", version: 1 };
  return [...moveRegistry(resource, when), ...insert([row])];
}

/** Removes the row and what belongs to it. */
export function removeStatements<R>(
  resource: Resource<R>,
  id: string,
  when: Statement,
): Statement[] {
  const key = keyIs(resource, id);
  return [
    ...moveRegistry(resource, when),
    // Discovery may find the row again, although what it finds is the same as before.
    ...(resource.owned ? [guarded(`update "meta" set "discovered_hash" = null where`, when)] : []),
    ...resource.belongings.map(
      ({ table, column, but }): Statement => ({
        sql: `delete from ${quoted(table)} where ${quoted(column)} = ?${but ? ` and ${but}` : ""} and ${when.sql}`,
        params: [id, ...when.params],
      }),
    ),
    // Last: after it the condition no longer holds.
    {
      sql: `delete from ${nameOf(resource)} where ${key.sql} and ${when.sql}`,
      params: [...key.params, ...when.params],
    },
  ];
}

function moveRegistry<R>(resource: Resource<R>, when: Statement): Statement[] {
  const move = `update "meta" set "registry_version" = "registry_version" + 1 where`;
  return resource.movesRegistry ? [guarded(move, when)] : [];
}

function guarded(change: string, when: Statement): Statement {
  return { sql: `${change} ${when.sql}`, params: when.params };
}

function keyIs<R>(resource: Resource<R>, id: string): Statement {
  return {
    sql: resource.keyColumns.map((name) => `${quoted(name)} = ?`).join(" and "),
    params: resource.keyOf(id),
  };
}

function nameOf<R>(resource: Resource<R>): string {
  return quoted(getTableName(resource.table));
}

function selectFrom<R>(resource: Resource<R>): string {
  const names = Object.values(getTableColumns(resource.table)).map(({ name }) => quoted(name));
  return `select ${names.join(",")} from ${nameOf(resource)}`;
}
