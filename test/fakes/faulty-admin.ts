/** The admin API of one isolate over a database that fails on demand, with the real vault at a low cost. */
import path from "node:path";
import { processActors } from "../../self-hosted/actors.ts";
import { migrate } from "../../self-hosted/migrate.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { nodeVault } from "../../self-hosted/vault.ts";
import { createApp } from "../../src/app.ts";
import { createGateway, type Gateway } from "../../src/isolate.ts";
import { LIMITS } from "../../src/limits.ts";
import { MODES } from "../../src/policies/index.ts";
import { readSettings } from "../../src/settings.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import { SCHEMA_VERSION } from "../../src/store/schema.ts";
import { createStore } from "../../src/store/store.ts";
import type { AdminReply } from "./admin-client.ts";
import { ADMIN_TOKEN } from "./admin-token.ts";
import { type FaultySql, faultySql } from "./faulty-sql.ts";
import { type FakePlatform, fakePlatform } from "./platform.ts";
import { NO_ROWS } from "./records.ts";
import { CHEAP_RULES, chance } from "./vault-home.ts";

const MIGRATIONS = path.join(import.meta.dirname, "../../migrations");
const ORIGIN = "http://localhost:8080";

/** What is asked of it. */
export interface FaultyAdmin {
  readonly gateway: Gateway;
  readonly platform: FakePlatform;
  readonly sql: FaultySql;
  /** `METHOD /path` below `/admin/v1`, with the admin token unless `bare`. */
  ask(
    what: string,
    asked?: { body?: unknown; bare?: boolean; headers?: Readonly<Record<string, string>> },
  ): Promise<AdminReply>;
  close(): void;
}

/** Fresh in every part; nothing fails yet. */
export async function startFaultyAdmin(): Promise<FaultyAdmin> {
  const fake = fakePlatform(NO_ROWS);
  const sqlite = openSqlite(":memory:");
  await migrate(sqlite, MIGRATIONS);
  const sql = faultySql(sqlite);
  const store = createStore(sql);
  const admin = createAdminStore(sql);
  const { nowMs } = fake;
  const platform = {
    ...fake,
    ...{ store, admin },
    actors: processActors({ store, nowMs, every: () => undefined }),
    vault: nodeVault({
      ...{ store: admin, epochFile: undefined, pepper: undefined },
      ...{ randomBytes: chance, rules: CHEAP_RULES, nowMs },
    }),
  } as unknown as FakePlatform;
  const { settings } = readSettings({ TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN }, { modes: MODES });
  const more = { limits: LIMITS, settings, schemaVersion: SCHEMA_VERSION };
  const gateway = createGateway({ platform, ...more });
  await gateway.snapshot.refresh();
  const app = createApp(gateway, { misconfigured: false });
  return {
    ...{ gateway, platform, sql },
    async ask(what, { body, bare = false, headers: given = {} } = {}) {
      const [method = "GET", at = "/"] = what.split(" ");
      const headers = new Headers({ host: "localhost:8080", ...given });
      if (!bare) headers.set("authorization", `Bearer ${ADMIN_TOKEN}`);
      if (body !== undefined) headers.set("content-type", "application/json");
      const sent = body === undefined ? undefined : JSON.stringify(body);
      const init = { method, headers, body: sent };
      const response = await app.request(`${ORIGIN}/admin/v1${at}`, init);
      const text = await response.text();
      const read = text.startsWith("{") ? JSON.parse(text) : {};
      return { status: response.status, headers: response.headers, text, body: read };
    },
    close: () => sqlite.close(),
  };
}
