/**
 * The house rules, held by tests: each rule must find the violation planted for it, and find none in the
 * repository. The plan itself is in `house/plan.ts`.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { CALLS, NEVER } from "./house/plan.ts";
import { PLANTED } from "./house/planted.ts";
import { RULES } from "./house/rules.ts";
import { blank, type Tree } from "./house/source.ts";

const ROOT = path.dirname(import.meta.dirname);

/** Neither ours nor in the repository. */
const SKIPPED = new Set(["node_modules", "data", "dist", "coverage"]);

/** Every file of the repository; the text of code only. */
function repository(): Tree {
  const walk = (folder: string): [string, string][] =>
    readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
      const at = path.posix.join(folder, entry.name);
      if (folder === "" && (SKIPPED.has(at) || at.startsWith("."))) return [];
      if (entry.isDirectory()) return walk(at);
      return [[at, /\.(?:ts|tsx|mjs)$/.test(at) ? readFileSync(path.join(ROOT, at), "utf8") : ""]];
    });
  return new Map(walk(""));
}

describe("a planted house", () => {
  test.for(Object.entries(PLANTED))("%s", ([, { rule, files, tells }]) => {
    const told = RULES[rule](new Map(Object.entries(files)));
    if (tells === undefined) expect(told).toEqual([]);
    else expect(told).toContainEqual(expect.stringContaining(tells));
  });

  test("every rule, and every row of its tables, has a house that breaks it", () => {
    const houses = Object.values(PLANTED);
    const told = houses.map(({ rule, files }) => RULES[rule](new Map(Object.entries(files))));
    const broken = houses.filter((_, index) => told[index]?.length).map((house) => house.rule);
    expect(new Set(broken)).toEqual(new Set(Object.keys(RULES)));
    for (const { because } of [...NEVER, ...CALLS]) {
      expect(told.flat()).toContainEqual(expect.stringContaining(because));
    }
  });
});

test("blanking keeps every offset and all code", () => {
  const code = `a(\`b \${c("}")} \${\`d\`}\`, /[/"]/g, 1 / 2 / e); // "f\n/* g */ h("\\"");`;
  const kept = `a(\`   {c(" ")}  {\` \`}\`, /     /, 1 / 2 / e);      \n        h("  ");`;
  expect(blank(code)).toBe(kept);
});

describe("this repository", () => {
  const tree = repository();

  test.for(Object.entries(RULES))("%s", ([, rule]) => {
    expect(rule(tree)).toEqual([]);
  });
});
