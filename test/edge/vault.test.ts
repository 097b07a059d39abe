import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe } from "vitest";
import { createAdminStore } from "../../src/store/admin.ts";
import { d1Sql } from "../../src/store/sql.ts";
import { VaultKeeper } from "../../src/vault/keeper.ts";
import { readNotes } from "../../src/vault/notes.ts";
import { vaultSuite } from "../contracts/vault.suite.ts";
import { vaultHarmSuite } from "../contracts/vault-harm.suite.ts";
import { vaultRotationSuite } from "../contracts/vault-rotation.suite.ts";
import { vaultTextSuite } from "../contracts/vault-text.suite.ts";
import { CHEAP_RULES, chance, type VaultHome } from "../fakes/vault-home.ts";
import { applyMigrations } from "./apply-migrations.ts";

const { DB } = env as unknown as { DB: D1Database };

/** A keeper in the Workers runtime over D1, with notes that outlive it. */
async function open(): Promise<VaultHome> {
  await reset();
  await applyMigrations();
  const sql = d1Sql(DB);
  const store = createAdminStore(sql);
  const clock = { nowMs: 1_800_000_000_000 };
  let kept = "{}";
  return {
    ...{ store, sql, clock },
    start: ({ randomBytes = chance, pepper, store: between } = {}) =>
      new VaultKeeper({
        ...{ name: "0", pepper, randomBytes, rules: CHEAP_RULES, nowMs: () => clock.nowMs },
        store: between ? between(store) : store,
        notes: {
          read: async () => readNotes(JSON.parse(kept)),
          write: async (notes) => {
            kept = JSON.stringify(notes);
          },
        },
      }),
  };
}

describe("a keeper in the Workers runtime", () => {
  vaultSuite(open);
  vaultHarmSuite(open);
  vaultRotationSuite(open);
  vaultTextSuite(open);
});
