import { describe, expect, test } from "vitest";
import { codeBlocks, codeText } from "../../../src/modes/code-text.ts";

const same = (language: string, one: string, other: string) =>
  codeText({ language, code: one }) === codeText({ language, code: other });

describe("blocks", () => {
  test("are those between fences, in order, each with its language", () => {
    expect(codeBlocks("a\n```ts\nx\ny\n```\nb\n```\nz\n```")).toEqual([
      { language: "ts", code: "x\ny" },
      { language: "", code: "z" },
    ]);
  });

  test("that are never closed run to the end", () => {
    expect(codeBlocks("```py\nx\n\ny")).toEqual([{ language: "py", code: "x\n\ny" }]);
  });

  test("are none where a fence stands inside a line", () => {
    expect(codeBlocks("use ```x``` here")).toEqual([]);
  });
});

describe("what does not change the meaning does not count", () => {
  test.for([
    ["ts", "const x = 1; // one\n\nreturn  x;", "/* two\nlines */const x = 1;\nreturn x;"],
    ["python", "if x:\n  y()  # why", "if x:\n\n    y()"],
    ["Python", "if x:\n\ty()", "if x:\n  y()"],
    ["sql", "select 1 -- one", "select 1"],
  ] as const)("%s", ([language, one, other]) => {
    expect(same(language, one, other)).toBe(true);
  });
});

describe("what may change the meaning counts", () => {
  test.for([
    ["ts", 'f("//a")', 'f("//b")'],
    ["ts", "f('a  b')", "f('a b')"],
    ["ts", "f(`/* a */`)", "f(`/* b */`)"],
    ["ts", "s.split(/https?:\\/\\//).length", "s.split(/https?:\\/\\//).pop()"],
    ["ts", "s.split(/\\/*/).length", "s.split(/\\/*/).pop()"],
    ["tsx", "<a>http://x/a</a>", "<a>http://x/b</a>"],
    ["python", "if x:\n  y()\nz()", "if x:\n  y()\n  z()"],
    ["python", "a // b", "a // c"],
    ["python", 'f("# a")', 'f("# b")'],
    ["", "a # b", "a # c"],
    ["", "a // b", "a // c"],
    ["constructor", "a // b", "a"],
    ["ts", "ab", "a b"],
  ] as const)("%s: %s", ([language, one, other]) => {
    expect(same(language, one, other)).toBe(false);
  });
});
