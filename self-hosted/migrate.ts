/** Brings a database to the schema of this code, with the same files and the same record as wrangler. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Sql } from "../src/store/sql.ts";

/** Wrangler's own table, so that either tool sees what the other has done. */
const RECORD = `create table if not exists "d1_migrations" (
  "id" integer primary key autoincrement,
  "name" text unique,
  "applied_at" timestamp default current_timestamp not null
)`;

/** What drizzle-kit writes between two statements. */
const BREAKPOINT = "--> statement-breakpoint";

/**
 * Applies the folder's `*.sql` files that are not recorded yet, in the order of their names, each with
 * its record in one transaction. A second run changes nothing; two processes may run it at once.
 * @throws Error when the database holds a migration that the folder lacks, or when one fails.
 */
export async function migrate(sql: Sql, folder: string): Promise<void> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  const before = await applied(sql);
  const foreign = [...before].find((name) => !files.includes(name));
  if (foreign !== undefined) {
    throw new Error(
      `This database was made by a newer Tokenhub: it has the migration ${foreign}, which this version does not know. Upgrade Tokenhub, or restore the backup made before the upgrade.`,
    );
  }
  for (const name of files) {
    if (!before.has(name))
      await apply(sql, { name, text: readFileSync(path.join(folder, name), "utf8") });
  }
}

async function apply(sql: Sql, file: { name: string; text: string }): Promise<void> {
  const statements = file.text
    .split(BREAKPOINT)
    .map((text) => ({ sql: text.trim(), params: [] }))
    .filter((statement) => statement.sql !== "");
  const record = { sql: `insert into "d1_migrations" ("name") values (?)`, params: [file.name] };
  try {
    await sql.batch([record, ...statements]);
  } catch (error) {
    // Another process that starts at the same time may have been faster.
    if ((await applied(sql)).has(file.name)) return;
    throw new Error(`Migration ${file.name} failed and was undone: ${String(error)}`, {
      cause: error,
    });
  }
}

async function applied(sql: Sql): Promise<ReadonlySet<string>> {
  await sql.all({ sql: RECORD, params: [] });
  const rows = await sql.all({ sql: `select "name" from "d1_migrations"`, params: [] });
  return new Set(rows.map(([name]) => String(name)));
}
