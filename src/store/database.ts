/** Drizzle over any asynchronous SQLite: how the admin's part of the store reads. */
import { drizzle, type SqliteRemoteDatabase } from "drizzle-orm/sqlite-proxy";
import type { Sql } from "./sql.ts";

/** Builds and runs queries. Its `transaction` does not work on D1: what must be atomic is a batch of `Sql`. */
export type Database = SqliteRemoteDatabase;

/** Runs nothing before the first query. */
export function openDatabase(sql: Sql): Database {
  return drizzle(async (text, params) => ({ rows: await sql.all({ sql: text, params }) }));
}
