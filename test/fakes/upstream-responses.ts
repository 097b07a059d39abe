/** OpenAI Responses as the scripted upstream speaks it: refusals, answers, the whole event lifecycle. */
import type {
  Response,
  ResponseOutputMessage,
  ResponseReasoningItem,
} from "openai/resources/responses/responses";
import { error, json, type Said } from "./upstream-chat.ts";
import { type Call, type SentResponse, streamResponse } from "./upstream-responses-stream.ts";
import {
  type Json,
  listOf,
  type Memory,
  objectOf,
  type Refused,
  refuseItems,
  wantsTwo,
} from "./upstream-strict.ts";

const FIELDS = new Set(
  `access_programs background client_metadata context_management conversation image include input
  instructions max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls
  previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning
  safety_identifier service_tier store stream stream_options temperature text tool_choice tools
  top_logprobs top_p truncation user`.split(/\s+/),
);

export interface ResponsesRequest {
  readonly body: Json;
  /** Served models. */
  readonly models: readonly string[];
  readonly memory: Memory;
  readonly text: string | undefined;
}

/** The vendor's answer or refusal; its key is looked at before. */
export function answerResponses(request: ResponsesRequest): Said {
  const { body, memory } = request;
  const refused = refuseBody(request) ?? refuseItems(itemsOf(body), memory);
  if (refused) {
    const { status = 400, message, param, code } = refused;
    const fields = { message, type: "invalid_request_error" };
    return error(status, {
      ...fields,
      ...(param === undefined ? {} : { param }),
      ...(code === undefined ? {} : { code }),
    });
  }
  const response = compose(request);
  return body.stream === true ? streamResponse(response) : json(200, response);
}

function itemsOf({ input }: Json): readonly Json[] {
  return typeof input === "string" ? [{ role: "user", content: input }] : listOf(input);
}

function refuseBody({ body, models }: ResponsesRequest): Refused | undefined {
  const unknown = Object.keys(body).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) {
    const message = `Unknown parameter: '${unknown}'.`;
    return { message, param: unknown, code: "unknown_parameter" };
  }
  const { model, input, stream: streaming, store, previous_response_id: previous } = body;
  if (typeof model !== "string") {
    const message = "Missing required parameter: 'model'.";
    return { message, param: "model", code: "missing_required_parameter" };
  }
  if (!models.includes(model)) {
    const message = `The requested model '${model}' does not exist.`;
    return { message, param: "model", code: "model_not_found" };
  }
  if (typeof input !== "string" && !(Array.isArray(input) && input.length > 0)) {
    const message = "Missing required parameter: 'input'.";
    return { message, param: "input", code: "missing_required_parameter" };
  }
  if (streaming != null && typeof streaming !== "boolean") return invalid("stream");
  if (store === true) {
    const message = "This organization keeps no data: 'store' must be false.";
    return { message, param: "store", code: "unsupported_value" };
  }
  if (previous != null) {
    const message = `Previous response with id '${previous}' not found.`;
    return { message, param: "previous_response_id", code: "previous_response_not_found" };
  }
  const max = body.max_output_tokens;
  if (max != null && !(Number.isInteger(max) && Number(max) >= 16)) {
    return { ...invalid("max_output_tokens"), code: "integer_below_min_value" };
  }
  return refuseTools(body);
}

function refuseTools({ tools, tool_choice: choice }: Json): Refused | undefined {
  for (const [index, tool] of listOf(tools).entries()) {
    if (!["function", "custom", "namespace"].includes(String(tool.type))) continue;
    if (typeof tool.name !== "string" || !/^[a-zA-Z0-9_-]{1,128}$/.test(tool.name)) {
      return invalid(`tools[${index}].name`);
    }
  }
  const { type, name } = objectOf(choice);
  if (type !== "function" && type !== "custom") return undefined;
  if (listOf(tools).some((tool) => tool.type === type && tool.name === name)) return undefined;
  return { message: `Tool choice '${name}' not found in 'tools' parameter.`, param: "tool_choice" };
}

function invalid(param: string): Refused {
  return { message: `Invalid value for '${param}'.`, param, code: "invalid_value" };
}

function compose({ body, memory, text = "Hello from upstream." }: ResponsesRequest): SentResponse {
  const format = objectOf(objectOf(body.text).format).type ?? "text";
  const said = format === "text" ? text : JSON.stringify({ answer: text });
  const reasoning = thought(body, memory);
  const calls = calledTools(body, memory);
  const message: ResponseOutputMessage = {
    id: memory.newId("msg_upstream_"),
    type: "message",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text: said, annotations: [], logprobs: [] }],
  };
  return {
    id: memory.newId("resp_upstream_"),
    object: "response",
    created_at: 1_767_225_600,
    completed_at: 1_767_225_601,
    status: "completed",
    error: null,
    incomplete_details: null,
    instructions: (body.instructions ?? null) as Response["instructions"],
    max_output_tokens: (body.max_output_tokens ?? null) as number | null,
    metadata: (body.metadata ?? {}) as Response["metadata"],
    model: `${body.model}-2026-01-01`,
    output: [...reasoning, ...(calls.length > 0 ? calls : [message])],
    parallel_tool_calls: body.parallel_tool_calls !== false,
    previous_response_id: null,
    reasoning: (body.reasoning ?? { effort: null, summary: null }) as NonNullable<
      Response["reasoning"]
    >,
    temperature: (body.temperature ?? 1) as number,
    text: (body.text ?? { format: { type: "text" } }) as NonNullable<Response["text"]>,
    tool_choice: (body.tool_choice ?? "auto") as Response["tool_choice"],
    tools: (body.tools ?? []) as Response["tools"],
    top_p: (body.top_p ?? 1) as number,
    truncation: "disabled",
    usage: {
      input_tokens: 9,
      input_tokens_details: { cached_tokens: 2, cache_write_tokens: 1 },
      output_tokens: 12,
      output_tokens_details: { reasoning_tokens: reasoning.length > 0 ? 4 : 0 },
      total_tokens: 21,
    },
  };
}

function thought({ reasoning, include }: Json, memory: Memory): ResponseReasoningItem[] {
  const { effort, summary } = objectOf(reasoning);
  if (reasoning == null || effort === "none") return [];
  const isProven = Array.isArray(include) && include.includes("reasoning.encrypted_content");
  const id = memory.newId("rs_upstream_");
  const text = "Let me think.";
  const proof = memory.newId("gAAAAencrypted_");
  if (isProven) memory.proofs.set(proof, text);
  return [
    {
      id,
      type: "reasoning",
      summary: summary == null ? [] : [{ type: "summary_text", text }],
      ...(isProven ? { encrypted_content: proof } : {}),
    },
  ];
}

function calledTools(body: Json, memory: Memory): Call[] {
  const last = itemsOf(body).at(-1);
  const choice = objectOf(body.tool_choice);
  if (body.tool_choice === "none" || String(last?.type).endsWith("_output")) return [];
  const tools = listOf(body.tools).flatMap((tool): readonly Json[] =>
    tool.type === "namespace"
      ? listOf(tool.tools).map((each) => ({ ...each, namespace: tool.name }))
      : [tool],
  );
  const callable = tools.filter(({ type }) => type === "function" || type === "custom");
  const isForced = choice.type === "function" || choice.type === "custom";
  const named = isForced ? callable.filter((tool) => tool.name === choice.name) : callable;
  const isDouble = wantsTwo(last) && body.parallel_tool_calls !== false;
  return named.slice(0, isDouble ? 2 : 1).map((tool): Call => {
    const call_id = memory.newId("call_upstream_");
    const name = String(tool.name);
    if (tool.type === "custom") {
      const id = memory.newId("ctc_upstream_");
      return { id, type: "custom_tool_call", call_id, name, input: "city Oslo" };
    }
    return {
      id: memory.newId("fc_upstream_"),
      type: "function_call",
      status: "completed",
      call_id,
      name,
      arguments: '{"city":"Oslo"}',
      ...(tool.namespace === undefined ? {} : { namespace: String(tool.namespace) }),
    };
  });
}
