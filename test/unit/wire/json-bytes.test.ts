import fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "../../../src/limits.ts";
import { parseDocument, rawMember, splice, spliceBody } from "../../../src/wire/json.ts";
import { runs } from "../../fakes/long.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const LARGE = "x".repeat(20_000);

const parse = (text: string) => parseDocument(encoder.encode(text), LIMITS);
const textOf = (body: string | Uint8Array) =>
  typeof body === "string" ? body : decoder.decode(body);

test("a large body patched in its bytes is the body patched as text", () => {
  const name = fc.constantFrom("model", "stream", "tokenhub", "a", 'q"\\', "__proto__");
  const raw = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }).map((data) => JSON.stringify(data)),
    fc.constant('"schön"'),
  );
  const member = fc.tuple(name, raw);
  const changes = fc.array(fc.tuple(name, fc.option(raw, { nil: undefined })), { maxLength: 4 });
  fc.assert(
    fc.property(
      fc.uniqueArray(member, { selector: ([key]) => key, maxLength: 5 }),
      changes,
      fc.nat(5),
      (members, patch, at) => {
        const parts = members.map(([key, value]) => `${JSON.stringify(key)} : ${value}`);
        parts.splice(at, 0, `"pad":"${LARGE}"`);
        const document = parse(` {${parts.join(" , ")}}`);
        const given = Object.fromEntries(patch);
        expect(textOf(spliceBody(document, given))).toBe(splice(document, given));
      },
    ),
    { numRuns: runs(200, 2_000) },
  );
});

test("bytes are used for large ASCII bodies only", () => {
  const large = parse(`{"pad":"${LARGE}","tools":[ 1 ]}`);
  expect(spliceBody(large, { pad: "1" })).toBeInstanceOf(Uint8Array);
  expect(large.text).toBe(`{"pad":"${LARGE}","tools":[ 1 ]}`);
  expect(rawMember(large, "tools")).toBe("[ 1 ]");
  expect(rawMember(large, "none")).toBeUndefined();
  for (const text of [`{"pad":"${LARGE}é"}`, '{"pad":"x"}', `{"pad":"${LARGE}","a":1,"a":2}`]) {
    expect(parse(text).bytes).toBeUndefined();
    expect(typeof spliceBody(parse(text), { pad: "1" })).toBe("string");
  }
});
