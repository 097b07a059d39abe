/** Requests of the OpenAI chat dialect to conversations. */
import type { Conversation, OutputFormat, Sampling } from "../../conversation.ts";
import type { ChatRequest } from "../chat-request.ts";
import { isGiven, type JsonObject, refuse } from "../given.ts";
import {
  booleanAt,
  createUnread,
  listAt,
  needObject,
  numberAt,
  objectAt,
  stringAt,
  textAt,
  type Unread,
  unsupported,
} from "./given.ts";
import { readTurns } from "./read-messages.ts";
import { readToolChoice, readTools } from "./read-tools.ts";

const FIELDS = new Set([
  "model",
  "messages",
  "tools",
  "functions",
  "tool_choice",
  "function_call",
  "parallel_tool_calls",
  "max_tokens",
  "max_completion_tokens",
  "stop",
  "response_format",
  "verbosity",
  "temperature",
  "top_p",
  "top_k",
  "seed",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "n",
  "reasoning_effort",
  "stream",
  "stream_options",
  "user",
  "safety_identifier",
  "prompt_cache_key",
  "service_tier",
  "metadata",
  "store",
  "tokenhub",
]);
const STREAM_FIELDS = new Set(["include_usage"]);
const SCHEMA_FIELDS = new Set(["name", "description", "schema", "strict"]);

/**
 * The request must have passed `readRequest`.
 * @throws TokenhubError invalid_value; unsupported_parameter for what no other dialect could be told.
 */
export function readConversation(request: ChatRequest): Conversation {
  const body = request.document.value;
  const unread = createUnread();
  unread.rest(body, FIELDS, "");
  // Answers are not stored by default either.
  if (body.store === true) unread.add("store");
  unread.rest(
    objectAt(body.stream_options, "stream_options") ?? {},
    STREAM_FIELDS,
    "stream_options",
  );
  const tools = readTools(body, unread);
  const hasFunctions = isGiven(body.functions) && !isGiven(body.tools);
  const effort = stringAt(body.reasoning_effort, "reasoning_effort");
  return {
    target: request.target,
    turns: readTurns(listAt(body.messages, "messages"), unread),
    tools,
    toolChoice: readToolChoice(body),
    // The spelling before tools has one call an answer.
    parallelCalls: hasFunctions
      ? false
      : booleanAt(body.parallel_tool_calls, "parallel_tool_calls"),
    output: {
      tokensMax: request.facts.outputTokensMax,
      stop: readStop(body.stop),
      format: readFormat(body.response_format, unread),
      verbosity: stringAt(body.verbosity, "verbosity"),
    },
    sampling: readSampling(body, request.facts.choices),
    reasoning:
      effort === undefined ? undefined : { effort, budgetTokens: undefined, shown: undefined },
    stream: request.facts.stream,
    usageWanted: request.usageWanted,
    user: readUser(body, unread),
    cacheKey: stringAt(body.prompt_cache_key, "prompt_cache_key"),
    serviceTier: stringAt(body.service_tier, "service_tier"),
    metadata: objectAt(body.metadata, "metadata"),
    unread: unread.paths,
  };
}

function readSampling(body: JsonObject, choices: number): Sampling {
  return {
    temperature: numberAt(body.temperature, "temperature"),
    topP: numberAt(body.top_p, "top_p"),
    topK: numberAt(body.top_k, "top_k"),
    seed: numberAt(body.seed, "seed"),
    presencePenalty: numberAt(body.presence_penalty, "presence_penalty"),
    frequencyPenalty: numberAt(body.frequency_penalty, "frequency_penalty"),
    logitBias: objectAt(body.logit_bias, "logit_bias"),
    logprobs: booleanAt(body.logprobs, "logprobs"),
    topLogprobs: numberAt(body.top_logprobs, "top_logprobs"),
    choices,
  };
}

function readStop(stop: unknown): string[] {
  if (!isGiven(stop)) return [];
  if (typeof stop === "string") return [stop];
  return listAt(stop, "stop").map((text, index) => textAt(text, `stop.${index}`));
}

function readFormat(value: unknown, unread: Unread): OutputFormat | undefined {
  const format = objectAt(value, "response_format");
  if (!format) return undefined;
  switch (format.type) {
    case "text":
      return undefined;
    case "json_object":
      return { kind: "json" };
    case "json_schema": {
      const path = "response_format.json_schema";
      const wish = needObject(format.json_schema, path);
      unread.rest(wish, SCHEMA_FIELDS, path);
      return {
        kind: "schema",
        name: stringAt(wish.name, `${path}.name`),
        description: stringAt(wish.description, `${path}.description`),
        schema: wish.schema ?? undefined,
        strict: booleanAt(wish.strict, `${path}.strict`),
      };
    }
    default:
      return typeof format.type === "string"
        ? unsupported("response_format.type")
        : refuse("response_format.type");
  }
}

/** `user` is the older name; of two that differ the newer one is taken. */
function readUser(body: JsonObject, unread: Unread): string | undefined {
  const user = stringAt(body.user, "user");
  const identifier = stringAt(body.safety_identifier, "safety_identifier");
  if (identifier === undefined) return user;
  if (user !== undefined && user !== identifier) unread.add("user");
  return identifier;
}
