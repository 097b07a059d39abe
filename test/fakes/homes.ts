/**
 * Both homes as a black box: the real server on Node, the real Worker in workerd, each on a loopback port
 * of its own, each with a fresh database that the test may write through the same store code.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createTestHarness, unstable_readConfig } from "wrangler";
import { PAGE_FOLDER } from "../../self-hosted/assets.ts";
import { databaseFileOf, NO_CONFIG } from "../../self-hosted/config.ts";
import { migrate } from "../../self-hosted/migrate.ts";
import { startServer } from "../../self-hosted/serve.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import type { RegistryRows } from "../../src/catalog.ts";
import { type KeyRecord, makeKey, unlimitedKey } from "../../src/key.ts";
import { LIMITS, type Limits } from "../../src/limits.ts";
import type { Store } from "../../src/platform.ts";
import { MODES } from "../../src/policies/index.ts";
import { readSettings } from "../../src/settings.ts";
import { type D1Binding, d1Sql, type Sql } from "../../src/store/sql.ts";
import { createStore } from "../../src/store/store.ts";
import type { LogEvent } from "../../src/telemetry.ts";
import { ADMIN_TOKEN } from "./admin-token.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const MIGRATIONS = path.join(ROOT, "migrations");

/** What a suite wants of a home. */
export interface HomeOptions {
  readonly rows: RegistryRows;
  /** `TOKENHUB_…` and provider keys; nothing of the machine's own environment is seen. */
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Partial<Limits>;
}

/** One running gateway. */
export interface Home {
  readonly name: HomeName;
  /** Without trailing slash. */
  readonly url: string;
  /** A key with every scope and no limit. */
  readonly key: string;
  readonly store: Store;
  /** The same database, for what no store reads. */
  readonly sql: Sql;
  /** Makes another key. */
  addKey(fields: Partial<KeyRecord>): Promise<string>;
  /** Node: what was logged so far. */
  readonly log: readonly LogEvent[];
  stop(): Promise<void>;
}

/** Home → how it is started. */
export const HOMES = { node: startNode, edge: startEdge } as const satisfies Record<
  string,
  (options: HomeOptions) => Promise<Home>
>;

/** Node or edge. */
export type HomeName = keyof typeof HOMES;

/** Both, for `describe.each`. */
export const HOME_NAMES = Object.keys(HOMES) as HomeName[];

async function startNode(options: HomeOptions): Promise<Home> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "tokenhub-"));
  const env = {
    TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN,
    ...options.env,
    TOKENHUB_DATA_DIR: dataDir,
  };
  const { settings, problems } = readSettings(env, { modes: MODES });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const log: LogEvent[] = [];
  for (const [name, value] of Object.entries(options.env ?? {})) process.env[name] = value;
  const running = await startServer({
    settings: { ...settings, listenAddr: { host: "127.0.0.1", port: 0 } },
    config: { ...NO_CONFIG, rows: options.rows, privateEgress: ["127.0.0.1", "localhost"] },
    limits: { ...LIMITS, ...options.limits },
    log: (event) => void log.push(event),
  });
  const { store } = running.gateway.platform;
  const sqlite = openSqlite(databaseFileOf(settings));
  return {
    name: "node",
    url: running.url,
    key: running.quick?.key ?? "",
    store,
    sql: sqlite,
    addKey: (fields) => addKey(store, fields),
    log,
    async stop() {
      sqlite.close();
      await running.stop();
      for (const name of Object.keys(options.env ?? {})) delete process.env[name];
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The Worker that wrangler.toml describes, but for its entry and its variables. */
function workerConfig(options: HomeOptions) {
  const deployed = unstable_readConfig({ config: path.join(ROOT, "wrangler.toml") });
  const { name, compatibility_date, compatibility_flags, durable_objects, migrations } = deployed;
  const { assets } = deployed;
  return {
    name,
    compatibility_date,
    compatibility_flags,
    durable_objects,
    migrations,
    ...(existsSync(PAGE_FOLDER) ? { assets } : {}),
    main: path.join(ROOT, "test/fakes/edge-worker.ts"),
    d1_databases: [{ binding: "DB", database_name: "tokenhub", database_id: "tokenhub" }],
    vars: {
      TOKENHUB_PRIVATE_EGRESS: "127.0.0.1,localhost",
      TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN,
      LIMITS: JSON.stringify(options.limits ?? {}),
      ...options.env,
    },
  };
}

async function startEdge(options: HomeOptions): Promise<Home> {
  const harness = createTestHarness({ workers: [{ config: workerConfig(options) }] });
  const { url } = await harness.listen();
  const { DB } = (await harness.getWorker().getEnv()) as { DB: D1Binding };
  const sql = d1Sql(DB);
  await migrate(sql, MIGRATIONS);
  const store = createStore(sql);
  await store.declare("config", options.rows);
  return {
    name: "edge",
    url: url.origin,
    key: await addKey(store, {}),
    store,
    sql,
    addKey: (fields) => addKey(store, fields),
    log: [],
    stop: () => harness.close(),
  };
}

/** Makes a key with every scope, changed by these fields. */
export async function addKey(store: Store, fields: Partial<KeyRecord>): Promise<string> {
  const made = makeKey((n) => randomBytes(n));
  const record = unlimitedKey(made, { name: "test", createdAtMs: Date.now() });
  await store.putKey({ ...record, ...fields });
  return made.key;
}
