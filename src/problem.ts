/** What is wrong with something that a person wrote: where, and why, without the value. */
import type { z } from "zod";
import { nearest } from "./nearest.ts";

/** What is wrong with one field, and where it stands; never its value. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * Zod's issues in our words, their paths below `start`. An unknown key is told at its own path with
 * the key that was meant; `keysAt` answers the keys that a path (below `start`) may have.
 */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  start: Problem["path"],
  keysAt: (path: readonly PropertyKey[]) => readonly string[],
): Problem[] {
  return issues.flatMap((issue) => {
    const path = [
      ...start,
      ...issue.path.map((part) => (typeof part === "number" ? part : `${String(part)}`)),
    ];
    if (issue.code !== "unrecognized_keys") return [{ path, message: messageOf(issue) }];
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: unknownKey(key, keysAt(issue.path)),
    }));
  });
}

function unknownKey(key: string, keys: readonly string[]): string {
  const meant = nearest(key, keys);
  return meant === undefined ? "unknown key" : `unknown key; did you mean ${meant}?`;
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? "invalid key";
  const { code, message } = issue;
  if (code === "invalid_type" && message.endsWith("received undefined")) return "required";
  return message.charAt(0).toLowerCase() + message.slice(1);
}
