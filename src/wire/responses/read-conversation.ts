/** A request of the Responses dialect as a conversation. */
import type {
  Conversation,
  OutputFormat,
  ReasoningWish,
  Sampling,
  Turn,
} from "../../conversation.ts";
import type { ChatRequest } from "../chat-request.ts";
import { isGiven, refuse } from "../given.ts";
import { isObject } from "../json.ts";
import { readItems } from "./items.ts";
import { readToolChoice, readTools } from "./read-tools.ts";
import {
  elementsOf,
  flagOf,
  memberOf,
  neededText,
  noteUnread,
  numberOf,
  objectOf,
  type Piece,
  refuseUnsupported,
  textOf,
} from "./shape.ts";

/** `include` values: the first is given unasked, the second is a wish of its own. */
const SEALED_REASONING = "reasoning.encrypted_content";
const LOGPROBS = "message.output_text.logprobs";

const KNOWN = {
  request: new Set([
    "model",
    "input",
    "instructions",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "text",
    "max_output_tokens",
    "temperature",
    "top_p",
    "top_logprobs",
    "include",
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "service_tier",
    "metadata",
    "truncation",
    // Refused, or understood, before a request is read as a conversation.
    "store",
    "previous_response_id",
    "conversation",
    "background",
    "tokenhub",
  ]),
  // Tokenhub pads nothing, whatever is wished.
  streamOptions: new Set(["include_obfuscation"]),
  reasoning: new Set(["effort", "summary", "generate_summary"]),
  text: new Set(["format", "verbosity"]),
  schema: new Set(["type", "name", "description", "schema", "strict"]),
} as const satisfies Record<string, ReadonlySet<string>>;

/**
 * The request must have passed the wire's own check.
 * @throws TokenhubError invalid_value or unsupported_parameter, with the path of the field.
 */
export function readConversation(request: ChatRequest): Conversation {
  const unread = new Set<string>();
  const body: Piece = { value: request.document.value, path: "", place: "", unread };
  noteUnread(body, KNOWN.request);
  noteUnread(memberOf(body, "stream_options"), KNOWN.streamOptions);
  noteTruncation(memberOf(body, "truncation"));
  if (isGiven(memberOf(body, "prompt").value)) return refuseUnsupported("prompt");

  const text = memberOf(body, "text");
  if (isGiven(text.value)) noteUnread({ ...text, value: objectOf(text) }, KNOWN.text);
  const metadata = memberOf(body, "metadata");
  return {
    target: request.target,
    turns: [...readInstructions(body), ...readItems(memberOf(body, "input"))],
    tools: readTools(memberOf(body, "tools")),
    toolChoice: readToolChoice(memberOf(body, "tool_choice")),
    parallelCalls: flagOf(memberOf(body, "parallel_tool_calls")),
    output: {
      tokensMax: numberOf(memberOf(body, "max_output_tokens")),
      stop: [],
      format: readFormat(memberOf(text, "format")),
      verbosity: textOf(memberOf(text, "verbosity")),
    },
    sampling: readSampling(body),
    reasoning: readReasoning(memberOf(body, "reasoning")),
    stream: request.facts.stream,
    usageWanted: request.usageWanted,
    user: readUser(body),
    cacheKey: textOf(memberOf(body, "prompt_cache_key")),
    serviceTier: textOf(memberOf(body, "service_tier")),
    metadata: isGiven(metadata.value) ? objectOf(metadata) : undefined,
    unread: [...unread],
  };
}

function readInstructions(body: Piece): readonly Turn[] {
  const text = textOf(memberOf(body, "instructions"));
  return text === undefined ? [] : [{ role: "system", parts: [{ kind: "text", text }] }];
}

/** `disabled` is how it is anyway. */
function noteTruncation(truncation: Piece): void {
  if (isGiven(truncation.value) && truncation.value !== "disabled") {
    truncation.unread.add(truncation.place);
  }
}

function readFormat(format: Piece): OutputFormat | undefined {
  if (!isGiven(format.value)) return undefined;
  objectOf(format);
  const type = memberOf(format, "type");
  switch (neededText(type)) {
    case "text":
      return undefined;
    case "json_object":
      return { kind: "json" };
    case "json_schema":
      return readSchema(format);
    default:
      return refuseUnsupported(type.path);
  }
}

function readSchema(format: Piece): OutputFormat {
  noteUnread(format, KNOWN.schema);
  const schema = memberOf(format, "schema");
  const description = textOf(memberOf(format, "description"));
  const strict = flagOf(memberOf(format, "strict"));
  return {
    kind: "schema",
    name: textOf(memberOf(format, "name")),
    ...(description === undefined ? {} : { description }),
    schema: isObject(schema.value) ? schema.value : refuse(schema.path),
    ...(strict === undefined ? {} : { strict }),
  };
}

function readSampling(body: Piece): Sampling {
  let logprobs: boolean | undefined;
  const include = memberOf(body, "include");
  for (const wish of elementsOf(include)) {
    if (wish.value === LOGPROBS) logprobs = true;
    else if (wish.value !== SEALED_REASONING) include.unread.add(include.place);
  }
  return {
    temperature: numberOf(memberOf(body, "temperature")),
    topP: numberOf(memberOf(body, "top_p")),
    topK: undefined,
    seed: undefined,
    presencePenalty: undefined,
    frequencyPenalty: undefined,
    logitBias: undefined,
    logprobs,
    topLogprobs: numberOf(memberOf(body, "top_logprobs")),
    choices: 1,
  };
}

/** Undefined when neither effort nor summary is said. */
function readReasoning(reasoning: Piece): ReasoningWish | undefined {
  if (!isGiven(reasoning.value)) return undefined;
  objectOf(reasoning);
  noteUnread(reasoning, KNOWN.reasoning);
  const effort = textOf(memberOf(reasoning, "effort"));
  const summary =
    textOf(memberOf(reasoning, "summary")) ?? textOf(memberOf(reasoning, "generate_summary"));
  if (effort === undefined && summary === undefined) return undefined;
  const shown = summary === undefined ? undefined : summary !== "none";
  return { effort, budgetTokens: undefined, shown };
}

function readUser(body: Piece): string | undefined {
  const user = textOf(memberOf(body, "user"));
  const identifier = textOf(memberOf(body, "safety_identifier"));
  if (user !== undefined && identifier !== undefined && user !== identifier) {
    body.unread.add("user");
  }
  return identifier ?? user;
}
