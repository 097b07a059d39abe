import path from "node:path";
import { afterEach, describe } from "vitest";
import { migrate } from "../../self-hosted/migrate.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { adminAuditSuite } from "../contracts/admin-audit.suite.ts";
import { adminHistorySuite } from "../contracts/admin-history.suite.ts";
import { adminLogSuite } from "../contracts/admin-log.suite.ts";
import { adminStoreSuite } from "../contracts/admin-store.suite.ts";

const MIGRATIONS = path.join(import.meta.dirname, "../../migrations");

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

async function open() {
  const sql = openSqlite(":memory:");
  opened.push(sql);
  await migrate(sql, MIGRATIONS);
  return sql;
}

describe("an admin's store on node:sqlite", () => {
  adminStoreSuite(open);
  adminAuditSuite(open);
  adminHistorySuite(open);
  adminLogSuite(open);
});
