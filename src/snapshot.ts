/**
 * The isolate's own copy of registry, keys and shared state: read by every request without a call,
 * refreshed in the background, and corrected at once by what this isolate sees itself.
 */
import { Bucket } from "./actors/bucket.ts";
import { combineViews } from "./actors/index.ts";
import { Pulse } from "./actors/pulse.ts";
import { buildCatalog, type Catalog, mergeRows, type RegistryRows } from "./catalog.ts";
import type { CredentialRecord } from "./credential.ts";
import { TokenhubError } from "./errors.ts";
import type { KeyRecord, ProjectRecord } from "./key.ts";
import type { Limits } from "./limits.ts";
import type { Outcome, Platform, ProviderView } from "./platform.ts";
import { knownModel } from "./price-list.ts";

/** Registry, keys and shared state as this isolate knows them. */
export interface Snapshot {
  /** @throws TokenhubError no_provider when nothing was ever loaded. */
  catalog(): Catalog;
  views(): Readonly<Record<string, ProviderView>>;
  /** Provider keys in the vault, by provider id. */
  credentials(providerId: string): readonly CredentialRecord[];
  project(id: string): ProjectRecord | undefined;
  /** Makes sure that a catalog is there and not too old; waits only for the first load or a stale view. */
  ready(): Promise<void> | undefined;
  observe(providerId: string, outcome: Outcome): void;
  /**
   * The key with this hash, from memory while nothing changed.
   * @throws TokenhubError no_provider when it has to be read and cannot be.
   */
  key(hash: string): Promise<KeyRecord | undefined> | KeyRecord | undefined;
  /** Reads view and, when its version is newer, the registry. */
  refresh(): Promise<void>;
  /** Reads the registry as it is now: who has just changed it must not see it as it was. */
  reload(): Promise<void>;
}

/** Where they are read from, and what is laid over them. */
export interface SnapshotInput {
  readonly platform: Platform;
  readonly limits: Limits;
  /** Rows that the environment declares; they win over stored rows of the same id. */
  readonly declared: RegistryRows;
  /** Rows that stand in while no provider exists at all (the simulated one). */
  readonly fallback: RegistryRows | undefined;
  /** Newest migration this code knows; a store that is ahead is not served. */
  readonly schemaVersion: string;
}

const SCHEMA_DIFFERS =
  "The database has no schema yet, or one of a newer Tokenhub. Apply the migrations, or deploy the newer version.";

/** Own outcomes change the view at once when they are faults, else at most this often. */
const VIEW_REBUILD_MS = 250;

/** One snapshot per isolate; reads nothing yet. */
export function createSnapshot(input: SnapshotInput): Snapshot {
  const { platform, limits } = input;
  let catalog: Catalog | undefined;
  let credentials: ReadonlyMap<string, readonly CredentialRecord[]> = new Map();
  let projects: ReadonlyMap<string, ProjectRecord> = new Map();
  let versionSeen = 0;
  let viewAtMs = Number.NEGATIVE_INFINITY;
  let refreshAtMs = Number.NEGATIVE_INFINITY;
  /** When a refresh last failed, or took longer than a request waits. */
  let failedAtMs = Number.NEGATIVE_INFINITY;
  let remote: Readonly<Record<string, ProviderView>> = {};
  const local = new Map<string, LocalState>();
  const combined: Record<string, ProviderView> = {};
  const keys = new Map<string, { record: KeyRecord | undefined; atMs: number; version: number }>();

  async function load(): Promise<void> {
    const applied = await platform.store.schemaVersion();
    if (applied === undefined || applied > input.schemaVersion) {
      throw new TokenhubError("misconfigured", { detail: SCHEMA_DIFFERS });
    }
    const stored = await platform.store.registry();
    let rows = mergeRows(stored, input.declared);
    if (rows.providers.length === 0 && input.fallback) rows = mergeRows(rows, input.fallback);
    catalog = buildCatalog(rows, stored.version, knownModel);
    credentials = Map.groupBy(stored.credentials, ({ providerId }) => providerId);
    projects = new Map(stored.projects.map((project) => [project.id, project]));
    platform.log({
      type: "registry-loaded",
      level: "info",
      version: stored.version,
      providers: rows.providers.length,
      candidates: catalog.candidates.length,
    });
  }

  async function refresh(): Promise<void> {
    refreshAtMs = platform.nowMs();
    const view = await platform.actors.view();
    remote = view.providers;
    versionSeen = view.registryVersion;
    for (const id of new Set([...Object.keys(remote), ...local.keys()])) rebuild(id);
    if (!catalog || catalog.version !== view.registryVersion) await load();
    viewAtMs = platform.nowMs();
  }

  function rebuild(providerId: string): void {
    const own = local.get(providerId);
    const nowMs = platform.nowMs();
    if (own) own.builtAtMs = nowMs;
    const mine = own && { pulse: own.pulse.view(nowMs), bucket: own.bucket.view(nowMs) };
    const shared = remote[providerId];
    const view = mine && shared ? combineViews(shared, mine) : (mine ?? shared);
    if (view) combined[providerId] = view;
  }

  function ready(): Promise<void> | undefined {
    const nowMs = platform.nowMs();
    if (!catalog) {
      return refresh().catch((error) => unreadable(error, "The registry cannot be read."));
    }
    const ageMs = nowMs - viewAtMs;
    return ageMs <= limits.viewRefreshMs ? undefined : renew(nowMs, ageMs);
  }

  async function renew(nowMs: number, ageMs: number): Promise<void> {
    // While it cannot be had, only one request per period asks for it, and the others do not wait.
    if (nowMs - failedAtMs <= limits.viewRefreshMs) return;
    if (ageMs > limits.viewStaleMs) {
      const fresh = refresh();
      platform.defer(fresh);
      const before = viewAtMs;
      await Promise.race([fresh.catch(() => undefined), platform.after(limits.viewWaitMs)]);
      if (viewAtMs === before) failedAtMs = platform.nowMs();
    } else if (nowMs - refreshAtMs > limits.viewRefreshMs) {
      platform.defer(refresh());
    }
  }

  async function readKey(hash: string, nowMs: number): Promise<KeyRecord | undefined> {
    // Taken before the read: a revocation in between must make this entry old, not new.
    const version = versionSeen;
    const record = await platform.store
      .keyByHash(hash)
      .catch((error) => unreadable(error, "The keys cannot be read."));
    keys.delete(hash);
    if (keys.size >= limits.keyCacheRowsMax) {
      const oldest = keys.keys().next().value;
      if (oldest !== undefined) keys.delete(oldest);
    }
    keys.set(hash, { record, atMs: nowMs, version });
    return record;
  }

  function unreadable(error: unknown, detail: string): never {
    platform.log({ type: "registry-unreadable", level: "error", error: nameOf(error) });
    if (error instanceof TokenhubError) throw error;
    throw new TokenhubError("no_provider", { detail, retryAfterMs: 5_000 });
  }

  return {
    catalog() {
      if (!catalog) throw new TokenhubError("no_provider");
      return catalog;
    },
    views: () => combined,
    credentials: (providerId) => credentials.get(providerId) ?? [],
    project: (id) => projects.get(id),
    ready,
    refresh,
    async reload() {
      await load();
      versionSeen = catalog?.version ?? versionSeen;
    },
    observe(providerId, outcome) {
      let own = local.get(providerId);
      if (!own) {
        own = { pulse: new Pulse(), bucket: new Bucket(), builtAtMs: Number.NEGATIVE_INFINITY };
        local.set(providerId, own);
      }
      const nowMs = platform.nowMs();
      own.pulse.note([outcome], nowMs);
      own.bucket.note([outcome], nowMs);
      const quiet = outcome.result === "ok" || outcome.result === "aborted";
      if (!quiet || nowMs - own.builtAtMs > VIEW_REBUILD_MS) rebuild(providerId);
    },
    key(hash) {
      const nowMs = platform.nowMs();
      const cached = keys.get(hash);
      if (cached) {
        const freshView = nowMs - viewAtMs < limits.keyCacheMs;
        if (
          cached.version === versionSeen &&
          (freshView || nowMs - cached.atMs < limits.keyCacheMs)
        ) {
          return cached.record;
        }
      }
      return readKey(hash, nowMs);
    },
  };
}

interface LocalState {
  readonly pulse: Pulse;
  readonly bucket: Bucket;
  builtAtMs: number;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
