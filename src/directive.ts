/**
 * Directives in a text: the one grammar by which they are found, read and removed (docs/ORCHESTRATION_DSL.md).
 * Whole lines only; a line ends with LF or CRLF, nothing else. Every function is linear in the text.
 */
import { TokenhubError } from "./errors.ts";

/** Longest that one directive may be where it is honoured, in UTF-8 bytes, and how many pairs its block may have. */
const BYTES_MAX = 2 * 1024;
const PAIRS_MAX = 32;

const MARKER = /@@tokenhub/i;
const OPEN = /^[ \t]*@@tokenhub[ \t]*$/i;
const END = /^[ \t]*@@end[ \t]*$/i;
const PAIR = /^[ \t]*([\w.-]+)=(.*)$/s;
const SINGLE = /^[ \t]*@@tokenhub(?=[ \t])/i;
/** One pair of a one-liner; a quote that is never closed takes the rest of the line. */
const WORD = /[ \t]+([\w.-]+)=("[^"]*"?|[^ \t]*)/y;
const BLANK = /^[ \t]*$/;

/** One pair as it was written. */
export interface Pair {
  /** In lower case: keys are not case-sensitive. */
  readonly key: string;
  /** As it stands there, quotes included, without the space around it. */
  readonly raw: string;
  /** From 1, in the text it stands in. */
  readonly line: number;
}

/** A text without its directives. */
export interface Stripped {
  /** The very same string when there was none. */
  readonly text: string;
  /** Blocks and one-liners that were removed. */
  readonly count: number;
}

/** @throws TokenhubError invalid_directive, always; `why` never holds what the client wrote. */
export function refuseDirective(line: number, why: string): never {
  throw new TokenhubError("invalid_directive", { detail: `Line ${line}: ${why}.` });
}

/** Could there be a directive? False is certain. */
export function hasMarker(text: string): boolean {
  return text.includes("@@") && MARKER.test(text);
}

/**
 * Removes every block and every one-liner, however many lines it has and whatever its values are. Lone markers
 * stay. What removal itself brings together is removed too, so that nothing is left to be found in the result.
 */
export function strip(text: string): Stripped {
  if (!hasMarker(text)) return { text, count: 0 };
  const kept: string[] = [];
  // Where in `kept` the markers stand that an end may still close: nothing but pairs follows them.
  const opened: number[] = [];
  let count = 0;
  for (const { content, whole } of linesOf(text)) {
    if (pairsOfLine(content, 0)) {
      count++;
      continue;
    }
    const opener = END.test(content) ? opened.pop() : undefined;
    if (opener !== undefined) {
      kept.length = opener;
      count++;
      continue;
    }
    if (OPEN.test(content)) opened.push(kept.length);
    else if (!PAIR.test(content)) opened.length = 0;
    kept.push(whole);
  }
  return count === 0 ? { text, count } : { text: kept.join(""), count };
}

/**
 * The pairs of the directive that stands first in a message, whose texts are given in order; undefined: none does.
 * @throws TokenhubError invalid_directive with the line, counted in its own text: no end, too long, too many pairs.
 */
export function firstDirective(texts: readonly string[]): readonly Pair[] | undefined {
  for (const text of texts) {
    if (!hasMarker(text) && !isBlank(text)) return undefined;
    const lines = linesOf(text);
    let line = 0;
    for (const { content } of lines) {
      line++;
      if (BLANK.test(content)) continue;
      if (OPEN.test(content)) return pairsOfBlock(lines, line);
      const pairs = pairsOfLine(content, line);
      if (pairs && bytesOf(content) > BYTES_MAX) refuseDirective(line, TOO_LONG);
      return pairs;
    }
  }
  return undefined;
}

const TOO_LONG = `a directive of more than ${BYTES_MAX} bytes`;

/** `lines` has just given the marker, line `first`. */
function pairsOfBlock(lines: Iterator<Line>, first: number): readonly Pair[] {
  const pairs: Pair[] = [];
  let bytes = "@@tokenhub\n".length;
  for (let line = first + 1; ; line++) {
    const { value, done } = lines.next();
    if (done) return refuseDirective(first, "the block has no @@end");
    const { content, whole } = value;
    bytes += bytesOf(whole);
    if (bytes > BYTES_MAX) refuseDirective(line, TOO_LONG);
    if (END.test(content)) return pairs;
    if (pairs.length === PAIRS_MAX)
      refuseDirective(line, `more than ${PAIRS_MAX} lines in a block`);
    const [, key, raw] = PAIR.exec(content) ?? refuseDirective(line, "neither key=value nor @@end");
    if (key === undefined || raw === undefined) return refuseDirective(line, "no key=value");
    pairs.push({ key: key.toLowerCase(), raw: raw.replace(/[ \t]+$/, ""), line });
  }
}

/** The pairs of a one-liner; undefined: the line is none, be it because one word of it is no pair. */
function pairsOfLine(content: string, line: number): readonly Pair[] | undefined {
  const marker = SINGLE.exec(content);
  if (!marker) return undefined;
  const pairs: Pair[] = [];
  let at = marker[0].length;
  for (;;) {
    WORD.lastIndex = at;
    const [word, key, raw] = WORD.exec(content) ?? [];
    if (word === undefined || key === undefined || raw === undefined) break;
    pairs.push({ key: key.toLowerCase(), raw, line });
    at += word.length;
  }
  return pairs.length > 0 && BLANK.test(content.slice(at)) ? pairs : undefined;
}

interface Line {
  /** Without its end. */
  readonly content: string;
  readonly whole: string;
}

/** A text that ends with a line's end has no empty line after it. */
function* linesOf(text: string): Generator<Line, undefined> {
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf("\n", start);
    const next = feed < 0 ? text.length : feed + 1;
    const whole = text.slice(start, next);
    const breakChars = feed < 0 ? 0 : whole.endsWith("\r\n") ? 2 : 1;
    yield { content: whole.slice(0, whole.length - breakChars), whole };
    start = next;
  }
  return undefined;
}

function isBlank(text: string): boolean {
  for (const { content } of linesOf(text)) if (!BLANK.test(content)) return false;
  return true;
}

/** Never more than is needed to know that it is too long. */
function bytesOf(text: string): number {
  return new TextEncoder().encode(text.slice(0, BYTES_MAX + 1)).length;
}
