/**
 * The state's host of one Node process. Health, buckets and metrics live as long as the process: they are
 * learned again within a minute, and nothing of them was promised to anybody. Money is kept in the database, log
 * rows go to the store.
 */

import { drainFeed } from "../src/actors/feed.ts";
import { actorRef, FIRST, OBJECTS, type ObjectName } from "../src/actors/index.ts";
import { type ActorObject, createObject } from "../src/actors/object.ts";
import type { PlanRunner } from "../src/actors/run-conduct.ts";
import type { ActorStateRow } from "../src/administration.ts";
import type { ActorHost, Platform, ProviderView, Store } from "../src/platform.ts";
import { processRuns } from "./actors-runs.ts";
import { isKept, keptObjects, type States } from "./kept-objects.ts";

export interface ProcessActorsInput {
  readonly store: Pick<Store, "registryVersion" | "appendRequests">;
  /** Where kept objects are saved; undefined: they live as long as the process, too. */
  readonly states?: States;
  readonly nowMs: () => number;
  /** Keeps the leases of plans that run; undefined: none are run here. */
  readonly timer?: Platform["timer"];
  /** Calls `work` every `ms`; logs its rejections. */
  readonly every: (ms: number, work: () => Promise<void>) => void;
}

/** Log rows wait this long in memory; objects that want to be woken wait at most this much longer. */
const DRAIN_MS = 1_000;

/** As long as the process. */
function memoryStates(): States {
  const objects = new Map<string, ActorStateRow[]>();
  return {
    actorState: async (object, name) => objects.get(`${object}\n${name}`) ?? [],
    async putActorStates(rows) {
      for (const row of rows) {
        const id = `${row.object}\n${row.name}`;
        const others = (objects.get(id) ?? []).filter(({ actor }) => actor !== row.actor);
        objects.set(id, [...others, row]);
      }
    },
    removeState: async (object, name) => void objects.delete(`${object}\n${name}`),
  };
}

/** The host, and what only the shell does with it. */
export interface ProcessActors extends ActorHost {
  /** Moves all that waits into the store; rejects with what the store throws. */
  flush(): Promise<void>;
  /** From now on background plans are run by this, those that an earlier process left first. */
  runPlansWith(runner: PlanRunner): Promise<void>;
}

/** Nothing is read before the first call. */
export function processActors(input: ProcessActorsInput): ProcessActors {
  const { store, nowMs, every, timer = () => () => undefined } = input;
  const objects = Object.fromEntries(
    Object.keys(OBJECTS).map((object) => [object, new Map<string, ActorObject>()]),
  ) as Record<ObjectName, Map<string, ActorObject>>;
  const kept = keptObjects(input.states ?? memoryStates());
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
    return Promise.all([draining, wake()]).then(() => undefined);
  }

  async function wake(): Promise<void> {
    for (const { object, name } of await kept.wake(nowMs())) {
      if (object === "run") runs.start(name);
    }
  }

  const host: ProcessActors = {
    async call(to, method, args) {
      if (!Object.hasOwn(OBJECTS, to.object)) throw new Error(`There is no object ${to.object}.`);
      const object = to.object as ObjectName;
      if (isKept(object)) {
        const answer = await kept.call(to, method, args);
        if (object === "run" && method === "create") runs.start(to.name);
        return answer;
      }
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
    async runPlansWith(runner) {
      runs.use(runner);
      await kept.find("run");
      await wake();
    },
  };
  const runs = processRuns({ actors: host, nowMs, timer });
  every(DRAIN_MS, flush);
  return host;
}
