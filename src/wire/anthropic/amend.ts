/** Requests of the Anthropic dialect for one stage of an orchestration. */
import {
  type Amendment,
  type AskedFormat,
  capOf,
  changed,
  changedMember,
  formatSet,
  isIdle,
  isSaid,
  parsed,
  rawElements,
  rawOf,
  removing,
  undirected,
} from "../amendment.ts";
import type { ChatRequest } from "../chat-request.ts";
import { isGiven, type JsonObject } from "../given.ts";
import { type Changes, isObject, type JsonDocument, splice } from "../json.ts";
import { readRequest } from "./request.ts";

/** Wishes for the form of the client's answer that would cut or bend another one. */
const FORM = ["output_format", "stop_sequences"] as const;
/** Servers of tools and the room they run in go with them. */
const TOOLS = ["tools", "tool_choice", "mcp_servers", "container"] as const;
/** Blocks that tools made: calls and results of every kind, hosted ones too. */
const CALL = /tool_use$|tool_result$/;
/** Least thinking that the dialect takes. */
const BUDGET_TOKENS_MIN = 1_024;
const PARAGRAPH = "\n\n";

/** The client's request as this stage asks it; the same object where nothing changes. */
export function amend(request: ChatRequest, given: Amendment): ChatRequest {
  const amendment = undirected(given);
  if (isIdle(amendment, request)) return request;
  const { document, facts } = request;
  const { tools, stream, format } = amendment;
  return readRequest(
    changed(document, {
      ...(format === "own" ? {} : removing(FORM)),
      ...(tools ? {} : toolsSilenced(document.value)),
      ...instructionAdded(document, amendment.instruction),
      ...taskAdded(document, amendment.task),
      ...(stream !== facts.stream && { stream: stream ? "true" : undefined }),
      ...capSet(document, capOf(amendment, facts.outputTokensMax)),
      ...formatSet(document, "output_config", { format, formatOf }),
    }),
  );
}

function toolsSilenced({ messages, tools }: JsonObject): Changes {
  const hasCalls = Array.isArray(messages) && messages.some(isMadeByTools);
  if (!hasCalls) return removing(TOOLS);
  return { tool_choice: isGiven(tools) ? '{"type":"none"}' : undefined };
}

function isMadeByTools(message: unknown): boolean {
  const blocks = isObject(message) && Array.isArray(message.content) ? message.content : [];
  return blocks.some((block: unknown) => isObject(block) && CALL.test(`${block.type}`));
}

/** Blocks keep their marks of the prompt cache, since ours comes after the last. */
function instructionAdded(document: JsonDocument, instruction: string | undefined): Changes {
  if (!isSaid(instruction)) return {};
  const { system } = document.value;
  if (Array.isArray(system)) {
    const blocks = [...rawElements(document, "system"), rawOf(textBlock(instruction))];
    return { system: `[${blocks.join(",")}]` };
  }
  const isAppended = typeof system === "string" && system !== "";
  return { system: rawOf(isAppended ? system + PARAGRAPH + instruction : instruction) };
}

/**
 * Roles alternate: after a turn of the user the task is a part of it, after what the client began of the answer a turn
 * of its own.
 */
function taskAdded(document: JsonDocument, task: string | undefined): Changes {
  if (!isSaid(task)) return {};
  const messages = rawElements(document, "messages");
  const last = parsed(messages.at(-1) ?? "{}");
  const block = rawOf(textBlock(task));
  if (last.value.role === "user") {
    messages.pop();
    messages.push(splice(last, { content: `[${[...rawBlocks(last), block].join(",")}]` }));
  } else {
    messages.push(rawOf({ role: "user", content: [textBlock(task)] }));
  }
  return { messages: `[${messages.join(",")}]` };
}

/** Empty text blocks are refused by the vendor. */
function rawBlocks(message: JsonDocument): readonly string[] {
  const { content } = message.value;
  if (Array.isArray(content)) return rawElements(message, "content");
  return typeof content === "string" && content !== "" ? [rawOf(textBlock(content))] : [];
}

function textBlock(text: string): JsonObject {
  return { type: "text", text };
}

/** A budget for thinking has to be below the cap; half of it is left for the answer. */
function capSet(document: JsonDocument, cap: number | undefined): Changes {
  if (cap === undefined) return {};
  const max_tokens = `${cap}`;
  const { thinking } = document.value;
  if (!isObject(thinking) || !(Number(thinking.budget_tokens) >= cap)) return { max_tokens };
  const budget = Math.floor(cap / 2);
  if (budget < BUDGET_TOKENS_MIN) return { max_tokens, thinking: undefined };
  return {
    max_tokens,
    thinking: changedMember(document, "thinking", { budget_tokens: `${budget}` }),
  };
}

/** `output_config` holds the effort too, which stays. */
function formatOf({ schema }: AskedFormat): JsonObject {
  return { type: "json_schema", schema };
}
