/** Wrangler's `d1 execute` over one SQLite file: files of SQL answer no rows, as with a deployed database. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { migrate } from "../../self-hosted/migrate.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";

const MIGRATIONS = path.join(import.meta.dirname, "../../migrations");

/** A migrated database behind wrangler's command line. */
export interface FakeD1 {
  readonly wrangler: (args: readonly string[]) => string;
  /** Runs SQL beside it. */
  exec(sql: string): void;
  close(): void;
}

/** In this file. */
export async function fakeD1(file: string): Promise<FakeD1> {
  const sqlite = openSqlite(file);
  await migrate(sqlite, MIGRATIONS);
  sqlite.close();
  const database = new DatabaseSync(file);
  const after = (args: readonly string[], name: string) => args[args.indexOf(name) + 1] ?? "";
  return {
    wrangler(args) {
      if (args[1] === "migrations") return "[]";
      if (!args.includes("--file")) {
        const results = database.prepare(after(args, "--command")).all();
        return JSON.stringify([{ results, success: true }]);
      }
      const sql = readFileSync(after(args, "--file"), "utf8");
      database.exec("begin");
      try {
        database.exec(sql);
        database.exec("commit");
      } catch (error) {
        database.exec("rollback");
        throw error;
      }
      return JSON.stringify([{ results: [{ "Total queries executed": 1 }], success: true }]);
    },
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
  };
}
