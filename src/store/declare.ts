/** What makes the rows of one owner the declared ones: statements that write and never read first. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { getTableColumns, getTableName } from "drizzle-orm";
import type { RegistryRows } from "../catalog.ts";
import type { RowOwner } from "../platform.ts";
import { encoder, inserter, quoted } from "./insert.ts";
import { offerRow } from "./rows.ts";
import { alias, model, type OwnedTable, offer, provider } from "./schema.ts";
import type { SqlValue, Statement } from "./sql.ts";

/** Which column of `meta` holds what an owner declared last. */
const HASH_COLUMN = {
  config: "config_hash",
  discovered: "discovered_hash",
} as const satisfies Record<RowOwner, string>;

type Bare<T extends OwnedTable> = Omit<T["$inferInsert"], "managed" | "version" | "declaration">;

interface Declaration {
  readonly owner: RowOwner;
  readonly hash: string;
  /** Holds while this declaration is not the last one noted. */
  readonly isNew: Statement;
}

/**
 * One atomic batch. Every statement is guarded by the hash of the owner's last declaration, so that the
 * same rows again change nothing; the last one notes the hash and moves the registry's version.
 * A row that `config` names becomes its own, whoever had it; `discovered` never touches another's.
 * Of two rows with one key the last one counts.
 */
export function declareStatements(owner: RowOwner, given: RegistryRows): Statement[] {
  const parts = [
    part({ table: provider, key: ["id"], rows: given.providers }),
    part({ table: model, key: ["id"], rows: given.models }),
    part({ table: offer, key: ["providerId", "modelId"], rows: given.offers.map(offerRow) }),
    part({ table: alias, key: ["id"], rows: given.aliases }),
  ];
  const content = JSON.stringify(parts.map((each) => each.content));
  const hash = bytesToHex(sha256(utf8ToBytes(content)));
  const column = quoted(HASH_COLUMN[owner]);
  const isNew: Statement = {
    sql: `exists (select 1 from "meta" where ${column} is distinct from ?)`,
    params: [hash],
  };
  // A row that config took over and now lets go may be one that discovery had found.
  const forget = owner === "config" ? `, ${quoted(HASH_COLUMN.discovered)} = null` : "";
  return [
    ...parts.flatMap((each) => each.statements({ owner, hash, isNew })),
    {
      sql: `update "meta" set "registry_version" = "registry_version" + 1, ${column} = ?${forget} where ${column} is distinct from ?`,
      params: [hash, hash],
    },
  ];
}

/** One table's share: its content, to be hashed, and the statements once the hash is known. */
function part<T extends OwnedTable>(given: {
  table: T;
  key: readonly (keyof Bare<T>)[];
  rows: readonly Bare<T>[];
}): {
  readonly content: readonly (readonly SqlValue[])[];
  statements(declaration: Declaration): Statement[];
} {
  const { table, key } = given;
  const encode = encoder(table);
  const owned = (row: Bare<T>, owner: RowOwner, declaration: string) =>
    ({ ...row, managed: owner, version: 1, declaration }) as T["$inferInsert"];
  const rows = unique(given.rows, key);
  return {
    content: rows.map((row) => {
      const params: SqlValue[] = [];
      encode(owned(row, "config", ""), params);
      return params;
    }),
    statements: ({ owner, hash, isNew }) => {
      const insert = inserter(table, { when: isNew, conflict: takeOver(table, key, owner) });
      return [
        ...insert(rows.map((row) => owned(row, owner, hash))),
        {
          sql: `delete from ${quoted(getTableName(table))} where "managed" = ? and "declaration" is distinct from ? and ${isNew.sql}`,
          params: [owner, hash, ...isNew.params],
        },
      ];
    },
  };
}

/** The update that an insert becomes where the key is there; the version moves only if the row differs. */
function takeOver(table: OwnedTable, key: readonly PropertyKey[], owner: RowOwner): string {
  const name = quoted(getTableName(table));
  const columns = Object.entries(getTableColumns(table));
  const keyNames = columns.filter(([field]) => key.includes(field)).map(([, { name }]) => name);
  const others = columns
    .map(([, column]) => column.name)
    .filter((column) => column !== "version" && !keyNames.includes(column));
  const differs = others
    .filter((column) => column !== "declaration")
    .map((column) => `${name}.${quoted(column)} is distinct from excluded.${quoted(column)}`);
  const set = [
    ...others.map((column) => `${quoted(column)} = excluded.${quoted(column)}`),
    `"version" = ${name}."version" + case when ${differs.join(" or ")} then 1 else 0 end`,
  ];
  const mine = owner === "config" ? "" : ` where ${name}."managed" = '${owner}'`;
  return `(${keyNames.map(quoted).join(",")}) do update set ${set.join(", ")}${mine}`;
}

/** The last row of each key, in the order of the keys. */
function unique<R>(rows: readonly R[], key: readonly (keyof R)[]): R[] {
  const byKey = new Map<string, R>();
  for (const row of rows) byKey.set(JSON.stringify(key.map((field) => row[field])), row);
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
