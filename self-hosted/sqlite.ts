/** The embedded database: one SQLite file through `node:sqlite`. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Sql, Statement } from "../src/store/sql.ts";

/** How long a write waits for another process (the CLI) to finish its own. */
const BUSY_TIMEOUT_MS = 5_000;

/** Prepared statements kept; the store has about half as many different texts. */
const STATEMENTS_MAX = 256;

/** What to do, by SQLite's primary result code (sqlite.org/rescode.html). */
const SQLITE_ADVICE: Readonly<Record<number, string>> = {
  5: "Another process is writing to it. Stop that process and try again.",
  8: "It is read-only. Let this user write to the file and its folder.",
  10: "The disk failed to read or write. Check the disk and its mount.",
  11: "It is damaged. Restore a backup, or move the file away to start empty.",
  13: "The disk is full. Free some space; nothing of this write was kept.",
  14: "It cannot be opened. Let this user write to the file and its folder.",
  26: "It is no SQLite database. Name another file, or move this one away to start empty.",
};

/** The same by system error code. */
const SYSTEM_ADVICE: Readonly<Record<string, string>> = {
  EACCES: "Let this user write to the folder, or name another one with TOKENHUB_DATA_DIR.",
  EPERM: "Let this user write to the folder, or name another one with TOKENHUB_DATA_DIR.",
  EROFS: "The folder is on a read-only disk. Name another one with TOKENHUB_DATA_DIR.",
  ENOSPC: "The disk is full. Free some space.",
  EISDIR: "This is a folder. Name a file.",
  ENOTDIR: "A part of this path is a file, not a folder.",
  EEXIST: "A part of this path is a file, not a folder.",
};

/**
 * Opens the file, or makes it (readable by this user only) together with its folder; `:memory:` is a
 * database without a file. Nothing runs beside anything else: every statement is done when the call returns.
 * @throws Error that names the file and what to do, here and in every call.
 */
export function openSqlite(file: string): Sql & { close(): void } {
  const database = told(file, () => open(file));
  const prepared = new Map<string, Prepared>();
  const statement = (sql: string): Prepared => {
    const known = prepared.get(sql);
    if (known) return known;
    if (prepared.size >= STATEMENTS_MAX) prepared.clear();
    const made = prepare(database, sql);
    prepared.set(sql, made);
    return made;
  };
  const execute = ({ sql, params }: Statement) => statement(sql).run(params as SQLInputValue[]);
  return {
    all: async (one) => told(file, () => execute(one)),
    batch: async (statements) =>
      told(file, () => {
        // A transaction that begins as a reader may be refused when it turns to writing.
        const writes = statements.some(({ sql }) => !/^\s*select\b/i.test(sql));
        database.exec(writes ? "begin immediate" : "begin");
        try {
          const answers = statements.map(execute);
          database.exec("commit");
          return answers;
        } catch (error) {
          rollback(database);
          throw error;
        }
      }),
    close: () => database.close(),
  };
}

interface Prepared {
  run(params: SQLInputValue[]): unknown[][];
}

function prepare(database: DatabaseSync, sql: string): Prepared {
  const statement: StatementSync = database.prepare(sql);
  if (statement.columns().length === 0) {
    return {
      run(params) {
        statement.run(...params);
        return [];
      },
    };
  }
  statement.setReturnArrays(true);
  return { run: (params) => statement.all(...params) as unknown as unknown[][] };
}

function open(file: string): DatabaseSync {
  if (file !== ":memory:") {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    // SQLite gives its -wal and -shm files the mode of this one.
    closeSync(openSync(file, "a", 0o600));
  }
  const database = new (sqlite().DatabaseSync)(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec(
      "pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on",
    );
    const check = database.prepare("pragma quick_check(1)").get();
    if (check?.quick_check !== "ok") throw Object.assign(new Error("damaged"), { errcode: 11 });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A full disk or an I/O error has rolled back by itself; then there is nothing left to do. */
function rollback(database: DatabaseSync): void {
  try {
    database.exec("rollback");
  } catch {}
}

/** Loads the module without its ExperimentalWarning; every other warning stays. */
function sqlite(): typeof import("node:sqlite") {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Runs it, and says of a failure in which file it was and what to do. */
function told<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const { code, errcode } = error as { code?: unknown; errcode?: unknown };
    const advice =
      typeof errcode === "number" ? SQLITE_ADVICE[errcode & 0xff] : SYSTEM_ADVICE[String(code)];
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(`Database ${file}: ${advice ?? "It refused a statement."} (${what})`, {
      cause: error,
    });
  }
}
