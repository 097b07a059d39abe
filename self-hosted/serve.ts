/** The self-hosted gateway, put together: database, platform, app, server, and its orderly end. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { getRequestListener } from "@hono/node-server";
import { createApp } from "../src/app.ts";
import { createChores } from "../src/chores.ts";
import { TokenhubError } from "../src/errors.ts";
import { createGateway, type Gateway } from "../src/isolate.ts";
import type { Limits } from "../src/limits.ts";
import type { Platform } from "../src/platform.ts";
import { planRunner } from "../src/routes/plan.ts";
import { DEFAULT_LISTEN_ADDR, type Settings } from "../src/settings.ts";
import { SIMULATED_REGISTRY } from "../src/simulated-registry.ts";
import { createAdminStore } from "../src/store/admin.ts";
import { SCHEMA_VERSION } from "../src/store/schema.ts";
import { createStore } from "../src/store/store.ts";
import { answerBadRequest, answerUnreadable } from "./bad-request.ts";
import { applyConfig, type Config, databaseFileOf } from "./config.ts";
import { type InWork, watchRequests } from "./in-work.ts";
import { keptStates } from "./kept-objects-states.ts";
import { migrate } from "./migrate.ts";
import { nodePlatform } from "./platform.ts";
import { type AdminToken, adminToken, type QuickStart, quickStart } from "./quick-start.ts";
import { openSqlite } from "./sqlite.ts";
import { epochFileOf, readPepper } from "./vault.ts";

const MIGRATIONS = path.join(import.meta.dirname, "../migrations");
/** The view never gets old, so that no request waits for it. */
const REFRESH_MS = 1_000;
const DISCOVER_MS = 60_000;
const WATCH_MS = 60_000;
/** An alarm reaches its webhooks in this time. */
const DELIVER_MS = 2_000;
const PRUNE_MS = 60 * 60_000;
/** Streams may finish in this time after a stop signal; then they end with an error event. */
const DRAIN_MS = 25_000;
/** And this much is left to write that event. */
const LAST_WORDS_MS = 1_000;

/** Everything a server is made from. */
export interface ServerInput {
  readonly settings: Settings;
  readonly config: Config;
  readonly limits: Limits;
  readonly log: Platform["log"];
}

/** A server that listens. */
export interface Running {
  /** Where it can be reached from this machine, without trailing slash. */
  readonly url: string;
  readonly gateway: Gateway;
  /** The key of a first start; undefined: keys were made otherwise. */
  readonly quick: QuickStart | undefined;
  readonly admin: AdminToken;
  /** Stops accepting, lets streams finish for a while, writes what waits, closes the database. */
  stop(): Promise<void>;
}

/** @throws Error with a sentence for the operator: no database, port in use, newer schema. */
export async function startServer(input: ServerInput): Promise<Running> {
  const { config, log } = input;
  const applied = withStandIn(applyConfig(input.settings, config));
  const pepper = readPepper(applied.vaultPepperFile);
  const databaseFile = databaseFileOf(applied);
  const sqlite = openSqlite(databaseFile);
  const admin = adminToken(applied.adminToken, applied.dataDir);
  const settings = { ...applied, adminToken: admin.token };
  await migrate(sqlite, MIGRATIONS);
  const store = createStore(sqlite);
  await store.declare("config", config.rows);

  const limits = { ...input.limits, ...config.routing.limits };
  const adminStore = createAdminStore(sqlite);
  const node = nodePlatform({
    store,
    admin: adminStore,
    states: keptStates(adminStore, sqlite),
    limits,
    privateEgress: settings.privateEgress,
    vault: { epochFile: epochFileOf(databaseFile), pepper },
    log,
  });
  const { platform } = node;
  const gateway = createGateway({ platform, limits, settings, schemaVersion: SCHEMA_VERSION });
  await gateway.snapshot.refresh();
  const chores = createChores(gateway);
  await chores.discover();
  await gateway.snapshot.refresh();
  node.every(REFRESH_MS, () => gateway.snapshot.refresh());
  node.every(DISCOVER_MS, async () => void (await chores.discover()));
  node.every(WATCH_MS, () => chores.watchVault());
  node.every(DELIVER_MS, () => chores.deliver());
  node.every(PRUNE_MS, () => chores.prune());

  await node.runPlansWith(planRunner(gateway));
  const quick = await quickStart(store, settings.dataDir, platform.nowMs());
  const server = createListener(gateway);
  const inWork = watchRequests(server);
  const url = await listen(server, settings.listenAddr ?? DEFAULT_LISTEN_ADDR);
  log({ type: "server-listening", level: "info", url });
  return {
    url,
    gateway,
    quick,
    admin,
    async stop() {
      await drain(gateway, server, inWork);
      await gateway.outbox.flush().catch(() => undefined);
      await gateway.purse.close().catch(() => undefined);
      await node.close();
      sqlite.close();
      log({ type: "server-stopped", level: "info" });
    },
  };
}

/** Under `npm start` a simulated provider answers while the registry is empty. */
function withStandIn(settings: Settings): Settings {
  const stands = settings.quickStart && !settings.simulatedRefused;
  return stands ? { ...settings, simulated: settings.simulated ?? SIMULATED_REGISTRY } : settings;
}

function createListener(gateway: Gateway): Server {
  const app = createApp(gateway, { misconfigured: false });
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: answerUnreadable,
  });
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      // Slow headers end here; slow bodies are timed by the exchange.
      headersTimeout: 10_000,
      requestTimeout: 0,
      connectionsCheckingInterval: 5_000,
      keepAliveTimeout: 65_000,
      // The listener asks for it too, and its answer has the shape of all others.
      requireHostHeader: false,
      // Of two that differ none is taken, least of all silently the first.
      joinDuplicateHeaders: true,
    },
    listener,
  );
  server.on("clientError", answerBadRequest);
  return server;
}

/** Why there is no listening, by the system's error code. */
const LISTEN_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there already",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "this user may not",
  ENOTFOUND: "no such host is known",
};

function listen(server: Server, address: { host: string | undefined; port: number }) {
  return new Promise<string>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = LISTEN_FAULTS[error.code ?? ""] ?? `the system refused (${error.code})`;
      const place = `${address.host ?? "every address"}, port ${address.port}`;
      const fault = new Error(
        `Cannot listen on ${place}: ${why}. Set TOKENHUB_LISTEN_ADDR to another HOST:PORT.`,
      );
      fault.name = "ListenError";
      reject(fault);
    });
    server.listen(address.port, address.host, () => {
      const { port } = server.address() as AddressInfo;
      const host = !address.host || address.host === "0.0.0.0" ? "127.0.0.1" : address.host;
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${port}`);
    });
  });
}

/** Stops accepting, lets streams finish for a while, then ends them with an error event. */
async function drain(gateway: Gateway, server: Server, inWork: InWork): Promise<void> {
  const { openStreams, platform } = gateway;
  platform.log({ type: "server-stopping", level: "info", openStreams: openStreams.size });
  server.close();
  server.closeIdleConnections();
  await Promise.race([inWork.done(), platform.after(DRAIN_MS)]);
  for (const relay of openStreams.values()) {
    relay.interrupt(new TokenhubError("overloaded", { detail: "The gateway is shutting down." }));
  }
  await Promise.race([inWork.done(), platform.after(LAST_WORDS_MS)]);
  server.closeAllConnections();
}
