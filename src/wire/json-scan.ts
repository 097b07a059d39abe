/** One pass over a JSON text that finds its depth, counts its keys and remembers its top-level members. */
import { TokenhubError } from "../errors.ts";

/** Where one top-level member stands in `text`. */
export interface Member {
  /** Offset of the key's opening quote. */
  readonly start: number;
  readonly valueStart: number;
  /** Offset just after the value. */
  readonly end: number;
}

/** What one pass over a text tells. Meaningful only when the text turns out to be a JSON object. */
export interface Scan {
  /** Keys in all objects of all depths, repeated ones counted each time. */
  readonly keys: number;
  /** Four per top-level member: start and end of the key, start and end of the value. */
  readonly offsets: readonly number[];
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

/**
 * Walks the structure of a text, leaping over its strings. Accepts any text; only the parser judges it.
 * @throws TokenhubError json_too_deep, before anything deeper is looked at.
 */
export function scan(text: string, depthMax: number): Scan {
  const offsets: number[] = [];
  let keys = 0;
  let depth = 0;
  let keyStart = 0;
  let keyEnd = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const quote = closingQuote(text, at + 1);
        if (quote < 0) return { keys, offsets };
        if (depth === 1) {
          keyStart = at;
          keyEnd = quote + 1;
        }
        at = quote;
        break;
      }
      case COLON:
        keys++;
        if (depth === 1) offsets.push(keyStart, keyEnd, spaceEnd(text, at + 1));
        break;
      case COMMA:
        if (depth === 1) offsets.push(spaceStart(text, at));
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (++depth > depthMax) throw new TokenhubError("json_too_deep");
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (depth === 1 && offsets.length % 4 === 3) offsets.push(spaceStart(text, at));
        depth--;
        break;
    }
  }
  return { keys, offsets };
}

/** Offset of the quote that ends a string; -1: none does. Each backslash is looked at once. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let slash = at;
    while (text.charCodeAt(slash - 1) === BACKSLASH) slash--;
    if ((at - slash) % 2 === 0) return at;
  }
  return -1;
}

/** First offset at or after `from` that is no white space. */
function spaceEnd(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** Offset after the last character before `to` that is no white space. */
function spaceStart(text: string, to: number): number {
  let at = to;
  while (text.charCodeAt(at - 1) <= SPACE) at--;
  return at;
}
