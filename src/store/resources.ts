/** Each kind of row that admins change: its table, its key, and how a record becomes a row and back. */
import { getTableColumns } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { AlertRecord, ResourceName, Resources } from "../administration.ts";
import {
  type AliasRecord,
  type ModelRecord,
  type OfferRecord,
  offerKey,
  type ProviderRecord,
} from "../catalog.ts";
import type { CredentialRecord } from "../credential.ts";
import type { KeyRecord, ProjectRecord } from "../key.ts";
import { type Filled, filled, keyRow, offerRecord, offerRow } from "./rows.ts";
import { alias, apiKey, model, offer, provider } from "./schema.ts";
import { alert, credential, project } from "./schema-admin.ts";

/** What a row carries beside its record. */
type Carried = "managed" | "version" | "declaration";
type Bare<T extends SQLiteTable> = Omit<T["$inferInsert"], Carried>;
type Read<T extends SQLiteTable> = Filled<Omit<T["$inferSelect"], Carried>>;

/** Values by a column's name in the schema. */
type Row = Readonly<Record<string, unknown>>;

/** How the store keeps records of one kind. */
export interface Resource<R> {
  readonly table: SQLiteTable;
  /** Names of the key's columns in SQL. */
  readonly keyColumns: readonly string[];
  /** The id as an expression of SQL. */
  readonly idSql: string;
  /** The values of the key's columns. */
  keyOf(id: string): readonly string[];
  idOf(record: R): string;
  /** Without what a row carries beside its record. */
  rowOf(record: R): Row;
  recordOf(row: Row): R;
  /** Somebody owns its rows: config, discovery or an admin; else all are admins'. */
  readonly owned: boolean;
  /** Routing or doors read it, so that a change moves the registry's version. */
  readonly movesRegistry: boolean;
  /** What an update makes of a column, where that is not the given value; by the column's name in SQL. */
  readonly kept: Readonly<Record<string, string>>;
  /** Tables (names in SQL) whose rows go with this one, the column that names it, and which of them. */
  readonly belongings: readonly {
    readonly table: string;
    readonly column: string;
    readonly but?: string;
  }[];
}

const NOT_CONFIG = `"managed" <> 'config'`;

const RESOURCES: { readonly [N in ResourceName]: Resource<Resources[N]> } = {
  provider: {
    ...byId(
      provider,
      (row): ProviderRecord => row,
      (record) => record,
    ),
    belongings: [
      { table: "offer", column: "provider_id", but: NOT_CONFIG },
      { table: "credential", column: "provider_id" },
    ],
  },
  model: {
    ...byId(
      model,
      (row): ModelRecord => row,
      (record) => record,
    ),
    belongings: [{ table: "offer", column: "model_id", but: NOT_CONFIG }],
  },
  offer: {
    ...ofTable(offer),
    keyColumns: ["provider_id", "model_id"],
    idSql: `"provider_id" || '/' || "model_id"`,
    keyOf: offerKeyOf,
    idOf: offerKey,
    rowOf: offerRow,
    recordOf: (row) => offerRecord(row as Parameters<typeof offerRecord>[0]) satisfies OfferRecord,
  },
  alias: byId(
    alias,
    (row): AliasRecord => row,
    (record) => record,
  ),
  credential: byId(
    credential,
    (row): CredentialRecord => row,
    (record) => ({ ...record, setAtMs: Math.round(record.setAtMs) }),
  ),
  project: byId(
    project,
    (row): ProjectRecord => row,
    (record) => record,
  ),
  key: {
    ...byId(apiKey, (row): KeyRecord => row, keyRow),
    kept: { revoked_at_ms: `coalesce("api_key"."revoked_at_ms", excluded."revoked_at_ms")` },
  },
  alert: {
    ...byId(
      alert,
      (row): AlertRecord => row,
      (record) => record,
    ),
    movesRegistry: false,
  },
};

/** How records of this kind are kept. */
export function resourceOf<N extends ResourceName>(name: N): Resource<Resources[N]> {
  return RESOURCES[name];
}

/** What holds for most tables. */
function ofTable(table: SQLiteTable) {
  const owned = "managed" in getTableColumns(table);
  return { table, owned, movesRegistry: true, kept: {}, belongings: [] };
}

/** A table whose key is its `id`. */
function byId<T extends SQLiteTable, R extends { readonly id: string }>(
  table: T,
  recordOf: (row: Read<T>) => R,
  rowOf: (record: R) => Bare<T>,
): Resource<R> {
  return {
    ...ofTable(table),
    keyColumns: ["id"],
    idSql: `"id"`,
    keyOf: (id) => [id],
    idOf: ({ id }) => id,
    rowOf,
    recordOf: (row) => recordOf(filled(row) as Read<T>),
  };
}

/** `provider/model`; ids of providers have no slash. */
function offerKeyOf(id: string): readonly string[] {
  const slash = id.indexOf("/");
  return slash < 0 ? [id, ""] : [id.slice(0, slash), id.slice(slash + 1)];
}
