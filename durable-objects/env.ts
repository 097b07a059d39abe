/** The bindings that the objects use (wrangler.toml). */
import type { ObjectName } from "../src/actors/index.ts";

export interface ObjectsEnv {
  readonly DB: D1Database;
  readonly PROVIDER: DurableObjectNamespace;
  readonly DIRECTORY: DurableObjectNamespace;
  readonly FEED: DurableObjectNamespace;
  readonly METER: DurableObjectNamespace;
  readonly THREADS: DurableObjectNamespace;
  readonly CATALOG: DurableObjectNamespace;
}

/** Object → binding. */
export const BINDINGS = {
  provider: "PROVIDER",
  directory: "DIRECTORY",
  feed: "FEED",
  meter: "METER",
  threads: "THREADS",
} as const satisfies Record<ObjectName, keyof ObjectsEnv>;
