import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrate } from "../../self-hosted/migrate.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { recordSql } from "../../src/store/sql.ts";
import { createStore } from "../../src/store/store.ts";
import { storeSuite } from "../contracts/store.suite.ts";
import { aKey, aModel, anOffer, aProvider, NO_ROWS } from "../fakes/records.ts";

const MIGRATIONS = path.join(import.meta.dirname, "../../migrations");

let folder: string;
let opened: { close(): void }[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tokenhub-store-"));
  opened = [];
});
afterEach(() => {
  for (const each of opened) each.close();
  rmSync(folder, { recursive: true, force: true });
});

function openKept(file: string) {
  const sql = openSqlite(file);
  opened.push(sql);
  return sql;
}

describe("a store on node:sqlite", () => {
  storeSuite(async () => {
    const sql = openKept(path.join(folder, "tokenhub.db"));
    await migrate(sql, MIGRATIONS);
    return sql;
  });
});

describe("an SQLite file", () => {
  const file = () => path.join(folder, "data", "tokenhub.db");

  it("is made with its folder, for its owner only", async () => {
    const sql = openKept(file());
    await sql.all({ sql: "create table t (a)", params: [] });
    for (const end of ["", "-wal", "-shm"]) expect(statSync(file() + end).mode & 0o777).toBe(0o600);
  });

  it("undoes a whole batch when its last statement fails", async () => {
    const sql = openKept(file());
    await sql.all({ sql: "create table t (a unique)", params: [] });
    const insert = { sql: "insert into t values (?)", params: [1] };
    await expect(sql.batch([insert, insert])).rejects.toThrow(/UNIQUE/);
    expect(await sql.all({ sql: "select count(*) from t", params: [] })).toEqual([[0]]);
    await sql.batch([insert]);
    expect(await sql.all({ sql: "select count(*) from t", params: [] })).toEqual([[1]]);
  });

  it("that is full says so, and keeps nothing of the write", async () => {
    const sql = openKept(file());
    await sql.all({ sql: "create table t (a)", params: [] });
    await sql.all({ sql: "pragma max_page_count = 4", params: [] });
    const insert = { sql: "insert into t values (?)", params: ["x".repeat(20_000)] };
    await expect(sql.batch([insert])).rejects.toThrow(/tokenhub\.db: The disk is full/);
    expect(await sql.all({ sql: "select count(*) from t", params: [] })).toEqual([[0]]);
  });

  it("that is no database is refused at once, by name", () => {
    const text = path.join(folder, "notes.txt");
    writeFileSync(text, "not a database at all, but long enough to be looked at\n".repeat(20));
    expect(() => openSqlite(text)).toThrow(/notes\.txt: It is no SQLite database/);
  });

  it("that is damaged is refused at once", async () => {
    const sql = openSqlite(file());
    await sql.all({ sql: "create table t (a)", params: [] });
    const insert = { sql: "insert into t values (?)", params: ["x".repeat(900)] };
    await sql.batch(Array.from({ length: 50 }, () => insert));
    sql.close();
    const bytes = readFileSync(file());
    writeFileSync(file(), bytes.fill(0xff, 4_096 * 2, 4_096 * 4));
    expect(() => openSqlite(file())).toThrow(/tokenhub\.db: It is damaged/);
  });

  it("is refused where its folder is a file, or itself is a folder", () => {
    writeFileSync(path.join(folder, "data"), "");
    expect(() => openSqlite(file())).toThrow(/A part of this path is a file/);
    mkdirSync(path.join(folder, "x.db"));
    expect(() => openSqlite(path.join(folder, "x.db"))).toThrow(/This is a folder/);
  });

  it("is opened without a warning about node:sqlite", () => {
    const module = pathToFileURL(path.join(import.meta.dirname, "../../self-hosted/sqlite.ts"));
    const script = `(await import("${module}")).openSqlite(":memory:").close(); process.emitWarning("other");`;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
    const told = child.stderr.toString();
    expect(child.status).toBe(0);
    expect(told).not.toMatch(/SQLite/);
    expect(told).toMatch(/other/);
  });
});

describe("recorded SQL", () => {
  it("makes in a database what the store would have made itself", async () => {
    const rows = {
      ...NO_ROWS,
      providers: [aProvider("p", { headers: { "x-note": "what? 'a' \"b\"\u0000;\nü €" } })],
      models: [aModel("m")],
      offers: [anOffer("p", "m")],
    };
    const write = async (store: ReturnType<typeof createStore>) => {
      await store.declare("config", { ...rows, models: [aModel("gone")] });
      await store.declare("config", rows);
      await store.putKey(aKey("key_1"));
      await store.putKey(aKey("key_2"));
      await store.revokeKey("key_2", 7_000);
    };
    const [direct, replayed] = [openKept(":memory:"), openKept(":memory:")];
    await migrate(direct, MIGRATIONS);
    await migrate(replayed, MIGRATIONS);
    await write(createStore(direct));
    const record = recordSql();
    await write(createStore(record));
    const lines = record.text().split("\n");
    for (const line of lines) if (line !== "") await replayed.all({ sql: line, params: [] });
    const everything = async (sql: typeof direct) => ({
      ...(await createStore(sql).registry()),
      keys: await createStore(sql).keys(),
    });
    expect(await everything(replayed)).toEqual(await everything(direct));
    expect((await everything(direct)).version).toBe(5);
  });

  it("refuses a number that SQL cannot hold", async () => {
    const record = recordSql();
    await expect(record.all({ sql: "select ?", params: [Number.NaN] })).rejects.toThrow(/literal/);
    await expect(record.all({ sql: "select '?'", params: [1] })).rejects.toThrow(/placeholders/);
  });
});
