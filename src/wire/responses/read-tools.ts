/** Tools of a request in the Responses dialect, and the choice among them. */
import type { Tool, ToolChoice } from "../../conversation.ts";
import { isGiven, refuse } from "../given.ts";
import {
  elementsOf,
  flagOf,
  memberOf,
  neededText,
  noteUnread,
  objectOf,
  type Piece,
  refuseUnsupported,
  textOf,
} from "./shape.ts";

const KNOWN = {
  function: new Set(["type", "name", "description", "parameters", "strict"]),
  custom: new Set(["type", "name", "description", "format"]),
  namespace: new Set(["type", "name", "description", "tools"]),
  choice: new Set(["type", "name", "namespace"]),
  allowed: new Set(["type", "mode", "tools"]),
} as const satisfies Record<string, ReadonlySet<string>>;

/** @throws TokenhubError invalid_value; unsupported_parameter for a custom tool inside a namespace. */
export function readTools(tools: Piece): readonly Tool[] {
  return elementsOf(tools).flatMap(readTool);
}

function readTool(piece: Piece): readonly Tool[] {
  objectOf(piece);
  const type = neededText(memberOf(piece, "type"));
  if (type === "function") return [readFunction(piece, undefined)];
  if (type === "custom") return [readCustom(piece)];
  if (type !== "namespace") return [{ kind: "hosted", type }];
  noteUnread(piece, KNOWN.namespace);
  const namespace = neededText(memberOf(piece, "name"));
  const description = memberOf(piece, "description");
  // Only what a namespace says beyond its name is lost.
  if (isGiven(description.value) && description.value !== namespace) {
    piece.unread.add(description.place);
  }
  return elementsOf(memberOf(piece, "tools")).map((inner) => {
    const innerType = memberOf({ ...inner, value: objectOf(inner) }, "type");
    if (neededText(innerType) !== "function") return refuseUnsupported(innerType.path);
    return readFunction(inner, namespace);
  });
}

function readFunction(piece: Piece, namespace: string | undefined): Tool {
  noteUnread(piece, KNOWN.function);
  const schema = memberOf(piece, "parameters");
  const description = textOf(memberOf(piece, "description"));
  const strict = flagOf(memberOf(piece, "strict"));
  return {
    kind: "function",
    name: neededText(memberOf(piece, "name")),
    ...(namespace === undefined ? {} : { namespace }),
    ...(description === undefined ? {} : { description }),
    schema: isGiven(schema.value) ? schema.value : undefined,
    ...(strict === undefined ? {} : { strict }),
  };
}

function readCustom(piece: Piece): Tool {
  noteUnread(piece, KNOWN.custom);
  const { value: format } = memberOf(piece, "format");
  const description = textOf(memberOf(piece, "description"));
  return {
    kind: "custom",
    name: neededText(memberOf(piece, "name")),
    ...(description === undefined ? {} : { description }),
    ...(isGiven(format) ? { format } : {}),
  };
}

/**
 * undefined: none given.
 * @throws TokenhubError invalid_value; unsupported_parameter for a choice that forces a tool of the provider.
 */
export function readToolChoice(choice: Piece): ToolChoice | undefined {
  const { value, path } = choice;
  if (!isGiven(value)) return undefined;
  if (value === "auto" || value === "none" || value === "required") return { kind: value };
  objectOf(choice);
  const type = neededText(memberOf(choice, "type"));
  if (type === "allowed_tools") return readAllowed(choice);
  if (type !== "function" && type !== "custom") return refuseUnsupported(path);
  noteUnread(choice, KNOWN.choice);
  const name = neededText(memberOf(choice, "name"));
  const namespace = textOf(memberOf(choice, "namespace"));
  return namespace === undefined ? { kind: "tool", name } : { kind: "tool", name, namespace };
}

function readAllowed(choice: Piece): ToolChoice {
  noteUnread(choice, KNOWN.allowed);
  const mode = memberOf(choice, "mode");
  if (mode.value !== "auto" && mode.value !== "required") return refuse(mode.path);
  const names = elementsOf(memberOf(choice, "tools")).map((piece) => {
    const type = memberOf({ ...piece, value: objectOf(piece) }, "type");
    const namespace = memberOf(piece, "namespace");
    if (isGiven(namespace.value)) return refuseUnsupported(namespace.path);
    if (type.value !== "function" && type.value !== "custom") return refuseUnsupported(type.path);
    return neededText(memberOf(piece, "name"));
  });
  return { kind: "allowed", names, required: mode.value === "required" };
}
