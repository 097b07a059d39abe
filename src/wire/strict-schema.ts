/** Which JSON Schemas OpenAI can hold a model to. */
import { isObject } from "./json.ts";

/** What its strict mode refuses, by its guide to structured outputs. */
const REFUSED = [
  "allOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentRequired",
  "dependentSchemas",
  "patternProperties",
] as const;
/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const INNER = ["items", "anyOf", "prefixItems"] as const;
const NAMED = ["properties", "$defs", "definitions"] as const;

/** May `strict` be asked for? The root is an object, and every object names all its members and takes no others. */
export function isStrictSchema(schema: unknown): boolean {
  return isObject(schema) && schema.type === "object" && !("anyOf" in schema) && isStrict(schema);
}

function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (!isObject(schema) || REFUSED.some((key) => Object.hasOwn(schema, key))) return false;
  const { type, properties } = schema;
  const isObjects = properties !== undefined || [type].flat().includes("object");
  if (isObjects && !isClosed(schema)) return false;
  if (!INNER.every((key) => !Object.hasOwn(schema, key) || isStrict(schema[key]))) return false;
  return NAMED.every((key) => {
    const named = schema[key];
    return named === undefined || (isObject(named) && Object.values(named).every(isStrict));
  });
}

function isClosed({
  properties,
  required,
  additionalProperties,
}: Readonly<Record<string, unknown>>) {
  const names = isObject(properties) ? Object.keys(properties) : [];
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return additionalProperties === false && names.every((name) => needed.includes(name));
}
