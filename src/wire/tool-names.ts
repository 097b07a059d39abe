/** Names and ids of tools as a dialect's providers take them. */
import type { Dialect } from "../chat.ts";

/** A tool as its client knows it. */
export interface Named {
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly custom: boolean;
}

/** The names of one conversation. */
export interface Names {
  /** The one name by which the provider knows this tool. */
  flat(named: Named): string;
  /** Flat name → the tool, where name, namespace or kind differ. */
  readonly restore: ReadonlyMap<string, Named>;
}

/** Longest name that the vendor of each dialect takes. */
const NAME_CHARS_MAX = {
  openai: 64,
  anthropic: 128,
  responses: 64,
  embeddings: 64,
} as const satisfies Record<Dialect, number>;
const FOREIGN = /[^A-Za-z0-9_-]/g;
/** Between a namespace and a name. */
const JOINT = "__";

/**
 * Names that the dialect can say stay as they are and are given away first; every other is made of the letters it
 * allows and told apart by a number. A namespace is part of the name, except where the dialect has its own.
 */
export function createNames(all: readonly Named[], to: Dialect): Names {
  const charsMax = NAME_CHARS_MAX[to];
  const flats = new Map<string, string>();
  const restore = new Map<string, Named>();
  const taken = new Set<string>();
  const native = to === "responses";

  const isPlain = ({ namespace, name }: Named) =>
    (native || namespace === undefined) &&
    name !== "" &&
    name.length <= charsMax &&
    name.search(FOREIGN) < 0;

  function give(named: Named, flat: string): string {
    const { namespace, name, custom } = named;
    flats.set(keyOf(named), flat);
    taken.add(flat);
    // Where the dialect has namespaces, its answers bring their own.
    if (native) {
      if (flat !== name) restore.set(flat, { name, namespace, custom });
    } else if (flat !== name || namespace !== undefined || custom) {
      restore.set(flat, { name, namespace, custom });
    }
    return flat;
  }

  function flat(named: Named): string {
    const known = flats.get(keyOf(named));
    if (known !== undefined) return known;
    if (isPlain(named)) return give(named, named.name);
    const { namespace, name } = named;
    const joined = native || namespace === undefined ? name : `${namespace}${JOINT}${name}`;
    return give(named, unique(joined.replace(FOREIGN, "_") || "_", { taken, charsMax }));
  }

  for (const named of all.filter(isPlain)) flat(named);
  for (const named of all) flat(named);
  return { flat, restore };
}

function keyOf({ namespace, name }: Named): string {
  return JSON.stringify([namespace ?? null, name]);
}

function unique(
  wanted: string,
  { taken, charsMax }: { taken: ReadonlySet<string>; charsMax: number },
): string {
  let name = wanted.slice(0, charsMax);
  for (let count = 2; taken.has(name); count++) {
    const suffix = `_${count}`;
    name = wanted.slice(0, charsMax - suffix.length) + suffix;
  }
  return name;
}

/** Ids of calls as the dialect takes them, the same for a call and its result; most are as they were. */
export function createIds(to: Dialect): (id: string) => string {
  if (to !== "anthropic") return (id) => id;
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  return (id) => {
    const known = ids.get(id);
    if (known !== undefined) return known;
    const clean = unique(id.replace(FOREIGN, "_") || "_", { taken, charsMax: ID_CHARS_MAX });
    ids.set(id, clean);
    taken.add(clean);
    return clean;
  };
}

/** No vendor's ids come near. */
const ID_CHARS_MAX = 256;
