/** What a client of each dialect makes of an answer, whole or streamed, read by the dialect's documents alone. */
import { eventsOf, type StreamEvent } from "./client.ts";
import { type Json, listOf, objectOf } from "./upstream-strict.ts";

/** One answer in words that all dialects share. */
export interface Heard {
  readonly model: string;
  readonly text: string;
  readonly calls: readonly HeardCall[];
  /** `stop`, `length` or `calls`; the dialect's own word when it is none of these. */
  readonly finish: string;
  /** undefined: not told. */
  readonly usage: HeardUsage | undefined;
}

/** A call; its arguments are the JSON text as far as it came. */
export interface HeardCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** In tokens; `input` counts what was cached too. */
export interface HeardUsage {
  readonly input: number;
  readonly output: number;
}

/** A stream as far as it came. */
export interface HeardStream extends Heard {
  /** Did the dialect's sign of success come? */
  readonly ended: boolean;
  /** Data of the dialect's error event; undefined: none came. */
  readonly error: Json | undefined;
  /** Anything after the sign of success or the error. */
  readonly rest: readonly StreamEvent[];
}

type Draft = { -readonly [K in keyof HeardStream]: HeardStream[K] };

const NOTHING = { model: "", text: "", calls: [], finish: "", usage: undefined };

const FINISHES: Readonly<Record<string, string>> = {
  stop: "stop",
  length: "length",
  tool_calls: "calls",
  end_turn: "stop",
  max_tokens: "length",
  tool_use: "calls",
  completed: "stop",
  incomplete: "length",
};

function finishOf(word: unknown): string {
  return FINISHES[String(word)] ?? String(word ?? "");
}

/** Whole answers. */
export const WHOLE = {
  openai(body) {
    const [choice = {}] = listOf(body.choices);
    const message = objectOf(choice.message);
    return {
      model: String(body.model),
      text: String(message.content ?? ""),
      calls: listOf(message.tool_calls).map(({ id, function: called }) => {
        const { name, arguments: input } = objectOf(called);
        return { id: String(id), name: String(name), arguments: String(input) };
      }),
      finish: finishOf(choice.finish_reason),
      usage: chatUsage(body.usage),
    };
  },
  anthropic(body) {
    const blocks = listOf(body.content);
    const calls = blocks.filter(({ type }) => type === "tool_use");
    return {
      model: String(body.model),
      text: blocks.map(({ text }) => text ?? "").join(""),
      calls: calls.map(({ id, name, input }) => {
        return { id: String(id), name: String(name), arguments: JSON.stringify(input) };
      }),
      finish: finishOf(body.stop_reason),
      usage: messagesUsage(body.usage),
    };
  },
  responses(body) {
    const items = listOf(body.output);
    const calls = items.filter(({ type }) => type === "function_call");
    const said = items.flatMap(({ content }) => listOf(content));
    return {
      model: String(body.model),
      text: said.map(({ text }) => text ?? "").join(""),
      calls: calls.map(({ call_id, name, arguments: input }) => {
        return { id: String(call_id), name: String(name), arguments: String(input) };
      }),
      // The dialect has no word of its own for an answer that calls.
      finish: calls.length > 0 ? "calls" : finishOf(body.status),
      usage: responsesUsage(body.usage),
    };
  },
} as const satisfies Record<string, (body: Json) => Heard>;

function chatUsage(usage: unknown): HeardUsage | undefined {
  const { prompt_tokens: input, completion_tokens: output } = objectOf(usage);
  return usage == null ? undefined : { input: Number(input), output: Number(output) };
}

function messagesUsage(usage: unknown): HeardUsage | undefined {
  const { input_tokens, output_tokens: output, ...more } = objectOf(usage);
  const cached = [more.cache_read_input_tokens, more.cache_creation_input_tokens];
  const input = [input_tokens, ...cached].reduce<number>((sum, n) => sum + Number(n ?? 0), 0);
  return usage == null ? undefined : { input, output: Number(output) };
}

function responsesUsage(usage: unknown): HeardUsage | undefined {
  const { input_tokens: input, output_tokens: output } = objectOf(usage);
  return usage == null ? undefined : { input: Number(input), output: Number(output) };
}

const LISTENERS = { openai: hearChunk, anthropic: hearMessage, responses: hearResponse } as const;

/** A stream of this dialect. */
export function heardStream(dialect: keyof typeof LISTENERS, text: string): HeardStream {
  const draft: Draft = { ...NOTHING, ended: false, error: undefined, rest: [] };
  const events = eventsOf(text).filter(({ name, data }) => name !== "comment" && data !== "");
  for (const [at, { name, data }] of events.entries()) {
    if (draft.ended || draft.error !== undefined) {
      draft.rest = events.slice(at);
      break;
    }
    if (data === "[DONE]") draft.ended = true;
    else LISTENERS[dialect](draft, { name, data: objectOf(JSON.parse(data)) });
  }
  return draft;
}

function addCall(draft: Draft, call: HeardCall): void {
  draft.calls = [...draft.calls, call];
}

/** To the call of this id or number; to the last one without. */
function addInput(draft: Draft, at: number, input: unknown): void {
  draft.calls = draft.calls.map((call, index) =>
    index === at ? { ...call, arguments: call.arguments + String(input ?? "") } : call,
  );
}

function hearChunk(draft: Draft, { data }: { readonly data: Json }): void {
  if (data.error !== undefined) draft.error = data;
  draft.model = String(data.model ?? draft.model);
  draft.usage = chatUsage(data.usage) ?? draft.usage;
  const [choice] = listOf(data.choices);
  const delta = objectOf(choice?.delta);
  draft.text += String(delta.content ?? "");
  for (const { index, id, function: called } of listOf(delta.tool_calls)) {
    const { name, arguments: input } = objectOf(called);
    if (id != null) addCall(draft, { id: String(id), name: String(name), arguments: "" });
    addInput(draft, Number(index), input);
  }
  if (choice?.finish_reason != null) draft.finish = finishOf(choice.finish_reason);
}

function hearMessage(draft: Draft, { name, data }: { name: string; data: Json }): void {
  const block = objectOf(data.content_block);
  const delta = objectOf(data.delta);
  const message = objectOf(data.message);
  switch (name) {
    case "message_start":
      draft.model = String(message.model);
      draft.usage = messagesUsage(message.usage);
      break;
    case "content_block_start":
      draft.text += String(block.text ?? "");
      if (block.type === "tool_use") {
        addCall(draft, { id: String(block.id), name: String(block.name), arguments: "" });
      }
      break;
    case "content_block_delta":
      draft.text += String(delta.text ?? "");
      addInput(draft, draft.calls.length - 1, delta.partial_json);
      break;
    case "message_delta":
      draft.finish = finishOf(delta.stop_reason);
      draft.usage = messagesUsage({ ...(data.usage as Json) });
      break;
    case "message_stop":
      draft.ended = true;
      break;
    case "error":
      draft.error = data;
  }
}

function hearResponse(draft: Draft, { name, data }: { name: string; data: Json }): void {
  const item = objectOf(data.item);
  switch (name) {
    case "response.created":
      draft.model = String(objectOf(data.response).model);
      break;
    case "response.output_item.added":
      if (item.type === "function_call") {
        addCall(draft, { id: String(item.call_id), name: String(item.name), arguments: "" });
      }
      break;
    case "response.output_text.delta":
      draft.text += String(data.delta);
      break;
    case "response.function_call_arguments.delta":
      addInput(draft, draft.calls.length - 1, data.delta);
      break;
    case "response.completed":
    case "response.incomplete":
      draft.ended = true;
      draft.finish = WHOLE.responses(objectOf(data.response)).finish;
      draft.usage = responsesUsage(objectOf(data.response).usage);
      break;
    case "response.failed":
    case "error":
      draft.error = data;
  }
}
