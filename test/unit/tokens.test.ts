import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimateTokens, estimateTokensOfAll, upperTokens } from "../../src/tokens.ts";
import { runs } from "../fakes/long.ts";

const TOOL =
  '{"type": "function", "function": {"name": "get_weather", "description": "weather of a city", "parameters": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 12}, "unit": {"enum": ["c", "f"]}}, "required": ["city", "unit"]}}}';
const PROSE =
  "The committee met on Thursday to discuss the proposal that had been circulating among the members for several weeks. ";

describe("one text", () => {
  // Second column: tokens as o200k_base counts them.
  test.each([
    [PROSE, 21, 0.1],
    [TOOL, 77, 0.1],
    [
      "Все жители города собрались на площади, чтобы отпраздновать окончание долгой зимы.",
      21,
      0.15,
    ],
    ["所有市民都聚集在广场上，庆祝漫长冬天的结束。孩子们在摊位之间奔跑。", 30, 0.15],
    ["すべての市民が広場に集まり、長い冬の終わりを祝いました。", 24, 0.2],
    ["모든 시민들이 광장에 모여 긴 겨울의 끝을 축하했습니다.", 19, 0.25],
    [
      "export function scan(text: string, depthMax: number): Scan {\n  const offsets: number[] = [];\n",
      22,
      0.1,
    ],
  ])("%j is near what a tokenizer counts", (text, tokens, tolerance) => {
    expect(Math.abs(estimateTokens(text) / tokens - 1)).toBeLessThan(tolerance);
  });

  test.each([
    ["", 0],
    ["a", 1],
    ["abcdefg", 1],
    ["abcdefgh", 2],
    ["abcdefghijkl", 2],
    ["abCdEf", 2],
    ["123", 2],
    ["1234", 4],
    ["a b c", 3],
  ])("%j is %i", (text, tokens) => {
    expect(estimateTokens(text)).toBe(tokens);
  });

  test("every text has at least one token per 8 bytes and at most one per character", () => {
    const padded = fc
      .tuple(fc.string({ unit: "binary" }), fc.nat(999))
      .map(([text, spaces]) => text + " ".repeat(spaces));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string(), padded), (text) => {
        const bytes = new TextEncoder().encode(text).length;
        const tokens = estimateTokens(text);
        expect(tokens).toBeGreaterThanOrEqual(bytes / 8);
        expect(tokens).toBeLessThanOrEqual(text.length);
        expect(Number.isInteger(tokens)).toBe(true);
      }),
      { numRuns: runs(1_000, 20_000) },
    );
  });
});

describe("many texts", () => {
  test("short ones add up without a bias of rounding", () => {
    expect(estimateTokensOfAll([])).toBe(0);
    expect(estimateTokensOfAll(["", ""])).toBe(0);
    expect(estimateTokensOfAll(Array(100).fill("abc"))).toBe(98);
    expect(estimateTokensOfAll([PROSE, TOOL])).toBeLessThanOrEqual(
      estimateTokens(PROSE) + estimateTokens(TOOL),
    );
  });

  test.each([[1], [40], [300], [20_000]])(
    "a large prompt in pieces of %i is sampled within 5 %",
    (size) => {
      const whole = (PROSE.repeat(40) + TOOL.repeat(20)).repeat(8);
      const texts =
        whole.match(new RegExp(`[^]{1,${size === 1 ? whole.length : size}}`, "g")) ?? [];
      const exact = texts.reduce((sum, text) => sum + estimateTokens(text), 0);
      expect(whole.length).toBeGreaterThan(60_000);
      const tolerance = size === 40 ? 0.1 : 0.05;
      expect(Math.abs(estimateTokensOfAll(texts) / exact - 1)).toBeLessThan(tolerance);
    },
  );

  test("thousands of tiny texts weigh no more than their share", () => {
    const tiny = Array(5_000).fill("所");
    const english = PROSE.repeat(900);
    const expected = estimateTokens(english) + estimateTokensOfAll(tiny);
    expect(Math.abs(estimateTokensOfAll([english, ...tiny]) / expected - 1)).toBeLessThan(0.1);
  });

  test("sampling sees every part of a prompt in proportion", () => {
    const chinese = "所有市民都聚集在广场上".repeat(1_000);
    const english = PROSE.repeat(94);
    const both = estimateTokensOfAll([english, chinese]);
    const sum = estimateTokens(english) + estimateTokens(chinese);
    expect(Math.abs(both / sum - 1)).toBeLessThan(0.05);
  });
});

test("the bound for money is always above the best estimate", () => {
  expect(upperTokens(0)).toBe(64);
  expect(upperTokens(1_000)).toBe(1_564);
});
