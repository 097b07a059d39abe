/**
 * The state's host of one Node process. Health, buckets and metrics live as long as the process: they are
 * learned again within a minute, and nothing of them was promised to anybody. Money is kept in the database, log
 * rows go to the store.
 */

import { drainFeed } from "../src/actors/feed.ts";
import { actorRef, FIRST, OBJECTS, type ObjectName } from "../src/actors/index.ts";
import { type ActorObject, createObject } from "../src/actors/object.ts";
import type { ActorHost, ProviderView, Store } from "../src/platform.ts";
import { isKept, keptObjects, type States } from "./kept-objects.ts";

export interface ProcessActorsInput {
  readonly store: Pick<Store, "registryVersion" | "appendRequests">;
  /** Where kept objects are saved; undefined: they live as long as the process, too. */
  readonly states?: States;
  readonly nowMs: () => number;
  /** Calls `work` every `ms`; logs its rejections. */
  readonly every: (ms: number, work: () => Promise<void>) => void;
}

/** Log rows wait this long in memory; objects that want to be woken wait at most this much longer. */
const DRAIN_MS = 1_000;

/** Keeps nothing. */
const NO_STATES: States = { actorState: async () => [], putActorStates: async () => undefined };

/** `flush` moves all that waits into the store; it rejects with what the store throws. */
export function processActors(input: ProcessActorsInput): ActorHost & { flush(): Promise<void> } {
  const { store, nowMs, every } = input;
  const objects = Object.fromEntries(
    Object.keys(OBJECTS).map((object) => [object, new Map<string, ActorObject>()]),
  ) as Record<ObjectName, Map<string, ActorObject>>;
  const kept = keptObjects(input.states ?? NO_STATES);
  let draining: Promise<void> = Promise.resolve();

  function objectOf(object: ObjectName, name: string): ActorObject {
    const named = objects[object];
    const found = named.get(name) ?? createObject(OBJECTS[object]);
    named.set(name, found);
    return found;
  }

  async function drain(): Promise<void> {
    for (const feed of objects.feed.values()) await drainFeed(feed, store);
  }

  /** One after the other, so that no row is written twice. */
  function flush(): Promise<void> {
    draining = draining.catch(() => undefined).then(drain);
    return Promise.all([draining, kept.wake(nowMs())]).then(() => undefined);
  }

  const host: ActorHost & { flush(): Promise<void> } = {
    async call(to, method, args) {
      if (!Object.hasOwn(OBJECTS, to.object)) throw new Error(`There is no object ${to.object}.`);
      const object = to.object as ObjectName;
      if (isKept(object)) return kept.call(to, method, args);
      return objectOf(object, to.name).call(to.actor, method, args);
    },
    async view() {
      const directory = actorRef(host, "directory", FIRST);
      for (const [id, provider] of objects.provider) {
        const view = provider.call("*", "view", [nowMs()]) as ProviderView;
        await directory.merge(id, view, nowMs());
      }
      return { registryVersion: await store.registryVersion(), providers: await directory.view() };
    },
    flush,
  };
  every(DRAIN_MS, flush);
  return host;
}
