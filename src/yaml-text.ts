/** YAML that people wrote: one map, strict, bounded; what is wrong with it is told with line and column. */
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Problem } from "./problem.ts";

/** A registry of thousands of rows fits; anything larger is the wrong text. */
export const YAML_BYTES_MAX = 1024 * 1024;
/** Uses of an anchor, nested ones multiplied: a bomb ends here. */
const ALIASES_MAX = 100;

/** A text that is YAML. */
export interface YamlText {
  /** An empty text is an empty object. */
  readonly data: Readonly<Record<string, unknown>>;
  /** One line for each problem, `LINE:COLUMN path message`, in the order of the text. */
  tell(problems: readonly Problem[]): readonly string[];
}

/** A text that is none. Each line begins with `LINE:COLUMN` where there is a place. */
export class YamlError extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join("\n"));
    this.name = "YamlError";
    this.lines = lines;
  }
}

/** @throws YamlError with every problem of its form. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    strict: true,
    version: "1.2",
    logLevel: "error",
    // The plain messages: pretty ones quote the text.
    prettyErrors: false,
  });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    throw new YamlError(faults.map(({ pos, message }) => `${place(pos[0])} ${message}`));
  }
  return {
    data: plain(document),
    tell: (problems) =>
      problems
        .map(({ path, message }) => ({ offset: offsetOf(document, path), path, message }))
        .sort((a, b) => a.offset - b.offset)
        .map(({ offset, path, message }) => `${place(offset)} ${path.join(".")} ${message}`),
  };
}

function plain(document: Document.Parsed): Record<string, unknown> {
  if (document.contents === null) return {};
  if (!isMap(document.contents)) throw new YamlError(["1:1 must be a map of settings"]);
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch {
    throw new YamlError(["uses too many aliases, or one inside itself"]);
  }
}

/** Where the path stands; where there is nothing (a key is missing), where what should hold it stands. */
function offsetOf(document: Document.Parsed, path: Problem["path"]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const offset = keyOffset(document, path.slice(0, depth));
    if (offset !== undefined) return offset;
  }
  return 0;
}

/** A key's own offset rather than its value's; a list item's. undefined: nothing is there. */
function keyOffset(document: Document.Parsed, path: Problem["path"]): number | undefined {
  const holder = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  const node = isMap(holder)
    ? holder.items.find(({ key }) => isScalar(key) && String(key.value) === String(last))?.key
    : isSeq(holder)
      ? holder.items[Number(last)]
      : undefined;
  return isNode(node) ? node.range?.[0] : undefined;
}
