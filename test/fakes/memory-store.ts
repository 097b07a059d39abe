/** A store in memory that counts what is read from it and fails on demand. */
import { mergeRows, NO_ROWS, type RegistryRows } from "../../src/catalog.ts";
import type { KeyRecord } from "../../src/key.ts";
import type { RequestRow, RowOwner, Store } from "../../src/platform.ts";

/** The store, and a test's hands on it. */
export interface MemoryStore extends Store {
  readonly log: readonly RequestRow[];
  /** Calls so far, by method. */
  readonly calls: ReadonlyMap<string, number>;
  /** Every call rejects with this; undefined: none. */
  failure: Error | undefined;
  /** undefined: an empty database. */
  schema: string | undefined;
  /** What `pruneRequests` was asked for last. */
  pruned: { beforeMs: number; rowsMax: number } | undefined;
}

/** Holds these rows as the config file's. */
export function memoryStore(rows: RegistryRows, schema: string): MemoryStore {
  const owned: Record<RowOwner, RegistryRows> = { config: rows, discovered: NO_ROWS };
  const keys = new Map<string, KeyRecord>();
  const log: RequestRow[] = [];
  const calls = new Map<string, number>();
  let version = 1;

  function enter(method: string): void {
    calls.set(method, (calls.get(method) ?? 0) + 1);
    if (store.failure) throw store.failure;
  }

  const store: MemoryStore = {
    log,
    calls,
    failure: undefined,
    schema,
    pruned: undefined,
    async registry() {
      enter("registry");
      const { models, offers } = owned.discovered;
      return {
        ...mergeRows(owned.discovered, owned.config),
        version,
        discovered: { models, offers },
      };
    },
    async registryVersion() {
      enter("registryVersion");
      return version;
    },
    async declare(owner, declared) {
      enter("declare");
      if (JSON.stringify(owned[owner]) === JSON.stringify(declared)) return;
      owned[owner] = declared;
      version += 1;
    },
    async keyByHash(hash) {
      enter("keyByHash");
      return keys.get(hash);
    },
    async keys() {
      enter("keys");
      return [...keys.values()];
    },
    async putKey(key) {
      enter("putKey");
      keys.set(key.hash, key);
      version += 1;
    },
    async revokeKey(id, atMs) {
      enter("revokeKey");
      for (const key of keys.values()) {
        if (key.id === id) keys.set(key.hash, { ...key, revokedAtMs: atMs });
      }
      version += 1;
    },
    async appendRequests(appended) {
      enter("appendRequests");
      log.push(...appended);
    },
    async pruneRequests(bound) {
      enter("pruneRequests");
      store.pruned = bound;
      return 0;
    },
    async schemaVersion() {
      enter("schemaVersion");
      return store.schema;
    },
  };
  return store;
}
