/** A store in memory that counts what is read from it and fails on demand. */
import { mergeRows, NO_ROWS, type RegistryRows } from "../../src/catalog.ts";
import type { CredentialRecord } from "../../src/credential.ts";
import type { KeyRecord, ProjectRecord } from "../../src/key.ts";
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
  credentials: readonly CredentialRecord[];
  projects: readonly ProjectRecord[];
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
    credentials: [],
    projects: [],
    async registry() {
      enter("registry");
      const { models, offers } = owned.discovered;
      return {
        ...mergeRows(owned.discovered, owned.config),
        version,
        discovered: { models, offers },
        credentials: store.credentials,
        projects: store.projects,
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
      return [...keys.values()].find((key) => key.hash === hash || key.previousHash === hash);
    },
    async keys() {
      enter("keys");
      return [...keys.values()];
    },
    async putKey(key) {
      enter("putKey");
      keys.set(key.id, key);
      version += 1;
    },
    async revokeKey(id, atMs) {
      enter("revokeKey");
      const key = keys.get(id);
      if (key) keys.set(id, { ...key, revokedAtMs: atMs });
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
