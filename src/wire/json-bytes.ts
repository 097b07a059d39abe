/** Patches a JSON object in its bytes, where every character is one byte: large bodies are never made anew as text. */
import { joined } from "../bytes.ts";
import { type Changes, type MemberEntry, type Sink, spliceInto } from "./json-splice.ts";

const encoder = new TextEncoder();

/** The patched bytes; `bytes` must be ASCII, so that offsets of its text are its own. */
export function spliceBytes(
  bytes: Uint8Array,
  given: { entries: Iterable<MemberEntry>; changes: Changes; start: number },
): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const add = (part: Uint8Array) => {
    parts.push(part);
    length += part.length;
  };
  const sink: Sink = {
    copy: (from, to) => add(bytes.subarray(from, to)),
    add: (raw) => add(encoder.encode(raw)),
  };
  spliceInto(sink, { ...given, end: bytes.length });
  return joined(parts, length);
}
