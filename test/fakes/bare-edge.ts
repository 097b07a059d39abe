/**
 * The Worker in workerd with nothing in front of it. The edge home of `homes.ts` stands behind wrangler's
 * development proxy, which keeps a connection open when its client has left, and reads ahead of one that does not read.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_readConfig } from "wrangler";
import { migrate } from "../../self-hosted/migrate.ts";
import { type D1Binding, d1Sql } from "../../src/store/sql.ts";
import { createStore } from "../../src/store/store.ts";
import { addKey, type Home, type HomeOptions } from "./homes.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const CONFIG = path.join(ROOT, "wrangler.toml");

/** Bundled by wrangler as it would be deployed, with the entry of the tests. */
export async function startBareEdge(options: HomeOptions): Promise<Home> {
  const folder = mkdtempSync(path.join(tmpdir(), "tokenhub-edge-"));
  const entry = path.join(ROOT, "test/fakes/edge-worker.ts");
  const wrangler = path.join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const args = ["deploy", entry, "--dry-run", "--config", CONFIG, "--outdir", folder];
  execFileSync(process.execPath, [wrangler, ...args], {
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
    stdio: "pipe",
  });
  const deployed = unstable_readConfig({ config: CONFIG });
  const objects = deployed.durable_objects.bindings.map(
    ({ name, class_name }: { name: string; class_name: string }) =>
      [name, { className: class_name, useSQLite: true }] as const,
  );
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "tokenhub",
      modules: true,
      modulesRoot: folder,
      scriptPath: path.join(folder, "edge-worker.js"),
      compatibilityDate: deployed.compatibility_date,
      compatibilityFlags: deployed.compatibility_flags,
      durableObjects: Object.fromEntries(objects),
      d1Databases: { DB: "tokenhub" },
      bindings: {
        TOKENHUB_PRIVATE_EGRESS: "127.0.0.1,localhost",
        LIMITS: JSON.stringify(options.limits ?? {}),
        ...options.env,
      },
      handleStructuredLogs: () => undefined,
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    }),
  );
  await miniflare.ready;
  const sql = d1Sql((await miniflare.getD1Database("DB")) as unknown as D1Binding);
  await migrate(sql, path.join(ROOT, "migrations"));
  const store = createStore(sql);
  await store.declare("config", options.rows);
  return {
    name: "edge",
    url: (await miniflare.unsafeGetDirectURL("tokenhub")).origin,
    key: await addKey(store, {}),
    store,
    sql,
    addKey: (fields) => addKey(store, fields),
    log: [],
    async stop() {
      await miniflare.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
