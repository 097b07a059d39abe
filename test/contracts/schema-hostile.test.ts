/** Schemas and values that are made to cost: refused when compiled, or ended after a bound of steps. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenhubError } from "../../src/errors.ts";
import { compileSchema } from "../../src/schema.ts";
import { runs } from "../fakes/long.ts";

const paths = (schema: unknown, value: unknown) => compileSchema(schema, "s").validate(value);

/** Code and path of the refusal; undefined: it was compiled. */
function refusal(schema: unknown) {
  try {
    compileSchema(schema, "s");
    return undefined;
  } catch (error) {
    if (!(error instanceof TokenhubError)) throw error;
    return { code: error.code, param: error.param };
  }
}

function nested(levels: number, inner: unknown, wrap: (inner: unknown) => unknown): unknown {
  return levels === 0 ? inner : nested(levels - 1, wrap(inner), wrap);
}

const chain = (length: number, link: (next: object) => object) => ({
  $ref: "#/$defs/d0",
  $defs: Object.fromEntries(
    Array.from({ length }, (_, index) => [
      `d${index}`,
      index + 1 < length ? link({ $ref: `#/$defs/d${index + 1}` }) : { type: "string" },
    ]),
  ),
});

const REFUSED: readonly [string, unknown, string][] = [
  ["a list", [], "s"],
  ["null", null, "s"],
  ["true", true, "s"],
  ["text that is no JSON", "{", "s"],
  ["text of a list", "[]", "s"],
  ["one megabyte", { description: "x".repeat(1_000_000) }, "s"],
  ["one megabyte of text", `{"description":"${"x".repeat(1_000_000)}"}`, "s"],
  ["one megabyte of names", { required: Array.from({ length: 100_000 }, (_, n) => `n${n}`) }, "s"],
  ["65 levels", nested(32, {}, (inner) => ({ not: { not: inner } })), "s"],
  ["text of 100 000 levels", `${'{"not":'.repeat(30_000)}true${"}".repeat(30_000)}`, "s"],
  ["10 000 schemas", { anyOf: Array.from({ length: 10_000 }, () => ({})) }, "s"],
  ["an unknown draft", { $schema: "http://json-schema.org/draft-04/schema#" }, "s.$schema"],
  ["a draft that is no text", { $schema: 7 }, "s.$schema"],
  ["a remote reference", { items: { $ref: "https://evil.example/s" } }, "s.items.$ref"],
  ["a relative remote reference", { $ref: "other.json#/a" }, "s.$ref"],
  ["a reference to nothing", { $ref: "#/$defs/none" }, "s.$ref"],
  ["a reference to an inherited name", { $ref: "#/constructor" }, "s.$ref"],
  ["a reference to what is no schema", { title: "T", $ref: "#/title" }, "s.$ref"],
  ["a broken reference", { $ref: "#%E0%A4%A" }, "s.$ref"],
  ["a reference that is no text", { $ref: 1 }, "s.$ref"],
  ["a reference to itself", { $ref: "#" }, "s"],
  ["a circle over allOf", { allOf: [{ anyOf: [{ not: { $ref: "#" } }] }] }, "s"],
  [
    "a circle in definitions",
    { $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } },
    "s.$defs.a",
  ],
  ["a chain of 2 000 references", chain(2_000, (next) => next), "s"],
  ["an id within", { $defs: { a: { $id: "https://other.example" } } }, "s.$defs.a.$id"],
  ["a look-ahead", { pattern: "(?=a)b" }, "s.pattern"],
  ["a back-reference", { pattern: "(a)\\1" }, "s.pattern"],
  ["a broken pattern", { properties: { a: { pattern: "(" } } }, "s.properties.a.pattern"],
  ["a pattern that is no text", { pattern: 7 }, "s.pattern"],
  ["a broken pattern of names", { patternProperties: { "[": {} } }, "s.patternProperties"],
  ["a long pattern", { pattern: "a".repeat(1_001) }, "s.pattern"],
  ["a pattern that multiplies", { pattern: `(${"abc|xyz".repeat(100)}){1000}` }, "s.pattern"],
  [
    "many patterns that repeat",
    { allOf: Array.from({ length: 30 }, () => ({ pattern: "a{1000}" })) },
    "s.allOf.20.pattern",
  ],
  ["properties that are no object", { properties: [] }, "s.properties"],
  ["required that is no list", { required: "a" }, "s.required"],
  ["required with a number", { required: [1] }, "s.required"],
  ["an unknown type", { type: "toString" }, "s.type"],
  ["a bound that is text", { minLength: "1" }, "s.minLength"],
  ["a multiple of nothing", { multipleOf: 0 }, "s.multipleOf"],
  ["enum that is no list", { enum: "a" }, "s.enum"],
  ["anyOf that is no list", { anyOf: {} }, "s.anyOf"],
  ["a schema that is a number", { properties: { a: 1 } }, "s.properties.a"],
  ["uniqueItems that is text", { uniqueItems: "true" }, "s.uniqueItems"],
  ["maxContains that is text", { contains: {}, maxContains: "1" }, "s.maxContains"],
];

test.each(REFUSED)("%s is refused where it stands", (_, schema, param) => {
  expect(refusal(schema)).toEqual({ code: "invalid_value", param });
});

describe("what is compiled ends", () => {
  const A = "a".repeat(50_000);

  test.each([
    ["^(a+)+$", `${A}!`],
    ["(a|aa)+$", `${A}!`],
    ["^(a|a)*$", `${A}b`],
  ])("%s against 50 000 characters is answered rightly", (pattern, text) => {
    expect(paths({ pattern }, text)).toEqual(["$"]);
    expect(paths({ pattern }, A)).toEqual([]);
    expect(paths({ propertyNames: { pattern } }, { [text]: 1, [A]: 1 })).toEqual(["*"]);
  });

  test("references that double at each step are ended, and do not fit", () => {
    const bomb = chain(25, (next) => ({ allOf: [next, next] }));
    expect(paths(bomb, "fits in the end")).toEqual(["$"]);
  });

  test("branches that double at each level of the value are ended, and do not fit", () => {
    const bomb = {
      properties: { z: { const: 1 } },
      oneOf: [
        { properties: { a: { $ref: "#" } } },
        { properties: { a: { $ref: "#" } }, required: ["z"] },
      ],
    };
    const value = nested(60, {}, (inner) => ({ a: inner, z: 1 }));
    expect(paths(bomb, value)).toHaveLength(1);
  });

  test("4 000 branches against 100 000 items are ended", () => {
    const anyOf = Array.from({ length: 4_000 }, (_, index) => ({ const: index }));
    expect(
      paths(
        { items: { anyOf } },
        Array.from({ length: 100_000 }, () => -1),
      ),
    ).not.toEqual([]);
  });

  test("100 000 members against 2 400 branches are ended", () => {
    const value = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n]));
    const anyOf = Array.from({ length: 2_400 }, () => ({ additionalProperties: false }));
    expect(paths({ anyOf }, value)).toEqual(["$"]);
  });

  test("100 000 items are compared once each", () => {
    const items = Array.from({ length: 100_000 }, (_, n) => ({ n }));
    expect(paths({ uniqueItems: true }, items)).toEqual([]);
    expect(paths({ uniqueItems: true }, [...items, { n: 5 }])).toEqual(["100000"]);
  });

  test("a value of 100 000 levels does not fit a schema that goes down, and nothing is thrown", () => {
    const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
    expect(paths({ items: { $ref: "#" } }, deep)).toHaveLength(1);
    expect(paths({ uniqueItems: true }, [deep])).toHaveLength(1);
    expect(paths({ const: 1 }, deep)).toEqual(["$"]);
    expect(paths({ type: "array" }, deep)).toEqual([]);
  });
});

describe("names that objects inherit are names like any other", () => {
  const parse = (text: string): unknown => JSON.parse(text);

  test("in the schema", () => {
    const schema = parse(
      '{"properties":{"__proto__":{"type":"string"},"constructor":{"type":"number"}}}',
    );
    expect(paths(schema, parse('{"__proto__":1,"constructor":"x"}'))).toEqual([
      "__proto__",
      "constructor",
    ]);
    expect(paths(schema, {})).toEqual([]);
  });

  test("in what is required", () => {
    expect(paths({ required: ["toString", "__proto__"] }, {})).toEqual(["toString", "__proto__"]);
    expect(paths({ required: ["__proto__"] }, parse('{"__proto__":1}'))).toEqual([]);
  });

  test("as keywords they say nothing", () => {
    expect(
      paths(parse('{"__proto__":{"type":"string"},"constructor":{"type":"string"}}'), 1),
    ).toEqual([]);
  });

  test("equal values with them are equal", () => {
    const value = parse('{"__proto__":{"a":1}}');
    expect(paths({ const: value }, parse('{"__proto__":{"a":1}}'))).toEqual([]);
    expect(paths({ const: value }, {})).toEqual(["$"]);
  });
});

test("any JSON is a schema that is refused or compiled, and validates any JSON", () => {
  const keyword = fc.constantFrom(
    "type",
    "items",
    "anyOf",
    "oneOf",
    "not",
    "$ref",
    "properties",
    "enum",
    "pattern",
    "required",
    "allOf",
    "if",
    "then",
    "contains",
    "unevaluatedProperties",
    "minimum",
    "patternProperties",
    "dependentSchemas",
    "uniqueItems",
    "const",
  );
  const { schema } = fc.letrec((tie) => ({
    schema: fc.dictionary(keyword, tie("part"), { maxKeys: 4 }),
    part: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue(),
      fc.constantFrom("#", "#/not", "string", "object", "a+"),
      tie("schema"),
      fc.array(tie("schema"), { maxLength: 3 }),
    ),
  }));
  fc.assert(
    fc.property(schema, fc.jsonValue(), (given, value) => {
      if (refusal(given) !== undefined) return;
      const told = paths(given, value);
      expect(told.length).toBeLessThanOrEqual(16);
      expect(paths(given, value)).toEqual(told);
    }),
    { numRuns: runs(500, 50_000) },
  );
});

test("sixteen paths are told and no more", () => {
  const many = Array.from({ length: 40 }, (_, index) => index);
  expect(paths({ items: { type: "string" } }, many)).toEqual(many.slice(0, 16).map(String));
});

test("a key that is no plain word is not told", () => {
  expect(paths({ additionalProperties: false }, { "call me at 555": 1 })).toEqual(["*"]);
});
