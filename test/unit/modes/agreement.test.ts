import { describe, expect, test } from "vitest";
import { agreementKey, groupsOf } from "../../../src/modes/agreement.ts";

const agree = (one: string, other: string) => agreementKey(one) === agreementKey(other);
const code = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\``;

describe("short exact answers agree", () => {
  test.for([
    ["18", "The answer is 18."],
    ["18", "We add them up.\n\n**Answer:** $18"],
    ["18", "So many.\n#### 18"],
    ["18", "\\[ \\boxed{18} \\]"],
    [
      "18",
      "Therefore \\boxed{18}.\n\nThat is what she earns every day at the market with her eggs.",
    ],
    ["18", "First $\\boxed{18}$.\n\nThe answer is $\\boxed{18}$."],
    ["18", "The answer is:\n\n**18**"],
    ["1,000.50", "+1000.5"],
    ["007", "7.0"],
    ["-0", "0"],
    ["Paris", "**paris**."],
    ["(B)", "The answer is B."],
    ["yes", '"Yes"'],
    ["caf\u00e9", "cafe\u0301"],
    ["two  words", "Two words"],
  ] as const)("%j and %j", ([one, other]) => {
    expect(agree(one, other)).toBe(true);
  });
});

describe("what is not surely the same does not agree", () => {
  test.for([
    ["18", "-18"],
    ["18", "18%"],
    ["18", "18 or 19"],
    ["18", "The answer is not 18."],
    ["5 mW", "5 MW"],
    ["1,00", "100"],
    ["1.5", "15"],
    ["yes", "no"],
    ["", "0"],
    ["(a) \\boxed{3} (b) \\boxed{4}", "(a) \\boxed{5} (b) \\boxed{4}"],
    ["I first thought the answer is 18.\n\nIn truth it is 20.", "18"],
    ["Is the answer: 5?\nNo, that fails for negative numbers.", "5?"],
  ] as const)("%j and %j", ([one, other]) => {
    expect(agree(one, other)).toBe(false);
  });

  test.for([
    ["The answer is as follows:", "Wait for the lock.", "Never wait for a lock."],
    ["The answer is:", "Go left.\nThen home.", "Go right.\nThen home."],
    ["Short answer: it depends.", "Take the train.", "Take the plane."],
    ["#### Conclusion", "Take the train.", "Take the plane."],
  ] as const)("prose below one line %j", ([line, one, other]) => {
    expect(agree(`${line}\n\n${one}`, `${line}\n\n${other}`)).toBe(false);
  });

  test("prose around the same small piece of code", () => {
    const block = code("sh", "npm install");
    const around = (word: string) => `${word} this, whatever anybody tells you about it:\n${block}`;
    expect(agree(around("Always run"), around("Never run"))).toBe(false);
  });
});

describe("JSON", () => {
  test("agrees whatever the order of its keys, its spaces and its fence", () => {
    expect(agree('{"a": 1, "b": [1.0, "x"]}', '{"b":[1,"x"],"a":1}')).toBe(true);
    expect(agree('{"a":1}', code("json", '{ "a": 1 }'))).toBe(true);
  });

  test.for([
    ["[1,2]", "[2,1]"],
    ['{"a":1}', '{"a":"1"}'],
    ['{"a":null}', "{}"],
    ["[9007199254740993]", "[9007199254740992]"],
    ['{"__proto__":1}', "{}"],
    ['["A"]', '["a"]'],
  ] as const)("%s differs from %s", ([one, other]) => {
    expect(agree(one, other)).toBe(false);
  });

  test("as deep as nobody writes it is compared as text", () => {
    const deep = "[".repeat(5_000) + "]".repeat(5_000);
    expect(agree(deep, deep)).toBe(true);
    expect(agree(deep, `[${deep}]`)).toBe(false);
  });
});

describe("prose", () => {
  const prose =
    "It depends on the weather, the road and the driver, and on who asks and who pays for it.";

  test("agrees with itself, however it is broken into lines, and with nothing else", () => {
    expect(agree(prose, prose.replaceAll(", ", ",\n"))).toBe(true);
    expect(agree(prose, `${prose}!`)).toBe(false);
  });

  test("of megabytes is compared as it is", () => {
    const huge = "x ".repeat(1_000_000);
    expect(agree(huge, `${huge}y`)).toBe(false);
    expect(agree(huge, ` ${huge}`)).toBe(true);
  });

  test("that is made to be slow is not", () => {
    const hostile = ["\\boxed{{", "answer: ", "answer:\n\n", "#### ", '"', "/*", "```\n"];
    for (const piece of hostile) {
      const text = piece.repeat(100_000 / piece.length);
      expect(agree(`${text}\nx\ny`, `${text}\nx\nz`)).toBe(false);
    }
  });
});

test("groups come the largest first, else in the order of their first members", () => {
  const groups = groupsOf(["b1", "a1", "c1", "c2", "a2"], ([letter = ""]) => letter);
  expect(groups).toEqual([["a1", "a2"], ["c1", "c2"], ["b1"]]);
});
