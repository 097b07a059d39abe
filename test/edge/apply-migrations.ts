/** Every edge test file starts with the schema that wrangler would have applied. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

type Migrations = Parameters<typeof applyD1Migrations>[1];

/** Applies what is missing; again after a `reset()`. */
export async function applyMigrations(): Promise<void> {
  const { DB, TEST_MIGRATIONS } = env as unknown as { DB: D1Database; TEST_MIGRATIONS: Migrations };
  await applyD1Migrations(DB, TEST_MIGRATIONS);
}

await applyMigrations();
