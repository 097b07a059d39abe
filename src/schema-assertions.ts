/** The keywords of JSON Schema that look at one value alone. */
import type { Pattern } from "./schema-patterns.ts";
import {
  below,
  type Check,
  canonical,
  canonicalAt,
  membersOf,
  type Node,
  type Place,
  type Run,
  spend,
  tell,
} from "./schema-run.ts";

/** An object of parsed JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What compiling one schema can ask for; `keys` is the way from that schema to the part in question. */
export interface Compiler {
  /** A schema for members or items. */
  node(schema: unknown, ...keys: readonly string[]): Node;
  /** A schema for the same value. */
  inPlace(schema: unknown, ...keys: readonly string[]): Node;
  /** The schema that a reference means, for the same value. */
  reference(target: unknown, key: string): Node;
  pattern(source: unknown, ...keys: readonly string[]): Pattern;
  /** @throws TokenhubError invalid_value */
  refuse(detail: string, ...keys: readonly string[]): never;
}

/** Compiles what a schema says of one thing; undefined: it says nothing of it. */
export type Rule = (schema: JsonObject, compiler: Compiler) => Check | undefined;

/** An object of JSON, neither null nor a list? */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The keyword's own value; undefined: the schema does not have it (inherited names do not count). */
export function keywordOf(schema: JsonObject, key: string): unknown {
  return Object.hasOwn(schema, key) ? schema[key] : undefined;
}

const TYPES = {
  null: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  array: (value) => Array.isArray(value),
  object: isObject,
} as const satisfies Record<string, (value: unknown) => boolean>;

type TypeName = keyof typeof TYPES;

function isTypeName(name: unknown): name is TypeName {
  return typeof name === "string" && Object.hasOwn(TYPES, name);
}

const type: Rule = (schema, compiler) => {
  const given = keywordOf(schema, "type");
  if (given === undefined) return undefined;
  const names = [given].flat();
  if (names.length === 0 || !names.every(isTypeName)) compiler.refuse("Not a type.", "type");
  const tests = [...new Set(names)].filter(isTypeName).map((name) => TYPES[name]);
  return ({ value, path }, run) => tests.some((test) => test(value)) || tell(run, path);
};

const FREE = () => undefined;

/** `const` and `enum`: equal as JSON, whatever the order of members. */
const choice: Rule = (schema, compiler) => {
  const list = keywordOf(schema, "enum");
  if (list !== undefined && !Array.isArray(list)) compiler.refuse("Not a list.", "enum");
  const sets = [
    ...(Array.isArray(list) ? [new Set(list.map((one) => canonical(one, FREE)))] : []),
    ...(Object.hasOwn(schema, "const") ? [new Set([canonical(schema.const, FREE)])] : []),
  ];
  if (sets.length === 0) return undefined;
  return (place, run) => {
    const text = canonicalAt(place, run);
    return sets.every((set) => set.has(text)) || tell(run, place.path);
  };
};

const unique: Rule = (schema, compiler) => {
  const given = keywordOf(schema, "uniqueItems");
  if (given !== undefined && typeof given !== "boolean") {
    compiler.refuse("Not true or false.", "uniqueItems");
  }
  if (given !== true) return undefined;
  return (place, run) => {
    if (!Array.isArray(place.value)) return true;
    const known = new Set<string>();
    for (const [index, item] of place.value.entries()) {
      known.add(canonicalAt(below(place, index, item), run));
      if (known.size <= index) return tell(run, { parent: place.path, key: index });
    }
    return true;
  };
};

/** Is the value within the number that the keyword gives? True of values that it does not speak of. */
type Within = (place: Place, bound: number, run: Run) => boolean;

/** How large it is; undefined: it is nothing that has this size. */
type Count = (place: Place, run: Run) => number | undefined;

const number =
  (test: (value: number, bound: number) => boolean): Within =>
  ({ value }, bound) =>
    typeof value !== "number" || test(value, bound);
/** Of lists, texts (in code points) or objects. */
const size =
  (count: Count, test: (size: number, bound: number) => boolean): Within =>
  (place, bound, run) => {
    const counted = count(place, run);
    return counted === undefined || test(counted, bound);
  };

const items: Count = ({ value }) => (Array.isArray(value) ? value.length : undefined);
const members: Count = ({ value, path }, run) =>
  isObject(value) ? membersOf(value, path, run).length : undefined;
const codePoints: Count = ({ value, path }, run) => {
  if (typeof value !== "string") return undefined;
  spend(run, value.length / 4, path);
  let count = 0;
  for (const _ of value) count += 1;
  return count;
};

const most = (value: number, bound: number) => value <= bound;
const least = (value: number, bound: number) => value >= bound;

/** Is it a multiple, but for the rounding of binary fractions? */
function isMultiple(value: number, divisor: number): boolean {
  if (Number.isInteger(value) && Number.isInteger(divisor)) return value % divisor === 0;
  const quotient = value / divisor;
  return Math.abs(quotient - Math.round(quotient)) <= Math.abs(quotient) * 2 ** -50;
}

const BOUNDS = {
  minimum: number(least),
  maximum: number(most),
  exclusiveMinimum: number((value, bound) => value > bound),
  exclusiveMaximum: number((value, bound) => value < bound),
  multipleOf: number(isMultiple),
  minLength: size(codePoints, least),
  maxLength: size(codePoints, most),
  minItems: size(items, least),
  maxItems: size(items, most),
  minProperties: size(members, least),
  maxProperties: size(members, most),
} as const satisfies Record<string, Within>;

function bounded(key: keyof typeof BOUNDS): Rule {
  const within: Within = BOUNDS[key];
  return (schema, compiler) => {
    const bound = keywordOf(schema, key);
    if (bound === undefined) return undefined;
    if (typeof bound !== "number" || (key === "multipleOf" && bound <= 0)) {
      return compiler.refuse("Not a number that can be used here.", key);
    }
    return (place, run) => {
      return within(place, bound, run) || tell(run, place.path);
    };
  };
}

const pattern: Rule = (schema, compiler) => {
  if (!Object.hasOwn(schema, "pattern")) return undefined;
  const compiled = compiler.pattern(schema.pattern, "pattern");
  return ({ value, path }, run) => {
    if (typeof value !== "string") return true;
    spend(run, (value.length + 1) * compiled.stepsPerChar, path);
    return compiled.test(value) || tell(run, path);
  };
};

/** The names in a keyword's list. @throws TokenhubError invalid_value */
export function namesOf(list: unknown, compiler: Compiler, ...keys: readonly string[]): string[] {
  if (!Array.isArray(list)) return compiler.refuse("Not a list of names.", ...keys);
  const names = list.filter((name) => typeof name === "string");
  return names.length === list.length ? names : compiler.refuse("Not a list of names.", ...keys);
}

const required: Rule = (schema, compiler) => {
  const given = keywordOf(schema, "required");
  if (given === undefined) return undefined;
  const names = namesOf(given, compiler, "required");
  return ({ value, path }, run) => {
    if (!isObject(value)) return true;
    spend(run, names.length / 2, path);
    const missing = names.filter((name) => !Object.hasOwn(value, name));
    for (const key of missing) tell(run, { parent: path, key });
    return missing.length === 0;
  };
};

/** In the order in which they are asked: cheap ones first. */
export const ASSERTIONS: readonly Rule[] = [
  type,
  choice,
  bounded("minimum"),
  bounded("maximum"),
  bounded("exclusiveMinimum"),
  bounded("exclusiveMaximum"),
  bounded("multipleOf"),
  bounded("minLength"),
  bounded("maxLength"),
  bounded("minItems"),
  bounded("maxItems"),
  bounded("minProperties"),
  bounded("maxProperties"),
  required,
  pattern,
  unique,
];
