/** Requests of the Responses dialect: checked where Tokenhub acts on them, patched in their own text. */
import type { Capability } from "../../chat.ts";
import { TokenhubError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import { upperTokens } from "../../tokens.ts";
import type { ChatRequest, TurnAsked } from "../chat-request.ts";
import { reasoningPath } from "../field-reasoning.ts";
import { isGiven, type JsonObject, readModel, refuse } from "../given.ts";
import { isObject, type JsonDocument, rawMember, spliceBody } from "../json.ts";
import { unpackProof } from "../proof.ts";
import type { RequestPatch } from "../wire.ts";
import { elementsOf } from "./elements.ts";
import { reasoningOf } from "./items.ts";
import { readPrompt } from "./prompt.ts";

const ROLES = new Set(["system", "developer", "user", "assistant"]);
/** Sampling fields that must be numbers; their ranges are the provider's business. */
const NUMBERS = ["temperature", "top_p", "top_logprobs"] as const;
/** What vendors put before native tools without saying so: up to 313 tokens were measured. */
const TOOL_PREAMBLE_TOKENS = 250;

/**
 * Null counts as absent for every optional field, as in the dialect.
 * @throws TokenhubError invalid_value with the path of the field; unsupported_parameter for runs
 * elsewhere; model_not_found for a name longer than any id.
 */
export function readRequest(document: JsonDocument): ChatRequest {
  const body = document.value;
  const target = readModel(body.model);
  const items = readInput(body.input);
  refuseLasting(body);
  const turn = readTurn(body);
  if (isGiven(body.instructions) && typeof body.instructions !== "string") refuse("instructions");
  for (const name of NUMBERS) {
    if (isGiven(body[name]) && typeof body[name] !== "number") refuse(name);
  }
  for (const name of ["tools", "include"] as const) {
    if (isGiven(body[name]) && !Array.isArray(body[name])) refuse(name);
  }
  const outputTokensMax = readCap(body.max_output_tokens);
  const stream = readBoolean(body, "stream");
  readBoolean(body, "parallel_tool_calls");
  readObject(body.reasoning, "reasoning");
  const text = readObject(body.text, "text");
  const format = readObject(text?.format, "text.format");

  const prompt = readPrompt(document, items);
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
      outputTokensMax,
      choices: 1,
    },
    usageWanted: true,
    control: body.tokenhub,
    ...(turn && { turn }),
  };
}

/**
 * The body for a provider. Absent, `store` would mean that the provider keeps the answer, so it is always told not
 * to; answers before this one are ours, too. Reasoning that another dialect proved is left out, since the provider would refuse it.
 */
export function writeRequest(request: ChatRequest, patch: RequestPatch): string | Uint8Array {
  const body = request.document.value;
  const changes: Record<string, string | undefined> = {
    model: JSON.stringify(patch.upstreamName),
    tokenhub: undefined,
  };
  if (body.store !== false) changes.store = "false";
  if (isGiven(body.previous_response_id)) changes.previous_response_id = undefined;
  if (patch.outputTokensMax !== undefined) {
    const cap = Math.min(patch.outputTokensMax, request.facts.outputTokensMax ?? Infinity);
    changes.max_output_tokens = `${cap}`;
  }
  if (Array.isArray(body.input) && body.input.some(isForeignReasoning)) {
    changes.input = ownInput(request.document, body.input);
  }
  return spliceBody(request.document, changes);
}

/** Paths of that reasoning in the client's request, as the table of fields names them; sorted, unique. */
export function dropped({ document }: ChatRequest): readonly string[] {
  const { input } = document.value;
  const foreign = Array.isArray(input) ? input.filter(isForeignReasoning) : [];
  const paths = foreign.map((item) => reasoningPath(reasoningOf(item), "responses"));
  return [...new Set(paths)].sort();
}

/** Reasoning whose proof belongs to another dialect. */
function isForeignReasoning(item: unknown): item is JsonObject {
  return (
    isObject(item) &&
    item.type === "reasoning" &&
    typeof item.encrypted_content === "string" &&
    unpackProof(item.encrypted_content, "responses").of !== "responses"
  );
}

/** The raw list without foreign reasoning; every other item keeps its text. */
function ownInput(document: JsonDocument, items: readonly unknown[]): string {
  const raws = elementsOf(rawMember(document, "input") ?? JSON.stringify(items));
  return `[${raws.filter((_, at) => !isForeignReasoning(items[at])).join(",")}]`;
}

/** The items; none when the input is one text. */
function readInput(input: unknown): readonly JsonObject[] {
  if (typeof input === "string") return input === "" ? refuse("input") : [];
  if (!Array.isArray(input)) return refuse("input");
  if (input.length === 0 || input.length > LIMITS.messagesMax) return refuse("input");
  return input.map(readItem);
}

function readItem(item: unknown, index: number): JsonObject {
  if (!isObject(item)) return refuse(`input.${index}`);
  const { type, role, content } = item;
  if (isGiven(type) ? typeof type !== "string" : !isGiven(role)) {
    return refuse(`input.${index}.type`);
  }
  if (isGiven(type) && type !== "message") return item;
  if (typeof role !== "string" || !ROLES.has(role)) return refuse(`input.${index}.role`);
  if (typeof content !== "string" && !Array.isArray(content)) {
    return refuse(`input.${index}.content`);
  }
  return item;
}

/** What would outlive its answer: conversations with a name, work that nobody waits for. */
function refuseLasting(body: JsonObject): void {
  if (readBoolean(body, "background") || isGiven(body.conversation)) {
    const param = body.background === true ? "background" : "conversation";
    throw new TokenhubError("unsupported_parameter", { param });
  }
}

function readTurn(body: JsonObject): TurnAsked | undefined {
  const isKept = readBoolean(body, "store");
  const { previous_response_id: given } = body;
  if (!isGiven(given)) return isKept ? { previousId: undefined, isKept } : undefined;
  if (typeof given !== "string" || given === "") return refuse("previous_response_id");
  return { previousId: given, isKept };
}

/** A whole number from 1 on; undefined: not given. */
function readCap(value: unknown): number | undefined {
  if (!isGiven(value)) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value)) return refuse("max_output_tokens");
  return value >= 1 ? value : refuse("max_output_tokens");
}

function readBoolean(body: JsonObject, name: string): boolean {
  const value = body[name];
  if (!isGiven(value)) return false;
  return typeof value === "boolean" ? value : refuse(name);
}

function readObject(value: unknown, param: string): JsonObject | undefined {
  if (!isGiven(value)) return undefined;
  return isObject(value) ? value : refuse(param);
}
