/** Where a dialect holds text of people: what its `places.ts` walks. */
import { isObject } from "./json.ts";

/** Who wrote a message: `input` is text of the user that is no message. */
export type Speaker = "system" | "user" | "input";

/** Role → who speaks, in the dialects that have developers. */
export const SPEAKERS: ReadonlyMap<unknown, Speaker> = new Map([
  ["system", "system"],
  ["developer", "system"],
  ["user", "user"],
]);

/** Told every message with all its texts in order; answers them, each rewritten or the same. Never fewer. */
export type Rewrite = (texts: readonly string[], speaker: Speaker) => readonly string[];

/** Rewrites all text of system, developer and user in a parsed request; the very same object when nothing changes. */
export type WalkTexts = (
  body: Readonly<Record<string, unknown>>,
  rewrite: Rewrite,
) => Readonly<Record<string, unknown>>;

/**
 * A message's content: a text, or a list of parts of which those of `types` are text (a bare string is one too).
 * A part that has no text any more leaves its list, unless it is the last one: vendors refuse empty texts.
 */
export function rewriteContent(
  content: unknown,
  {
    types,
    rewrite,
  }: { types: ReadonlySet<unknown>; rewrite: (texts: readonly string[]) => readonly string[] },
): unknown {
  if (typeof content === "string") return rewrite([content])[0] ?? content;
  if (!Array.isArray(content)) return content;
  const before = content.map((part) => textOf(part, types));
  const after = rewrite(before.filter((text) => text !== undefined)).values();
  let changed = false;
  const parts = content.flatMap((part: unknown, at) => {
    const old = before[at];
    const text = old === undefined ? undefined : after.next().value;
    if (text === undefined || text === old) return [part];
    changed = true;
    if (text.trim() === "") return [];
    return [isObject(part) ? { ...part, text } : text];
  });
  if (!changed) return content;
  if (parts.length > 0) return parts;
  const [first] = content;
  return [isObject(first) ? { ...first, text: "" } : ""];
}

/** A message with its content rewritten; the very same message when nothing changes. */
export function rewriteMessage(
  message: Readonly<Record<string, unknown>>,
  { speaker, types, rewrite }: { speaker: Speaker; types: ReadonlySet<unknown>; rewrite: Rewrite },
): Readonly<Record<string, unknown>> {
  const spoken = (texts: readonly string[]) => rewrite(texts, speaker);
  return withMember(
    message,
    "content",
    rewriteContent(message.content, { types, rewrite: spoken }),
  );
}

function textOf(part: unknown, types: ReadonlySet<unknown>): string | undefined {
  if (typeof part === "string") return part;
  if (!isObject(part) || !types.has(part.type)) return undefined;
  return typeof part.text === "string" ? part.text : undefined;
}

/** A list with some elements replaced; the very same list when none was. */
export function rewriteList(list: unknown, rewrite: (element: unknown) => unknown): unknown {
  if (!Array.isArray(list)) return list;
  let changed = false;
  const elements = list.map((element) => {
    const after = rewrite(element);
    changed ||= after !== element;
    return after;
  });
  return changed ? elements : list;
}

/** An object with one member replaced; the very same object when its value is the same. */
export function withMember<T extends Readonly<Record<string, unknown>>>(
  object: T,
  key: string,
  value: unknown,
): T {
  return object[key] === value ? object : { ...object, [key]: value };
}
