/**
 * A custom tool that was told as a function is called with `{"input": "…"}`. This takes the text out of that
 * JSON again, while it streams.
 */
import { isObject } from "./json.ts";

/** Decodes the input of one call. */
export interface InputDecoder {
  /** What these characters of JSON add to the text; "" : nothing yet. */
  push(json: string): string;
  /** What is left when the call ended; the JSON itself when it is not of that form. */
  end(): string;
}

/** What the JSON begins with, but for white space between its tokens. */
const OPENING = '{"input":"';
/** Where in the opening a token begins. */
const TOKEN_STARTS = new Set([0, 1, 8, 9]);
const WHITE_SPACE = /[ \t\r\n]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
/** Characters of `\u` and its four digits. */
const UNICODE_CHARS = 6;
const SPECIAL = /[\\"]/g;

/** The text as JSON, as a function's only argument. */
export function wrapInput(text: string): string {
  return JSON.stringify({ input: text });
}

/** The whole input of a call; the JSON itself when it is not of that form. */
export function unwrapInput(json: string): string {
  const decoder = createInputDecoder();
  return decoder.push(json) + decoder.end();
}

/**
 * What was decoded is given out at once, so that JSON which breaks later has told its beginning already. Kept are
 * an unfinished escape and half a surrogate pair; JSON of another form is kept whole until its end.
 */
export function createInputDecoder(): InputDecoder {
  let state: "opening" | "text" | "closed" | "other" = "opening";
  let opened = 0;
  /** All of the JSON, until it turns out to be of the form. */
  let raw = "";
  let held = "";

  /** Offset just behind the opening; undefined: not there yet, or it is another form. */
  function open(json: string): number | undefined {
    for (let at = 0; at < json.length; at++) {
      const char = json.charAt(at);
      if (char === OPENING[opened]) opened += 1;
      else if (!TOKEN_STARTS.has(opened) || !WHITE_SPACE.test(char)) {
        state = "other";
        return undefined;
      }
      if (opened < OPENING.length) continue;
      state = "text";
      return at + 1;
    }
    return undefined;
  }

  function decode(json: string): string {
    const { text, rest, closed } = decodeString(held + json);
    held = rest;
    if (closed) state = "closed";
    return text;
  }

  return {
    push(json) {
      if (state === "text") return decode(json);
      if (state === "closed") return "";
      raw += json;
      if (state === "other") return "";
      const from = open(json);
      if (from === undefined) return "";
      raw = "";
      return decode(json.slice(from));
    },
    end() {
      if (state === "text") return held;
      return state === "closed" ? "" : inputOf(raw);
    },
  };
}

/** The inside of a JSON string up to its quote; `rest` needs what comes next. */
function decodeString(json: string): { text: string; rest: string; closed: boolean } {
  let text = "";
  let from = 0;
  for (;;) {
    SPECIAL.lastIndex = from;
    const at = SPECIAL.exec(json)?.index ?? json.length;
    text += json.slice(from, at);
    if (json[at] === '"') return { text, rest: "", closed: true };
    const known = at < json.length ? escapeAt(json, at) : undefined;
    if (known === undefined) return { ...withoutHalf(text, json.slice(at)), closed: false };
    text += known.char;
    from = at + known.chars;
  }
}

/** undefined: it is not whole yet. An escape that JSON does not know stands for itself. */
function escapeAt(json: string, at: number): { char: string; chars: number } | undefined {
  const kind = json[at + 1];
  if (kind === undefined) return undefined;
  if (kind !== "u") return { char: ESCAPES[kind] ?? `\\${kind}`, chars: 2 };
  const digits = json.slice(at + 2, at + UNICODE_CHARS);
  if (!/^[0-9a-fA-F]*$/.test(digits)) return { char: "\\u", chars: 2 };
  if (digits.length < UNICODE_CHARS - 2) return undefined;
  return { char: String.fromCharCode(Number.parseInt(digits, 16)), chars: UNICODE_CHARS };
}

/** Half a surrogate pair waits for the other half, because alone it is no text that every client can take. */
function withoutHalf(text: string, rest: string): { text: string; rest: string } {
  const last = text.charCodeAt(text.length - 1);
  if (!(last >= 0xd800 && last <= 0xdbff)) return { text, rest };
  return { text: text.slice(0, -1), rest: text.slice(-1) + rest };
}

/** JSON of another form: its `input` if it has one, else itself. */
function inputOf(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) && typeof value.input === "string" ? value.input : json;
  } catch {
    return json;
  }
}
