/** Every keyword that is understood: what fits it, and what does not, told by its path. */
import { describe, expect, test } from "vitest";
import { compileSchema } from "../../src/schema.ts";

const paths = (schema: unknown, value: unknown) =>
  compileSchema(schema, "output_schema").validate(value);

/** Keyword, schema, values that fit, values that do not with the paths that are told. */
const KEYWORDS: readonly [string, object, readonly unknown[], readonly [unknown, ...string[]][]][] =
  [
    [
      "type",
      { type: "integer" },
      [1, 1.0, -3],
      [
        [1.5, "$"],
        ["1", "$"],
        [null, "$"],
      ],
    ],
    [
      "type, several",
      { type: ["null", "array"] },
      [null, []],
      [
        [{}, "$"],
        [false, "$"],
      ],
    ],
    [
      "type object",
      { type: "object" },
      [{}],
      [
        [[], "$"],
        [null, "$"],
      ],
    ],
    [
      "const",
      { const: { a: 1, b: [2] } },
      [{ b: [2], a: 1 }],
      [
        [{ a: 1 }, "$"],
        ["x", "$"],
      ],
    ],
    [
      "enum",
      { enum: ["a", 1, null] },
      ["a", 1, null],
      [
        ["1", "$"],
        [0, "$"],
      ],
    ],
    ["multipleOf", { multipleOf: 0.01 }, [19.99, 4.35, "x"], [[0.005, "$"]]],
    ["minimum", { minimum: 2 }, [2, "1"], [[1.9, "$"]]],
    ["maximum", { maximum: 2 }, [2], [[2.1, "$"]]],
    ["exclusiveMinimum", { exclusiveMinimum: 2 }, [2.1], [[2, "$"]]],
    ["exclusiveMaximum", { exclusiveMaximum: 2 }, [1.9], [[2, "$"]]],
    ["minLength in code points", { minLength: 2 }, ["ab", 1], [["😀", "$"]]],
    ["maxLength in code points", { maxLength: 1 }, ["😀", ""], [["ab", "$"]]],
    ["pattern", { pattern: "^[a-z]+\\u0041$" }, ["bA", 3], [["B", "$"]]],
    ["minItems", { minItems: 1 }, [[1], "x"], [[[], "$"]]],
    ["maxItems", { maxItems: 1 }, [[1]], [[[1, 2], "$"]]],
    [
      "uniqueItems",
      { uniqueItems: true },
      [[1, "1", { a: 1 }]],
      [
        [
          [
            { a: 1, b: 2 },
            { b: 2, a: 1 },
          ],
          "1",
        ],
      ],
    ],
    ["minProperties", { minProperties: 1 }, [{ a: 1 }, []], [[{}, "$"]]],
    ["maxProperties", { maxProperties: 1 }, [{ a: 1 }], [[{ a: 1, b: 1 }, "$"]]],
    [
      "required",
      { required: ["a", "b"] },
      [{ a: 1, b: 1 }, 3],
      [
        [{ a: 1 }, "b"],
        [{}, "a", "b"],
      ],
    ],
    [
      "dependentRequired",
      { dependentRequired: { a: ["b"] } },
      [{}, { a: 1, b: 1 }],
      [[{ a: 1 }, "b"]],
    ],
    [
      "dependentSchemas",
      { dependentSchemas: { a: { minProperties: 2 } } },
      [{ b: 1 }],
      [[{ a: 1 }, "$"]],
    ],
    [
      "dependencies",
      { dependencies: { a: ["b"], c: { required: ["d"] } } },
      [{}],
      [[{ a: 1, c: 1 }, "b", "d"]],
    ],
    [
      "properties",
      { properties: { a: { type: "string" } } },
      [{ a: "x", b: 1 }, 7],
      [[{ a: 1 }, "a"]],
    ],
    [
      "patternProperties",
      { patternProperties: { "^n_": { type: "number" } } },
      [{ n_a: 1, a: "" }],
      [[{ n_a: "" }, "n_a"]],
    ],
    [
      "additionalProperties",
      { properties: { a: {} }, patternProperties: { "^x": {} }, additionalProperties: false },
      [{ a: 1, xy: 1 }],
      [[{ b: 1 }, "b"]],
    ],
    ["propertyNames", { propertyNames: { maxLength: 2 } }, [{ ab: 1 }], [[{ abc: 1 }, "abc"]]],
    [
      "prefixItems and items",
      { prefixItems: [{ type: "string" }], items: { type: "number" } },
      [["a", 1], []],
      [
        [["a", "b"], "1"],
        [[1], "0"],
      ],
    ],
    [
      "items as a list",
      { items: [{ type: "string" }], additionalItems: false },
      [["a"]],
      [[["a", 1], "1"]],
    ],
    [
      "contains",
      { contains: { const: 1 }, maxContains: 2 },
      [[1], [2, 1, 1]],
      [
        [[], "$"],
        [[1, 1, 1], "$"],
      ],
    ],
    ["minContains", { contains: { const: 1 }, minContains: 0 }, [[], [2]], []],
    [
      "allOf",
      { allOf: [{ required: ["a"] }, { required: ["b"] }] },
      [{ a: 1, b: 1 }],
      [[{}, "a", "b"]],
    ],
    ["anyOf", { anyOf: [{ type: "string" }, { minimum: 3 }] }, ["x", 3], [[2, "$"]]],
    [
      "oneOf",
      { oneOf: [{ multipleOf: 2 }, { multipleOf: 3 }] },
      [2, 3],
      [
        [6, "$"],
        [5, "$"],
      ],
    ],
    ["not", { not: { type: "string" } }, [1], [["x", "$"]]],
    [
      "if, then, else",
      JSON.parse('{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}'),
      [{ a: 1, b: 1 }, { c: 1 }],
      [
        [{ a: 1 }, "b"],
        [{}, "c"],
      ],
    ],
    [
      "$ref to $defs",
      { $defs: { "a/b": { type: "string" } }, items: { $ref: "#/$defs/a~1b" } },
      [["x"]],
      [[[1], "0"]],
    ],
    [
      "$ref to an anchor",
      { $defs: { s: { $anchor: "word", type: "string" } }, $ref: "#word" },
      ["x"],
      [[1, "$"]],
    ],
    [
      "$ref behind the own $id",
      {
        $id: "https://me.example/s",
        $defs: { s: { type: "string" } },
        $ref: "https://me.example/s#/$defs/s",
      },
      ["x"],
      [[1, "$"]],
    ],
    [
      "$dynamicRef",
      { $dynamicAnchor: "n", properties: { next: { $dynamicRef: "#n" } }, required: ["id"] },
      [{ id: 1, next: { id: 2 } }],
      [[{ id: 1, next: {} }, "next.id"]],
    ],
    [
      "$recursiveRef",
      { $recursiveAnchor: true, items: { $recursiveRef: "#" }, type: "array" },
      [[[], [[]]]],
      [[[[1]], "0.0"]],
    ],
    [
      "unevaluatedProperties",
      {
        allOf: [{ properties: { a: {} } }],
        anyOf: [{ required: ["b"], properties: { b: {} } }, {}],
        unevaluatedProperties: false,
      },
      [{ a: 1, b: 1 }],
      [[{ a: 1, c: 1 }, "c"]],
    ],
    [
      "unevaluatedProperties of cousins",
      { allOf: [{ properties: { a: {} } }, { unevaluatedProperties: false }] },
      [{}],
      [[{ a: 1 }, "a"]],
    ],
    [
      "unevaluatedItems",
      { prefixItems: [{}], contains: { const: 7 }, unevaluatedItems: false },
      [[1, 7]],
      [[[1, 7, 2], "2"]],
    ],
    [
      "if counts as seen",
      { if: { properties: { a: { const: 1 } }, required: ["a"] }, unevaluatedProperties: false },
      [{ a: 1 }],
      [[{ a: 2 }, "a"]],
    ],
    [
      "a schema that is false",
      { properties: { a: false, b: true } },
      [{ b: 1 }],
      [[{ a: 1 }, "a"]],
    ],
    ["format says nothing", { format: "email" }, ["nobody"], []],
    ["unknown keywords say nothing", { "x-mine": 3, title: "T", examples: [1] }, [1], []],
  ];

describe.each(KEYWORDS)("%s", (_, schema, good, bad) => {
  test("what fits has no problems", () => {
    for (const value of good) expect(paths(schema, value)).toEqual([]);
  });

  test("what does not fit is told by its path", () => {
    for (const [value, ...told] of bad) expect(paths(schema, value)).toEqual(told);
  });

  test("as JSON text it is the same", () => {
    const text = JSON.stringify(schema);
    for (const value of good) expect(paths(text, value)).toEqual([]);
    for (const [value, ...told] of bad) expect(paths(text, value)).toEqual(told);
  });
});

test("a recursive schema follows the value down", () => {
  const schema = {
    $ref: "#/$defs/tree",
    $defs: {
      tree: {
        properties: { v: { type: "number" }, kids: { items: { $ref: "#/$defs/tree" } } },
        required: ["v"],
      },
    },
  };
  expect(paths(schema, { v: 1, kids: [{ v: 2, kids: [] }] })).toEqual([]);
  expect(paths(schema, { v: 1, kids: [{ v: 2 }, { v: "x", kids: [{}] }] })).toEqual([
    "kids.1.v",
    "kids.1.kids.0.v",
  ]);
});

test("in draft 7 what stands beside a reference does not count; later it does", () => {
  const schema = {
    properties: { a: { $ref: "#/definitions/any", type: "string" } },
    definitions: { any: {} },
  };
  const draft7 = { $schema: "http://json-schema.org/draft-07/schema#", ...schema };
  expect(paths(draft7, { a: 1 })).toEqual([]);
  expect(paths(schema, { a: 1 })).toEqual(["a"]);
});
