/** Tools and the choice among them as the Responses dialect writes them. */
import type { FunctionTool, Tool, ToolChoice } from "../../conversation.ts";
import type { JsonObject } from "../given.ts";

/** Tools of the provider that need no settings; others cannot be asked for by name alone. */
const HOSTED = new Set(["web_search", "web_search_preview", "image_generation", "local_shell"]);

/** Functions of one namespace are gathered where its first stands. */
export function writeTools(tools: readonly Tool[]): readonly JsonObject[] {
  const written: JsonObject[] = [];
  const namespaces = new Map<string, JsonObject[]>();
  for (const tool of tools) {
    if (tool.kind === "hosted") {
      if (HOSTED.has(tool.type)) written.push({ type: tool.type });
    } else if (tool.kind === "custom") {
      const { name, description, format } = tool;
      written.push({ type: "custom", name, description, format });
    } else if (tool.namespace === undefined) {
      written.push(writeFunction(tool));
    } else {
      const name = tool.namespace;
      const inner = namespaces.get(name) ?? [];
      // The dialect demands a description; what the client's said is not known here.
      if (inner.length === 0) {
        written.push({ type: "namespace", name, description: name, tools: inner });
      }
      namespaces.set(name, inner);
      inner.push(writeFunction(tool));
    }
  }
  return written;
}

/** Here an absent `strict` may mean strict; elsewhere it never does. */
function writeFunction({ name, description, schema, strict = false }: FunctionTool): JsonObject {
  const parameters = schema ?? { type: "object", properties: {} };
  return { type: "function", name, description, parameters, strict };
}

/** `tools` tell which names are custom tools. */
export function writeToolChoice(choice: ToolChoice, tools: readonly Tool[]): unknown {
  const typeOf = (name: string) =>
    tools.some((tool) => tool.kind === "custom" && tool.name === name) ? "custom" : "function";
  switch (choice.kind) {
    case "tool": {
      const { name, namespace } = choice;
      if (namespace !== undefined) return { type: "function", name, namespace };
      return { type: typeOf(name), name };
    }
    case "allowed":
      return {
        type: "allowed_tools",
        mode: choice.required ? "required" : "auto",
        tools: choice.names.map((name) => ({ type: typeOf(name), name })),
      };
    default:
      return choice.kind;
  }
}
