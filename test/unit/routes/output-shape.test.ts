/** Where a request may give the shape of its answer, and that two places agree. */
import { describe, expect, test } from "vitest";
import { TokenhubError } from "../../../src/errors.ts";
import { checkControl } from "../../../src/policy.ts";
import {
  oneSchema,
  outputFormatShape,
  outputSchemaShape,
  type SchemaPlace,
} from "../../../src/routes/output-shape.ts";

const SCHEMA = { type: "object", properties: { a: { type: "string" }, b: {} } };
/** The same in another order. */
const TURNED = { properties: { b: {}, a: { type: "string" } }, type: "object" };

const place = (path: string, schema: unknown): SchemaPlace => ({ path, schema });

function refusal(ask: () => unknown) {
  try {
    ask();
    return undefined;
  } catch (error) {
    if (!(error instanceof TokenhubError)) throw error;
    return { code: error.code, param: error.param };
  }
}

describe("one schema", () => {
  test("no place gives none", () => {
    expect(oneSchema([])).toBeUndefined();
    expect(oneSchema([place("request.output_schema", undefined)])).toBeUndefined();
  });

  test.each([
    ["as an object", SCHEMA],
    ["as text", JSON.stringify(SCHEMA)],
  ])("%s it is compiled, and told as an object", (_, schema) => {
    const one = oneSchema([place("a", undefined), place("request.output_schema", schema)]);
    expect(one?.schema).toEqual(SCHEMA);
    expect(one?.validate({ a: 1 })).toEqual(["a"]);
  });

  test.each([
    ["in another order", TURNED],
    ["as text", JSON.stringify(TURNED, undefined, 2)],
  ])("the same %s in a second place is no conflict", (_, schema) => {
    const one = oneSchema([place("x", SCHEMA), place("y", schema), place("z", SCHEMA)]);
    expect(one?.schema).toEqual(SCHEMA);
  });

  test.each([
    ["differ in a value", { ...SCHEMA, type: "array" }],
    ["differ deep within", { ...SCHEMA, properties: { a: { type: "number" }, b: {} } }],
    ["differ in one more member", JSON.stringify({ ...SCHEMA, title: "T" })],
  ])("two that %s are refused at the second", (_, other) => {
    expect(refusal(() => oneSchema([place("x", SCHEMA), place("y", other)]))).toEqual({
      code: "invalid_value",
      param: "y",
    });
  });

  test("one that cannot be used is refused at its place", () => {
    const at = (schema: unknown) =>
      refusal(() => oneSchema([place("output_format.schema", schema)]));
    expect(at("{")).toEqual({ code: "invalid_value", param: "output_format.schema" });
    expect(at({ type: "x" })).toEqual({
      code: "invalid_value",
      param: "output_format.schema.type",
    });
  });
});

describe("output_format", () => {
  const read = (given: unknown) => checkControl(outputFormatShape, given, "output_format");

  test.each(["json", "markdown", "text", "xml"])("%s is a form", (type) => {
    const given = { type, schema: SCHEMA, max_tokens: 500, strip_think: true };
    expect(read(given)).toEqual(given);
    expect(read({ type })).toEqual({ type });
  });

  test.each([
    [{ type: "yaml" }, "invalid_value", "output_format.type"],
    [{}, "invalid_value", "output_format.type"],
    [{ type: "json", schema: 1 }, "invalid_value", "output_format.schema"],
    [{ type: "json", max_tokens: 0 }, "invalid_value", "output_format.max_tokens"],
    [{ type: "json", strip_think: "yes" }, "invalid_value", "output_format.strip_think"],
    [{ type: "json", strip: true }, "invalid_field", "output_format.strip"],
  ])("%j is refused at its field", (given, code, param) => {
    expect(refusal(() => read(given))).toEqual({ code, param });
  });
});

test("a schema may name a member like what objects inherit", () => {
  const schema = { properties: { constructor: { type: "string" } }, required: ["constructor"] };
  const read = checkControl(outputSchemaShape, schema, "output_schema");
  expect(oneSchema([place("output_schema", read)])?.validate({ constructor: 1 })).toEqual([
    "constructor",
  ]);
});
