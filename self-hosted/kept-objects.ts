/**
 * Objects whose actors promise something (they have `through` methods), in one process: restored on first use, and
 * saved before an answer that promises leaves. Calls that come while a commit runs are saved together by the next.
 */

import { OBJECTS, type ObjectName } from "../src/actors/index.ts";
import { type ActorObject, createObject } from "../src/actors/object.ts";
import type { AdminStore } from "../src/administration.ts";
import type { ActorAddress } from "../src/platform.ts";

/** Where snapshots are kept. */
export type States = Pick<AdminStore, "actorState" | "putActorStates">;

/** The process's kept objects. */
export interface KeptObjects {
  /** @throws what the actor throws, or the store: then nothing was promised, and the call may be repeated. */
  call(to: ActorAddress, method: string, args: readonly unknown[]): Promise<unknown>;
  /** Wakes those whose time has come; saves what was not saved yet. */
  wake(nowMs: number): Promise<void>;
}

interface Kept {
  readonly object: ObjectName;
  readonly name: string;
  readonly actors: ActorObject;
}

/** Does any actor of this object promise something? */
export function isKept(object: ObjectName): boolean {
  return Object.values(OBJECTS[object]).some(({ through }) => through.length > 0);
}

/** Nothing is read before the first call. */
export function keptObjects(states: States): KeptObjects {
  const loads = new Map<string, Promise<Kept>>();
  const loaded = new Set<Kept>();
  const changed = new Set<Kept>();
  let current: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  /** One load for all who ask at once; one that failed is tried again by the next call. */
  function kept(object: ObjectName, name: string): Promise<Kept> {
    const id = `${object}\n${name}`;
    const known = loads.get(id);
    if (known) return known;
    const loading = load(object, name);
    loads.set(id, loading);
    loading.catch(() => loads.delete(id));
    return loading;
  }

  async function load(object: ObjectName, name: string): Promise<Kept> {
    const rows = await states.actorState(object, name);
    const actors = createObject(OBJECTS[object]);
    actors.restore(
      Object.fromEntries(
        rows.map(({ actor, version, state }) => [actor, { version, state: JSON.parse(state) }]),
      ),
    );
    const made = { object, name, actors };
    loaded.add(made);
    return made;
  }

  /** Resolves when everything changed by now is saved. */
  function save(): Promise<void> {
    next ??= current
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        current = write();
        return current;
      });
    return next;
  }

  async function write(): Promise<void> {
    const writing = [...changed];
    changed.clear();
    const rows = writing.flatMap(({ object, name, actors }) =>
      Object.entries(actors.snapshots()).map(([actor, { version, state }]) => {
        return { object, name, actor, version, state: JSON.stringify(state) };
      }),
    );
    try {
      await states.putActorStates(rows);
    } catch (error) {
      for (const each of writing) changed.add(each);
      throw error;
    }
  }

  return {
    async call(to, method, args) {
      const one = await kept(to.object as ObjectName, to.name);
      const answer = one.actors.call(to.actor, method, args);
      const follows = one.actors.follows(to.actor, method);
      if (follows !== "nothing") changed.add(one);
      if (follows === "through") await save();
      return answer;
    },
    async wake(nowMs) {
      for (const one of loaded) {
        if ((one.actors.wakeAtMs() ?? Number.POSITIVE_INFINITY) > nowMs) continue;
        one.actors.wake(nowMs);
        changed.add(one);
      }
      if (changed.size > 0) await save();
    },
  };
}
