/** Requests of Anthropic clients, read whole for translation. */
import type { Conversation, OutputFormat, ReasoningWish, Role, Turn } from "../../conversation.ts";
import { TokenhubError } from "../../errors.ts";
import type { ChatRequest } from "../chat-request.ts";
import { isGiven, type JsonObject, refuse } from "../given.ts";
import { readContent } from "./read-part.ts";
import { readToolChoice, readTools } from "./read-tools.ts";
import {
  type Findings,
  listAt,
  noteUnread,
  objectAt,
  optionalNumber,
  optionalObject,
  optionalText,
  textAt,
} from "./read-value.ts";

const KNOWN = [
  "model",
  "messages",
  "max_tokens",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "output_format",
  "stop_sequences",
  "stream",
  "temperature",
  "top_p",
  "top_k",
  "metadata",
  "service_tier",
  "tokenhub",
] as const;

const ROLES: ReadonlyMap<unknown, Role & ("system" | "user" | "assistant")> = new Map([
  ["system", "system"],
  ["user", "user"],
  ["assistant", "assistant"],
]);

/**
 * @throws TokenhubError invalid_value with the path, for a tool result without its call too; unsupported_parameter
 * for blocks that only Anthropic can act on, and for a thread, in the form that makes clients do without.
 */
export function readConversation(request: ChatRequest): Conversation {
  const body = request.document.value;
  if (isGiven(body.thread)) {
    throw new TokenhubError("unsupported_parameter", {
      param: "thread",
      errorCode: "thread_unsupported_request",
    });
  }
  const found: Findings = { unread: new Set(), calls: new Set() };
  noteUnread(found, body, { known: KNOWN, prefix: "" });
  const turns = [...readSystem(body.system, found), ...readMessages(body.messages, found)];
  const metadata = optionalObject(body.metadata, "metadata");
  if (metadata) noteUnread(found, metadata, { known: ["user_id"], prefix: "metadata." });
  const config = optionalObject(body.output_config, "output_config");
  if (config) noteUnread(found, config, { known: ["effort", "format"], prefix: "output_config." });
  const tools = readTools(body.tools, found);
  const choice = readToolChoice(body, found);
  const reasoning = readReasoning(body, found);
  return {
    target: request.target,
    turns,
    tools,
    ...choice,
    output: {
      tokensMax: optionalNumber(body.max_tokens, "max_tokens"),
      stop: listAt(body.stop_sequences, "stop_sequences").map((text, index) =>
        textAt(text, `stop_sequences.${index}`),
      ),
      format:
        readFormat(config?.format, "output_config.format") ??
        readFormat(body.output_format, "output_format"),
      verbosity: undefined,
    },
    sampling: {
      temperature: optionalNumber(body.temperature, "temperature"),
      topP: optionalNumber(body.top_p, "top_p"),
      topK: optionalNumber(body.top_k, "top_k"),
      seed: undefined,
      presencePenalty: undefined,
      frequencyPenalty: undefined,
      logitBias: undefined,
      logprobs: undefined,
      topLogprobs: undefined,
      choices: 1,
    },
    reasoning,
    stream: request.facts.stream,
    usageWanted: request.usageWanted,
    user: optionalText(metadata?.user_id, "metadata.user_id"),
    cacheKey: undefined,
    serviceTier: optionalText(body.service_tier, "service_tier"),
    metadata: undefined,
    unread: [...found.unread],
  };
}

function readSystem(system: unknown, found: Findings): Turn[] {
  if (!isGiven(system)) return [];
  const parts = readContent(system, { place: "system", path: "system", found });
  return parts.length > 0 ? [{ role: "system", parts }] : [];
}

function readMessages(messages: unknown, found: Findings): Turn[] {
  return listAt(messages, "messages").map((item, index) => {
    const path = `messages.${index}`;
    const message = objectAt(item, path);
    noteUnread(found, message, { known: ["role", "content"], prefix: "messages." });
    const role = ROLES.get(message.role) ?? refuse(`${path}.role`);
    const content = isGiven(message.content) ? message.content : refuse(`${path}.content`);
    const parts = readContent(content, { place: role, path: `${path}.content`, found });
    if (role !== "user") return { role, parts };
    const results = parts.filter((part) => part.kind === "result");
    return { role, parts: [...results, ...parts.filter((part) => part.kind !== "result")] };
  });
}

/** `effort` counts without `thinking` too; thinking that is off has no effort. */
function readReasoning(body: JsonObject, found: Findings): ReasoningWish | undefined {
  const config = optionalObject(body.output_config, "output_config");
  const effort = optionalText(config?.effort, "output_config.effort");
  const thinking = optionalObject(body.thinking, "thinking");
  if (thinking === undefined) {
    return effort === undefined ? undefined : { effort, budgetTokens: undefined, shown: undefined };
  }
  const known = ["type", "budget_tokens", "display"];
  noteUnread(found, thinking, { known, prefix: "thinking." });
  if (thinking.type === "disabled") {
    if (effort !== undefined) found.unread.add("output_config.effort");
    return { effort: "none", budgetTokens: undefined, shown: undefined };
  }
  if (thinking.type !== "enabled" && thinking.type !== "adaptive") return refuse("thinking.type");
  const budgetTokens = optionalNumber(thinking.budget_tokens, "thinking.budget_tokens");
  const display = optionalText(thinking.display, "thinking.display");
  const shown = display === undefined ? undefined : display !== "omitted";
  return { effort, budgetTokens, shown };
}

function readFormat(value: unknown, path: string): OutputFormat | undefined {
  const format = optionalObject(value, path);
  if (format === undefined) return undefined;
  if (format.type !== "json_schema") return refuse(`${path}.type`);
  return { kind: "schema", name: undefined, schema: objectAt(format.schema, `${path}.schema`) };
}
