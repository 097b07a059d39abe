/** Names of tools as a dialect's providers take them. */
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
/** What no vendor takes in a name or an id. */
export const FOREIGN = /[^A-Za-z0-9_-]/g;
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
  const unique = createUnique({ charsMax, taken });
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
    return give(named, unique(joined.replace(FOREIGN, "_") || "_"));
  }

  for (const named of all.filter(isPlain)) flat(named);
  for (const named of all) flat(named);
  return { flat, restore };
}

function keyOf({ namespace, name }: Named): string {
  return JSON.stringify([namespace ?? null, name]);
}

/** Room for the number that tells two apart: no request has as many names. */
const SUFFIX_CHARS_MAX = 9;

/**
 * Makes of a wanted text one that is not `taken`, at most `charsMax` long; whoever uses it adds it there. Numbers go
 * on where the last ones ended, so that many of one text cost no more than their count.
 */
export function createUnique({
  charsMax,
  taken,
}: {
  charsMax: number;
  taken: ReadonlySet<string>;
}): (wanted: string) => string {
  const counts = new Map<string, number>();
  return (wanted) => {
    const whole = wanted.slice(0, charsMax);
    if (!taken.has(whole)) return whole;
    const stem = wanted.slice(0, charsMax - SUFFIX_CHARS_MAX);
    let count = counts.get(stem) ?? 2;
    while (taken.has(`${stem}_${count}`)) count++;
    counts.set(stem, count);
    return `${stem}_${count}`;
  };
}
