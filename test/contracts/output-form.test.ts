/** The forms of an answer: what has them, what is told when it has not, and what is never told. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkForm,
  extractJson,
  instructionOf,
  OUTPUT_FORMS,
  repairTask,
  stripThink,
} from "../../src/output-form.ts";
import { compileSchema } from "../../src/schema.ts";
import { runs } from "../fakes/long.ts";

describe.each(OUTPUT_FORMS)("%s", (type) => {
  test("its instruction is one line", () => {
    expect(instructionOf(type)).toMatch(/^[^\n]{10,120}\.$/);
  });

  test("no text at all does not have it", () => {
    expect(checkForm({ type }, " \n")).toHaveLength(1);
  });

  test("thoughts before it do not count", () => {
    const good = { json: "{}", markdown: "# A", text: "a", xml: "<a/>" }[type];
    expect(checkForm({ type }, good)).toEqual([]);
    expect(checkForm({ type }, `<think>\n\`\`\`<b></think>\n${good}`)).toEqual([]);
  });

  test("any text is answered, and nothing of it is told", () => {
    const secret = "zq7zq7";
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const told = checkForm({ type }, before + secret + after).join();
        expect(told).not.toContain(secret);
      }),
      { numRuns: runs(200, 20_000) },
    );
  });
});

describe("json", () => {
  const schema = compileSchema({ properties: { a: { type: "number" } }, required: ["b"] }, "s");

  test("the schema's paths are told", () => {
    expect(checkForm({ type: "json", schema }, '{"a":1,"b":2}')).toEqual([]);
    expect(checkForm({ type: "json", schema }, '{"a":"secret"}')).toEqual([
      "b does not fit the schema",
      "a does not fit the schema",
    ]);
  });

  test("what is no JSON is told as one problem", () => {
    expect(checkForm({ type: "json", schema }, "sorry")).toEqual([
      "the answer is not one JSON value",
    ]);
  });

  test.each([
    ["as it is", '{"a":1}'],
    ["with blanks", ' \n{"a":1}\n'],
    ["in a fence", '```json\n{"a":1}\n```'],
    ["in a fence without a name", '```\r\n{"a":1}\r\n```\n'],
    ["in a fence in capitals", '```JSON\n{"a":1}```'],
    ["behind thoughts", '<think>hm {"a":2}</think>\n```json\n{"a":1}\n```'],
  ])("is taken out %s", (_, text) => {
    expect(extractJson(text)).toEqual({ value: { a: 1 } });
  });

  test.each([
    ["words before it", 'Here: {"a":1}'],
    ["words before a fence", 'Here:\n```json\n{"a":1}\n```'],
    ["words behind it", '```json\n{"a":1}\n```\nDone.'],
    ["two fences", '```json\n```json\n{"a":1}\n```\n```'],
    ["another language", '```js\n{"a":1}\n```'],
    ["two values", "{}{}"],
    ["a fence without an end", '```json\n{"a":1}'],
    ["nothing", ""],
    ["a fence alone", "```"],
  ])("is not guessed at: %s", (_, text) => {
    expect(extractJson(text)).toBeUndefined();
  });

  test("null is a value", () => {
    expect(extractJson("null")).toEqual({ value: null });
  });
});

describe("text", () => {
  test.each(["```\na\n```", "a\n  ~~~ \nb", "a\n```js"])("%j has a fence", (text) => {
    expect(checkForm({ type: "text" }, text)).toEqual(["the answer has a code fence"]);
  });

  test("ticks within a line are no fence", () => {
    expect(checkForm({ type: "text" }, "press ``` here, or `x`")).toEqual([]);
  });
});

describe("xml", () => {
  const problems = (text: string) => checkForm({ type: "xml" }, text);

  test.each([
    '<?xml version="1.0"?>\n<a b="1"><!-- c --><d/>&lt;&#65;<![CDATA[<x>]]></a>\n',
    "<a:b xmlns:a='urn:x'>é</a:b>",
  ])("%j is well-formed", (text) => {
    expect(problems(text)).toEqual([]);
  });

  test.each([
    "a",
    "<a>",
    "<a></b>",
    "<a/><b/>",
    "<a/>words",
    "words<a/>",
    "<a b=1/>",
    "<a b='1' b='2'/>",
    "<a>&nbsp;</a>",
    "<a>& b</a>",
    "<a><!-- </a>",
    "<a><![CDATA[ </a>",
    "```xml\n<a/>\n```",
    '<!DOCTYPE a [<!ENTITY b "x">]><a>&b;</a>',
    '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    `${"<a>".repeat(300)}${"</a>".repeat(300)}`,
  ])("%j is not", (text) => {
    expect(problems(text)).toEqual(["the answer is not well-formed XML"]);
  });

  test("a document of 100 000 elements that never end is answered", () => {
    expect(problems("<a>".repeat(100_000))).toHaveLength(1);
    expect(problems(`<a>${"<b c='d'/>".repeat(100_000)}</a>`)).toEqual([]);
  });
});

describe("thoughts", () => {
  test.each([
    ["one block", "<think>a</think>b", "b"],
    ["blanks around it", " \n<think>a</think>\n\n b ", "b "],
    ["several blocks", "<think>a</think> <think>\n</think>\nb", "b"],
    ["nothing else", "<think>a</think>\n", ""],
    ["a block within a block ends it", "<think><think>a</think>b</think>c", "b</think>c"],
    ["one without an end", "<think>a", "<think>a"],
    ["a second one without an end", "<think>a</think>\n<think>b", "<think>b"],
    ["a block behind words", "b <think>a</think>", "b <think>a</think>"],
    ["other capitals", "<Think>a</Think>b", "<Think>a</Think>b"],
    ["none, with blanks", " b\n", " b\n"],
    ["none at all", "", ""],
  ])("%s", (_, text, left) => {
    expect(stripThink(text)).toBe(left);
  });

  test("100 000 blocks are removed, as many without an end are left", () => {
    expect(stripThink(`${"<think></think> ".repeat(100_000)}b`)).toBe("b");
    const open = "<think>".repeat(100_000);
    expect(stripThink(open)).toBe(open);
  });
});

test("a model is asked to mend with the problems as a list", () => {
  expect(repairTask(["b does not fit the schema", "$ does not fit the schema"])).toBe(
    [
      "Your last answer does not have the form that was asked for:",
      "- b does not fit the schema",
      "- $ does not fit the schema",
      "Give the whole answer again with this mended, and nothing else.",
    ].join("\n"),
  );
});
