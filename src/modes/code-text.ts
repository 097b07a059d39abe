/** Code without what does not change its meaning: comments, blank lines, the width of spaces. */

/** A block of code as it stands in an answer. */
export interface CodeBlock {
  /** As the answer names it; "": it does not. */
  readonly language: string;
  readonly code: string;
}

/** A fence opens or closes; its first word is the language. */
const FENCE_LINE = /^```([\w+#-]*)/;

/** The fenced blocks of an answer, in order; one that is never closed runs to the end. */
export function codeBlocks(text: string): readonly CodeBlock[] {
  const blocks: { language: string; lines: string[] }[] = [];
  let open: (typeof blocks)[number] | undefined;
  for (const line of text.split("\n")) {
    const fence = FENCE_LINE.exec(line);
    if (fence && open) open = undefined;
    else if (fence) {
      open = { language: fence[1] ?? "", lines: [] };
      blocks.push(open);
    } else open?.lines.push(line);
  }
  return blocks.map(({ language, lines }) => ({ language, code: lines.join("\n") }));
}

const STRING =
  /"""[\s\S]*?(?:"""|$(?![\s\S]))|'''[\s\S]*?(?:'''|$(?![\s\S]))|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\.|[^`\\])*`?/;
/**
 * Unclosed ones run to the end, so that every match is found in one pass. Slashes of a regular expression or an
 * address open none: what is dropped by mistake would make different code equal.
 */
const COMMENTS = {
  slash: /(?<![\\:[])(?:\/\*[\s\S]*?(?:\*\/|$(?![\s\S]))|\/\/[^\n]*)/,
  hash: /#[^\n]*/,
  dash: /--[^\n]*/,
} as const satisfies Record<string, RegExp>;

/** Which comments a language has; in one that is not named nothing is a comment. */
const LANGUAGES: Readonly<Record<string, keyof typeof COMMENTS>> = {
  ...{ js: "slash", javascript: "slash", jsx: "slash", ts: "slash", typescript: "slash" },
  ...{ tsx: "slash", c: "slash", cpp: "slash", "c++": "slash", "c#": "slash", csharp: "slash" },
  ...{ java: "slash", kotlin: "slash", swift: "slash", go: "slash", scala: "slash" },
  ...{ py: "hash", python: "hash", ruby: "hash", rb: "hash", r: "hash", yaml: "hash" },
  ...{ sql: "dash", lua: "dash", haskell: "dash" },
};

function outsideStrings(code: string, what: RegExp, by: string): string {
  const found = new RegExp(`(${STRING.source})|${what.source}`, "g");
  return code.replace(found, (_, string: string | undefined) => string ?? by);
}

function withoutComments(language: string, code: string): string {
  const kind = Object.hasOwn(LANGUAGES, language) ? LANGUAGES[language] : undefined;
  if (kind === undefined) return code;
  return outsideStrings(code, COMMENTS[kind], "");
}

/** One spelling of a block: indentation in steps of its smallest, single spaces, no comments, no blank lines. */
export function codeText({ language, code }: CodeBlock): string {
  const lines = withoutComments(language.toLowerCase(), code)
    .split("\n")
    .map((line) => line.replaceAll("\t", "    ").trimEnd())
    .filter((line) => line !== "");
  const depths = lines.map((line) => line.length - line.trimStart().length);
  const step = Math.min(...depths.filter((depth) => depth > 0));
  return lines
    .map((line, index) => {
      const depth = (depths[index] ?? 0) / (Number.isFinite(step) ? step : 1);
      return `${depth} ${outsideStrings(line.trim(), /\s+/, " ")}`;
    })
    .join("\n");
}
