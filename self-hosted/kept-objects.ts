/**
 * Objects whose actors promise something (they have `through` methods), in one process: restored on first use, and
 * saved before an answer that promises leaves. Calls that come while a commit runs are saved together by the next.
 */

import { OBJECTS, type ObjectName } from "../src/actors/index.ts";
import { type ActorObject, createObject } from "../src/actors/object.ts";
import type { AdminStore } from "../src/administration.ts";
import type { ActorAddress } from "../src/platform.ts";

/** Where snapshots are kept. */
export interface States extends Pick<AdminStore, "actorState" | "putActorStates"> {
  /** Names of the saved objects of this kind; undefined: nothing is found again that nobody asks for. */
  stateNames?(object: string): Promise<readonly string[]>;
  /** Deletes an object; undefined: what is gone stays as an empty row. */
  removeState?(object: string, name: string): Promise<void>;
}

/** The process's kept objects. */
export interface KeptObjects {
  /** @throws what the actor throws, or the store: then nothing was promised, and the call may be repeated. */
  call(to: ActorAddress, method: string, args: readonly unknown[]): Promise<unknown>;
  /** Wakes those whose time has come, and answers which; saves what was not saved yet. */
  wake(nowMs: number): Promise<readonly Place[]>;
  /** From now on the saved objects of this kind are woken when their time comes, asked for or not. */
  find(object: ObjectName): Promise<void>;
}

/** Which object. */
export interface Place {
  readonly object: ObjectName;
  readonly name: string;
}

interface Kept extends Place {
  readonly actors: ActorObject;
  /** Calls and wakes that are not over, saving included: while there are any, it stays in memory. */
  users: number;
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
  /** Objects that are not in memory, and when they are to be woken. */
  const resting = new Map<string, Place & { readonly atMs: number }>();
  let current: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  /** One load for all who ask at once; one that failed is tried again by the next call. */
  function kept(object: ObjectName, name: string): Promise<Kept> {
    const id = idOf({ object, name });
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
    const made = { object, name, actors, users: 0 };
    resting.delete(idOf(made));
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

  /** Runs with the object in memory; what rests afterwards leaves it. */
  async function using<T>(place: Place, work: (one: Kept) => Promise<T>): Promise<T> {
    let one = await kept(place.object, place.name);
    // It may have left between being loaded and now.
    while (!loaded.has(one)) one = await kept(place.object, place.name);
    one.users += 1;
    try {
      return await work(one);
    } finally {
      one.users -= 1;
      if (one.users === 0 && !changed.has(one) && one.actors.rest()) leave(one);
    }
  }

  function leave(one: Kept): void {
    const { object, name } = one;
    loads.delete(idOf(one));
    loaded.delete(one);
    const atMs = one.actors.wakeAtMs();
    if (atMs !== undefined) resting.set(idOf(one), { object, name, atMs });
  }

  async function write(): Promise<void> {
    const writing = [...changed];
    changed.clear();
    const { removeState } = states;
    const gone = removeState ? writing.filter(({ actors }) => actors.rest() === "gone") : [];
    const staying = writing.filter((one) => !gone.includes(one));
    const rows = staying.flatMap(({ object, name, actors }) =>
      Object.entries(actors.snapshots()).map(([actor, { version, state }]) => {
        return { object, name, actor, version, state: JSON.stringify(state) };
      }),
    );
    try {
      await states.putActorStates(rows);
      for (const { object, name } of gone) await removeState?.(object, name);
    } catch (error) {
      for (const each of writing) changed.add(each);
      throw error;
    }
  }

  return {
    call(to, method, args) {
      return using({ object: to.object as ObjectName, name: to.name }, async (one) => {
        const answer = one.actors.call(to.actor, method, args);
        const follows = one.actors.follows(to.actor, method);
        if (follows !== "nothing") changed.add(one);
        if (follows === "through") await save();
        return answer;
      });
    },
    async wake(nowMs) {
      const due = [...loaded].filter(({ actors }) => (actors.wakeAtMs() ?? NEVER) <= nowMs);
      const places: Place[] = [
        ...due,
        ...[...resting.values()].filter(({ atMs }) => atMs <= nowMs),
      ];
      await Promise.all(
        places.map((place) =>
          using(place, async (one) => {
            one.actors.wake(nowMs);
            changed.add(one);
            await save();
          }),
        ),
      );
      if (changed.size > 0) await save();
      return places;
    },
    async find(object) {
      for (const name of (await states.stateNames?.(object)) ?? []) {
        const place = { object, name };
        if (!loads.has(idOf(place))) resting.set(idOf(place), { ...place, atMs: 0 });
      }
    },
  };
}

const NEVER = Number.POSITIVE_INFINITY;

function idOf({ object, name }: Place): string {
  return `${object}\n${name}`;
}
