/** The state's host on the edge: every object is a Durable Object, found by its name. */
import { FIRST, type ObjectName } from "../src/actors/index.ts";
import type { ActorAddress, ActorHost, DirectoryView } from "../src/platform.ts";
import { BINDINGS, type ObjectsEnv } from "./env.ts";

/** What the classes of `index.ts` answer over RPC. */
export interface ObjectStub {
  call(to: ActorAddress, method: string, args: readonly unknown[]): Promise<unknown>;
  /** Directory only. */
  view(): Promise<DirectoryView>;
}

/** Stubs are made for each call: one that outlives its request cannot be used by the next. */
export function edgeActors(env: ObjectsEnv): ActorHost {
  return {
    call: (to, method, args) => asked(() => stubOf(env, to.object, to.name).call(to, method, args)),
    view: () => asked(() => stubOf(env, "directory", FIRST).view()),
  };
}

function stubOf(env: ObjectsEnv, object: string, name: string): ObjectStub {
  if (!Object.hasOwn(BINDINGS, object)) throw new Error(`There is no object ${object}.`);
  const namespace = env[BINDINGS[object as ObjectName]];
  // The runtime's own retries may add ten seconds; ours is one.
  const stub = namespace.get(namespace.idFromName(name), { retry: { maxRetries: 0 } });
  return stub as unknown as ObjectStub;
}

/** Asks again, once, with a new stub, when the runtime says that it may help; never an overloaded object. */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
    if (!retryable || overloaded) throw error;
    return ask();
  }
}
