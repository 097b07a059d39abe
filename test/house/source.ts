/** Reads TypeScript as far as the rules need it: imports, exports, and code without comments and text. */
import path from "node:path/posix";

/** Repository path (`src/app.ts`) → text. */
export type Tree = ReadonlyMap<string, string>;

export interface Import {
  /** Repository path of a relative import, else the package name as written. */
  readonly target: string;
  readonly line: number;
}

/** After these a `/` begins a regular expression, not a division. */
const BEFORE_REGEX =
  /(?:^|[([{,;:=!&|?+\-*%<>~^]|=>|\b(?:return|typeof|case|in|of|do|else|throw|await|void))\s*$/;

/** One token whose inside is not code; sticky, tried in this order. */
const OPAQUE = {
  lineComment: /\/\/[^\n]*/y,
  blockComment: /\/\*[\s\S]*?\*\//y,
  text: /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y,
  regex: /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y,
} as const;

/**
 * The same text with the insides of comments, strings, templates and regular expressions blanked; every
 * offset and line stays. `${…}` inside a template is code and stays.
 */
export function blank(text: string): string {
  let out = "";
  let at = 0;
  // Depth of braces inside each `${`; the innermost last.
  const templates: number[] = [];
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const char = text[at] ?? "";
    const depth = templates.at(-1);
    if (char === "`" || (char === "}" && depth === 0)) {
      if (char === "}") templates.pop();
      const body = take(/[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{|$)/y) ?? char;
      if (body.endsWith("${")) templates.push(0);
      out += `${char}${spaces(body.slice(1, -1))}${body.length > 1 ? body.at(-1) : ""}`;
      at += body.length;
      continue;
    }
    if (depth !== undefined && (char === "{" || char === "}")) {
      templates[templates.length - 1] = depth + (char === "{" ? 1 : -1);
    }
    const comment = take(OPAQUE.lineComment) ?? take(OPAQUE.blockComment);
    const regex = char === "/" && BEFORE_REGEX.test(out) ? take(OPAQUE.regex) : undefined;
    const quoted = take(OPAQUE.text) ?? regex;
    const token = comment ?? quoted ?? char;
    out += comment
      ? spaces(comment)
      : quoted
        ? `${char}${spaces(quoted.slice(1, -1))}${char}`
        : char;
    at += token.length;
  }
  return out;
}

function spaces(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** Line of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

const IMPORT = /\b(?:from|import|require)\s*\(?\s*(["'`])/g;

/** Every import: static, for effect, re-export, dynamic, and of a type (`import("./x.ts").X`). */
export function importsOf(file: string, text: string): readonly Import[] {
  const code = blank(text);
  return [...code.matchAll(IMPORT)].map((match) => {
    const start = match.index + match[0].length;
    const written = text.slice(start, code.indexOf(match[1] ?? "", start));
    const target = written.startsWith(".") ? path.join(path.dirname(file), written) : written;
    return { target, line: lineOf(text, match.index) };
  });
}

export interface Export {
  readonly name: string;
  readonly line: number;
  /** Does a doc comment stand directly above it? */
  readonly documented: boolean;
  /** A type made of a value (`keyof typeof TABLE`): told by the value's comment. */
  readonly derived: boolean;
}

const EXPORT =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type) (\w+)/gm;

/** What a file declares and exports; re-exports are documented where they are declared. */
export function exportsOf(text: string): readonly Export[] {
  const code = blank(text);
  return [...code.matchAll(EXPORT)].map((match) => ({
    name: match[1] ?? "",
    line: lineOf(text, match.index),
    documented: /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.test(text.slice(0, match.index)),
    derived: /^export type [^;]*\btypeof \w/.test(code.slice(match.index)),
  }));
}
