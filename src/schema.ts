/**
 * JSON Schema, drafts 6 to 2020-12, in bounded time: a schema is measured and compiled once, a value is held against
 * it in one walk that counts its steps (docs/decisions/0013-json-schema-in-linear-time.md). `format` is an annotation.
 */
import { TokenhubError } from "./errors.ts";
import { APPLICATORS } from "./schema-applicators.ts";
import {
  ASSERTIONS,
  type Compiler,
  isObject,
  type JsonObject,
  keywordOf,
} from "./schema-assertions.ts";
import { createPatterns } from "./schema-patterns.ts";
import { createResolver, findCircle } from "./schema-references.ts";
import { fits, type Node, plainKey, RunEnded, startRun, tell, unseen } from "./schema-run.ts";

/** What a schema may be; suites may shrink it. */
export const SCHEMA_LIMITS = {
  /** Characters as JSON; generated schemas of large programs are a tenth of it. */
  charsMax: 256 * 1024,
  /** As deep as a request's body. */
  depthMax: 64,
  subschemasMax: 5_000,
  /** Schemas that hold for the same value, one within the other: references of references. */
  chainMax: 64,
};

export type SchemaLimits = typeof SCHEMA_LIMITS;

/** A compiled schema. */
export interface Validator {
  /** As it was given, parsed. */
  readonly schema: JsonObject;
  /**
   * Dotted paths of what does not fit (`steps.3.title`; `$` is the whole), at most 16; none: it fits. Never a value,
   * and a key that is no plain word is `*`. A value that takes too many steps or is too deep does not fit. Never throws.
   */
  validate(value: unknown): readonly string[];
}

const DRAFTS =
  /^https?:\/\/json-schema\.org\/(?:draft-0[67]\/schema|draft\/(?:2019-09|2020-12)\/schema)#?$/;
/** In these a reference stands alone: what is beside it does not count. */
const LONELY_REFERENCES = /\/draft-0[67]\//;

/**
 * Compiles a schema: an object, or a string of JSON. `param` is where it was given.
 * @throws TokenhubError invalid_value at the part that cannot be used, never with its value.
 */
export function compileSchema(
  given: unknown,
  param: string,
  limits: SchemaLimits = SCHEMA_LIMITS,
): Validator {
  const schema = readSchema(given, param, limits);
  const draft = keywordOf(schema, "$schema");
  if (draft !== undefined && !(typeof draft === "string" && DRAFTS.test(draft))) {
    refuse("JSON Schema is understood in drafts 6, 7, 2019-09 and 2020-12.", `${param}.$schema`);
  }
  const root = compileNodes(schema, param, limits, LONELY_REFERENCES.test(`${draft}`));
  const tracks = JSON.stringify(schema).includes('"unevaluated');
  return {
    schema,
    validate(value) {
      const run = startRun(tracks);
      try {
        fits(root, { value, path: undefined, seen: unseen() }, run);
      } catch (error) {
        if (!(error instanceof RunEnded)) throw error;
      }
      return [...run.problems];
    },
  };
}

/** The schema as an object whose size and depth are known. @throws TokenhubError invalid_value */
export function readSchema(
  given: unknown,
  param: string,
  limits: SchemaLimits = SCHEMA_LIMITS,
): JsonObject {
  if (typeof given === "string" && given.length > limits.charsMax) tooLarge(param, limits);
  const schema = typeof given === "string" ? parsed(given, param) : given;
  if (!isObject(schema)) return refuse("A JSON Schema is an object, or one as JSON text.", param);
  let chars = 0;
  let level: unknown[] = [schema];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limits.depthMax) refuse(`It is deeper than ${limits.depthMax} levels.`, param);
    const next: unknown[] = [];
    for (const value of level) {
      chars += 2 + (typeof value === "string" ? value.length : 0);
      if (typeof value === "object" && value !== null) {
        for (const [key, inner] of Object.entries(value)) {
          chars += Array.isArray(value) ? 0 : key.length + 3;
          next.push(inner);
        }
      }
      if (chars > limits.charsMax) tooLarge(param, limits);
    }
    level = next;
  }
  return schema;
}

function parsed(text: string, param: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuse("The text is not JSON.", param);
  }
}

function refuse(detail: string, param: string): never {
  throw new TokenhubError("invalid_value", { param, detail });
}

function tooLarge(param: string, limits: SchemaLimits): never {
  refuse(`It is longer than ${limits.charsMax} characters.`, param);
}

/** Schemas are compiled one after the other, never within each other, so that no chain of references is too long. */
function compileNodes(
  schema: JsonObject,
  param: string,
  limits: SchemaLimits,
  isLonely: boolean,
): Node {
  const known = new Map<unknown, Node>();
  const waiting: { node: Node; raw: JsonObject; at: string }[] = [];
  const patterns = createPatterns();
  const resolve = createResolver(schema);
  const all: { node: Node; at: string }[] = [];

  const nodeOf = (raw: unknown, at: string): Node => {
    const before = known.get(raw);
    if (before !== undefined) return before;
    const node: Node = { checks: [], inPlace: [] };
    all.push({ node, at });
    if (all.length > limits.subschemasMax) {
      refuse(`It holds more than ${limits.subschemasMax} schemas.`, param);
    }
    if (isObject(raw)) {
      known.set(raw, node);
      waiting.push({ node, raw, at });
    } else if (raw === false) node.checks.push(({ path }, run) => tell(run, path));
    else if (raw !== true) refuse("Not a schema.", at);
    return node;
  };

  const root = nodeOf(schema, param);
  // It grows while it is read.
  for (const { node, raw, at } of waiting) {
    const below = (keys: readonly string[]) => [at, ...keys.map(plainKey)].join(".");
    const inPlace = (inner: Node) => {
      node.inPlace.push(inner);
      return inner;
    };
    const compiler: Compiler = {
      node: (inner, ...keys) => nodeOf(inner, below(keys)),
      inPlace: (inner, ...keys) => inPlace(nodeOf(inner, below(keys))),
      reference(target, key) {
        const found = typeof target === "string" ? resolve(target) : undefined;
        if (found === undefined) refuse("It does not lead to a part of this schema.", below([key]));
        return inPlace(nodeOf(found, below([key])));
      },
      pattern: (source, ...keys) =>
        (typeof source === "string" ? patterns(source) : undefined) ??
        refuse("It is no pattern that can be matched in linear time and space.", below(keys)),
      refuse: (detail, ...keys) => refuse(detail, below(keys)),
    };
    const id = keywordOf(raw, "$id");
    if (raw !== schema && typeof id === "string" && !id.startsWith("#")) {
      compiler.refuse("Only the whole schema may have an id.", "$id");
    }
    const read = isLonely && Object.hasOwn(raw, "$ref") ? { $ref: raw.$ref } : raw;
    for (const rule of [...ASSERTIONS, ...APPLICATORS]) {
      const check = rule(read, compiler);
      if (check !== undefined) node.checks.push(check);
    }
  }
  const circle = findCircle(all, limits.chainMax);
  if (circle !== undefined)
    refuse("For one value it leads back to itself, or through too many schemas.", circle);
  return root;
}
