/** Tools and tool choice of a client's request. */
import type { Tool, ToolChoice } from "../../conversation.ts";
import { isGiven, type JsonObject, refuse } from "../given.ts";
import {
  type Findings,
  listAt,
  noteUnread,
  objectAt,
  optionalBoolean,
  optionalObject,
  optionalText,
  textAt,
  unsupported,
} from "./read-value.ts";

const KNOWN = ["type", "name", "description", "input_schema", "cache_control", "strict"];

/** Those without `type`, or of type `custom`, are functions; every other type runs at the provider. */
export function readTools(value: unknown, found: Findings): Tool[] {
  return listAt(value, "tools").map((item, index) => {
    const path = `tools.${index}`;
    const tool = objectAt(item, path);
    const type = optionalText(tool.type, `${path}.type`) ?? "custom";
    if (type !== "custom") return { kind: "hosted", type };
    noteUnread(found, tool, { known: KNOWN, prefix: "tools." });
    const description = optionalText(tool.description, `${path}.description`);
    const strict = optionalBoolean(tool.strict, `${path}.strict`);
    const cache = optionalObject(tool.cache_control, `${path}.cache_control`);
    const schema = optionalObject(tool.input_schema, `${path}.input_schema`);
    return {
      kind: "function",
      name: textAt(tool.name, `${path}.name`),
      schema,
      ...(description !== undefined && { description }),
      ...(strict !== undefined && { strict }),
      ...(cache !== undefined && { cache }),
    };
  });
}

interface Choice {
  readonly toolChoice: ToolChoice | undefined;
  readonly parallelCalls: boolean | undefined;
}

/**
 * @throws TokenhubError invalid_value for a tool that is not there; unsupported_parameter for one that runs at the
 * provider.
 */
export function readToolChoice(body: JsonObject, found: Findings): Choice {
  const choice = optionalObject(body.tool_choice, "tool_choice");
  if (choice === undefined) return { toolChoice: undefined, parallelCalls: undefined };
  const known = ["type", "name", "disable_parallel_tool_use"];
  noteUnread(found, choice, { known, prefix: "tool_choice." });
  const serial = optionalBoolean(
    choice.disable_parallel_tool_use,
    "tool_choice.disable_parallel_tool_use",
  );
  const parallelCalls = serial === undefined ? undefined : !serial;
  return { toolChoice: readChoice(choice, body.tools), parallelCalls };
}

const KINDS: ReadonlyMap<unknown, "auto" | "required" | "none"> = new Map([
  ["auto", "auto"],
  ["any", "required"],
  ["none", "none"],
]);

function readChoice(choice: JsonObject, tools: unknown): ToolChoice {
  const kind = KINDS.get(choice.type);
  if (kind !== undefined) return { kind };
  if (choice.type !== "tool") return refuse("tool_choice.type");
  const name = textAt(choice.name, "tool_choice.name");
  const chosen = listAt(tools, "tools").find((tool) => objectAt(tool, "tools").name === name);
  if (chosen === undefined) return refuse("tool_choice.name");
  const { type } = objectAt(chosen, "tools");
  if (isGiven(type) && type !== "custom") return unsupported("tool_choice");
  return { kind: "tool", name };
}
