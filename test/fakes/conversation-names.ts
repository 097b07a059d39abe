/** A conversation as a provider was told it, with the tools as their client knows them. */
import type { Conversation, Part, Tool, ToolChoice } from "../../src/conversation.ts";
import { unwrapInput } from "../../src/wire/tool-input.ts";
import type { ToolNames } from "../../src/wire/tools.ts";

/** What `restoreReply` does for an answer, for calls and tools of a request. */
export function renamed(said: Conversation, names: ToolNames): Conversation {
  const customs = new Set<string>();
  const part = (one: Part): Part => {
    if (one.kind === "result") return { ...one, custom: one.custom || customs.has(one.callId) };
    const named = one.kind === "call" ? names.get(one.name) : undefined;
    if (one.kind !== "call" || !named) return one;
    if (named.custom) customs.add(one.id);
    const input = named.custom && !one.custom ? unwrapInput(one.input) : one.input;
    return { ...one, ...named, input };
  };
  return {
    ...said,
    turns: said.turns.map((turn) => ({ ...turn, parts: turn.parts.map(part) })),
    tools: said.tools.map((tool) => toolOf(tool, names)),
    toolChoice: said.toolChoice && choiceOf(said.toolChoice, names),
  };
}

function toolOf(tool: Tool, names: ToolNames): Tool {
  const named = tool.kind === "hosted" ? undefined : names.get(tool.name);
  if (tool.kind === "hosted" || !named) return tool;
  const { name, namespace } = named;
  if (named.custom) return tool.kind === "custom" ? { ...tool, name } : { kind: "custom", name };
  return tool.kind === "custom" ? tool : { ...tool, name, namespace };
}

function choiceOf(choice: ToolChoice, names: ToolNames): ToolChoice {
  if (choice.kind === "tool") {
    const named = names.get(choice.name);
    return named ? { kind: "tool", name: named.name, namespace: named.namespace } : choice;
  }
  if (choice.kind !== "allowed") return choice;
  const known = choice.names.map((name) => names.get(name)?.name ?? name);
  return { ...choice, names: [...new Set(known)] };
}
