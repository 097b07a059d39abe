/** Regular expressions of JSON Schemas, in an engine that never goes back (docs/decisions/0013-json-schema-in-linear-time.md). */
import { RE2JS } from "re2js";

/** Longer patterns are generated lists, which `enum` says better. */
const PATTERN_CHARS_MAX = 1_000;
/** Of all patterns of a schema together; compiling so many instructions takes about 40 ms. */
const INSTRUCTIONS_MAX = 20_000;

/** One pattern. */
export interface Pattern {
  /** Found anywhere in the text? Anchors are the pattern's own. */
  test(text: string): boolean;
  /** The work per character in the worst case: instructions that may be alive at once. */
  readonly stepsPerChar: number;
}

/** Compiles the patterns of one schema; undefined: it cannot be matched in linear time, or is too large. */
export function createPatterns(): (source: string) => Pattern | undefined {
  let instructions = 0;
  return (source) => {
    if (source.length > PATTERN_CHARS_MAX) return undefined;
    instructions += repeated(source);
    if (instructions > INSTRUCTIONS_MAX) return undefined;
    try {
      const compiled = RE2JS.compile(RE2JS.translateRegExp(source));
      return { test: (text) => compiled.test(text), stepsPerChar: compiled.programSize() };
    } catch {
      return undefined;
    }
  };
}

/**
 * About how many instructions a pattern becomes: its characters, those that are counted (`{2,9}`) as often as
 * they can be repeated. Known before it is compiled, because compiling is where repetition costs.
 */
function repeated(source: string): number {
  const groups = [0];
  let last = 0;
  const add = (size: number) => {
    last = size;
    groups.push((groups.pop() ?? 0) + size);
  };
  for (const [token] of source.matchAll(TOKEN)) {
    if (token === "(") groups.push(0);
    else if (token === ")" && groups.length > 1) add((groups.pop() ?? 0) + 2);
    else if (token.startsWith("{") && token.length > 1) {
      const most = Math.max(...token.slice(1, -1).split(",").map(Number));
      add(last * Math.max(0, most - 1));
      last *= Math.max(1, most);
    } else add(1);
  }
  return groups.reduce((sum, size) => sum + size, 0);
}

/** An escape, a class, a counted repetition, or any one character; each is read once. */
const TOKEN = /\\.|\[(?:\\.|[^\]\\])*\]|\{\d{1,6}(?:,\d{0,6})?\}|./gs;
