/** Tools and tool choice for a provider. */
import type { Conversation, FunctionTool, ToolChoice } from "../../conversation.ts";
import type { JsonObject } from "../given.ts";
import { isObject } from "../json.ts";
import { unsupported } from "./read-value.ts";

/** Members of the body; a member that is absent was not asked for. */
export interface WrittenTools {
  readonly tools?: readonly JsonObject[];
  readonly tool_choice?: JsonObject;
}

/**
 * Hosted tools are left out. `mustChooseFreely`: beside thinking, no tool can be forced.
 * @throws TokenhubError unsupported_parameter for tools with free text.
 */
export function writeTools(conversation: Conversation, mustChooseFreely: boolean): WrittenTools {
  const { toolChoice } = conversation;
  const tools = conversation.tools.flatMap((tool): FunctionTool[] => {
    if (tool.kind === "custom") return unsupported("tools");
    if (tool.kind === "hosted") return [];
    const isAllowed = toolChoice?.kind !== "allowed" || toolChoice.names.includes(tool.name);
    return isAllowed ? [tool] : [];
  });
  if (tools.length === 0) return {};
  const choice = writeChoice(conversation, mustChooseFreely);
  return { tools: tools.map(writeTool), ...(choice && { tool_choice: choice }) };
}

function writeTool({ name, description, schema, strict, cache }: FunctionTool): JsonObject {
  return {
    name,
    ...(description !== undefined && { description }),
    input_schema: writeSchema(schema),
    ...(strict === true && { strict }),
    ...(cache !== undefined && { cache_control: cache }),
  };
}

/** The top of every schema must say that it is an object. */
function writeSchema(schema: unknown): JsonObject {
  if (!isObject(schema)) return { type: "object", properties: {} };
  return schema.type === "object" ? schema : { ...schema, type: "object" };
}

function writeChoice(
  { toolChoice, parallelCalls }: Conversation,
  mustChooseFreely: boolean,
): JsonObject | undefined {
  const choice = toolChoice ?? (parallelCalls === false ? AUTO : undefined);
  if (choice === undefined) return undefined;
  if (choice.kind === "none") return { type: "none" };
  const freely = mustChooseFreely ? { type: "auto" } : typeOf(choice);
  if (parallelCalls === undefined) return freely;
  return { ...freely, disable_parallel_tool_use: !parallelCalls };
}

const AUTO: ToolChoice = { kind: "auto" };

function typeOf(choice: ToolChoice): JsonObject {
  switch (choice.kind) {
    case "tool":
      return { type: "tool", name: choice.name };
    case "allowed":
      return { type: choice.required ? "any" : "auto" };
    case "required":
      return { type: "any" };
    default:
      return { type: choice.kind };
  }
}
