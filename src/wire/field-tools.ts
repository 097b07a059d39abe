/** Rows of the table of fields: tools, the choice among them, calls and results. */
import type { Conversation } from "../conversation.ts";
import { type FieldRow, marked, type Said } from "./field-row.ts";
import { thinks } from "./field-wishes.ts";

const AS_ARGUMENT = "a function's only argument, `input`";
const CALL = {
  openai: "messages.tool_calls",
  anthropic: "messages.content.input",
  responses: "input.arguments",
};
const RESULT = {
  openai: "messages.content",
  anthropic: "messages.content.content",
  responses: "input.output",
};

/** Tools, their choice, calls and results. */
export const TOOL_FIELDS: readonly FieldRow[] = [
  {
    name: "function tool",
    paths: { openai: "tools.function", anthropic: "tools", responses: "tools" },
    otherwise: "unsupported",
    present: marked("function-tool"),
  },
  {
    name: "strictness of a function",
    paths: {
      openai: "tools.function.strict",
      anthropic: "tools.strict",
      responses: "tools.strict",
    },
    otherwise: "dropped",
    present: marked("tool-strict"),
  },
  {
    name: "custom tool",
    paths: { openai: "tools.custom", responses: "tools" },
    mapped: { openai: AS_ARGUMENT, anthropic: AS_ARGUMENT },
    otherwise: "unsupported",
    present: marked("custom-tool"),
  },
  {
    name: "format of a custom tool",
    paths: { openai: "tools.custom.format", responses: "tools.format" },
    mapped: { openai: "told in the description", anthropic: "told in the description" },
    otherwise: "dropped",
    present: marked("tool-format"),
  },
  {
    name: "namespace of tools",
    paths: { responses: "tools.tools" },
    mapped: { openai: "part of the name", anthropic: "part of the name" },
    otherwise: "unsupported",
    present: marked("namespace"),
  },
  {
    name: "tool that runs at the provider",
    paths: { openai: "tools.type", anthropic: "tools.type", responses: "tools.type" },
    own: ["openai", "anthropic", "responses"],
    otherwise: "dropped",
    present: marked("hosted-tool"),
    without: (conversation) => ({
      ...conversation,
      tools: conversation.tools.filter(({ kind }) => kind !== "hosted"),
    }),
  },
  {
    name: "choice of tools: auto, none, required",
    paths: { openai: "tool_choice", anthropic: "tool_choice.type", responses: "tool_choice" },
    otherwise: "unsupported",
    present: ({ conversation: { toolChoice } }) =>
      toolChoice !== undefined && toolChoice.kind !== "tool" && toolChoice.kind !== "allowed",
  },
  {
    name: "choice of one tool",
    paths: { openai: "tool_choice", anthropic: "tool_choice.name", responses: "tool_choice" },
    otherwise: "unsupported",
    present: ({ conversation }) => conversation.toolChoice?.kind === "tool",
  },
  {
    name: "choice of some tools",
    paths: { openai: "tool_choice.allowed_tools", responses: "tool_choice.tools" },
    mapped: { anthropic: "only those are told" },
    otherwise: "unsupported",
    present: ({ conversation }) => conversation.toolChoice?.kind === "allowed",
  },
  {
    name: "choice of a tool that runs at the provider",
    paths: { openai: "tool_choice", anthropic: "tool_choice", responses: "tool_choice" },
    own: ["openai", "anthropic", "responses"],
    otherwise: "unsupported",
    present: ({ conversation }) => choosesHosted(conversation),
  },
  {
    name: "forced call beside reasoning",
    paths: { openai: "tool_choice", responses: "tool_choice" },
    otherwise: "dropped",
    present: (said) => thinks(said) && forcesCall(said),
  },
  {
    name: "parallel calls",
    paths: {
      openai: "parallel_tool_calls",
      anthropic: "tool_choice.disable_parallel_tool_use",
      responses: "parallel_tool_calls",
    },
    otherwise: "dropped",
    present: ({ conversation }) => conversation.parallelCalls !== undefined,
  },
  { name: "call", paths: CALL, otherwise: "unsupported", present: marked("call") },
  {
    name: "call of a custom tool",
    paths: { openai: "messages.tool_calls.custom", responses: "input.input" },
    mapped: { openai: AS_ARGUMENT, anthropic: AS_ARGUMENT },
    otherwise: "unsupported",
    present: marked("custom-call"),
  },
  { name: "result", paths: RESULT, otherwise: "unsupported", present: marked("result") },
  {
    name: "result of a custom tool",
    paths: { openai: RESULT.openai, responses: RESULT.responses },
    mapped: { anthropic: "a result" },
    otherwise: "unsupported",
    present: marked("custom-result"),
  },
  {
    name: "image in a result",
    paths: { anthropic: RESULT.anthropic, responses: RESULT.responses },
    mapped: { openai: "a user turn after the results" },
    otherwise: "unsupported",
    present: marked("result-image"),
  },
  {
    name: "document in a result",
    paths: { anthropic: RESULT.anthropic, responses: RESULT.responses },
    mapped: { openai: "a user turn after the results" },
    otherwise: "unsupported",
    present: marked("result-document"),
  },
  {
    name: "result that is an error",
    paths: { anthropic: "messages.content.is_error" },
    otherwise: "dropped",
    present: marked("result-error"),
  },
];

/** Does the choice need a tool that no other dialect's provider has? */
function choosesHosted({ tools, toolChoice }: Conversation): boolean {
  if (!toolChoice) return false;
  const callable = tools.flatMap((tool) => (tool.kind === "hosted" ? [] : tool.name));
  if (toolChoice.kind === "tool") return !callable.includes(toolChoice.name);
  if (toolChoice.kind === "allowed") {
    return toolChoice.names.some((name) => !callable.includes(name));
  }
  return toolChoice.kind === "required" && callable.length === 0;
}

function forcesCall({ conversation: { toolChoice } }: Said): boolean {
  if (toolChoice?.kind === "allowed") return toolChoice.required;
  return toolChoice?.kind === "required" || toolChoice?.kind === "tool";
}
