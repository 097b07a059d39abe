/** Requests of the OpenAI chat dialect: checked where Tokenhub acts on them, patched in their own text. */
import type { Capability } from "../../chat.ts";
import { LIMITS } from "../../limits.ts";
import { upperTokens } from "../../tokens.ts";
import type { ChatRequest } from "../chat-request.ts";
import { isGiven, type JsonObject, readModel, refuse } from "../given.ts";
import { isObject, type JsonDocument, spliceBody } from "../json.ts";
import type { RequestPatch } from "../wire.ts";
import { readPrompt } from "./prompt.ts";

const ROLES = new Set(["system", "developer", "user", "assistant", "tool", "function"]);
/** OpenAI's own bound on `n`. */
const CHOICES_MAX = 128;
/** Output caps in the order in which one is chosen; the second is what every server knows. */
const CAPS = ["max_completion_tokens", "max_tokens"] as const;
/** Sampling fields that must be numbers; their ranges are the provider's business. */
const NUMBERS = [
  "temperature",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "seed",
  "top_logprobs",
] as const;
/** What vendors put before native tools without saying so: up to 313 tokens were measured. */
const TOOL_PREAMBLE_TOKENS = 250;

/**
 * Null counts as absent for every optional field, as in the dialect.
 * @throws TokenhubError invalid_value with the path of the field; model_not_found for a name longer than any id.
 */
export function readRequest(document: JsonDocument): ChatRequest {
  const body = document.value;
  const target = readModel(body.model);
  const messages = readMessages(body.messages);
  for (const name of NUMBERS) {
    if (isGiven(body[name]) && typeof body[name] !== "number") refuse(name);
  }
  for (const name of ["tools", "functions"] as const) {
    if (isGiven(body[name]) && !Array.isArray(body[name])) refuse(name);
  }
  const choices = readInteger(body, { name: "n", max: CHOICES_MAX }) ?? 1;
  const caps = CAPS.flatMap((name) => readInteger(body, { name }) ?? []);
  const stream = readBoolean(body.stream, "stream");
  const streamOptions = readObject(body, "stream_options");
  const format = readObject(body, "response_format");

  const prompt = readPrompt(document, messages);
  const needs: Capability[] = [];
  if (prompt.hasTools) needs.push("tools");
  if (prompt.hasImages) needs.push("vision");
  if (format?.type === "json_schema") needs.push("json_schema");
  return {
    document,
    target,
    facts: {
      kind: "chat",
      needs,
      stream,
      promptTokens: prompt.tokens,
      promptTokensUpper: upperTokens(prompt.tokens + (prompt.hasTools ? TOOL_PREAMBLE_TOKENS : 0)),
      outputTokensMax: caps.length > 0 ? Math.min(...caps) : undefined,
      choices,
    },
    usageWanted: readBoolean(streamOptions?.include_usage, "stream_options.include_usage"),
    control: body.tokenhub,
  };
}

/**
 * The body for a provider. A stream always asks for usage; a cap never rises above the client's own and goes into
 * the fields the client used, else into `max_tokens`.
 */
export function writeRequest(request: ChatRequest, patch: RequestPatch): string | Uint8Array {
  const body = request.document.value;
  const changes: Record<string, string | undefined> = {
    model: JSON.stringify(patch.upstreamName),
    tokenhub: undefined,
  };
  if (request.facts.stream && !request.usageWanted) {
    const options = isObject(body.stream_options) ? body.stream_options : {};
    changes.stream_options = JSON.stringify({ ...options, include_usage: true });
  }
  if (patch.outputTokensMax !== undefined) {
    const used = CAPS.filter((name) => isGiven(body[name]));
    const cap = Math.min(patch.outputTokensMax, request.facts.outputTokensMax ?? Infinity);
    for (const name of used.length > 0 ? used : (["max_tokens"] as const)) changes[name] = `${cap}`;
  }
  return spliceBody(request.document, changes);
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
  if (isGiven(content) && typeof content !== "string" && !Array.isArray(content)) {
    return refuse(`messages.${index}.content`);
  }
  return message;
}

/** A whole number from 1 on; undefined: not given. */
function readInteger(
  body: JsonObject,
  { name, max = Number.MAX_SAFE_INTEGER }: { name: string; max?: number },
): number | undefined {
  const value = body[name];
  if (!isGiven(value)) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value)) return refuse(name);
  return value >= 1 && value <= max ? value : refuse(name);
}

function readBoolean(value: unknown, param: string): boolean {
  if (!isGiven(value)) return false;
  return typeof value === "boolean" ? value : refuse(param);
}

function readObject(body: JsonObject, name: string): JsonObject | undefined {
  const value = body[name];
  if (!isGiven(value)) return undefined;
  return isObject(value) ? value : refuse(name);
}
