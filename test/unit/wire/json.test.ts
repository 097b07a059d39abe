import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentOf, parseDocument, splice, spliceText } from "../../../src/wire/json.ts";
import { runs } from "../../fakes/long.ts";

const LIMITS = { jsonDepthMax: 64 };
const parse = (text: string) => parseDocument(new TextEncoder().encode(text), LIMITS);
const refusal = (code: string, param?: string) => expect.objectContaining({ code, param });

describe("what is refused", () => {
  test.each(["", " ", "null", "[]", '"x"', "1", "{", "{}x", "{a:1}", '{"a":NaN}', '{"a":"\n"}'])(
    "%j is not one JSON object",
    (text) => {
      expect(() => parse(text)).toThrow(refusal("invalid_json"));
    },
  );

  test("a byte order mark and bytes that are no UTF-8 are invalid_json", () => {
    expect(() => parse("\ufeff{}")).toThrow(refusal("invalid_json"));
    expect(() => parseDocument(Uint8Array.of(0x7b, 0xff, 0x7d), LIMITS)).toThrow(
      refusal("invalid_json"),
    );
    const rawSurrogate = Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d);
    expect(() => parseDocument(rawSurrogate, LIMITS)).toThrow(refusal("invalid_json"));
  });

  test.each([65, 200_000, 5_000_000])("depth %i is json_too_deep, closed or not", (depth) => {
    expect(() => parse("[".repeat(depth))).toThrow(refusal("json_too_deep"));
    const objects = Math.min(depth, 200_000);
    expect(() => parse(`${'{"a":'.repeat(objects)}1${"}".repeat(objects)}`)).toThrow(
      refusal("json_too_deep"),
    );
  });

  test("depth 64 passes, and brackets inside strings are no depth", () => {
    const deep = `{"a":${"[".repeat(63)}${"]".repeat(63)}}`;
    expect(parse(deep).text).toBe(deep);
    expect(parse(`{"a":"${"[{".repeat(100)}\\"${"[".repeat(100)}\\\\"}`).faithful).toBe(true);
  });

  test.each([
    ['{"a":[0,{"b":1e400}]}', "a.1.b"],
    ['{"a":-1e999}', "a"],
    ['{"m":[{"c":"\\ud800"}]}', "m.0.c"],
    ['{"m":[{"c":"x\\uDC00\\uD800"}]}', "m.0.c"],
    ['{"m":{"\\ud800":1}}', "m"],
    ['{"\\ud800":1}', undefined],
  ])("%s is invalid_value at %s", (text, param) => {
    expect(() => parse(text)).toThrow(refusal("invalid_value", param));
  });

  test("a path shows at most 64 characters of a key and is well-formed", () => {
    const key = `${"k".repeat(63)}😀${"k".repeat(1000)}`;
    expect(() => parse(JSON.stringify({ [key]: 1 }).replace(":1", ":1e400"))).toThrow(
      refusal("invalid_value", `${"k".repeat(63)}\ufffd`),
    );
  });

  test("paired surrogates and an escaped backslash before u pass", () => {
    const text = '{"a":"\\ud83d\\ude00","b":"\\\\ud800","c":1e308,"d":-0,"e":12345678901234567890}';
    expect(parse(text).text).toBe(text);
  });
});

describe("faithful or not", () => {
  test.each([
    '{"a":1,"a":2}',
    '{"x":[{"a":1,"a":2}]}',
    '{"a":1,"\\u0061":2}',
    '{"__proto__":1,"__proto__":2}',
  ])("%s repeats a key: not faithful, no members", (text) => {
    const document = parse(text);
    expect(document.faithful).toBe(false);
    expect(document.members.size).toBe(0);
  });

  test("an unfaithful document is written anew with the values that were checked", () => {
    const document = parse('{"model":"evil","keep":{"x":1,"x":2},"model":"good","gone":1}');
    expect(splice(document, { gone: undefined, added: "[1]" })).toBe(
      '{"model":"good","keep":{"x":2},"added":[1]}',
    );
  });

  test("prototype keys are data: kept byte for byte, polluting nothing", () => {
    const text =
      '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"model":"a"}';
    const document = parse(text);
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
    expect(document.value.isAdmin).toBeUndefined();
    expect(document.faithful).toBe(true);
    expect(splice(document, { model: '"b"' })).toBe(text.replace('"a"', '"b"'));
  });
});

describe("splicing", () => {
  test.each([
    ["{}", {}, "{}"],
    [" { } ", { a: "1" }, ' {"a":1 } '],
    ['{ "a" : 1 , "b" : 2 }', { a: undefined }, '{ "b" : 2 }'],
    ['{ "a" : 1 , "b" : 2 }', { b: undefined }, '{ "a" : 1 }'],
    ['{ "a" : 1 , "b" : 2 }', { a: undefined, b: undefined, c: "3" }, '{ "c":3 }'],
    ['{"a":1,"b":2,"c":3}', { b: undefined }, '{"a":1,"c":3}'],
    ['{"a":1,"b":2,"c":3}', { a: undefined, b: undefined }, '{"c":3}'],
    ['{"a":1,"b":2,"c":3}', { a: "9", c: undefined, d: undefined }, '{"a":9,"b":2}'],
    ['{"\\u0061":1}', { a: "2" }, '{"\\u0061":2}'],
  ] as const)("%s with %j is %s", (text, changes, expected) => {
    expect(splice(parse(text), changes)).toBe(expected);
  });

  test("of text with a repeated key every occurrence changes", () => {
    expect(spliceText('{"model":"a","x":1,"model":"b"}', { model: '"m"' })).toBe(
      '{"model":"m","x":1,"model":"m"}',
    );
  });

  test("a document of our own value can be spliced like any other", () => {
    const document = documentOf({ model: "a", gone: undefined, messages: [] });
    expect(splice(document, { model: '"b"' })).toBe('{"model":"b","messages":[]}');
  });

  test("any document with any changes parses to the patched value, the rest untouched", () => {
    const space = fc.stringMatching(/^[ \n\r\t]{0,3}$/);
    const key = fc.oneof(
      fc.constantFrom("model", "stream", "__proto__", "constructor", "", "1", 'q"\\'),
      fc.string({ unit: "binary", maxLength: 6 }),
    );
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }).map((data) => JSON.stringify(data)),
      fc.jsonValue({ maxDepth: 3 }).map((data) => JSON.stringify(data, undefined, 2)),
      fc.bigInt().map(String),
    );
    const member = fc.tuple(key, value, fc.tuple(space, space, space, space));
    const members = fc.uniqueArray(member, { selector: ([name]) => name, maxLength: 8 });
    const changes = fc.array(fc.tuple(key, fc.option(value, { nil: undefined })), { maxLength: 4 });
    const picks = fc.array(fc.tuple(fc.nat(), fc.option(value, { nil: undefined })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(members, changes, picks, space, (list, others, picked, inner) => {
        const text = `{${list.map(([name, raw, [a, b, c, d]]) => `${a}${JSON.stringify(name)}${b}:${c}${raw}${d}`).join(",") || inner}}`;
        const document = parse(text);
        const patch: [string, string | undefined][] = [...others];
        for (const [at, raw] of picked) {
          const name = list[at % Math.max(1, list.length)]?.[0];
          if (name !== undefined) patch.push([name, raw]);
        }
        const result = splice(document, Object.fromEntries(patch));

        const expected = new Map(list.map(([name, raw]) => [name, raw] as const));
        for (const [name, raw] of new Map(patch)) {
          if (raw === undefined) expected.delete(name);
          else expected.set(name, raw);
        }
        const after = parse(result);
        expect(document.faithful && after.faithful).toBe(true);
        const rawOf = ({ text, members }: typeof after, name: string) => {
          const at = members.get(name);
          return at && text.slice(at.valueStart, at.end);
        };
        expect(
          new Map([...after.members.keys()].map((name) => [name, rawOf(after, name)])),
        ).toEqual(expected);
        for (const [name, raw] of expected) {
          expect(JSON.stringify(after.value[name])).toBe(JSON.stringify(JSON.parse(raw)));
        }
      }),
      { numRuns: runs(1_000, 10_000) },
    );
  });

  test("a document whose keys repeat at random parses to the patched last values", () => {
    const key = fc.constantFrom("a", "b", "c", "__proto__");
    const member = fc.tuple(key, fc.nat(9).map(String));
    fc.assert(
      fc.property(
        fc.array(member, { maxLength: 6 }),
        fc.option(fc.nat(9).map(String), { nil: undefined }),
        (list, raw) => {
          const text = `{${list.map(([name, value]) => `"${name}":${value}`).join(",")}}`;
          const document = parse(text);
          expect(document.faithful).toBe(new Set(list.map(([name]) => name)).size === list.length);
          const expected = new Map(list);
          if (raw === undefined) expected.delete("a");
          else expected.set("a", raw);
          const after = JSON.parse(splice(document, { a: raw }));
          const entries = Object.entries(after).map(([name, value]) => [name, `${value}`] as const);
          expect(new Map(entries)).toEqual(expected);
        },
      ),
      { numRuns: runs(500, 20_000) },
    );
  });

  test("no bytes make the parser fail with anything but a TokenhubError", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((t) => new TextEncoder().encode(`{"a":${t}`)),
        ),
        (bytes) => {
          try {
            parseDocument(bytes, { jsonDepthMax: 3 });
          } catch (error) {
            expect(error).toMatchObject({ name: "TokenhubError", status: 400 });
          }
        },
      ),
      { numRuns: runs(1_000, 50_000) },
    );
  });
});
