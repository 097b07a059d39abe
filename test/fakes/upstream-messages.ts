/** Anthropic Messages as the scripted upstream speaks it: refusals, answers, streams, threads. */
import type { ContentBlock, Message } from "@anthropic-ai/sdk/resources/messages/messages";
import { json, type Said } from "./upstream-chat.ts";
import { streamMessage } from "./upstream-messages-stream.ts";
import {
  type Json,
  listOf,
  type Memory,
  objectOf,
  type Refused,
  refuseMessages,
  wantsTwo,
} from "./upstream-strict.ts";

export const THREADS_BETA = "message-threads-2026-08-12";

const COUNTED = new Set(
  `cache_control messages model output_config speed system thinking tool_choice tools
  user_profile_id workspace_id`.split(/\s+/),
);
const FIELDS = new Set([
  ...COUNTED,
  ...`container diagnostics inference_geo max_tokens metadata service_tier stop_sequences stream
  temperature top_k top_p`.split(/\s+/),
]);
/** Known only to requests that name a beta. */
const BETA_FIELDS = new Set(
  `billing_policy compaction context_management fallback_credit_token fallbacks mcp_servers
  output_format`.split(/\s+/),
);

export interface MessagesRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
  /** Served models. */
  readonly models: readonly string[];
  readonly memory: Memory;
  /** Whether threads are held; otherwise they are refused as unsupported. */
  readonly threads: boolean;
  /** `count_tokens` asks for no answer. */
  readonly isCount: boolean;
  readonly text: string | undefined;
}

/** The vendor's answer or refusal; its key is looked at before. */
export function answerMessages(request: MessagesRequest): Said {
  const { body, memory, isCount } = request;
  const before = historyOf(request);
  if (!Array.isArray(before)) return refusal(before as Refused);
  const messages = [...(before as readonly Json[]), ...listOf(body.messages)];
  const refused =
    refuseBody(request) ?? refuseMessages(messages, memory) ?? refuseLast(body, messages);
  if (refused) return refusal(refused);
  if (isCount) return json(200, { input_tokens: 9 });
  const message = compose(request, messages);
  if (body.thread) {
    memory.threads.set(message.id, [...messages, { role: "assistant", content: message.content }]);
  }
  return body.stream === true
    ? streamMessage(message)
    : json(200, message, { "request-id": "req_up" });
}

/** An error in Anthropic's shape. */
export function messagesError(
  status: number,
  error: { type: string; message: string; details?: { error_code: string } },
  headers: Record<string, string> = {},
): Said {
  return json(
    status,
    { type: "error", error, request_id: "req_up" },
    { "request-id": "req_up", ...headers },
  );
}

/** Ready refusals. */
export const MESSAGES_REFUSALS = {
  rateLimited: messagesError(
    429,
    { type: "rate_limit_error", message: "This request would exceed your rate limit." },
    { "retry-after": "2", "anthropic-ratelimit-requests-remaining": "0" },
  ),
  overloaded: messagesError(529, { type: "overloaded_error", message: "Overloaded" }),
  unauthorized: messagesError(401, { type: "authentication_error", message: "invalid x-api-key" }),
  forbidden: messagesError(403, { type: "permission_error", message: "Not allowed: sk-leak." }),
  billing: messagesError(402, {
    type: "billing_error",
    message: "Your credit balance is too low.",
  }),
  overflow: messagesError(400, {
    type: "invalid_request_error",
    message: "prompt is too long: 210000 tokens > 200000 maximum",
  }),
  tooLarge: messagesError(413, {
    type: "request_too_large",
    message: "Request exceeds the maximum size",
  }),
  invalid: messagesError(400, {
    type: "invalid_request_error",
    message: "temperature: Input should be less than or equal to 1",
  }),
  serverError: messagesError(500, { type: "api_error", message: "Internal server error" }),
} as const satisfies Record<string, Said>;

const TYPES: Readonly<Record<number, string>> = { 404: "not_found_error" };

function refusal({ status = 400, message, code }: Refused): Said {
  const type = TYPES[status] ?? "invalid_request_error";
  const details = code === undefined ? {} : { details: { error_code: code } };
  return messagesError(status, { type, message, ...details });
}

/** What a thread holds already: nothing without one. */
function historyOf({ body, headers, threads, memory }: MessagesRequest): readonly Json[] | Refused {
  if (body.thread == null) return [];
  if (!headers["anthropic-beta"]?.includes(THREADS_BETA)) {
    return { message: "thread: Extra inputs are not permitted" };
  }
  const code = "thread_unsupported_request";
  if (!threads) return { message: "This request cannot be held as a thread.", code };
  const { type, previous_message_id: id } = objectOf(body.thread);
  if (type === "create") return [];
  if (type !== "continue" || typeof id !== "string") {
    return { message: "thread.type: Input should be 'create' or 'continue'" };
  }
  const held = memory.threads.get(id);
  return held ?? { status: 404, message: "Thread not found.", code: "thread_not_found" };
}

function refuseBody({ body, headers, models, isCount }: MessagesRequest): Refused | undefined {
  if (!headers["anthropic-version"]) return { message: "anthropic-version: header is required" };
  const isKnown = (name: string) =>
    name === "thread" ||
    (isCount ? COUNTED : FIELDS).has(name) ||
    (headers["anthropic-beta"] !== undefined && BETA_FIELDS.has(name));
  const unknown = Object.keys(body).find((name) => !isKnown(name));
  if (unknown !== undefined) return { message: `${unknown}: Extra inputs are not permitted` };
  const { model, max_tokens: max, messages, stream: streaming } = body;
  if (typeof model !== "string") return { message: "model: Field required" };
  if (!isCount) {
    if (max === undefined) return { message: "max_tokens: Field required" };
    if (!Number.isInteger(max) || Number(max) < 1) {
      return { message: "max_tokens: Input should be greater than or equal to 1" };
    }
    if (streaming !== undefined && typeof streaming !== "boolean") {
      return { message: "stream: Input should be a valid boolean" };
    }
  }
  if (!Array.isArray(messages)) return { message: "messages: Field required" };
  if (messages.length === 0) return { message: "messages: at least one message is required" };
  if (listOf(body.system).some((block) => block.text === "")) {
    return { message: "system: text content blocks must be non-empty" };
  }
  const marks = JSON.stringify(body).split('"cache_control":{').length - 1;
  if (marks > 4) {
    return { message: `A maximum of 4 blocks with cache_control may be provided. Found ${marks}.` };
  }
  if (!models.includes(model)) return { status: 404, message: `model: ${model}` };
  return refuseTools(body) ?? refuseThinking(body);
}

function refuseTools({ tools, tool_choice: choice }: Json): Refused | undefined {
  for (const [index, tool] of listOf(tools).entries()) {
    const at = `tools.${index}.custom`;
    if (typeof tool.name !== "string" || !/^[a-zA-Z0-9_-]{1,128}$/.test(tool.name)) {
      return { message: `${at}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'` };
    }
    if (tool.type != null && tool.type !== "custom") continue;
    if (objectOf(tool.input_schema).type !== "object") {
      return { message: `${at}.input_schema.type: Field required` };
    }
  }
  if (choice == null) return undefined;
  if (listOf(tools).length === 0) {
    return { message: "tool_choice may only be specified while providing tools." };
  }
  const { type, name } = objectOf(choice);
  if (!["auto", "any", "tool", "none"].includes(String(type))) {
    return { message: "tool_choice: Input tag is not expected" };
  }
  if (type !== "tool" || listOf(tools).some((tool) => tool.name === name)) return undefined;
  return { message: "Tool in tool_choice not found in provided tools" };
}

const THINKING = ["enabled", "adaptive", "between_tools"];

function refuseThinking(body: Json): Refused | undefined {
  const { type, budget_tokens: budget } = objectOf(body.thinking);
  if (body.thinking == null || type === "disabled") return undefined;
  if (!THINKING.includes(String(type))) return { message: "thinking: Input tag is not expected" };
  if (["any", "tool"].includes(String(objectOf(body.tool_choice).type))) {
    return { message: "Thinking may not be enabled when tool_choice forces tool use." };
  }
  if (body.temperature !== undefined && body.temperature !== 1) {
    return { message: "`temperature` may only be set to 1 when thinking is enabled." };
  }
  if (body.top_k !== undefined) {
    return { message: "`top_k` must be unset when thinking is enabled." };
  }
  if (type !== "enabled") return undefined;
  if (!Number.isInteger(budget) || Number(budget) < 1024) {
    const text = "Input should be greater than or equal to 1024";
    return { message: `thinking.enabled.budget_tokens: ${text}` };
  }
  if (body.max_tokens === undefined || Number(budget) < Number(body.max_tokens)) return undefined;
  return { message: "`max_tokens` must be greater than `thinking.budget_tokens`." };
}

/** What the last turns must be: no half answer to think before, no call that was made without thinking. */
function refuseLast(body: Json, messages: readonly Json[]): Refused | undefined {
  const last = messages.at(-1);
  if (last?.role === "assistant") {
    const text =
      typeof last.content === "string" ? last.content : listOf(last.content).at(-1)?.text;
    if (typeof text === "string" && /\s$/.test(text)) {
      return { message: "messages: final assistant content cannot end with trailing whitespace" };
    }
  }
  if (objectOf(body.thinking).type !== "enabled" || !hasResults(last)) return undefined;
  const index = messages.findLastIndex((message) => message.role === "assistant");
  const type = String(listOf(messages[index]?.content)[0]?.type);
  if (type === "thinking" || type === "redacted_thinking") return undefined;
  const text = "Expected `thinking` or `redacted_thinking`, but found";
  return { message: `messages.${index}.content.0.type: ${text} \`${type}\`.` };
}

function hasResults(message: Json | undefined): boolean {
  return listOf(message?.content).some((block) => block.type === "tool_result");
}

function compose(
  { body, memory, text = "Hello from upstream." }: MessagesRequest,
  messages: readonly Json[],
): Message {
  const calls = calledTools(body, messages.at(-1)).map(
    (name): ContentBlock => ({
      type: "tool_use",
      id: memory.newId("toolu_upstream_"),
      caller: { type: "direct" },
      name,
      input: { city: "Oslo" },
    }),
  );
  const isJson = objectOf(body.output_config).format != null || body.output_format != null;
  const said = isJson ? JSON.stringify({ answer: text }) : text;
  const thinking = thought(body, memory);
  return {
    id: memory.newId("msg_upstream_"),
    type: "message",
    role: "assistant",
    model: `${body.model}-20260101`,
    content: [
      ...thinking,
      ...(calls.length > 0 ? calls : [{ type: "text" as const, text: said, citations: null }]),
    ],
    stop_reason: calls.length > 0 ? "tool_use" : "end_turn",
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: {
      input_tokens: 6,
      cache_creation_input_tokens: 1,
      cache_read_input_tokens: 2,
      cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 0 },
      output_tokens: 12,
      output_tokens_details: { thinking_tokens: thinking.length > 0 ? 4 : 0 },
      server_tool_use: null,
      service_tier: "standard",
      inference_geo: null,
      speed: null,
    },
  };
}

function thought({ thinking }: Json, memory: Memory): ContentBlock[] {
  const { type, display } = objectOf(thinking);
  if (!THINKING.includes(String(type))) return [];
  const text = display === "omitted" ? "" : "Let me think.";
  const signature = memory.newId("c2lnbmF0dXJl+/");
  memory.proofs.set(signature, text);
  return [{ type: "thinking", thinking: text, signature }];
}

function calledTools({ tools, tool_choice }: Json, last: Json | undefined): readonly string[] {
  const { type, name, disable_parallel_tool_use: isSingle } = objectOf(tool_choice);
  if (type === "tool") return [String(name)];
  if (type === "none" || hasResults(last)) return [];
  const names = listOf(tools)
    .filter((tool) => tool.input_schema)
    .map((tool) => String(tool.name));
  return names.slice(0, wantsTwo(last) && isSingle !== true ? 2 : 1);
}
