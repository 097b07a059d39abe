/** A value that conforms to a JSON Schema, made without chance. `pattern` is not looked at. */

type Schema = Readonly<Record<string, unknown>>;

/** Nesting beyond this is cut with null, so that a recursive schema ends. */
const DEPTH_MAX = 16;
/** Longest string or array that `minLength` or `minItems` may ask for. */
const SIZE_MAX = 1_000;

/** Follows `$ref` inside `root` (`#/…`) only. */
export function exampleOf(schema: unknown, root: unknown = schema, depth = 0): unknown {
  if (!isSchema(schema) || depth > DEPTH_MAX) return null;
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const next = (inner: unknown) => exampleOf(inner, root, depth + 1);
  if (typeof schema.$ref === "string") return next(resolve(schema.$ref, root));
  for (const key of ["anyOf", "oneOf"]) {
    const choices = schema[key];
    if (Array.isArray(choices) && choices.length > 0)
      return next({ ...schema, [key]: [], ...choices[0] });
  }
  if (Array.isArray(schema.allOf) && schema.allOf.length > 0) {
    return next(Object.assign({}, schema, { allOf: [] }, ...schema.allOf));
  }
  return BY_TYPE[typeOf(schema)](schema, next);
}

type Next = (schema: unknown) => unknown;

const BY_TYPE = {
  object: exampleObject,
  array: exampleArray,
  string: exampleString,
  number: exampleNumber,
  integer: exampleNumber,
  boolean: () => true,
  null: () => null,
} as const satisfies Record<string, (schema: Schema, next: Next) => unknown>;

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typeOf(schema: Schema): keyof typeof BY_TYPE {
  const given = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (typeof given === "string" && Object.hasOwn(BY_TYPE, given)) {
    return given as keyof typeof BY_TYPE;
  }
  if (isSchema(schema.properties)) return "object";
  return "items" in schema ? "array" : "string";
}

function resolve(ref: string, root: unknown): unknown {
  if (!ref.startsWith("#")) return undefined;
  const steps = ref.split("/").slice(1);
  return steps.reduce<unknown>((at, step) => {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    return isSchema(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }, root);
}

/** Required properties; all of them when none is. */
function exampleObject(schema: Schema, next: Next): unknown {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const names = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const wanted = names.length > 0 ? names : Object.keys(properties);
  return Object.fromEntries(
    wanted.map((name) => [name, next(Object.hasOwn(properties, name) ? properties[name] : {})]),
  );
}

function exampleArray(schema: Schema, next: Next): unknown {
  if (Array.isArray(schema.prefixItems)) return schema.prefixItems.map(next);
  const most = bound(schema.maxItems, SIZE_MAX);
  const length = Math.min(Math.max(bound(schema.minItems, 0), 1), most, SIZE_MAX);
  return Array.from({ length }, () => next(schema.items ?? {}));
}

const FORMATS: Readonly<Record<string, string>> = {
  date: "2026-01-01",
  "date-time": "2026-01-01T00:00:00Z",
  time: "00:00:00Z",
  email: "simulated@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  uri: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

function exampleString(schema: Schema): string {
  const format = typeof schema.format === "string" ? FORMATS[schema.format] : undefined;
  if (format !== undefined) return format;
  const least = Math.min(bound(schema.minLength, 0), SIZE_MAX);
  return "simulated".padEnd(least, "x").slice(0, bound(schema.maxLength, SIZE_MAX));
}

/** 1, or what is nearest to it between the bounds and on the step. */
function exampleNumber(schema: Schema): number {
  const above = schema.exclusiveMinimum;
  const below = schema.exclusiveMaximum;
  const step = bound(schema.multipleOf, 1) || 1;
  const least = typeof above === "number" ? above + step : bound(schema.minimum, -Infinity);
  const most = typeof below === "number" ? below - step : bound(schema.maximum, Infinity);
  const wanted = Math.min(Math.max(1, least), most);
  const up = Math.ceil(wanted / step) * step;
  return up <= most ? up : Math.floor(wanted / step) * step;
}

function bound(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}
