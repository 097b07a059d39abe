/** JSON that keeps the client's own bytes: parsed once, checked, and patched by splicing. */
import { TokenhubError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { spliceBytes } from "./json-bytes.ts";
import { countKeys, refusalOf } from "./json-check.ts";
import { type Member, scan } from "./json-scan.ts";
import { type Changes, entriesOf, spliceMembers } from "./json-splice.ts";

export type { Member } from "./json-scan.ts";
export type { Changes } from "./json-splice.ts";

/** A JSON object with the text it was read from; `value` and `text` say the same. */
export interface JsonDocument {
  readonly text: string;
  /** The text as it came, where it is ASCII and large: it is patched in its bytes then. */
  readonly bytes: Uint8Array | undefined;
  readonly value: Readonly<Record<string, unknown>>;
  /** Top-level members; empty when `faithful` is false. */
  readonly members: ReadonlyMap<string, Member>;
  /** False when some object repeats a key: then the text must not be forwarded, only the parsed value. */
  readonly faithful: boolean;
}

const OPEN_BRACE = 0x7b;
/** Below this a text is as cheap as its bytes. */
const BYTES_MIN = 16 * 1024;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Is this a JSON object (no array, not null)? */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * One JSON object in UTF-8 without byte order mark.
 * Keys like `__proto__` are plain data: they become own members and touch no prototype.
 * @throws TokenhubError invalid_json; json_too_deep, before the parser sees the text; invalid_value with the path
 * of a number that is not finite or of a lone surrogate.
 */
export function parseDocument(
  bytes: Uint8Array,
  limits: Pick<Limits, "jsonDepthMax">,
): JsonDocument {
  const text = decode(bytes);
  const { keys, offsets } = scan(text, limits.jsonDepthMax);
  const value = parse(text);
  const distinctKeys = countKeys(value);
  if (Number.isNaN(distinctKeys)) throw refusalOf(value);
  const faithful = keys === distinctKeys;
  const members = new Map(faithful ? entriesOf(text, offsets) : []);
  if (!faithful || bytes.length !== text.length || bytes.length < BYTES_MIN) {
    return { text, bytes: undefined, value, faithful, members };
  }
  return {
    // Asked for by nobody on the usual way; kept, every body would live twice while its answer is waited for.
    get text() {
      return decode(bytes);
    },
    bytes,
    value,
    faithful,
    members,
  };
}

function decode(bytes: Uint8Array): string {
  try {
    // The byte order mark stays in the text, where the parser refuses it.
    return UTF8.decode(bytes);
  } catch {
    throw new TokenhubError("invalid_json");
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TokenhubError("invalid_json");
  }
  if (!isObject(value)) throw new TokenhubError("invalid_json");
  return value;
}

/** A document of a value that we made ourselves from checked parts; JSON-safe, not checked again. */
export function documentOf(value: Readonly<Record<string, unknown>>): JsonDocument {
  const text = JSON.stringify(value);
  const { offsets } = scan(text, Number.POSITIVE_INFINITY);
  const members = new Map(entriesOf(text, offsets));
  return { text, bytes: undefined, value, faithful: true, members };
}

/**
 * The document's text with these members replaced, removed or added. Of a faithful document everything else stays
 * byte-identical (big integers, spacing, escapes); any other is written anew from its parsed value.
 */
export function splice(document: JsonDocument, changes: Changes): string {
  if (document.faithful) return spliceMembers(document.text, document.members, changes);
  const parts: string[] = [];
  for (const key of Object.keys(document.value)) {
    if (Object.hasOwn(changes, key)) continue;
    parts.push(`${JSON.stringify(key)}:${JSON.stringify(document.value[key])}`);
  }
  for (const key of Object.keys(changes)) {
    const raw = changes[key];
    if (raw !== undefined) parts.push(`${JSON.stringify(key)}:${raw}`);
  }
  return `{${parts.join(",")}}`;
}

/** The same as a body to send: in its bytes where the document has them. */
export function spliceBody(document: JsonDocument, changes: Changes): string | Uint8Array {
  const { bytes, members } = document;
  if (!bytes) return splice(document, changes);
  return spliceBytes(bytes, { entries: members, changes, start: bytes.indexOf(OPEN_BRACE) + 1 });
}

/** The raw text of a top-level member's value; undefined when the document has no such member to point at. */
export function rawMember(document: JsonDocument, key: string): string | undefined {
  const member = document.members.get(key);
  if (!member) return undefined;
  const { bytes } = document;
  if (bytes) return decode(bytes.subarray(member.valueStart, member.end));
  return document.text.slice(member.valueStart, member.end);
}

/** Splices a text that is already known to be one JSON object; a repeated key is changed everywhere. */
export function spliceText(text: string, changes: Changes): string {
  const { offsets } = scan(text, Number.POSITIVE_INFINITY);
  return spliceMembers(text, entriesOf(text, offsets), changes);
}
