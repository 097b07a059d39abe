/** The one way an admin's change is written: together with its entry in the audit chain, or not at all. */
import { getTableColumns } from "drizzle-orm";
import type { AuditDraft } from "../administration.ts";
import { TokenhubError } from "../errors.ts";
import { CHAIN_START, type ChainHead, chained } from "./audit-chain.ts";
import { encoder, quoted } from "./insert.ts";
import { audit } from "./schema-admin.ts";
import type { Sql, SqlValue, Statement } from "./sql.ts";

/** A change, and the condition under which it happens. */
export interface AuditedChange {
  readonly draft: AuditDraft;
  /** A condition on rows; each of `changes` carries it too, and the last one alone may make it false. */
  readonly when: Statement;
  /** In order. */
  readonly changes: readonly Statement[];
}

/** A condition that always holds. */
export const ALWAYS: Statement = { sql: "1 = 1", params: [] };

/**
 * With each try one of the writers that race gets its place, so that this many may race. More is no
 * race of people but a loop gone wild.
 */
const TRIES_MAX = 200;

/** SQLite's and D1's words when another writer took the number. */
const TAKEN = /UNIQUE constraint failed: audit\.seq/;

const encode = encoder(audit);
const COLUMNS = Object.values(getTableColumns(audit)).map(({ name }) => quoted(name));
const INSERT = `insert into "audit" (${COLUMNS.join(",")}) select ${COLUMNS.map(() => "?").join(",")} where`;

/**
 * Answers whether the condition held; where it did not, nothing was written.
 * @throws TokenhubError `conflict` when too many write at once; else what the database threw.
 */
export async function writeAudited(
  sql: Sql,
  { draft, when, changes }: AuditedChange,
): Promise<boolean> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const params: SqlValue[] = [];
    encode(chained(draft, await headOf(sql)), params);
    const entry = {
      sql: `${INSERT} ${when.sql} returning "seq"`,
      params: [...params, ...when.params],
    };
    try {
      const [written] = await sql.batch([entry, ...changes]);
      return written !== undefined && written.length > 0;
    } catch (error) {
      if (!TAKEN.test(String(error))) throw error;
    }
  }
  throw new TokenhubError("conflict");
}

async function headOf(sql: Sql): Promise<ChainHead> {
  const [head] = await sql.all({
    sql: `select "seq", "hash" from "audit" order by "seq" desc limit 1`,
    params: [],
  });
  return head ? { seq: Number(head[0]), hash: String(head[1]) } : CHAIN_START;
}
