/** The repository's documents for their readers, read as a program: pages, fenced blocks, curl commands. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Top of the repository. */
export const ROOT = path.join(import.meta.dirname, "../..");

export interface Page {
  /** Relative to the repository, with slashes. */
  readonly file: string;
  readonly text: string;
}

/** One fenced block. */
export interface Block {
  /** `docs/API.md:12` */
  readonly place: string;
  /** The word after the fence. */
  readonly language: string;
  readonly text: string;
  /** The block after it in the page, when no heading stands between. */
  readonly next: Block | undefined;
}

/** Pages that a reader of the repository is led to, decisions included. */
export function pages(): readonly Page[] {
  const inFolder = (folder: string) =>
    readdirSync(path.join(ROOT, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => (folder === "." ? name : `${folder}/${name}`));
  return [".", "docs", "docs/decisions"]
    .flatMap(inFolder)
    .map((file) => ({ file, text: readFileSync(path.join(ROOT, file), "utf8") }));
}

const FENCED = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** Every fenced block of the page, in order. */
export function blocksOf({ file, text }: Page): readonly Block[] {
  const matches = [...text.matchAll(FENCED)];
  let next: Block | undefined;
  let nextAt = 0;
  const blocks = matches.reverse().map((match) => {
    const [whole, language = "", inner = ""] = match;
    const between = text.slice(match.index + whole.length, nextAt);
    const line = text.slice(0, match.index).split("\n").length;
    const near = next && !/^#/m.test(between) ? next : undefined;
    next = { place: `${file}:${line}`, language, text: inner, next: near };
    nextAt = match.index;
    return next;
  });
  return blocks.reverse();
}

/** A curl command as the request that it makes. */
export interface CurlRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/**
 * Reads one curl command as a POSIX shell would; variables come from `variables`.
 * @throws for options and shell syntax that the documents have no need of.
 */
export function curlRequest(
  command: string,
  variables: Readonly<Record<string, string>>,
): CurlRequest {
  const [program, ...words] = shellWords(command, variables);
  if (program !== "curl") throw new Error(`not curl: ${program}`);
  const headers: Record<string, string> = {};
  let body: string | undefined;
  let url: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "-N") continue;
    if (word === "-H" || word === "-d") {
      at += 1;
      const value = words[at] ?? "";
      if (word === "-d") body = value;
      else headers[value.slice(0, value.indexOf(":"))] = value.slice(value.indexOf(":") + 1).trim();
    } else if (word.startsWith("-") || url !== undefined) {
      throw new Error(`unexpected ${word}`);
    } else url = word;
  }
  if (url === undefined) throw new Error("no URL");
  return { url, method: body === undefined ? "GET" : "POST", headers, body };
}

/** Quoted whole words only: `'…'`, `"…$NAME…"`, plain, and a backslash at the end of a line. */
const WORD = /'([^']*)'|"((?:[^"\\`])*)"|([^\s'"\\;&|<>()`]+)|(\\\n|\s+)/y;

function shellWords(command: string, variables: Readonly<Record<string, string>>): string[] {
  const expand = (text: string) =>
    text.replace(/\$(\w+)/g, (_, name: string) => {
      const value = variables[name];
      if (value === undefined) throw new Error(`unknown variable ${name}`);
      return value;
    });
  const words: string[] = [];
  const text = command.trim();
  WORD.lastIndex = 0;
  while (WORD.lastIndex < text.length) {
    const at = WORD.lastIndex;
    const match = WORD.exec(text);
    if (!match) throw new Error(`shell syntax: ${text.slice(at, at + 20)}`);
    const [, single, double, plain, space] = match;
    if (space === undefined) words.push(single ?? expand(double ?? plain ?? ""));
  }
  return words;
}
