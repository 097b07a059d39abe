import fc from "fast-check";
import { expect, test } from "vitest";
import { isStrictSchema } from "../../../src/wire/strict-schema.ts";

const TEXT = { type: "string" };
const closed = (properties: Record<string, unknown>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

test.each([
  ["an object that names all its members", closed({ a: TEXT, b: { type: "number" } })],
  ["an object without members", closed({})],
  ["a list of such objects", closed({ a: { type: "array", items: closed({ b: TEXT }) } })],
  ["a choice below the root", closed({ a: { anyOf: [TEXT, closed({ b: TEXT })] } })],
  ["a member that may be null", closed({ a: { type: ["string", "null"] } })],
  [
    "a definition and a reference to it",
    { ...closed({ a: { $ref: "#/$defs/b" } }), $defs: { b: TEXT } },
  ],
  ["a member named as what is refused", closed({ not: TEXT, allOf: TEXT, if: TEXT })],
])("%s may be strict", (_, schema) => {
  expect(isStrictSchema(schema)).toBe(true);
});

const OPEN = { type: "object", properties: { a: TEXT }, required: ["a"] };
const OPTIONAL = { ...closed({ a: TEXT }), required: [] };

test.each([
  ["no object", undefined],
  ["a list", [closed({})]],
  ["true", true],
  ["a text", TEXT],
  ["an object that takes other members", OPEN],
  ["an object that takes others of a kind", { ...OPEN, additionalProperties: TEXT }],
  ["a member that may be missing", OPTIONAL],
  ["an object that requires nothing by list", { ...closed({ a: TEXT }), required: undefined }],
  ["a choice at the root", { ...closed({}), anyOf: [closed({})] }],
  ["a root that may be null", { ...closed({}), type: ["object", "null"] }],
  ["an open object in a list", closed({ a: { type: "array", items: OPEN } })],
  ["an open object in a tuple", closed({ a: { type: "array", prefixItems: [TEXT, OPEN] } })],
  ["an open object in a choice", closed({ a: { anyOf: [TEXT, OPTIONAL] } })],
  ["an open object in a definition", { ...closed({}), $defs: { b: OPEN } }],
  ["an open object in an old definition", { ...closed({}), definitions: { b: OPEN } }],
  ["an open object that may be null", closed({ a: { ...OPEN, type: ["object", "null"] } })],
  ["members without a type", closed({ a: { properties: { b: TEXT } } })],
  ["members that are no object", closed({ a: { ...closed({}), properties: [] } })],
])("%s may not", (_, schema) => {
  expect(isStrictSchema(schema)).toBe(false);
});

test.each(["allOf", "oneOf", "not", "if", "then", "else", "patternProperties"])(
  "%s may not, however deep",
  (key) => {
    expect(isStrictSchema({ ...closed({}), [key]: {} })).toBe(false);
    expect(isStrictSchema(closed({ a: { type: "array", items: { [key]: [TEXT] } } }))).toBe(false);
  },
);

test("no value makes it throw", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const schema = { ...closed({}), properties: { a: value }, required: ["a"] };
      expect(typeof isStrictSchema(schema)).toBe("boolean");
    }),
  );
});
