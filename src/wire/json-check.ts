/** What JSON allows and we do not: numbers beyond double range, halves of surrogate pairs. */
import { TokenhubError } from "../errors.ts";

/** Longest piece of a path that is shown; keys are the client's own words. */
const SEGMENT_CHARS_MAX = 64;

/** Keys in all objects of a parsed value; NaN when some string, key or number in it is not allowed. */
export function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return isBad(value) ? Number.NaN : 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) keys += countKeys(item);
    return keys;
  }
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) {
    keys += isBad(key) ? Number.NaN : 1 + countKeys(members[key]);
  }
  return keys;
}

/** The refusal of a value that has something not allowed, with the path of the first such leaf. */
export function refusalOf(value: unknown): TokenhubError {
  const path = pathToBad(value) ?? [];
  const param = path.map((key) => key.slice(0, SEGMENT_CHARS_MAX).toWellFormed()).join(".");
  return new TokenhubError("invalid_value", { param: param || undefined });
}

/** `1e400` parses to Infinity; `"\ud800"` parses to a string that no UTF-8 can carry. */
function isBad(leaf: unknown): boolean {
  if (typeof leaf === "number") return !Number.isFinite(leaf);
  return typeof leaf === "string" && !leaf.isWellFormed();
}

/** Keys and indexes that lead to the first bad leaf; a bad key is told by the path of its object. */
function pathToBad(value: unknown): string[] | undefined {
  if (typeof value !== "object" || value === null) return isBad(value) ? [] : undefined;
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) {
    if (isBad(key)) return [];
    const rest = pathToBad(members[key]);
    if (rest) return [key, ...rest];
  }
  return undefined;
}
