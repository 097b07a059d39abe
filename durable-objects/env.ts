/** The bindings that the objects use (wrangler.toml). */
import type { ObjectName } from "../src/actors/index.ts";

export interface ObjectsEnv {
  readonly DB: D1Database;
  readonly PROVIDER: DurableObjectNamespace;
  readonly DIRECTORY: DurableObjectNamespace;
  readonly FEED: DurableObjectNamespace;
  readonly METER: DurableObjectNamespace;
  readonly THREADS: DurableObjectNamespace;
  readonly ALERTS: DurableObjectNamespace;
  readonly LEDGER: DurableObjectNamespace;
  readonly RUN: DurableObjectNamespace;
  readonly STORED: DurableObjectNamespace;
  readonly CATALOG: DurableObjectNamespace;
  readonly KEEPER: DurableObjectNamespace;
  /** undefined: the home has no versions (tests). */
  readonly CF_VERSION_METADATA?: { readonly id: string; readonly timestamp: string };
  /** A Worker secret mixed into the vault's keys; undefined: none. */
  readonly VAULT_PEPPER?: string;
}

/** Object → binding. */
export const BINDINGS = {
  provider: "PROVIDER",
  directory: "DIRECTORY",
  feed: "FEED",
  meter: "METER",
  threads: "THREADS",
  alerts: "ALERTS",
  ledger: "LEDGER",
  run: "RUN",
  stored: "STORED",
} as const satisfies Record<ObjectName, keyof ObjectsEnv>;
