/**
 * The database fails at every statement of every kind of admin write: the row and its entry in the audit
 * chain are both there or both not, the answer is a typed error, and the same write is then done.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { ADMIN_TOKEN } from "../fakes/admin-token.ts";
import { type FaultyAdmin, startFaultyAdmin } from "../fakes/faulty-admin.ts";
import type { FaultySql } from "../fakes/faulty-sql.ts";
import { PASSWORD } from "../fakes/vault-home.ts";

let admin: FaultyAdmin;
let sql: FaultySql;
beforeEach(async () => {
  admin = await startFaultyAdmin();
  sql = admin.sql;
});
afterEach(() => admin.close());

const PROVIDER = {
  ...{ id: "acme", type: "openai", base_url: "https://api.acme.example/v1" },
  credential_source: "escrow",
};
const MODEL = { id: "large", weight: 7 };
const OFFER = { provider_id: "acme", model_id: "large", upstream_name: "up", input_per_1k: 0.001 };
const ROWS: Readonly<Record<string, object>> = {
  providers: PROVIDER,
  models: MODEL,
  offers: OFFER,
  aliases: { id: "fast", strategy: "ordered", targets: [{ model_id: "large" }] },
  projects: { id: "red", name: "Red" },
  keys: { name: "ci" },
  alerts: { id: "hook", url: "https://a.example/x" },
};

/** Verb of a resource → what must be there before it, and its body. */
const WRITES: readonly { what: string; before: readonly string[]; body?: object }[] = [
  { what: "POST /providers", before: [], body: PROVIDER },
  { what: "PATCH /providers/acme", before: ["providers"], body: { labels: ["eu"] } },
  { what: "DELETE /providers/acme", before: ["providers", "models", "offers"] },
  { what: "POST /models", before: [], body: MODEL },
  { what: "PUT /models/large", before: ["models"], body: { weight: 2 } },
  { what: "POST /offers", before: ["providers", "models"], body: OFFER },
  { what: "POST /aliases", before: ["models"], body: ROWS.aliases },
  { what: "DELETE /aliases/fast", before: ["models", "aliases"] },
  { what: "PATCH /projects/red", before: ["projects"], body: { budget_day_usd: 1 } },
  { what: "POST /alerts", before: [], body: ROWS.alerts },
  { what: "POST /keys", before: [], body: ROWS.keys },
  { what: "POST /session", before: [] },
  { what: "POST /providers/acme/credentials", before: ["vault", "providers"] },
  { what: "POST /import", before: [] },
];
const BODIES: Readonly<Record<string, object>> = {
  "POST /session": { token: ADMIN_TOKEN },
  "POST /providers/acme/credentials": { secret: "sk-planted-0123456789" },
  "POST /import": { yaml: "models:\n  - id: imported\n    weight: 3\n" },
};
/** Tables that an admin's write changes, the chain aside. */
const TABLES = [
  ...["provider", "model", "offer", "alias", "project", "api_key", "alert", "credential"],
  "admin_session",
];
/** More statements than any write has. */
const STATEMENTS_MAX = 60;

async function state(): Promise<{ rows: string; entries: number }> {
  const tables = await sql.all({
    sql: "select name from sqlite_master where type = 'table' order by name",
    params: [],
  });
  const rows: unknown[] = [];
  let entries = 0;
  for (const [table] of tables) {
    const found = await sql.all({ sql: `select * from "${table}"`, params: [] });
    if (table === "audit") entries = found.length;
    else if (TABLES.includes(String(table))) rows.push([table, found]);
  }
  return { rows: JSON.stringify(rows), entries };
}

test.each(WRITES)("row 146: $what changes a row with its entry, or neither", async (write) => {
  const { what, before } = write;
  const body = write.body ?? BODIES[what];
  for (const needed of before) {
    if (needed !== "vault") {
      expect((await admin.ask(`POST /${needed}`, { body: ROWS[needed] })).status).toBe(201);
      continue;
    }
    await admin.ask("POST /vault/init", { body: { admin_password: PASSWORD } });
    await admin.ask("POST /vault/unlock", { body: { admin_password: PASSWORD } });
  }
  const began = await state();
  let failures = 0;
  for (let n = 1; n <= STATEMENTS_MAX; n++) {
    const old = await state();
    sql.failAt = n;
    const told = await admin.ask(what, { body, bare: what === "POST /session" });
    const met = (sql.failAt ?? 0) <= 0;
    sql.failAt = undefined;
    const now = await state();
    const changed = [now.rows !== old.rows, now.entries > old.entries];
    expect([n, ...changed]).toEqual([n, changed[0], changed[0]]);
    if (told.status >= 400) {
      failures += 1;
      expect([n, told.body.error?.type, typeof told.body.error?.code]).toEqual([
        ...[n, "api_error", "string"],
      ]);
      expect(told.status).toBeGreaterThanOrEqual(500);
      expect(told.text).not.toMatch(/sqlite|insert|UNIQUE|meta/i);
    }
    if (!met || now.rows !== began.rows) break;
  }
  expect(failures).toBeGreaterThan(0);
  const after = await state();
  if (after.rows === began.rows) {
    const told = await admin.ask(what, { body, bare: what === "POST /session" });
    expect(told.status).toBeLessThan(300);
  }
  expect((await admin.ask("POST /audit/verify", { body: {} })).body.ok).toBe(true);
});
