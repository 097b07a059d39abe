/** Requests of the OpenAI chat dialect for one stage of an orchestration. */
import {
  type Amendment,
  capOf,
  changed,
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
import { type Changes, isObject } from "../json.ts";
import { isStrictSchema } from "../strict-schema.ts";
import { readRequest } from "./request.ts";

/** Wishes for the form of the client's answer, which would cut, bend or multiply another one. */
const FORM = [
  "response_format",
  "n",
  "stop",
  "logprobs",
  "top_logprobs",
  "logit_bias",
  "prediction",
  "modalities",
  "audio",
  "store",
] as const;
const TOOLS = [
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "functions",
  "function_call",
] as const;
/** The provider's own tool. */
const SEARCH = "web_search_options";
const CAPS = ["max_completion_tokens", "max_tokens"] as const;

/** The client's request as this stage asks it; the same object where nothing changes. */
export function amend(request: ChatRequest, given: Amendment): ChatRequest {
  const amendment = undirected(given);
  if (isIdle(amendment, request)) return request;
  const { document } = request;
  const { tools, format } = amendment;
  return readRequest(
    changed(document, {
      ...(format === "own" ? {} : removing(FORM)),
      ...(tools ? {} : toolsSilenced(document.value)),
      ...messagesAdded(request, amendment),
      ...streamSet(request, amendment),
      ...capSet(request, amendment),
      ...(typeof format === "string" ? {} : { response_format: rawOf(formatOf(format)) }),
    }),
  );
}

function toolsSilenced(body: JsonObject): Changes {
  const messages = Array.isArray(body.messages) ? body.messages : [];
  if (!messages.some(hasCalls)) return removing([...TOOLS, SEARCH]);
  return {
    ...removing([SEARCH, "tool_choice", "function_call"]),
    ...(isGiven(body.tools) && { tool_choice: '"none"' }),
    ...(isGiven(body.functions) && { function_call: '"none"' }),
  };
}

function hasCalls(message: unknown): boolean {
  if (!isObject(message)) return false;
  const { role, tool_calls: calls, function_call: call } = message;
  if (role === "tool" || role === "function" || isGiven(call)) return true;
  return Array.isArray(calls) && calls.length > 0;
}

/** An instruction has the role of the client's own last one, since the two roles do not go together. */
function messagesAdded({ document }: ChatRequest, { instruction, task }: Amendment): Changes {
  if (!isSaid(instruction) && !isSaid(task)) return {};
  const messages = rawElements(document, "messages");
  if (isSaid(instruction)) {
    const said = document.value.messages;
    const count = leadingCount(said);
    const last: unknown = Array.isArray(said) ? said[count - 1] : undefined;
    const role = isObject(last) ? last.role : "system";
    messages.splice(count, 0, rawOf({ role, content: instruction }));
  }
  if (isSaid(task)) messages.push(rawOf({ role: "user", content: task }));
  return { messages: `[${messages.join(",")}]` };
}

/** In the fields that the client used, else in the one that every server knows. */
function capSet({ document, facts }: ChatRequest, amendment: Amendment): Changes {
  const cap = capOf(amendment, facts.outputTokensMax);
  if (cap === undefined) return {};
  const used = CAPS.filter((name) => isGiven(document.value[name]));
  const names = used.length > 0 ? used : (["max_tokens"] as const);
  return Object.fromEntries(names.map((name) => [name, `${cap}`]));
}

function formatOf({ name, schema }: { name: string; schema: unknown }): JsonObject {
  return { type: "json_schema", json_schema: { name, schema, strict: isStrictSchema(schema) } };
}
