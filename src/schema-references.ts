/** References within one JSON Schema: where they lead, and that they do not lead in circles. */
import { isObject, type JsonObject, keywordOf } from "./schema-assertions.ts";
import type { Node } from "./schema-run.ts";

/**
 * Finds what a reference means: `#`, `#/$defs/step`, `#anchor`, or one of these behind the schema's own `$id`.
 * undefined: it leads elsewhere or nowhere. Nothing is ever fetched.
 */
export function createResolver(root: JsonObject): (reference: string) => unknown {
  const id = keywordOf(root, "$id");
  const base = typeof id === "string" ? (id.split("#")[0] ?? "") : "";
  const anchors = anchorsOf(root);
  return (reference) => {
    const hash = reference.indexOf("#");
    const document = hash < 0 ? reference : reference.slice(0, hash);
    if (document !== "" && document !== base) return undefined;
    const fragment = decoded(hash < 0 ? "" : reference.slice(hash + 1));
    if (fragment === undefined) return undefined;
    if (fragment === "") return root;
    return fragment.startsWith("/") ? pointed(root, fragment) : anchors.get(fragment);
  };
}

function decoded(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}

/** By JSON pointer, RFC 6901. */
function pointed(root: JsonObject, pointer: string): unknown {
  let at: unknown = root;
  for (const part of pointer.slice(1).split("/")) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as JsonObject)[key];
  }
  return at;
}

/** Every anchor's schema; of two with one name the one that stands first. */
function anchorsOf(root: JsonObject): ReadonlyMap<string, JsonObject> {
  const anchors = new Map<string, JsonObject>();
  const collect = (value: unknown) => {
    if (Array.isArray(value)) value.forEach(collect);
    if (!isObject(value)) return;
    const id = keywordOf(value, "$id");
    for (const name of [
      keywordOf(value, "$anchor"),
      keywordOf(value, "$dynamicAnchor"),
      typeof id === "string" && id.startsWith("#") ? id.slice(1) : undefined,
    ]) {
      if (typeof name === "string" && !anchors.has(name)) anchors.set(name, value);
    }
    Object.values(value).forEach(collect);
  };
  collect(root);
  return anchors;
}

/** A compiled schema, and where it stands. */
export interface Placed {
  readonly node: Node;
  readonly at: string;
}

/**
 * Where a schema stands from which more than `chainMax` others follow for the same value, one within the other;
 * a circle has no end. undefined: there is none.
 */
export function findCircle(all: readonly Placed[], chainMax: number): string | undefined {
  const heights = new Map<Node, number>();
  /** Infinity: too high. Never deeper than `chainMax` calls, because whoever is there gives up. */
  const height = (node: Node, depth: number): number => {
    const known = heights.get(node);
    if (known !== undefined) return known;
    if (depth > chainMax) return Number.POSITIVE_INFINITY;
    let most = 0;
    for (const inner of node.inPlace) {
      most = Math.max(most, 1 + height(inner, depth + 1));
      if (most > chainMax) return Number.POSITIVE_INFINITY;
    }
    heights.set(node, most);
    return most;
  };
  return all.find(({ node }) => height(node, 0) > chainMax)?.at;
}
