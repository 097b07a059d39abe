/** Requests of the Anthropic dialect: checked where Tokenhub acts on them, patched in their own text. */
import type { Capability } from "../../chat.ts";
import { LIMITS } from "../../limits.ts";
import { upperTokens } from "../../tokens.ts";
import type { ChatRequest } from "../chat-request.ts";
import { isGiven, type JsonObject, readModel, refuse } from "../given.ts";
import { isObject, type JsonDocument, spliceBody } from "../json.ts";
import type { RequestPatch } from "../wire.ts";
import { readPrompt } from "./prompt.ts";
import { foreignProofPaths, foreignProofsRemoved } from "./thinking.ts";
import { readThread } from "./thread.ts";

/** `system` stands inside messages too since instructions may change in mid-conversation. */
const ROLES = new Set(["user", "assistant", "system"]);
const OBJECTS = ["tool_choice", "thinking", "output_config", "output_format"] as const;
/** Sampling fields that must be numbers; their ranges are the provider's business. */
const NUMBERS = ["temperature", "top_p", "top_k"] as const;
/** What the vendor puts before tools; up to 346 tokens by its own table, of which the bound's factor covers a part. */
const TOOL_PREAMBLE_TOKENS = 250;

/**
 * Null counts as absent for every optional field.
 * @throws TokenhubError invalid_value with the path of the field; model_not_found for a name longer than any id.
 */
export function readRequest(document: JsonDocument): ChatRequest {
  const { max_tokens, stream } = document.value;
  const request = readCountRequest(document);
  if (typeof max_tokens !== "number" || !Number.isSafeInteger(max_tokens) || max_tokens < 1) {
    return refuse("max_tokens");
  }
  if (isGiven(stream) && typeof stream !== "boolean") return refuse("stream");
  const facts = { ...request.facts, stream: stream === true, outputTokensMax: max_tokens };
  return { ...request, facts };
}

/** A request that is only counted: never streams, needs no cap and writes next to nothing. @throws as `readRequest`. */
export function readCountRequest(document: JsonDocument): ChatRequest {
  const body = document.value;
  const target = readModel(body.model);
  const messages = readMessages(body.messages);
  const { system, tools } = body;
  if (isGiven(system) && typeof system !== "string") readBlocks(system, "system");
  if (isGiven(tools)) readBlocks(tools, "tools");
  for (const name of OBJECTS) {
    if (isGiven(body[name]) && !isObject(body[name])) return refuse(name);
  }
  for (const name of NUMBERS) {
    if (isGiven(body[name]) && typeof body[name] !== "number") return refuse(name);
  }
  const prompt = readPrompt(document, messages);
  const needs: Capability[] = [];
  if (prompt.hasTools) needs.push("tools");
  if (prompt.hasImages) needs.push("vision");
  if (wantsSchema(body)) needs.push("json_schema");
  return {
    document,
    target,
    facts: {
      kind: "chat",
      needs,
      stream: false,
      promptTokens: prompt.tokens,
      promptTokensUpper: upperTokens(prompt.tokens + (prompt.hasTools ? TOOL_PREAMBLE_TOKENS : 0)),
      outputTokensMax: 1,
      choices: 1,
    },
    usageWanted: true,
    control: body.tokenhub,
    thread: readThread(body.thread),
  };
}

/**
 * The body for a provider of this dialect. A cap never rises above the client's own. Thinking that another
 * dialect's provider proved is left out: this one would refuse it.
 */
export function writeRequest(request: ChatRequest, patch: RequestPatch): string | Uint8Array {
  const { max_tokens } = request.document.value;
  const cap = patch.outputTokensMax;
  const lower = cap !== undefined && typeof max_tokens === "number" && cap < max_tokens;
  return spliceBody(request.document, {
    ...changesOf(request, patch),
    ...(lower ? { max_tokens: `${cap}` } : {}),
  });
}

/** The body for a provider's count. @throws never. */
export function writeCountRequest(request: ChatRequest, patch: RequestPatch): string | Uint8Array {
  return spliceBody(request.document, changesOf(request, patch));
}

/** Paths of the thinking that is left out; sorted, unique. */
export function dropped({ document }: ChatRequest): readonly string[] {
  return foreignProofPaths(document.value.messages);
}

function changesOf({ document }: ChatRequest, patch: RequestPatch) {
  const messages = foreignProofsRemoved(document.value.messages);
  return {
    model: JSON.stringify(patch.upstreamName),
    tokenhub: undefined,
    ...(messages === undefined ? {} : { messages: JSON.stringify(messages) }),
  };
}

function wantsSchema({ output_config, output_format }: JsonObject): boolean {
  const format = isObject(output_config) ? output_config.format : undefined;
  return [format, output_format].some((asked) => isObject(asked) && asked.type === "json_schema");
}

function readMessages(messages: unknown): readonly JsonObject[] {
  if (!Array.isArray(messages)) return refuse("messages");
  if (messages.length === 0 || messages.length > LIMITS.messagesMax) return refuse("messages");
  return messages.map(readMessage);
}

function readMessage(message: unknown, index: number): JsonObject {
  if (!isObject(message)) return refuse(`messages.${index}`);
  const { role, content } = message;
  if (typeof role !== "string" || !ROLES.has(role)) return refuse(`messages.${index}.role`);
  if (typeof content !== "string") readBlocks(content, `messages.${index}.content`);
  return message;
}

/** A list of objects. */
function readBlocks(blocks: unknown, param: string): void {
  const index = Array.isArray(blocks) ? blocks.findIndex((block) => !isObject(block)) : undefined;
  if (index !== -1) refuse(index === undefined ? param : `${param}.${index}`);
}
