/**
 * The state's host of one Node process. Health, buckets and metrics live as long as the process: they are
 * learned again within a minute, and nothing of them was promised to anybody. Log rows go to the store.
 */

import { drainFeed } from "../src/actors/feed.ts";
import { actorRef, FIRST, OBJECTS, type ObjectName } from "../src/actors/index.ts";
import { type ActorObject, createObject } from "../src/actors/object.ts";
import type { ActorHost, ProviderView, Store } from "../src/platform.ts";

export interface ProcessActorsInput {
  readonly store: Pick<Store, "registryVersion" | "appendRequests">;
  readonly nowMs: () => number;
  /** Calls `work` every `ms`; logs its rejections. */
  readonly every: (ms: number, work: () => Promise<void>) => void;
}

/** Log rows wait this long in memory. */
const DRAIN_MS = 1_000;

/** `flush` moves all waiting log rows into the store; it rejects with what the store throws. */
export function processActors(input: ProcessActorsInput): ActorHost & { flush(): Promise<void> } {
  const { store, nowMs, every } = input;
  const objects: Record<ObjectName, Map<string, ActorObject>> = {
    provider: new Map(),
    directory: new Map(),
    feed: new Map(),
    meter: new Map(),
    threads: new Map(),
  };
  let draining: Promise<void> = Promise.resolve();

  function objectOf(object: string, name: string): ActorObject {
    if (!Object.hasOwn(OBJECTS, object)) throw new Error(`There is no object ${object}.`);
    const named = objects[object as ObjectName];
    const found = named.get(name) ?? createObject(OBJECTS[object as ObjectName]);
    named.set(name, found);
    return found;
  }

  async function drain(): Promise<void> {
    for (const feed of objects.feed.values()) await drainFeed(feed, store);
  }

  /** One after the other, so that no row is written twice. */
  function flush(): Promise<void> {
    draining = draining.catch(() => undefined).then(drain);
    return draining;
  }

  const host: ActorHost & { flush(): Promise<void> } = {
    call: async (to, method, args) => objectOf(to.object, to.name).call(to.actor, method, args),
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
