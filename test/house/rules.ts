/** The house rules as pure functions: a tree of files in, one line per violation out. */
import { CALLS, floorOf, NEVER, PROGRAM, TOP_LEVEL } from "./plan.ts";
import { blank, exportsOf, importsOf, lineOf, type Tree } from "./source.ts";

export type Rule = (tree: Tree) => readonly string[];

const FILE_LINES_MAX = 300;
const MEDIAN_LINES_MAX = 100;

/** The files of the gateway itself: what the rules of imports and calls are about. */
function program(tree: Tree): readonly [string, string][] {
  return [...tree].filter(([file]) => PROGRAM.test(file));
}

/** Who imports what it must not: the rows of `NEVER`. */
function forbiddenImports(tree: Tree): string[] {
  return program(tree).flatMap(([file, text]) =>
    importsOf(file, text).flatMap(({ target, line }) =>
      NEVER.filter((row) => row.who(file) && row.what(target, file)).map(
        (row) => `${file}:${line} imports ${target}: ${row.because}`,
      ),
    ),
  );
}

/** Who calls what it must not: the rows of `CALLS`. */
function forbiddenCalls(tree: Tree): string[] {
  return program(tree).flatMap(([file, text]) => {
    const code = blank(text);
    return CALLS.filter((row) => row.who(file)).flatMap((row) =>
      [...code.matchAll(row.what)].map(
        (match) => `${file}:${lineOf(text, match.index)} calls ${match[0]}: ${row.because}`,
      ),
    );
  });
}

/** Files without a floor, and arrows that run back up. */
function floors(tree: Tree): string[] {
  return program(tree).flatMap(([file, text]) => {
    const own = floorOf(file);
    if (own === undefined) return [`${file} stands on no floor: add its folder to UPPER_FLOORS`];
    return importsOf(file, text)
      .filter(({ target }) => target.endsWith(".ts") && (floorOf(target) ?? Infinity) > own)
      .map(({ target, line }) => `${file}:${line} reaches up to ${target}`);
  });
}

/** Circles of imports, each told once; type-only imports count, because circles begin as types. */
function circles(tree: Tree): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) {
      found.push(`circle: ${[...way.slice(way.indexOf(file)), file].join(" → ")}`);
      return;
    }
    if (done.has(file)) return;
    for (const { target } of importsOf(file, tree.get(file) ?? "")) {
      if (tree.has(target)) visit(target, [...way, file]);
    }
    done.add(file);
  };
  for (const file of tree.keys()) visit(file, []);
  return found;
}

/** Files too long, and a median over `src/` that creeps up. */
function sizes(tree: Tree): string[] {
  const lines = [...tree].map(([file, text]) => ({
    file,
    count: text.trimEnd().split("\n").length,
  }));
  const tooLong = lines.filter(({ count }) => count > FILE_LINES_MAX);
  const core = lines.filter(({ file }) => file.startsWith("src/")).map(({ count }) => count);
  const median = core.sort((a, b) => a - b)[Math.floor(core.length / 2)] ?? 0;
  return [
    ...tooLong.map(
      ({ file, count }) => `${file} has ${count} lines; ${FILE_LINES_MAX} is the limit`,
    ),
    ...(median > MEDIAN_LINES_MAX ? [`the median file of src/ has ${median} lines`] : []),
  ];
}

/** Exported things of `src/` without a doc comment directly above. */
function comments(tree: Tree): string[] {
  return [...tree]
    .filter(([file]) => file.startsWith("src/"))
    .flatMap(([file, text]) => {
      const all = exportsOf(text);
      // Overloads: the first carries the comment.
      const told = new Set(
        all.filter((one) => one.documented || one.derived).map((one) => one.name),
      );
      return all
        .filter((one) => !told.has(one.name))
        .map((one) => `${file}:${one.line} exports ${one.name} without a doc comment`);
    });
}

/** Other files are named by the tools that read them. */
const CODE = /\.(?:ts|tsx|mjs)$/;
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const EMPTY_NAMES = /^(?:utils?|helpers?|common|manager|misc|shared|lib)$/;

/** File names that are not kebab-case or say nothing, and top-level names the plan does not have. */
function names(tree: Tree): string[] {
  return [...tree.keys()].flatMap((file) => {
    const [top = "", ...rest] = file.split("/");
    if (!top.startsWith(".") && !TOP_LEVEL.has(top))
      return [`${file}: "${top}" is not in the plan`];
    if (!CODE.test(file)) return [];
    const words = rest.map((part) => part.split(".")[0] ?? "");
    return words
      .filter((word) => !KEBAB.test(word) || EMPTY_NAMES.test(word))
      .map((word) => `${file}: "${word}" is no name for a file or folder`);
  });
}

/** `export default` where the runtime does not ask for it. */
function defaults(tree: Tree): string[] {
  return program(tree)
    .filter(([file, text]) => file !== "src/worker.ts" && /^export default\b/m.test(blank(text)))
    .map(([file]) => `${file} has a default export`);
}

/** Every rule by name. */
export const RULES = {
  "forbidden imports": forbiddenImports,
  "forbidden calls": forbiddenCalls,
  floors,
  circles,
  sizes,
  comments,
  names,
  defaults,
} as const satisfies Record<string, Rule>;
