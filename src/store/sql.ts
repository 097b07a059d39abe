/** The port to any asynchronous SQLite, and its two members without a file: D1, and a recorder. */

export type SqlValue = string | number | null;

/** One statement and the values of its placeholders. */
export interface Statement {
  /** One statement with `?` placeholders. */
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** Rows are arrays in column order; a statement that reads nothing answers none. */
export interface Sql {
  all(statement: Statement): Promise<unknown[][]>;
  /** All or nothing, in order. The columns that one statement reads need different names (D1). */
  batch(statements: readonly Statement[]): Promise<unknown[][][]>;
}

/** What is used of a D1 binding's prepared statement. */
export interface D1Statement {
  bind(...values: unknown[]): D1Statement;
  raw(): Promise<unknown[][]>;
}

/** What is used of a D1 binding; also fits a D1 session. */
export interface D1Binding {
  prepare(sql: string): D1Statement;
  batch(statements: D1Statement[]): Promise<{ readonly results: unknown[] }[]>;
}

/** Cloudflare D1: ≤ 100 parameters in a statement, ≤ 1 000 statements in one invocation. */
export function d1Sql(binding: D1Binding): Sql {
  const prepared = ({ sql, params }: Statement) => binding.prepare(sql).bind(...params);
  return {
    all: (statement) => prepared(statement).raw(),
    async batch(statements) {
      const answers = await binding.batch(statements.map(prepared));
      return answers.map(({ results }) => results.map((row) => Object.values(row as object)));
    },
  };
}

/** Runs nothing: keeps what a store writes as SQL text, for `wrangler d1 execute --file`. */
export function recordSql(): Sql & { text(): string } {
  const lines: string[] = [];
  const record = (statement: Statement): unknown[][] => {
    lines.push(`${rendered(statement)};\n`);
    return [];
  };
  return {
    all: async (statement) => record(statement),
    batch: async (statements) => statements.map(record),
    /** Everything so far, in order, one statement a line. */
    text: () => lines.join(""),
  };
}

/** Quoted text and names are matched whole, so that a `?` inside is no placeholder. */
const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g;

function rendered({ sql, params }: Statement): string {
  let used = 0;
  const text = sql.replace(TOKENS, (token) => (token === "?" ? literal(params[used++]) : token));
  if (used !== params.length) {
    throw new Error(`${params.length} parameters for ${used} placeholders in: ${sql}`);
  }
  return text;
}

function literal(value: SqlValue | undefined): string {
  if (value === null) return "null";
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  if (typeof value !== "string") throw new Error(`no SQL literal for a ${typeof value}`);
  // As bytes where a line break, a control character or a NUL could end the line or the literal.
  if (/^[\x20-\x7e]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  const bytes = [...new TextEncoder().encode(value)];
  return `cast(x'${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}' as text)`;
}
