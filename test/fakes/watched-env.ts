/** The Worker's bindings under watch: what an isolate asks D1 and the objects, and how they can be made to fail. */
import type { ObjectsEnv } from "../../durable-objects/env.ts";

/** One call of an isolate to an object. */
export interface ObjectCall {
  /** `PROVIDER`, `FEED`, … */
  readonly binding: string;
  readonly method: string;
}

/** Bindings to hand to a Worker, and a test's eyes and hands on them. */
export interface WatchedEnv {
  readonly env: ObjectsEnv;
  /** What was done with D1 so far: `prepare`, `batch`, … */
  readonly queries: readonly string[];
  readonly calls: readonly ObjectCall[];
  /** Calls that have no answer yet. */
  pending(): number;
  /** No object answers before the returned function is called. */
  hold(): () => void;
  /** Everything done with D1 throws this; undefined: nothing does. */
  failure: Error | undefined;
}

/** Watches what goes through the returned `env`; the objects themselves keep the bindings they have. */
export function watchedEnv(bindings: ObjectsEnv): WatchedEnv {
  const queries: string[] = [];
  const calls: ObjectCall[] = [];
  let pending = 0;
  let gate: Promise<void> | undefined;

  async function answered(call: ObjectCall, ask: () => Promise<unknown>): Promise<unknown> {
    calls.push(call);
    pending += 1;
    try {
      await gate;
      return await ask();
    } finally {
      pending -= 1;
    }
  }

  const database = onCall(bindings.DB, (method, run) => {
    queries.push(method);
    if (watched.failure) throw watched.failure;
    return run();
  });

  function namespace(binding: keyof ObjectsEnv): DurableObjectNamespace {
    return onCall(bindings[binding] as DurableObjectNamespace, (name, run) => {
      if (name !== "get") return run();
      return onCall(run() as object, (method, ask) =>
        answered({ binding, method }, ask as () => Promise<unknown>),
      );
    });
  }

  const watched: WatchedEnv = {
    env: {
      DB: database,
      PROVIDER: namespace("PROVIDER"),
      DIRECTORY: namespace("DIRECTORY"),
      FEED: namespace("FEED"),
      METER: namespace("METER"),
      THREADS: namespace("THREADS"),
      LEDGER: namespace("LEDGER"),
      RUN: namespace("RUN"),
      STORED: namespace("STORED"),
      ALERTS: namespace("ALERTS"),
      KEEPER: namespace("KEEPER"),
      CATALOG: namespace("CATALOG"),
    },
    queries,
    calls,
    pending: () => pending,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return () => {
        gate = undefined;
        resolve();
      };
    },
    failure: undefined,
  };
  return watched;
}

/** The same thing, but each call of a method goes through `through`. */
function onCall<T extends object>(
  thing: T,
  through: (method: string, run: () => unknown) => unknown,
): T {
  return new Proxy(thing, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || typeof name === "symbol") return value;
      return (...args: unknown[]) => through(name, () => Reflect.apply(value, target, args));
    },
  });
}
