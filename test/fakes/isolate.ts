/** One isolate over the fake platform: its app is asked as clients ask it, its parts can be looked into. */
import { createApp } from "../../src/app.ts";
import { createGateway, type Gateway } from "../../src/isolate.ts";
import { type KeyRecord, makeKey, unlimitedKey } from "../../src/key.ts";
import { LIMITS, type Limits } from "../../src/limits.ts";
import type { RequestRow } from "../../src/platform.ts";
import { MODES } from "../../src/policies/index.ts";
import { readSettings } from "../../src/settings.ts";
import { type FakePlatform, fakePlatform, SCHEMA } from "./platform.ts";
import { rowsOf } from "./registry.ts";
import { seeded } from "./seeded.ts";

/** What a test's isolate is made from. */
export interface IsolatePlan {
  /** Sections of a config file; providers without `base_url` get `https://ID.example.com/v1`. */
  readonly registry: Readonly<Record<string, readonly object[]>>;
  readonly limits?: Partial<Limits>;
  readonly env?: Readonly<Record<string, string>>;
  readonly seed?: number;
}

/** A running isolate. */
export interface Isolate {
  readonly platform: FakePlatform;
  readonly gateway: Gateway;
  /** Any request, with the isolate's own key. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** `POST /v1/chat/completions`. */
  ask(body: object, init?: { signal?: AbortSignal; headers?: object }): Promise<Response>;
  addKey(fields: Partial<KeyRecord>): Promise<string>;
  /** Every log row so far. */
  rows(): Promise<readonly RequestRow[]>;
}

const QUESTION = { messages: [{ role: "user", content: "Hello?" }] };

/** Fresh in every part. */
export async function startIsolate(plan: IsolatePlan): Promise<Isolate> {
  const { providers = [], ...rest } = plan.registry;
  const placed = providers.map((row) => ({
    type: "openai",
    base_url: `https://${"id" in row ? row.id : "x"}.example.com/v1`,
    ...row,
  }));
  const platform = fakePlatform(rowsOf({ ...rest, providers: placed }), plan.seed);
  const { settings } = readSettings(plan.env ?? {}, { modes: MODES });
  const gateway = createGateway({
    platform,
    limits: { ...LIMITS, ...plan.limits },
    settings,
    schemaVersion: SCHEMA,
  });
  const app = createApp(gateway, { misconfigured: false });
  const chance = seeded(plan.seed ?? 1);
  const addKey = async (fields: Partial<KeyRecord>) => {
    const made = makeKey((n) => Uint8Array.from({ length: n }, () => Math.floor(chance() * 256)));
    const open = unlimitedKey(made, { name: "test", createdAtMs: 1_000 });
    await platform.store.putKey({ ...open, ...fields });
    return made.key;
  };
  const key = await addKey({});
  const fetch: Isolate["fetch"] = async (path, init = {}) =>
    app.request(`http://tokenhub.test${path}`, {
      ...init,
      headers: { authorization: `Bearer ${key}`, ...init.headers },
    });
  return {
    platform,
    gateway,
    fetch,
    ask: (body, { signal, headers } = {}) =>
      fetch("/v1/chat/completions", {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ ...QUESTION, ...body }),
        signal,
      }),
    addKey,
    async rows() {
      await gateway.outbox.flush();
      await platform.actors.flush();
      return platform.store.log;
    },
  };
}

/** Two providers, a model at each, and a chain that tries `one` first. */
export const PAIR = {
  providers: [{ id: "a" }, { id: "b" }],
  models: [
    { id: "one", provider_id: "a", upstream_name: "gpt-test" },
    { id: "two", provider_id: "b", upstream_name: "gpt-test" },
  ],
  aliases: [
    { id: "chain", strategy: "ordered", targets: [{ model_id: "one" }, { model_id: "two" }] },
  ],
} as const;
