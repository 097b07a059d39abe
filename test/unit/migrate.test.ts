import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { migrate } from "../../self-hosted/migrate.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { SCHEMA_VERSION } from "../../src/store/schema.ts";
import type { Sql } from "../../src/store/sql.ts";
import { createStore } from "../../src/store/store.ts";

const MIGRATIONS = path.join(import.meta.dirname, "../../migrations");

const FILES = readdirSync(MIGRATIONS)
  .filter((name) => name.endsWith(".sql"))
  .sort();

let folder: string;
let sql: ReturnType<typeof openSqlite>;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tokenhub-migrate-"));
  cpSync(MIGRATIONS, folder, { recursive: true });
  sql = openSqlite(":memory:");
});
afterEach(() => {
  sql.close();
  rmSync(folder, { recursive: true, force: true });
});

const read = (database: Sql, text: string) => database.all({ sql: text, params: [] });
const names = async () => (await read(sql, "select name from d1_migrations order by id")).flat();

it("the code's schema version is the newest migration", () => {
  expect(FILES.at(-1)).toBe(SCHEMA_VERSION);
});

it("an empty database gets every migration, in order, under wrangler's names", async () => {
  expect(await createStore(sql).schemaVersion()).toBeUndefined();
  await migrate(sql, folder);
  expect(await names()).toEqual(FILES);
});

it("a second run changes nothing", async () => {
  await migrate(sql, folder);
  const before = await read(
    sql,
    "select total_changes(), (select group_concat(sql) from sqlite_master)",
  );
  await migrate(sql, folder);
  expect(
    await read(sql, "select total_changes(), (select group_concat(sql) from sqlite_master)"),
  ).toEqual(before);
});

it("only what is new is applied", async () => {
  await migrate(sql, folder);
  await createStore(sql).registryVersion();
  await read(sql, "update meta set registry_version = 41");
  writeFileSync(
    path.join(folder, "0099_next.sql"),
    "alter table meta add column note text;\n--> statement-breakpoint\nupdate meta set note = 'x';\n",
  );
  await migrate(sql, folder);
  expect(await read(sql, "select registry_version, note from meta")).toEqual([[41, "x"]]);
});

it("a key from before its directives had a setting keeps its scopes, and honours what it did", async () => {
  const before = mkdtempSync(path.join(tmpdir(), "tokenhub-migrate-"));
  for (const name of FILES.filter((file) => file < "0004")) {
    cpSync(path.join(MIGRATIONS, name), path.join(before, name));
  }
  await migrate(sql, before);
  rmSync(before, { recursive: true });
  const columns =
    "id, name, hash, last4, scopes, allowed_models, allowed_providers, required_labels";
  const values = `'key_1', 'n', 'h', 'abcd', '["chat","models"]', '[]', '[]', '[]'`;
  await read(sql, `insert into api_key (${columns}, created_at_ms) values (${values}, 1)`);
  await migrate(sql, folder);
  expect(await createStore(sql).keyByHash("h")).toMatchObject({
    ...{ scopes: ["chat", "models"], inband: "user", fanOut: undefined },
  });
});

it("a migration that fails leaves no trace of itself", async () => {
  writeFileSync(
    path.join(folder, "0099_broken.sql"),
    "create table t (a);\n--> statement-breakpoint\ninsert into nowhere values (1);\n",
  );
  await expect(migrate(sql, folder)).rejects.toThrow(/0099_broken\.sql failed and was undone/);
  expect(await names()).toEqual(FILES);
  expect(await read(sql, "select name from sqlite_master where name = 't'")).toEqual([]);
});

it("a database of a newer Tokenhub is refused and left as it is", async () => {
  await migrate(sql, folder);
  await read(sql, "insert into d1_migrations (name) values ('0777_future.sql')");
  await expect(migrate(sql, folder)).rejects.toThrow(/newer Tokenhub.*0777_future\.sql/);
});

it("two processes that start at once both find the schema", async () => {
  const file = path.join(folder, "tokenhub.db");
  const [one, two] = [openSqlite(file), openSqlite(file)];
  try {
    await Promise.all([migrate(one, folder), migrate(two, folder)]);
    expect(await createStore(one).schemaVersion()).toBe(SCHEMA_VERSION);
    expect(await read(two, "select count(*) from meta")).toEqual([[1]]);
  } finally {
    one.close();
    two.close();
  }
});
