/** What the scripted upstream says when nothing is wrong, and what it refuses as the vendor would. */

export interface ChatBody {
  readonly model: string;
  readonly messages: readonly Record<string, unknown>[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly n?: number;
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly tool_choice?: unknown;
  readonly response_format?: { readonly type: string };
}

/** An HTTP answer; `frames` are the events of a stream, each written by itself. */
export interface Said {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: readonly string[];
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
  return undefined;
}

/** A good answer of the kind that was asked for: text, tool calls, JSON; whole or as a stream. */
export function say(body: ChatBody, text = "Hello from upstream."): Said {
  const id = "chatcmpl-upstream";
  const call = calledTool(body);
  const content = body.response_format ? JSON.stringify({ answer: text }) : text;
  const finish = call ? "tool_calls" : "stop";
  const usage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
  const base = { id, created: 1_767_225_600, model: `${body.model}-2026-01-01` };
  const indexes = Array.from({ length: body.n ?? 1 }, (_, index) => index);
  if (!body.stream) {
    const message = call
      ? { role: "assistant", content: null, tool_calls: [call] }
      : { role: "assistant", content, refusal: null };
    const choices = indexes.map((index) => ({ index, message, finish_reason: finish }));
    return json(200, { ...base, object: "chat.completion", choices, usage });
  }
  const deltas: unknown[] = call
    ? [
        { role: "assistant", content: null },
        { tool_calls: [{ index: 0, ...call, function: { ...call.function, arguments: "" } }] },
        { tool_calls: [{ index: 0, function: { arguments: call.function.arguments } }] },
      ]
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

function invalid(message: string, param?: string): Said {
  return error(400, { message, type: "invalid_request_error", param });
}

function words(text: string): readonly string[] {
  return text.match(/\s*\S+/g) ?? [];
}

function calledTool({ tools, tool_choice, messages }: ChatBody) {
  if (!tools?.length || tool_choice === "none" || messages.at(-1)?.role === "tool")
    return undefined;
  const forced = (tool_choice as { function?: { name: string } } | undefined)?.function?.name;
  const name = forced ?? tools[0]?.function.name ?? "";
  return {
    id: "call_upstream",
    type: "function",
    function: { name, arguments: '{"city":"Oslo"}' },
  };
}
