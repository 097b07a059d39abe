/** The keywords of JSON Schema that hold other schemas against a value, its members or its items. */
import {
  type Compiler,
  isObject,
  type JsonObject,
  keywordOf,
  namesOf,
  type Rule,
} from "./schema-assertions.ts";
import {
  below,
  type Check,
  fits,
  fitsInPlace,
  membersOf,
  type Node,
  quietly,
  spend,
  tell,
  unseen,
} from "./schema-run.ts";

/** A schema of its own in a keyword. */
function own(schema: JsonObject, key: string, make: Compiler["node"]): Node | undefined {
  return Object.hasOwn(schema, key) ? make(schema[key], key) : undefined;
}

function listed(schema: JsonObject, key: string, compiler: Compiler, make: Compiler["node"]) {
  const list = keywordOf(schema, key);
  if (list === undefined) return undefined;
  if (!Array.isArray(list)) return compiler.refuse("Not a list of schemas.", key);
  return list.map((one, index) => make(one, key, `${index}`));
}

function entriesOf(schema: JsonObject, key: string, compiler: Compiler): [string, unknown][] {
  const named = keywordOf(schema, key);
  if (named === undefined) return [];
  return isObject(named) ? Object.entries(named) : compiler.refuse("Not an object.", key);
}

/** Schemas that are there to be referred to: compiled so that what is wrong with them is told. */
const definitions: Rule = (schema, compiler) => {
  for (const key of ["$defs", "definitions"]) {
    for (const [name, one] of entriesOf(schema, key, compiler)) compiler.node(one, key, name);
  }
  return undefined;
};

/** Within one document all three mean the same. */
const reference =
  (key: "$ref" | "$dynamicRef" | "$recursiveRef"): Rule =>
  (schema, compiler) => {
    if (!Object.hasOwn(schema, key)) return undefined;
    const target = compiler.reference(schema[key], key);
    return (place, run) => fitsInPlace(target, place, run);
  };

const all: Rule = (schema, compiler) => {
  const nodes = listed(schema, "allOf", compiler, compiler.inPlace);
  return (
    nodes &&
    ((place, run) => nodes.map((node) => fitsInPlace(node, place, run)).every((good) => good))
  );
};

const any: Rule = (schema, compiler) => {
  const nodes = listed(schema, "anyOf", compiler, compiler.inPlace);
  if (nodes === undefined) return undefined;
  return (place, run) => {
    const good = quietly(run, () =>
      run.tracks
        ? nodes.filter((node) => fitsInPlace(node, place, run)).length > 0
        : nodes.some((node) => fits(node, place, run)),
    );
    return good || tell(run, place.path);
  };
};

const one: Rule = (schema, compiler) => {
  const nodes = listed(schema, "oneOf", compiler, compiler.inPlace);
  if (nodes === undefined) return undefined;
  return (place, run) => {
    let good = 0;
    quietly(run, () => {
      for (const node of nodes) if (good < 2 && fitsInPlace(node, place, run)) good += 1;
      return true;
    });
    return good === 1 || tell(run, place.path);
  };
};

const not: Rule = (schema, compiler) => {
  const node = own(schema, "not", compiler.inPlace);
  if (node === undefined) return undefined;
  return (place, run) =>
    !quietly(run, () => fits(node, { ...place, seen: unseen() }, run)) || tell(run, place.path);
};

const condition: Rule = (schema, compiler) => {
  const test = own(schema, "if", compiler.inPlace);
  const then = own(schema, "then", compiler.inPlace);
  const otherwise = own(schema, "else", compiler.inPlace);
  if (test === undefined) return undefined;
  return (place, run) => {
    const next = quietly(run, () => fitsInPlace(test, place, run)) ? then : otherwise;
    return next === undefined || fitsInPlace(next, place, run);
  };
};

/** `dependentSchemas`, `dependentRequired`, and the older `dependencies` that was either. */
const dependent: Rule = (schema, compiler) => {
  const needs: { when: string; names: readonly string[]; node: Node | undefined }[] = [];
  for (const key of ["dependentSchemas", "dependentRequired", "dependencies"]) {
    for (const [when, what] of entriesOf(schema, key, compiler)) {
      const isList = key === "dependentRequired" || Array.isArray(what);
      needs.push({
        when,
        names: isList ? namesOf(what, compiler, key, when) : [],
        node: isList ? undefined : compiler.inPlace(what, key, when),
      });
    }
  }
  if (needs.length === 0) return undefined;
  return (place, run) => {
    const { value, path } = place;
    if (!isObject(value)) return true;
    spend(run, needs.length, path);
    let good = true;
    for (const { when, names, node } of needs) {
      if (!Object.hasOwn(value, when)) continue;
      spend(run, names.length, path);
      for (const key of names)
        if (!Object.hasOwn(value, key)) good = tell(run, { parent: path, key });
      if (node !== undefined && !fitsInPlace(node, place, run)) good = false;
    }
    return good;
  };
};

/** `prefixItems` and `items`, or the older list in `items` and `additionalItems`. */
const items: Rule = (schema, compiler) => {
  const isOld = Array.isArray(keywordOf(schema, "items"));
  const first = listed(schema, isOld ? "items" : "prefixItems", compiler, compiler.node) ?? [];
  const rest = own(schema, isOld ? "additionalItems" : "items", compiler.node);
  if (first.length === 0 && rest === undefined) return undefined;
  return (place, run) => {
    if (!Array.isArray(place.value)) return true;
    let good = true;
    for (const [index, item] of place.value.entries()) {
      const node = first[index] ?? rest;
      if (node === undefined) break;
      if (run.tracks) place.seen.items.add(index);
      if (!fits(node, below(place, index, item), run)) good = false;
      if (!good && run.quiet > 0) break;
    }
    return good;
  };
};

const contains: Rule = (schema, compiler) => {
  const node = own(schema, "contains", compiler.node);
  if (node === undefined) return undefined;
  const [least, most] = ["minContains", "maxContains"].map((key) => {
    const bound = keywordOf(schema, key);
    return bound === undefined || typeof bound === "number"
      ? bound
      : compiler.refuse("Not a number.", key);
  });
  return (place, run) => {
    if (!Array.isArray(place.value)) return true;
    let count = 0;
    for (const [index, item] of place.value.entries()) {
      if (!quietly(run, () => fits(node, below(place, index, item), run))) continue;
      count += 1;
      if (run.tracks) place.seen.items.add(index);
    }
    return (
      (count >= (least ?? 1) && count <= (most ?? Number.POSITIVE_INFINITY)) ||
      tell(run, place.path)
    );
  };
};

const members: Rule = (schema, compiler) => {
  const named = new Map(
    entriesOf(schema, "properties", compiler).map(([name, one]) => [
      name,
      compiler.node(one, "properties", name),
    ]),
  );
  const patterned = entriesOf(schema, "patternProperties", compiler).map(([source, one]) => ({
    pattern: compiler.pattern(source, "patternProperties"),
    node: compiler.node(one, "patternProperties", source),
  }));
  const rest = own(schema, "additionalProperties", compiler.node);
  if (named.size + patterned.length === 0 && rest === undefined) return undefined;
  const stepsPerChar = patterned.reduce((sum, { pattern }) => sum + pattern.stepsPerChar, 0);
  return (place, run) => {
    const { value, path } = place;
    if (!isObject(value)) return true;
    let good = true;
    const own = membersOf(value, path, run);
    spend(run, own.length / 4, path);
    for (const [key, member] of own) {
      spend(run, (key.length + 1) * stepsPerChar, path);
      const nodes = patterned.filter(({ pattern }) => pattern.test(key)).map(({ node }) => node);
      const byName = named.get(key);
      if (byName !== undefined) nodes.push(byName);
      if (nodes.length === 0 && rest !== undefined) nodes.push(rest);
      if (run.tracks && nodes.length > 0) place.seen.keys.add(key);
      const inner = below(place, key, member);
      for (const node of nodes) if (!fits(node, inner, run)) good = false;
      if (!good && run.quiet > 0) break;
    }
    return good;
  };
};

const memberNames: Rule = (schema, compiler) => {
  const node = own(schema, "propertyNames", compiler.node);
  if (node === undefined) return undefined;
  return (place, run) => {
    if (!isObject(place.value)) return true;
    let good = true;
    for (const [key] of membersOf(place.value, place.path, run)) {
      const name = below(place, key, key);
      if (!quietly(run, () => fits(node, name, run))) good = tell(run, name.path);
    }
    return good;
  };
};

/** What nobody has looked at: after everything else. */
const unevaluated =
  (key: "unevaluatedProperties" | "unevaluatedItems"): Rule =>
  (schema, compiler) => {
    const node = own(schema, key, compiler.node);
    if (node === undefined) return undefined;
    const check: Check = (place, run) => {
      const { value, seen } = place;
      const isItems = key === "unevaluatedItems";
      if (isItems ? !Array.isArray(value) : !isObject(value)) return true;
      let good = true;
      for (const [name, inner] of membersOf(value as JsonObject, place.path, run)) {
        spend(run, 1, place.path);
        if (isItems ? seen.items.has(Number(name)) : seen.keys.has(name)) continue;
        if (isItems) seen.items.add(Number(name));
        else seen.keys.add(name);
        if (!fits(node, below(place, name, inner), run)) good = false;
      }
      return good;
    };
    return check;
  };

/** In the order in which they are asked. */
export const APPLICATORS: readonly Rule[] = [
  definitions,
  reference("$ref"),
  reference("$dynamicRef"),
  reference("$recursiveRef"),
  all,
  any,
  one,
  not,
  condition,
  dependent,
  items,
  contains,
  members,
  memberNames,
  unevaluated("unevaluatedItems"),
  unevaluated("unevaluatedProperties"),
];
