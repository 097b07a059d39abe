/** Reading a client's JSON piece by piece: what has the wrong shape is refused by its path, what is unknown is noted. */
import { TokenhubError } from "../../errors.ts";
import { isGiven, type JsonObject, refuse } from "../given.ts";
import { isObject } from "../json.ts";

/** A value and where it stands: `path` with positions, for refusals; `place` without them, for `unread`. */
export interface Piece {
  readonly value: unknown;
  readonly path: string;
  readonly place: string;
  /** Places of fields that nobody read; one set for the whole request. */
  readonly unread: Set<string>;
}

/** @throws TokenhubError unsupported_parameter */
export function refuseUnsupported(param: string): never {
  throw new TokenhubError("unsupported_parameter", { param });
}

/** @throws TokenhubError invalid_value for anything but an object. */
export function objectOf(piece: Piece): JsonObject {
  return isObject(piece.value) ? piece.value : refuse(piece.path);
}

/** The elements as pieces; none when absent. @throws TokenhubError invalid_value for anything but a list. */
export function elementsOf(piece: Piece): readonly Piece[] {
  const { value, path, place, unread } = piece;
  if (!isGiven(value)) return [];
  if (!Array.isArray(value)) return refuse(path);
  return value.map((element, at) => ({ value: element, path: `${path}.${at}`, place, unread }));
}

/** A member as a piece; its value is undefined when the piece has none. */
export function memberOf(piece: Piece, name: string): Piece {
  const value =
    isObject(piece.value) && Object.hasOwn(piece.value, name) ? piece.value[name] : undefined;
  const { unread } = piece;
  return { value, path: join(piece.path, name), place: join(piece.place, name), unread };
}

/** undefined: absent. @throws TokenhubError invalid_value for another type. */
export function textOf(piece: Piece): string | undefined {
  if (!isGiven(piece.value)) return undefined;
  return typeof piece.value === "string" ? piece.value : refuse(piece.path);
}

/** @throws TokenhubError invalid_value when absent or of another type. */
export function neededText(piece: Piece): string {
  return textOf(piece) ?? refuse(piece.path);
}

/** undefined: absent. @throws TokenhubError invalid_value for another type. */
export function numberOf(piece: Piece): number | undefined {
  if (!isGiven(piece.value)) return undefined;
  return typeof piece.value === "number" ? piece.value : refuse(piece.path);
}

/** undefined: absent. @throws TokenhubError invalid_value for another type. */
export function flagOf(piece: Piece): boolean | undefined {
  if (!isGiven(piece.value)) return undefined;
  return typeof piece.value === "boolean" ? piece.value : refuse(piece.path);
}

/** Notes the members that say something and are not known here. */
export function noteUnread(piece: Piece, known: ReadonlySet<string>): void {
  if (!isObject(piece.value)) return;
  for (const name of Object.keys(piece.value)) {
    if (!known.has(name) && isGiven(piece.value[name])) piece.unread.add(join(piece.place, name));
  }
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
