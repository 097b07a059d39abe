/** Snapshots in an object's synchronous storage: JSON text, cut into values that fit. */
import type { Saved } from "../src/actors/object.ts";

/** Characters of one value: at two bytes each they stay below the store's 2 MB. */
const PART_CHARS = 500_000;

interface Head {
  readonly version: number;
  readonly parts: number;
}

/** By actor name; undefined where nothing was saved, or no longer all of it. */
export function loadSnapshots(
  kv: SyncKvStorage,
  actors: readonly string[],
): Record<string, Saved | undefined> {
  return Object.fromEntries(actors.map((actor) => [actor, load(kv, actor)]));
}

/** All parts of one call reach the disk together: there is no await between them. */
export function saveSnapshots(kv: SyncKvStorage, snapshots: Readonly<Record<string, Saved>>): void {
  for (const [actor, { version, state }] of Object.entries(snapshots)) {
    const text = JSON.stringify(state);
    const parts = Math.ceil(text.length / PART_CHARS);
    const before = kv.get<Head>(actor)?.parts ?? 0;
    kv.put<Head>(actor, { version, parts });
    for (let part = 0; part < parts; part += 1) {
      const value = text.slice(part * PART_CHARS, (part + 1) * PART_CHARS);
      // Of a state that grows at its end the full parts stand as they are; the last one always differs.
      const isOld = part < parts - 1 && kv.get(`${actor}/${part}`) === value;
      if (!isOld) kv.put(`${actor}/${part}`, value);
    }
    for (let part = parts; part < before; part += 1) kv.delete(`${actor}/${part}`);
  }
}

function load(kv: SyncKvStorage, actor: string): Saved | undefined {
  const head = kv.get<Head>(actor);
  if (!head) return undefined;
  let text = "";
  for (let part = 0; part < head.parts; part += 1) text += kv.get<string>(`${actor}/${part}`) ?? "";
  try {
    return { version: head.version, state: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
