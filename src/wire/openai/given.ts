/** Fields that a client may leave out: null counts as absent, a wrong type is refused with its path. */
import { TokenhubError } from "../../errors.ts";
import { isGiven, type JsonObject, refuse } from "../given.ts";
import { isObject } from "../json.ts";

/** Paths of unknown fields that are remembered; beyond that nobody reads them. */
const UNREAD_MAX = 64;

/** Collects what the representation has no place for. */
export interface Unread {
  readonly paths: readonly string[];
  add(path: string): void;
  /** Every member of `object` that is given and not in `known`; `at` is the path of the object, "" at the top. */
  rest(object: JsonObject, known: ReadonlySet<string>, at: string): void;
}

/** An empty collection; each path is kept once. */
export function createUnread(): Unread {
  const paths: string[] = [];
  const add = (path: string): void => {
    if (paths.length < UNREAD_MAX && !paths.includes(path)) paths.push(path);
  };
  return {
    paths,
    add,
    rest(object, known, at) {
      for (const key of Object.keys(object)) {
        if (!known.has(key) && isGiven(object[key])) add(at === "" ? key : `${at}.${key}`);
      }
    },
  };
}

/** @throws TokenhubError unsupported_parameter: well formed, but nothing that can be translated. */
export function unsupported(param: string): never {
  throw new TokenhubError("unsupported_parameter", { param });
}

/** undefined: not given. @throws TokenhubError invalid_value. */
export function stringAt(value: unknown, param: string): string | undefined {
  if (!isGiven(value)) return undefined;
  return typeof value === "string" ? value : refuse(param);
}

/** @throws TokenhubError invalid_value when it is missing, too. */
export function textAt(value: unknown, param: string): string {
  return typeof value === "string" ? value : refuse(param);
}

/** A text that is not empty. @throws TokenhubError invalid_value. */
export function nameAt(value: unknown, param: string): string {
  return typeof value === "string" && value !== "" ? value : refuse(param);
}

/** undefined: not given. @throws TokenhubError invalid_value. */
export function booleanAt(value: unknown, param: string): boolean | undefined {
  if (!isGiven(value)) return undefined;
  return typeof value === "boolean" ? value : refuse(param);
}

/** undefined: not given. @throws TokenhubError invalid_value. */
export function numberAt(value: unknown, param: string): number | undefined {
  if (!isGiven(value)) return undefined;
  return typeof value === "number" ? value : refuse(param);
}

/** undefined: not given. @throws TokenhubError invalid_value. */
export function objectAt(value: unknown, param: string): JsonObject | undefined {
  if (!isGiven(value)) return undefined;
  return isObject(value) ? value : refuse(param);
}

/** @throws TokenhubError invalid_value when it is missing, too. */
export function needObject(value: unknown, param: string): JsonObject {
  return isObject(value) ? value : refuse(param);
}

/** Empty when not given. @throws TokenhubError invalid_value. */
export function listAt(value: unknown, param: string): readonly unknown[] {
  if (!isGiven(value)) return [];
  return Array.isArray(value) ? value : refuse(param);
}
