/** Inserts of many rows: text and parameters from a table's own columns. */
import { getTableColumns, getTableName } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { SqlValue, Statement } from "./sql.ts";

/** D1 takes no more bound parameters in one statement. */
const PARAMS_MAX = 100;

interface InsertRule {
  /** Nothing is inserted unless this condition holds; undefined: always. */
  readonly when?: Statement;
  /** What follows `on conflict`. */
  readonly conflict: string;
}

/**
 * Answers a function from rows to as few statements as `PARAMS_MAX` allows. Their text is made once for
 * each number of rows, so that a driver can keep it prepared.
 */
export function inserter<T extends SQLiteTable>(
  table: T,
  rule: InsertRule,
): (rows: readonly T["$inferInsert"][]) => Statement[] {
  const encode = encoder(table);
  const names = Object.values(getTableColumns(table)).map((column) => quoted(column.name));
  const guard = rule.when?.params ?? [];
  const rowsMax = Math.floor((PARAMS_MAX - guard.length) / names.length);
  const texts = Array.from({ length: rowsMax }, (_, index) =>
    insertText(getTableName(table), { ...rule, names, rows: index + 1 }),
  );
  return (rows) => {
    const statements: Statement[] = [];
    for (let start = 0; start < rows.length; start += rowsMax) {
      const chunk = rows.slice(start, start + rowsMax);
      const params: SqlValue[] = [];
      for (const row of chunk) encode(row, params);
      params.push(...guard);
      statements.push({ sql: texts[chunk.length - 1] ?? "", params });
    }
    return statements;
  };
}

/** Answers a function that appends one row's parameters in column order; what is undefined becomes null. */
export function encoder<T extends SQLiteTable>(
  table: T,
): (row: T["$inferInsert"], into: SqlValue[]) => void {
  const columns = Object.entries(getTableColumns(table));
  return (row, into) => {
    const values = row as Readonly<Record<string, unknown>>;
    for (const [field, column] of columns) {
      const value = values[field];
      into.push(value == null ? null : (column.mapToDriverValue(value) as SqlValue));
    }
  };
}

/** The name in double quotes. */
export const quoted = (name: string): string => `"${name}"`;

function insertText(
  table: string,
  text: InsertRule & { readonly names: readonly string[]; readonly rows: number },
): string {
  const row = `(${text.names.map(() => "?").join(",")})`;
  const values = `values ${Array(text.rows).fill(row).join(",")}`;
  const source = text.when ? `select * from (${values}) as "given" where ${text.when.sql}` : values;
  return `insert into ${quoted(table)} (${text.names.join(",")}) ${source} on conflict ${text.conflict}`;
}
