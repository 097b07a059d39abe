/** One isolate of the Worker inside the test's own: requests go to its handlers, nothing lies in between. */
import { env as given } from "cloudflare:workers";
import { BINDINGS as OBJECT_BINDINGS } from "../../durable-objects/env.ts";
import { makeKey, unlimitedKey } from "../../src/key.ts";
import { LIMITS, type Limits } from "../../src/limits.ts";
import { d1Sql } from "../../src/store/sql.ts";
import { createStore } from "../../src/store/store.ts";
import { createWorker, type Env } from "../../src/worker.ts";
import { type WatchedEnv, watchedEnv } from "./watched-env.ts";

const bindings = given as unknown as Env;
const { DB } = bindings;
const NAMES = ["DB", "CATALOG", "KEEPER", ...Object.values(OBJECT_BINDINGS)] as const;

/** The bindings and nothing else: no variable of wrangler.toml or of this machine's `.dev.vars`. */
export const BINDINGS = Object.fromEntries(
  NAMES.map((name) => [name, bindings[name]]),
) as unknown as Env;

/** The same database, past every watch. */
export const store = createStore(d1Sql(DB));

/** Makes a key with every scope. */
export async function addKey(): Promise<{ id: string; key: string }> {
  const made = makeKey((n) => crypto.getRandomValues(new Uint8Array(n)));
  await store.putKey(unlimitedKey(made, { name: "test", createdAtMs: Date.now() }));
  return { id: made.id, key: made.key };
}

/** An answer, read to its end. */
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of an error; undefined: there was none. */
  readonly code: string | undefined;
  /** Who answered; undefined: nobody, or it was not told. */
  readonly provider: string | undefined;
}

/** A Worker that has seen nothing yet. */
export interface EdgeIsolate {
  readonly watched: WatchedEnv;
  /** `POST` with a body, else `GET`. The host is loopback's unless `origin` says otherwise. */
  ask(path: string, key: string, more?: { body?: object; origin?: string }): Promise<Told>;
  /** The clock rings at this time. */
  ring(atMs: number): Promise<void>;
}

/** `vars` are variables and secrets. */
export function startIsolate(
  given: { vars?: Readonly<Record<string, string>>; limits?: Partial<Limits> } = {},
): EdgeIsolate {
  const watched = watchedEnv(BINDINGS);
  const env: Env = { ...watched.env, ...given.vars };
  const worker = createWorker({ ...LIMITS, ...given.limits });
  return {
    watched,
    async ask(path, key, { body, origin = "http://127.0.0.1:8787" } = {}) {
      const request = new Request<unknown, IncomingRequestCfProperties>(origin + path, {
        method: body ? "POST" : "GET",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: body && JSON.stringify(body),
      });
      const response = await worker.fetch(request, env);
      const text = await response.text();
      const { status, headers } = response;
      const provider = headers.get("x-tokenhub-provider") ?? undefined;
      return { status, headers, text, provider, code: codeIn(text) };
    },
    ring: (atMs) => worker.scheduled({ scheduledTime: atMs, cron: "* * * * *", noRetry() {} }, env),
  };
}

function codeIn(text: string): string | undefined {
  return text.startsWith('{"error"') ? JSON.parse(text).error.code : undefined;
}
