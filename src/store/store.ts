/** The store over any asynchronous SQLite. Reads through drizzle; writes as statements made once. */
import { asc, desc, eq, getTableColumns, or } from "drizzle-orm";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import type { Store } from "../platform.ts";
import { declareStatements } from "./declare.ts";
import { inserter } from "./insert.ts";
import { filled, keyRow, modelRecord, offerRecord, requestLogRow } from "./rows.ts";
import {
  alias,
  apiKey,
  meta,
  model,
  type OwnedTable,
  offer,
  provider,
  requestLog,
} from "./schema.ts";
import { credential, project } from "./schema-admin.ts";
import type { Sql, Statement } from "./sql.ts";

/** No list that is answered is longer. */
const KEYS_MAX = 200;

/** More rows than any log holds: OFFSET needs a LIMIT in SQLite. */
const ALL_ROWS = Number.MAX_SAFE_INTEGER;

/** Columns of `apiKey` that a second `putKey` replaces; a tombstone stays. */
const KEY_UPDATE = Object.values(getTableColumns(apiKey))
  .filter((column) => ![apiKey.id, apiKey.revokedAtMs, apiKey.version].some((c) => c === column))
  .map(({ name }) => `"${name}" = excluded."${name}"`)
  .concat(`"revoked_at_ms" = coalesce("api_key"."revoked_at_ms", excluded."revoked_at_ms")`)
  .concat(`"version" = "api_key"."version" + 1`)
  .join(", ");

const BUMP = `update "meta" set "registry_version" = "registry_version" + 1`;

const insertKey = inserter(apiKey, { conflict: `("id") do update set ${KEY_UPDATE}` });
const insertRequests = inserter(requestLog, { conflict: `("id") do nothing` });

/** Reads and writes are atomic each; a failed one throws what the database threw and changed nothing. */
export function createStore(sql: Sql): Store {
  const db = drizzle(
    async (text, params) => ({ rows: await sql.all({ sql: text, params }) }),
    async (statements) => (await sql.batch(statements)).map((rows) => ({ rows })),
  );
  const one = async (statement: Statement) => (await sql.all(statement))[0]?.[0];
  return {
    async registry() {
      const [providers, models, offers, aliases, credentials, projects, versions] = await db.batch([
        db.select(bare(provider)).from(provider).orderBy(asc(provider.id)),
        db.select(owned(model)).from(model).orderBy(asc(model.id)),
        db.select(owned(offer)).from(offer).orderBy(asc(offer.modelId), asc(offer.providerId)),
        db.select(bare(alias)).from(alias).orderBy(asc(alias.id)),
        db.select(unversioned(credential)).from(credential).orderBy(asc(credential.id)),
        db.select(unversioned(project)).from(project).orderBy(asc(project.id)),
        db.select({ version: meta.registryVersion }).from(meta),
      ]);
      const found = <R extends { managed: string }>(rows: R[]) =>
        rows.filter(({ managed }) => managed === "discovered");
      return {
        providers: providers.map(filled),
        models: models.map(modelRecord),
        offers: offers.map(offerRecord),
        aliases: aliases.map(filled),
        credentials: credentials.map(filled),
        projects: projects.map(filled),
        version: versions[0]?.version ?? 0,
        discovered: {
          models: found(models).map(modelRecord),
          offers: found(offers).map(offerRecord),
        },
      };
    },
    async registryVersion() {
      const version = await one({ sql: `select "registry_version" from "meta"`, params: [] });
      return Number(version ?? 0);
    },
    async declare(owner, rows) {
      await sql.batch(declareStatements(owner, rows));
    },
    async keyByHash(hash) {
      const either = or(eq(apiKey.hash, hash), eq(apiKey.previousHash, hash));
      const [row] = await db.select(unversioned(apiKey)).from(apiKey).where(either);
      return row && filled(row);
    },
    async keys() {
      const newest = [desc(apiKey.createdAtMs), desc(apiKey.id)];
      const rows = await db
        .select(unversioned(apiKey))
        .from(apiKey)
        .orderBy(...newest)
        .limit(KEYS_MAX);
      return rows.map(filled);
    },
    async putKey(key) {
      await sql.batch([...insertKey([keyRow(key)]), { sql: BUMP, params: [] }]);
    },
    async revokeKey(id, atMs) {
      const live = `"id" = ? and "revoked_at_ms" is null`;
      await sql.batch([
        { sql: `${BUMP} where exists (select 1 from "api_key" where ${live})`, params: [id] },
        {
          sql: `update "api_key" set "revoked_at_ms" = ? where ${live}`,
          params: [Math.round(atMs), id],
        },
      ]);
    },
    async appendRequests(rows) {
      if (rows.length > 0) await sql.batch(insertRequests(rows.map(requestLogRow)));
    },
    async pruneRequests({ beforeMs, rowsMax }) {
      const gone = await sql.all({
        sql: `delete from "request_log" where "at_ms" < ? or "id" in (select "id" from "request_log" order by "at_ms" desc, "id" desc limit ${ALL_ROWS} offset ?) returning 1 as "gone"`,
        params: [beforeMs, rowsMax],
      });
      return gone.length;
    },
    async schemaVersion() {
      const table = await one({
        sql: `select count(*) from "sqlite_master" where "name" = 'd1_migrations'`,
        params: [],
      });
      if (!table) return undefined;
      const name = await one({
        sql: `select "name" from "d1_migrations" order by "id" desc limit 1`,
        params: [],
      });
      return typeof name === "string" ? name : undefined;
    },
  };
}

/** The columns of a record, and who owns it. */
function owned<T extends OwnedTable>(table: T) {
  const { version, declaration, ...record } = getTableColumns(table);
  return record;
}

/** The columns of a record, without the version that admins compare. */
function unversioned<T extends typeof credential | typeof project | typeof apiKey>(table: T) {
  const { version, ...record } = getTableColumns(table);
  return record;
}

/** The columns of a record: a row without who owns it. */
function bare<T extends OwnedTable>(table: T) {
  const { managed, version, declaration, ...record } = getTableColumns(table);
  return record;
}
