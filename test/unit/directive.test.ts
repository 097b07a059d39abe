import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstDirective, hasMarker, strip } from "../../src/directive.ts";
import { runs } from "../fakes/long.ts";

const BLOCK = "@@tokenhub\nmode=cheap\n@@end\n";
const refusal = (line: number) =>
  expect.objectContaining({
    code: "invalid_directive",
    message: expect.stringContaining(`Line ${line}:`),
  });

describe("what is removed", () => {
  test.each([
    [`${BLOCK}hello`, "hello"],
    [`a\n${BLOCK}b`, "a\nb"],
    ["@@tokenhub mode=cheap budget=0.01\nhello", "hello"],
    ["a\n@@tokenhub n=2", "a\n"],
    [" \t@@TokenHub \t\r\n\tMODE=cheap\r\n @@END \r\nhello\r\n", "hello\r\n"],
    ["@@tokenhub\n@@end\nx", "x"],
    ['@@tokenhub model="a b"\nx', "x"],
    [`@@tokenhub\n${"k=v\n".repeat(500)}@@end\nx`, "x"],
  ])("%j becomes %j", (text, rest) => {
    expect(strip(text).text).toBe(rest);
  });

  test("removing a block never leaves another around it", () => {
    const nested = `@@tokenhub\n${BLOCK}n=2\n@@tokenhub n=3\n@@end\nx`;
    expect(strip(nested)).toEqual({ text: "x", count: 3 });
  });
});

describe("what stays as it is", () => {
  test.each([
    "prose about @@tokenhub mode=cheap in a line",
    "@@tokenhub mode=cheap is how it is spelled",
    "@@tokenhub\nprose\n@@end",
    "x\n@@tokenhub\nmode=cheap",
    "x\n@@end\n@@tokenhub",
    "@@tokenhub\u2028mode=cheap\u2028@@end",
    "@@tokenhub\rmode=cheap\r@@end",
    "\uff20\uff20tokenhub\nmode=cheap\n@@end",
    "@@token\u200bhub mode=cheap",
    "@@to\u212aenhub mode=cheap",
    "@@tokenhub\n\nmode=cheap\n@@end",
    "@@tokenhubs mode=cheap",
  ])("%j", (text) => {
    expect(strip(text)).toEqual({ text, count: 0 });
  });
});

describe("the first directive of a message", () => {
  test.each([[[`\n \t\r\n${BLOCK}x`]], [["", " \n", BLOCK]], [["@@tokenhub mode=cheap\nx"]]])(
    "%j has one",
    (texts) => {
      expect(firstDirective(texts)).toMatchObject([{ key: "mode", raw: "cheap" }]);
    },
  );

  test.each([[[`x\n${BLOCK}`]], [["x", BLOCK]], [["@@end\n", BLOCK]], [[]]])(
    "%j has none",
    (texts) => {
      expect(firstDirective(texts)).toBeUndefined();
    },
  );

  test.each([
    ["\n@@tokenhub\nmode=cheap\n", 2],
    ["@@tokenhub\nmode=cheap\nsecret prose\n@@end", 3],
    [`@@tokenhub\n${"k=v\n".repeat(33)}@@end`, 34],
    [`@@tokenhub\nk=${"v".repeat(2050)}\n@@end`, 2],
    [`@@tokenhub\nk=${"é".repeat(1030)}\n@@end`, 2],
    [`@@tokenhub k=${"v".repeat(2050)}`, 1],
    ["@@tokenhub\n@@tokenhub\nk=v\n@@end", 2],
  ])("case %# is refused with its line", (text, line) => {
    expect(() => firstDirective([text])).toThrow(refusal(line));
    expect(() => firstDirective([text])).not.toThrow(/secret|vvv/);
  });

  test("thirty-two pairs pass", () => {
    const text = `@@tokenhub\n${"k=v\n".repeat(32)}@@end`;
    expect(firstDirective([text])).toHaveLength(32);
  });
});

const hostile = fc
  .array(
    fc.tuple(
      fc.constantFrom("@@tokenhub", "@@END", "k=v", "@@tokenhub n=2", "", "x", ' @@tokenhub\tm="'),
      fc.constantFrom("\n", "\r\n", "\r", " ", "\u2028", ""),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.flat().join(""));

describe("any text", () => {
  test("stripped once has nothing left to strip, and no whole block in it", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { text: rest } = strip(text);
        expect(strip(rest)).toEqual({ text: rest, count: 0 });
        expect(rest).not.toMatch(
          /(?:^|\n)[ \t]*@@tokenhub[ \t]*\r?\n(?:k=v\r?\n)*[ \t]*@@end[ \t]*(?:\r?\n|$(?!\n))/i,
        );
      }),
      { numRuns: runs(1000, 50_000) },
    );
  });

  test("without a marker is the very same string", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        fc.pre(!hasMarker(text));
        expect(strip(text).text).toBe(text);
      }),
    );
  });

  test("ten thousand blocks and unclosed markers are read in one pass", () => {
    expect(strip(BLOCK.repeat(10_000))).toEqual({ text: "", count: 10_000 });
    const open = "@@tokenhub\nk=v\n".repeat(10_000);
    expect(strip(open).count).toBe(0);
    expect(strip(open + "@@end\n".repeat(10_000))).toEqual({ text: "", count: 10_000 });
    expect(strip(`${"x".repeat(1_000_000)}\n${BLOCK}`).count).toBe(1);
  });
});
