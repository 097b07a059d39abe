/** Patches the text of a JSON object in place. */
import { type Member, scan } from "./json-scan.ts";

/** A member under its decoded key, in the order of the text. */
export type MemberEntry = readonly [key: string, member: Member];

/** Raw JSON texts by key; undefined removes the member, a key that is not there yet is added. */
export type Changes = Readonly<Record<string, string | undefined>>;

/** The scanned members under their keys. The text must be known to be a JSON object. */
export function entriesOf(text: string, offsets: readonly number[]): MemberEntry[] {
  const entries: MemberEntry[] = [];
  for (let at = 0; at + 3 < offsets.length; at += 4) {
    const [start = 0, keyEnd = 0, valueStart = 0, end = 0] = offsets.slice(at, at + 4);
    const raw = text.slice(start + 1, keyEnd - 1);
    const key: string = raw.includes("\\") ? JSON.parse(text.slice(start, keyEnd)) : raw;
    entries.push([key, { start, valueStart, end }]);
  }
  return entries;
}

/** Takes the parts of a patched text, in order: ranges of the old one, and new text. */
export interface Sink {
  copy(from: number, to: number): void;
  add(raw: string): void;
}

/**
 * The text with its changes; everything else is byte-identical. A key that stands there twice is changed twice.
 * Removing a member takes one comma along; added members come last.
 */
export function spliceMembers(
  text: string,
  entries: Iterable<MemberEntry>,
  changes: Changes,
): string {
  let out = "";
  const sink: Sink = {
    copy: (from, to) => {
      out += text.slice(from, to);
    },
    add: (raw) => {
      out += raw;
    },
  };
  spliceInto(sink, { entries, changes, start: text.indexOf("{") + 1, end: text.length });
  return out;
}

/** The same into a sink; `start` is the offset after the opening brace, `end` that of the text. */
export function spliceInto(
  sink: Sink,
  given: { entries: Iterable<MemberEntry>; changes: Changes; start: number; end: number },
): void {
  const { entries, changes } = given;
  /** Start of what is not copied yet. */
  let from = 0;
  let previousEnd = given.start;
  let kept = 0;
  let removed = 0;
  const added = new Set(Object.keys(changes));
  for (const [key, member] of entries) {
    if (kept === 0 && removed > 0) from = member.start;
    const isChanged = Object.hasOwn(changes, key);
    const raw = isChanged ? changes[key] : undefined;
    if (isChanged && raw === undefined) {
      sink.copy(from, kept === 0 ? member.start : previousEnd);
      from = member.end;
      removed++;
    } else {
      if (raw !== undefined) {
        sink.copy(from, member.valueStart);
        sink.add(raw);
        from = member.end;
      }
      kept++;
    }
    if (isChanged) added.delete(key);
    previousEnd = member.end;
  }
  sink.copy(from, previousEnd);
  for (const key of added) {
    const raw = changes[key];
    if (raw === undefined) continue;
    sink.add(`${kept++ === 0 ? "" : ","}${JSON.stringify(key)}:${raw}`);
  }
  sink.copy(previousEnd, given.end);
}

/** A change of one member. */
export interface MemberChange {
  readonly key: string;
  /** Raw JSON text. */
  readonly raw: string;
}

/**
 * The text, known to be one JSON object, with this member replaced wherever it stands, or added. What
 * `spliceMembers` does, without an object per member: every event of every stream comes by here.
 */
export function putMember(text: string, { key, raw }: MemberChange): string {
  const { offsets } = scan(text, Number.POSITIVE_INFINITY);
  let out = "";
  /** Start of what is not copied yet. */
  let from = 0;
  for (let at = 0; at + 3 < offsets.length; at += 4) {
    const [start, keyEnd] = [offsets[at] ?? 0, offsets[at + 1] ?? 0];
    if (!isKey(text, { start, end: keyEnd }, key)) continue;
    out += text.slice(from, offsets[at + 2]) + raw;
    from = offsets[at + 3] ?? text.length;
  }
  if (from === 0) return spliceMembers(text, entriesOf(text, offsets), { [key]: raw });
  return out + text.slice(from);
}

/** Does this quoted text spell the key, with escapes or without? */
function isKey(text: string, at: { start: number; end: number }, key: string): boolean {
  if (at.end - at.start === key.length + 2) return text.startsWith(key, at.start + 1);
  const quoted = text.slice(at.start, at.end);
  return quoted.includes("\\") && JSON.parse(quoted) === key;
}
