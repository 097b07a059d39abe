/** Which actors live together in which object, and how they are called from afar. */
import type { ActorHost } from "../platform.ts";
import type { Actor, ActorClass } from "./actor.ts";
import { Alerts } from "./alerts.ts";
import { Bucket } from "./bucket.ts";
import { Directory } from "./directory.ts";
import { Feed } from "./feed.ts";
import { Ledger } from "./ledger.ts";
import { Meter } from "./meter.ts";
import { methodsOf } from "./object.ts";
import { Pulse } from "./pulse.ts";
import { Run } from "./run.ts";
import { Stored } from "./stored.ts";
import { Threads } from "./threads.ts";

export { combineViews } from "./combine.ts";

/** Object → its actors, by name. Both names are permanent: saved state is found by them. */
export const OBJECTS = {
  /** One per provider, named by its id. */
  provider: { pulse: Pulse, bucket: Bucket },
  directory: { directory: Directory },
  feed: { feed: Feed },
  meter: { meter: Meter },
  alerts: { alerts: Alerts },
  /** One per key, named by its id. */
  threads: { threads: Threads },
  /** One per project, named by its id; a key without project has its own, named by the key's. */
  ledger: { ledger: Ledger },
  /** One per background plan, named by its id. */
  run: { run: Run },
  /** One per key, named by its id. */
  stored: { stored: Stored },
} as const satisfies Record<string, Readonly<Record<string, ActorClass>>>;

export type ObjectName = keyof typeof OBJECTS;

/** Name of the only directory, and of the first feed and meter. */
export const FIRST = "0";

type Actors<O extends ObjectName> = {
  readonly [A in keyof (typeof OBJECTS)[O]]: (typeof OBJECTS)[O][A] extends ActorClass<infer T>
    ? T
    : never;
};

/** An actor's own methods, each answering later. */
export type Calls<A> = {
  readonly [M in Exclude<keyof A, keyof Actor>]: A[M] extends (...args: infer P) => infer R
    ? (...args: P) => Promise<R>
    : never;
};

/** Methods that all actors of an object share; the answers come by actor name. */
type SharedCalls<T> = {
  readonly [M in Exclude<keyof T[keyof T], keyof Actor>]: (
    ...args: Arguments<T[keyof T][M]>
  ) => Promise<{ [A in keyof T]: T[A][M] extends (...args: never) => infer R ? R : never }>;
};

type Arguments<F> = F extends (...args: infer P) => unknown ? P : never;
type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never;

/** All of an object: its only actor, or several with one call. */
export type ObjectCalls<O extends ObjectName> =
  IsUnion<keyof Actors<O>> extends true
    ? SharedCalls<Actors<O>>
    : Calls<Actors<O>[keyof Actors<O>]>;

/** The whole object of that name; `provider` answers a ProviderView. */
export function actorRef<O extends ObjectName>(
  host: ActorHost,
  object: O,
  name: string,
): ObjectCalls<O>;
/** One actor of it. */
export function actorRef<O extends ObjectName, A extends keyof Actors<O> & string>(
  host: ActorHost,
  object: O,
  name: string,
  actor: A,
): Calls<Actors<O>[A]>;
export function actorRef(host: ActorHost, object: ObjectName, name: string, actor = "*"): unknown {
  const classes: Readonly<Record<string, ActorClass>> = OBJECTS[object];
  const methods = Object.entries(classes)
    .filter(([each]) => actor === "*" || each === actor)
    .flatMap(([, actorClass]) => methodsOf(actorClass));
  const calls = methods.map((method) => [
    method,
    (...args: unknown[]) => host.call({ object, name, actor }, method, args),
  ]);
  return Object.fromEntries(calls);
}
