/** Tools and the choice among them, for a provider. */
import type { Tool, ToolChoice } from "../../conversation.ts";
import { isObject } from "../json.ts";

type Members = Readonly<Record<string, unknown>>;

/** The member `tools`; none when no tool is left that this dialect knows. */
export function writeTools(tools: readonly Tool[]): { tools?: readonly Members[] } {
  const written = tools.map(writeTool).filter((tool) => tool !== undefined);
  return written.length > 0 ? { tools: written } : {};
}

function writeTool(tool: Tool): Members | undefined {
  if (tool.kind === "hosted") return undefined;
  const { name, description } = tool;
  if (tool.kind === "custom") {
    return { type: "custom", custom: { name, description, format: writeFormat(tool.format) } };
  }
  const { schema, strict } = tool;
  return { type: "function", function: { name, description, parameters: schema, strict } };
}

/** A grammar stands in a member of its own here. */
function writeFormat(format: unknown): unknown {
  if (!isObject(format) || format.type !== "grammar") return format;
  const { type, ...grammar } = format;
  return { type, grammar };
}

/** undefined: not said. */
export function writeToolChoice(choice: ToolChoice | undefined, tools: readonly Tool[]): unknown {
  switch (choice?.kind) {
    case undefined:
      return undefined;
    case "tool":
      return named(choice.name, tools);
    case "allowed": {
      const mode = choice.required ? "required" : "auto";
      const allowed = choice.names.map((name) => named(name, tools));
      return { type: "allowed_tools", allowed_tools: { mode, tools: allowed } };
    }
    default:
      return choice?.kind;
  }
}

function named(name: string, tools: readonly Tool[]): Members {
  const isCustom = tools.some((tool) => tool.kind === "custom" && tool.name === name);
  return isCustom ? { type: "custom", custom: { name } } : { type: "function", function: { name } };
}
