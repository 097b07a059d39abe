/** Requests of the Responses dialect for one stage of an orchestration. */
import {
  type Amendment,
  type AskedFormat,
  capOf,
  changed,
  formatSet,
  isIdle,
  isSaid,
  leadingCount,
  rawElements,
  rawOf,
  removing,
  streamSet,
  undirected,
} from "../amendment.ts";
import type { ChatRequest } from "../chat-request.ts";
import { isGiven, type JsonObject } from "../given.ts";
import { type Changes, isObject, type JsonDocument } from "../json.ts";
import { isStrictSchema } from "../strict-schema.ts";
import { readRequest } from "./request.ts";

/** Wishes for the form of the client's answer, which no other answer is read for. */
const FORM = ["include", "top_logprobs"] as const;
const TOOLS = ["tools", "tool_choice", "parallel_tool_calls", "max_tool_calls"] as const;
/** Items that tools made: calls and outputs of every kind, hosted ones too. */
const CALL = /_call(?:_output)?$|^mcp_/;
const PARAGRAPH = "\n\n";

/** The client's request as this stage asks it; the same object where nothing changes. */
export function amend(request: ChatRequest, given: Amendment): ChatRequest {
  const amendment = undirected(given);
  if (isIdle(amendment, request)) return request;
  const { document, facts } = request;
  const { tools, format } = amendment;
  const cap = capOf(amendment, facts.outputTokensMax);
  return readRequest(
    changed(document, {
      ...(format === "own" ? {} : removing(FORM)),
      ...(tools ? {} : toolsSilenced(document.value)),
      ...wordsAdded(document, amendment),
      ...streamSet(request, amendment),
      ...(cap !== undefined && { max_output_tokens: `${cap}` }),
      ...formatSet(document, "text", { format, formatOf }),
    }),
  );
}

function toolsSilenced({ input, tools }: JsonObject): Changes {
  const items = Array.isArray(input) ? input : [];
  if (!items.some(isMadeByTools)) return removing(TOOLS);
  return isGiven(tools) ? { tool_choice: '"none"' } : removing(["tool_choice"]);
}

function isMadeByTools(item: unknown): boolean {
  return isObject(item) && typeof item.type === "string" && CALL.test(item.type);
}

/** After the client's own system text: messages before all others in the input, else its `instructions`. */
function wordsAdded(document: JsonDocument, { instruction, task }: Amendment): Changes {
  const { instructions, input } = document.value;
  const leading = leadingCount(input);
  const isAppended = leading === 0 && typeof instructions === "string" && instructions !== "";
  const changes: Record<string, string> = {};
  if (isSaid(instruction) && isAppended) {
    changes.instructions = rawOf(instructions + PARAGRAPH + instruction);
  }
  const hasItem = isSaid(instruction) && !isAppended;
  if (!hasItem && !isSaid(task)) return changes;
  const items = Array.isArray(input) ? rawElements(document, "input") : [message("user", input)];
  if (hasItem) items.splice(leading, 0, message("developer", instruction));
  if (isSaid(task)) items.push(message("user", task));
  return { ...changes, input: `[${items.join(",")}]` };
}

function message(role: "user" | "developer", content: unknown): string {
  return rawOf({ type: "message", role, content });
}

/** `text` holds the verbosity too, which stays. */
function formatOf({ name, schema }: AskedFormat): JsonObject {
  return { type: "json_schema", name, schema, strict: isStrictSchema(schema) };
}
