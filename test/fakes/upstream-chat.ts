/** What the scripted upstream says when nothing is wrong, and what it refuses as the vendor would. */
import { refuseChat, wantsTwo } from "./upstream-strict.ts";

export interface ChatBody {
  readonly model: string;
  readonly messages: readonly Record<string, unknown>[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly n?: number;
  readonly tools?: readonly ChatTool[];
  readonly tool_choice?: unknown;
  readonly parallel_tool_calls?: boolean | null;
  readonly response_format?: { readonly type: string };
}

interface ChatTool {
  readonly type?: string;
  readonly function?: { readonly name: string };
  readonly custom?: { readonly name: string };
}

/** An HTTP answer; `frames` are the events of a stream, each written by itself. */
export interface Said {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: readonly string[];
  /** How this dialect tells that a stream failed; undefined: as OpenAI chat does. */
  readonly errorFrame?: string;
}

/** OpenAI's parameters of chat completions; anything else is a 400 there, so it is one here. */
const FIELDS = new Set(
  `audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens
  messages metadata modalities model n parallel_tool_calls prediction presence_penalty prompt_cache_key
  reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options
  temperature tool_choice tools top_logprobs top_p user verbosity web_search_options`.split(/\s+/),
);
const ROLES = new Set(["system", "developer", "user", "assistant", "tool", "function"]);

/** The vendor's refusal of this body, or undefined. */
export function refuse(body: Record<string, unknown>, models: readonly string[]): Said | undefined {
  const unknown = Object.keys(body).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) return invalid(`Unrecognized request argument supplied: ${unknown}`);
  const { model, messages, stream, stream_options } = body;
  if (typeof model !== "string") return invalid("you must provide a model parameter");
  if (!models.includes(model)) {
    const message = `The model \`${model}\` does not exist or you do not have access to it.`;
    return error(404, { message, type: "invalid_request_error", code: "model_not_found" });
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    return invalid("Invalid 'messages': empty array.", "messages");
  }
  const wrong = messages.findIndex((message) => !ROLES.has(message?.role));
  if (wrong >= 0) return invalid("Invalid value for role.", `messages[${wrong}].role`);
  if (stream !== undefined && stream !== null && typeof stream !== "boolean") {
    return invalid("Invalid type for 'stream'.", "stream");
  }
  if (stream_options && stream !== true) {
    return invalid("'stream_options' is only allowed when 'stream' is enabled.", "stream_options");
  }
  for (const name of ["max_tokens", "max_completion_tokens", "n"]) {
    const value = body[name];
    if (value !== undefined && value !== null && !(Number.isInteger(value) && Number(value) > 0)) {
      return invalid(`Invalid value for '${name}'.`, name);
    }
  }
  const refused = refuseChat(body);
  return refused && invalid(refused.message, refused.param);
}

/** A good answer of the kind that was asked for: text, tool calls, JSON; whole or as a stream. */
export function say(body: ChatBody, text = "Hello from upstream."): Said {
  const id = "chatcmpl-upstream";
  const calls = calledTools(body);
  const content = body.response_format ? JSON.stringify({ answer: text }) : text;
  const finish = calls.length > 0 ? "tool_calls" : "stop";
  const usage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
  const base = { id, created: 1_767_225_600, model: `${body.model}-2026-01-01` };
  const indexes = Array.from({ length: body.n ?? 1 }, (_, index) => index);
  if (!body.stream) {
    const message =
      calls.length > 0
        ? { role: "assistant", content: null, tool_calls: calls }
        : { role: "assistant", content, refusal: null };
    const choices = indexes.map((index) => ({ index, message, finish_reason: finish }));
    return json(200, { ...base, object: "chat.completion", choices, usage });
  }
  const deltas: unknown[] =
    calls.length > 0
      ? [{ role: "assistant", content: null }, ...calls.flatMap(callDeltas)]
      : [{ role: "assistant", content: "" }, ...words(content).map((word) => ({ content: word }))];
  const chunk = (rest: object) =>
    frame(JSON.stringify({ ...base, object: "chat.completion.chunk", ...rest }));
  const frames = indexes.flatMap((index) => [
    ...deltas.map((delta) => chunk({ choices: [{ index, delta, finish_reason: null }] })),
    chunk({ choices: [{ index, delta: {}, finish_reason: finish }] }),
  ]);
  if (body.stream_options?.include_usage) frames.push(chunk({ choices: [], usage }));
  return stream([...frames, frame("[DONE]")]);
}

/** An SSE answer of these frames. */
export function stream(frames: readonly string[]): Said {
  return { status: 200, headers: { "content-type": "text/event-stream" }, frames };
}

/** A JSON answer. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Said {
  const all = { "content-type": "application/json", ...headers };
  return { status, headers: all, frames: [JSON.stringify(value)] };
}

/** An error in OpenAI's shape. */
export function error(
  status: number,
  fields: { message: string; type: string; param?: string; code?: string },
  headers: Record<string, string> = {},
): Said {
  return json(status, { error: { param: null, code: null, ...fields } }, headers);
}

export function frame(data: string): string {
  return `data: ${data}\n\n`;
}

/** A frame whose event is named as its value's type. */
export function namedFrame<E extends { readonly type: string }>(value: E): string {
  return `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
}

function invalid(message: string, param?: string): Said {
  return error(400, { message, type: "invalid_request_error", param });
}

export function words(text: string): readonly string[] {
  return text.match(/\s*\S+/g) ?? [];
}

type Call =
  | { id: string; type: "function"; function: { name: string; arguments: string } }
  | { id: string; type: "custom"; custom: { name: string; input: string } };

function calledTools(body: ChatBody): readonly Call[] {
  const { tools, tool_choice, messages, parallel_tool_calls } = body;
  const last = messages.at(-1);
  if (!tools?.length || tool_choice === "none" || last?.role === "tool") return [];
  const forced = nameOf((tool_choice ?? {}) as ChatTool);
  const isDouble = wantsTwo(last) && parallel_tool_calls !== false;
  const chosen =
    forced === undefined
      ? tools.slice(0, isDouble ? 2 : 1)
      : tools.filter((tool) => nameOf(tool) === forced);
  return chosen.map((tool, index): Call => {
    const id = index === 0 ? "call_upstream" : `call_upstream_${index + 1}`;
    const name = nameOf(tool) ?? "";
    return tool.custom
      ? { id, type: "custom", custom: { name, input: "city Oslo" } }
      : { id, type: "function", function: { name, arguments: '{"city":"Oslo"}' } };
  });
}

function nameOf(tool: ChatTool): string | undefined {
  return (tool.function ?? tool.custom)?.name;
}

/** First the call without its arguments, then the arguments. */
function callDeltas(call: Call, index: number): readonly unknown[] {
  const [empty, rest] =
    call.type === "custom"
      ? [
          { ...call, custom: { ...call.custom, input: "" } },
          { custom: { input: call.custom.input } },
        ]
      : [
          { ...call, function: { ...call.function, arguments: "" } },
          { function: { arguments: call.function.arguments } },
        ];
  return [{ tool_calls: [{ index, ...empty }] }, { tool_calls: [{ index, ...rest }] }];
}

const EMBEDDING_FIELDS = new Set(["dimensions", "encoding_format", "input", "model", "user"]);

/** Embeddings: vectors of so many dimensions (4), each of which float32 holds exactly. */
export function embed(body: Record<string, unknown>, models: readonly string[]): Said {
  const { input, model, dimensions = 4, encoding_format: format } = body;
  const unknown = Object.keys(body).find((name) => !EMBEDDING_FIELDS.has(name));
  if (unknown !== undefined) return invalid(`Unrecognized request argument supplied: ${unknown}`);
  if (typeof model !== "string") return invalid("you must provide a model parameter");
  if (!models.includes(model)) {
    const message = `The model \`${model}\` does not exist or you do not have access to it.`;
    return error(404, { message, type: "invalid_request_error", code: "model_not_found" });
  }
  const isMany = Array.isArray(input) && typeof input[0] !== "number";
  const inputs: readonly unknown[] = isMany ? input : [input];
  const isEmpty = (one: unknown) =>
    !(typeof one === "string" || Array.isArray(one)) || one.length === 0;
  if (inputs.length === 0 || inputs.some(isEmpty)) return invalid("'$.input' is invalid.", "input");
  if (format != null && format !== "float" && format !== "base64") {
    return invalid("Invalid value for 'encoding_format'.", "encoding_format");
  }
  const data = inputs.map((_, index) => {
    const vector = Array.from({ length: Number(dimensions) }, (_, at) => (index + 1) / 2 ** at);
    const bytes = Buffer.from(Float32Array.from(vector).buffer);
    const embedding = format === "base64" ? bytes.toString("base64") : vector;
    return { object: "embedding", index, embedding };
  });
  const tokens = 4 * inputs.length;
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return json(200, { object: "list", data, model: `${model}-2026-01-01`, usage });
}
