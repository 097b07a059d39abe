/** The simulated answer in OpenAI's shapes. */
import type { SimulatedAnswer, SimulatedRequest } from "./answer.ts";

/** 2026-01-01: the simulation has no clock. */
const CREATED = 1_767_225_600;
/** What every answer and chunk carries, so that nobody takes it for a model's. */
const FINGERPRINT = "simulated";
const CHOICES_MAX = 16;

/** A whole chat completion. */
export function wholeOf(request: SimulatedRequest, said: SimulatedAnswer, id: string): unknown {
  const choices = indexes(request).map((index) => ({
    index,
    message: {
      role: "assistant",
      content: said.content ?? null,
      refusal: null,
      ...(said.call ? { tool_calls: [toolCall(said.call)] } : {}),
    },
    logprobs: null,
    finish_reason: said.finish,
  }));
  return { ...head(request, id, "chat.completion"), choices, usage: usageOf(request, said) };
}

/** The frames of a stream, `[DONE]` included; usage only when it was asked for. */
export function framesOf(
  request: SimulatedRequest,
  said: SimulatedAnswer,
  id: string,
): readonly string[] {
  const base = head(request, id, "chat.completion.chunk");
  const deltas = [
    { role: "assistant", content: said.call ? null : "" },
    ...(said.call ? callDeltas(said.call) : textDeltas(said.content ?? "")),
  ];
  const chunks: unknown[] = [];
  for (const index of indexes(request)) {
    for (const delta of deltas) chunks.push(choice({ index, delta, finish_reason: null }));
    chunks.push(choice({ index, delta: {}, finish_reason: said.finish }));
  }
  const options = request.stream_options as { include_usage?: unknown } | null | undefined;
  if (options?.include_usage === true) chunks.push({ choices: [], usage: usageOf(request, said) });
  const frames = chunks.map((chunk) => frame(JSON.stringify(Object.assign({}, base, chunk))));
  return [...frames, frame("[DONE]")];
}

/** An error body whose code is typed where OpenAI's is. */
export function errorOf(status: number): unknown {
  const code = status === 429 ? "rate_limit_exceeded" : null;
  const type = status < 500 ? "invalid_request_error" : "server_error";
  return { error: { message: "[simulated] refused", type, param: null, code } };
}

function frame(data: string): string {
  return `data: ${data}\n\n`;
}

function head(request: SimulatedRequest, id: string, object: string) {
  const model = String(request.model ?? "simulated");
  return { id, object, created: CREATED, model, system_fingerprint: FINGERPRINT };
}

function choice(only: Record<string, unknown>): unknown {
  return { choices: [only] };
}

function indexes({ n }: SimulatedRequest): readonly number[] {
  const count = typeof n === "number" && n >= 1 ? Math.min(Math.floor(n), CHOICES_MAX) : 1;
  return Array.from({ length: count }, (_, index) => index);
}

const CALL_ID = "call_simulated";

type Call = NonNullable<SimulatedAnswer["call"]>;

function toolCall({ name, argumentsJson }: Call) {
  return { id: CALL_ID, type: "function", function: { name, arguments: argumentsJson } };
}

/** Word by word, each with the space before it. */
function textDeltas(content: string): readonly { content: string }[] {
  return (content.match(/\s*\S+|\s+$/g) ?? []).map((word) => ({ content: word }));
}

function callDeltas(call: Call): readonly unknown[] {
  const half = Math.ceil(call.argumentsJson.length / 2);
  const pieces = [call.argumentsJson.slice(0, half), call.argumentsJson.slice(half)];
  const opening = { index: 0, ...toolCall({ ...call, argumentsJson: "" }) };
  return [opening, ...pieces.map((piece) => ({ index: 0, function: { arguments: piece } }))].map(
    (part) => ({ tool_calls: [part] }),
  );
}

function usageOf(request: SimulatedRequest, said: SimulatedAnswer): unknown {
  const completionTokens = said.completionTokens * indexes(request).length;
  return {
    prompt_tokens: said.promptTokens,
    completion_tokens: completionTokens,
    total_tokens: said.promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}
