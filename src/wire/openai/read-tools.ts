/** Tools of a request and the choice among them, in both spellings of the dialect. */
import type { Tool, ToolChoice } from "../../conversation.ts";
import { isGiven, type JsonObject, refuse } from "../given.ts";
import { isObject } from "../json.ts";
import {
  booleanAt,
  listAt,
  nameAt,
  needObject,
  stringAt,
  type Unread,
  unsupported,
} from "./given.ts";

const FUNCTION_TOOL = new Set(["type", "function"]);
const FUNCTION_FIELDS = new Set(["name", "description", "parameters", "strict"]);
const CUSTOM_TOOL = new Set(["type", "custom"]);
const CUSTOM_FIELDS = new Set(["name", "description", "format"]);

const CHOICES = new Set(["auto", "none", "required"]);

/** `tools`, then the `functions` of older clients. @throws TokenhubError invalid_value. */
export function readTools(body: JsonObject, unread: Unread): Tool[] {
  const tools = listAt(body.tools, "tools").map((tool, index): Tool => {
    const path = `tools.${index}`;
    const { type, ...rest } = needObject(tool, path);
    const kind = nameAt(type, `${path}.type`);
    if (kind === "function") {
      unread.rest(rest, FUNCTION_TOOL, "tools");
      return readFunction(rest.function, {
        path: `${path}.function`,
        at: "tools.function",
        unread,
      });
    }
    if (kind !== "custom") return { kind: "hosted", type: kind };
    unread.rest(rest, CUSTOM_TOOL, "tools");
    const custom = needObject(rest.custom, `${path}.custom`);
    unread.rest(custom, CUSTOM_FIELDS, "tools.custom");
    return {
      kind: "custom",
      name: nameAt(custom.name, `${path}.custom.name`),
      description: stringAt(custom.description, `${path}.custom.description`),
      format: readFormat(custom.format),
    };
  });
  const functions = listAt(body.functions, "functions").map((value, index) => {
    return readFunction(value, { path: `functions.${index}`, at: "functions", unread });
  });
  return [...tools, ...functions];
}

/** A grammar without the member around it, which no other dialect has. */
function readFormat(format: unknown): unknown {
  if (!isObject(format) || !isObject(format.grammar)) return format ?? undefined;
  const { grammar, ...rest } = format;
  return { ...rest, ...format.grammar };
}

function readFunction(
  value: unknown,
  { path, at, unread }: { path: string; at: string; unread: Unread },
): Tool {
  const called = needObject(value, path);
  unread.rest(called, FUNCTION_FIELDS, at);
  return {
    kind: "function",
    name: nameAt(called.name, `${path}.name`),
    description: stringAt(called.description, `${path}.description`),
    schema: called.parameters ?? undefined,
    strict: booleanAt(called.strict, `${path}.strict`),
  };
}

/**
 * undefined: not said.
 * @throws TokenhubError invalid_value; unsupported_parameter for the choice of a tool that runs at the provider.
 */
export function readToolChoice(body: JsonObject): ToolChoice | undefined {
  const choice = body.tool_choice;
  if (!isGiven(choice)) return readFunctionChoice(body.function_call);
  if (typeof choice === "string") return plainChoice(choice) ?? refuse("tool_choice");
  if (!isObject(choice)) return refuse("tool_choice");
  switch (nameAt(choice.type, "tool_choice.type")) {
    case "function":
    case "custom":
      return { kind: "tool", name: chosenName(choice, "tool_choice") };
    case "allowed_tools": {
      const allowed = needObject(choice.allowed_tools, "tool_choice.allowed_tools");
      const path = "tool_choice.allowed_tools.tools";
      const names = listAt(allowed.tools, path).map((tool, index) => {
        return chosenName(needObject(tool, `${path}.${index}`), `${path}.${index}`);
      });
      return { kind: "allowed", names, required: allowed.mode === "required" };
    }
    default:
      return unsupported("tool_choice");
  }
}

function plainChoice(choice: string): ToolChoice | undefined {
  if (!CHOICES.has(choice)) return undefined;
  return { kind: choice === "none" ? "none" : choice === "required" ? "required" : "auto" };
}

function chosenName(choice: JsonObject, path: string): string {
  if (choice.type !== "function" && choice.type !== "custom") return unsupported(`${path}.type`);
  const chosen = needObject(choice[choice.type], `${path}.${choice.type}`);
  return nameAt(chosen.name, `${path}.${choice.type}.name`);
}

function readFunctionChoice(choice: unknown): ToolChoice | undefined {
  if (!isGiven(choice)) return undefined;
  if (choice === "auto" || choice === "none") return { kind: choice };
  if (!isObject(choice)) return refuse("function_call");
  return { kind: "tool", name: nameAt(choice.name, "function_call.name") };
}
