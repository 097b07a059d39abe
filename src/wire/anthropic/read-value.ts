/** How values of a client's request are checked: null counts as absent, a refusal names the path only. */
import { TokenhubError } from "../../errors.ts";
import { isGiven, type JsonObject, refuse } from "../given.ts";
import { isObject } from "../json.ts";

/** @throws TokenhubError unsupported_parameter, always. */
export function unsupported(param: string): never {
  throw new TokenhubError("unsupported_parameter", { param });
}

/** @throws TokenhubError invalid_value for anything but a text. */
export function textAt(value: unknown, param: string): string {
  return typeof value === "string" ? value : refuse(param);
}

/** @throws TokenhubError invalid_value for anything but a text; undefined: not given. */
export function optionalText(value: unknown, param: string): string | undefined {
  return isGiven(value) ? textAt(value, param) : undefined;
}

/** @throws TokenhubError invalid_value for anything but a number; undefined: not given. */
export function optionalNumber(value: unknown, param: string): number | undefined {
  if (!isGiven(value)) return undefined;
  return typeof value === "number" ? value : refuse(param);
}

/** @throws TokenhubError invalid_value for anything but a truth value; undefined: not given. */
export function optionalBoolean(value: unknown, param: string): boolean | undefined {
  if (!isGiven(value)) return undefined;
  return typeof value === "boolean" ? value : refuse(param);
}

/** @throws TokenhubError invalid_value for anything but an object. */
export function objectAt(value: unknown, param: string): JsonObject {
  return isObject(value) ? value : refuse(param);
}

/** @throws TokenhubError invalid_value for anything but an object; undefined: not given. */
export function optionalObject(value: unknown, param: string): JsonObject | undefined {
  return isGiven(value) ? objectAt(value, param) : undefined;
}

/** @throws TokenhubError invalid_value for anything but a list; empty when not given. */
export function listAt(value: unknown, param: string): readonly unknown[] {
  if (!isGiven(value)) return [];
  return Array.isArray(value) ? value : refuse(param);
}

/** What a reader gathers on its way through one request. */
export interface Findings {
  /** Paths of fields that were not read, without list positions. */
  readonly unread: Set<string>;
  /** Ids of the tool calls so far. */
  readonly calls: Set<string>;
}

/** Notes the fields of an object that nobody reads. `prefix`: "" or a path that ends with a dot. */
export function noteUnread(
  found: Findings,
  object: JsonObject,
  { known, prefix }: { known: readonly string[]; prefix: string },
): void {
  for (const key of Object.keys(object)) {
    if (!known.includes(key) && isGiven(object[key])) found.unread.add(prefix + key);
  }
}
