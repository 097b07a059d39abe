/** The edge shell: one platform and one app per isolate, the handlers, the Durable Object classes. */
import { waitUntil } from "cloudflare:workers";
import { ulid } from "ulid";
import { edgeActors } from "../durable-objects/actors.ts";
import { catalogOf } from "../durable-objects/catalog.ts";
import type { ObjectsEnv } from "../durable-objects/env.ts";
import { edgeVault } from "../durable-objects/keepers.ts";
import { runPlansWith } from "../durable-objects/run.ts";
import { createApp } from "./app.ts";
import { createChores } from "./chores.ts";
import { type AssetsBinding, edgeAssets } from "./edge/assets.ts";
import { edgeExchange } from "./edge/exchange.ts";
import { edgeSend } from "./edge/send.ts";
import { edgeSettings, isLoopback } from "./edge/settings.ts";
import { createGateway, type Gateway } from "./isolate.ts";
import { hashKey } from "./key.ts";
import { LIMITS, type Limits } from "./limits.ts";
import type { Platform } from "./platform.ts";
import { planRunner } from "./routes/plan.ts";
import { scrubber, secretsOf } from "./secret.ts";
import { createAdminStore } from "./store/admin.ts";
import { SCHEMA_VERSION } from "./store/schema.ts";
import { d1Sql } from "./store/sql.ts";
import { createStore } from "./store/store.ts";

export * from "../durable-objects/index.ts";

/** Bindings of wrangler.toml; settings and provider keys are plain variables and secrets beside them. */
export type Env = ObjectsEnv & { readonly ASSETS?: AssetsBinding };

/** One platform per isolate; nothing in it belongs to a request. */
export function edgePlatform(env: Env): Platform {
  const variables = env as unknown as Readonly<Record<string, unknown>>;
  const scrub = scrubber(secretsOf(variables));
  const log: Platform["log"] = (event) => console.log(scrub(JSON.stringify(event)));
  const sql = d1Sql(env.DB);
  const nowMs = () => Date.now();
  const defer = (work: Promise<unknown>) =>
    waitUntil(
      work.catch((error) =>
        log({ type: "deferred-failed", level: "error", where: "defer", error: nameOf(error) }),
      ),
    );
  return {
    store: createStore(sql),
    admin: createAdminStore(sql),
    vault: edgeVault(env, { nowMs, defer }),
    randomBytes: (n) => crypto.getRandomValues(new Uint8Array(n)),
    asset: edgeAssets(env.ASSETS),
    actors: edgeActors(env),
    send: edgeSend,
    exchange: (request) => edgeExchange(request, timer),
    credential(name) {
      const value = variables[name];
      return typeof value === "string" && value !== "" ? value : undefined;
    },
    nowMs,
    after,
    timer,
    digest: hashKey,
    random: () => Math.random(),
    newId: (prefix) => `${prefix}_${ulid(Date.now(), Math.random)}`,
    log,
    defer,
  };
}

function timer(ms: number, then: () => void): () => void {
  const id = setTimeout(then, Math.min(ms, TIMER_MAX_MS));
  return () => clearTimeout(id);
}

function after(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(id);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const id = setTimeout(done, ms);
    if (signal?.aborted) done();
    else signal?.addEventListener("abort", done, { once: true });
  });
}

/** setTimeout's own bound; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}

interface Isolate {
  readonly gateway: Gateway;
  /** The app for a request to this URL. */
  appFor(url: string): ReturnType<typeof createApp>;
}

function createIsolate(env: Env, limits: Limits): Isolate {
  const { settings, problems } = edgeSettings({ ...env });
  const platform = edgePlatform(env);
  for (const { name, message } of problems) {
    // Names and reasons only: a value may be a secret.
    console.error(JSON.stringify({ type: "setting-refused", level: "error", name, message }));
  }
  const gateway = createGateway({ platform, settings, limits, schemaVersion: SCHEMA_VERSION });
  const app = createApp(gateway, { misconfigured: problems.length > 0 });
  if (settings.privateEgress.length === 0) return { gateway, appFor: () => app };
  // Loopback is for `wrangler dev`; a request from anywhere else shows that this Worker is deployed.
  const deployed = createApp(gateway, { misconfigured: true });
  return { gateway, appFor: (url) => (isLoopback(url) ? app : deployed) };
}

/** The clock rings every minute (wrangler.toml); the log is pruned with the first of each hour. */
const PRUNE_MINUTE = 0;

/** The Worker's handlers. The isolate is made by its first event, when the bindings are known. */
export function createWorker(limits: Limits) {
  let isolate: Isolate | undefined;
  const isolateOf = (env: Env): Isolate => {
    isolate ??= createIsolate(env, limits);
    return isolate;
  };
  runPlansWith((env) => planRunner(isolateOf(env).gateway));
  return {
    async fetch(request, env) {
      const app = isolateOf(env).appFor(request.url);
      const response = Promise.resolve(app.fetch(request, env));
      // Else a client that leaves ends its request's context before what it cost is written down.
      waitUntil(response.then(() => undefined));
      return response;
    },
    async scheduled({ scheduledTime }, env) {
      const chores = createChores(isolateOf(env).gateway);
      for (const note of await chores.discover()) {
        await catalogOf(env.CATALOG, note.providerId).remember(note);
      }
      await chores.watchVault();
      await chores.deliver();
      if (new Date(scheduledTime).getUTCMinutes() === PRUNE_MINUTE) await chores.prune();
    },
  } satisfies ExportedHandler<Env>;
}

/** Of six connections that wait for their answers, one is left for the stores. */
const EDGE_LIMITS: Limits = { ...LIMITS, asksAtOnceMax: 5 };

export default createWorker(EDGE_LIMITS);
