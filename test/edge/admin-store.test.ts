import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe } from "vitest";
import { type D1Binding, d1Sql } from "../../src/store/sql.ts";
import { adminAuditSuite } from "../contracts/admin-audit.suite.ts";
import { adminHistorySuite } from "../contracts/admin-history.suite.ts";
import { adminLogSuite } from "../contracts/admin-log.suite.ts";
import { adminStoreSuite } from "../contracts/admin-store.suite.ts";
import { applyMigrations } from "./apply-migrations.ts";

async function open() {
  await reset();
  await applyMigrations();
  const { DB } = env as unknown as { DB: D1Database };
  return d1Sql(DB satisfies D1Binding);
}

describe("an admin's store on D1", () => {
  adminStoreSuite(open);
  adminAuditSuite(open);
  adminHistorySuite(open);
  adminLogSuite(open);
});
