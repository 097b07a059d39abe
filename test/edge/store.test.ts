import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe } from "vitest";
import { type D1Binding, d1Sql } from "../../src/store/sql.ts";
import { storeSuite } from "../contracts/store.suite.ts";
import { applyMigrations } from "./apply-migrations.ts";

describe("a store on D1", () => {
  storeSuite(async () => {
    await reset();
    await applyMigrations();
    const { DB } = env as unknown as { DB: D1Database };
    return d1Sql(DB satisfies D1Binding);
  });
});
