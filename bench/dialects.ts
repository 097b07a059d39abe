/** The three dialects as the benchmark speaks them: requests of clients, streams of the upstream. */

const MODEL = "bench-upstream";
const TEXT = "token and a bit of text ";

/** One dialect. */
export interface BenchDialect {
  /** Added to `/v1`. */
  readonly path: string;
  /** A streamed request. */
  body(model: string, content: string): Readonly<Record<string, unknown>>;
  /** Stands once in each content event of a client's stream. */
  readonly mark: string;
  /** Stands in the event that ends a good stream. */
  readonly end: string;
  /** Frames before, for each, and after the content events. */
  readonly opening: string;
  readonly content: (index: number) => string;
  readonly closing: (count: number) => string;
}

const data = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const named = (value: Readonly<Record<string, unknown>>) => `event: ${value.type}\n${data(value)}`;

const CHUNK = { id: "chatcmpl-bench", object: "chat.completion.chunk", created: 1_700_000_000 };
const chunk = (delta: object, finish_reason: string | null) =>
  data({ ...CHUNK, model: MODEL, choices: [{ index: 0, delta, finish_reason }] });
const chatUsage = { prompt_tokens: 300, completion_tokens: 180, total_tokens: 480 };

const CHAT_CONTENT = chunk({ content: TEXT }, null);

const chat: BenchDialect = {
  path: "/chat/completions",
  body: (model, content) => ({ model, messages: [{ role: "user", content }], stream: true }),
  mark: '"content":"token',
  end: "[DONE]",
  opening: "",
  content: () => CHAT_CONTENT,
  closing: () =>
    `${chunk({}, "stop")}${data({ ...CHUNK, model: MODEL, choices: [], usage: chatUsage })}data: [DONE]\n\n`,
};

const message = {
  id: "msg_bench",
  type: "message",
  role: "assistant",
  model: MODEL,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 300, output_tokens: 1 },
};

const MESSAGES_CONTENT = named({
  type: "content_block_delta",
  index: 0,
  delta: { type: "text_delta", text: TEXT },
});

const messages: BenchDialect = {
  path: "/messages",
  body: (model, content) => ({
    model,
    max_tokens: 1_000,
    messages: [{ role: "user", content }],
    stream: true,
  }),
  mark: '"text":"token',
  end: "message_stop",
  opening:
    named({ type: "message_start", message }) +
    named({
      type: "content_block_start",
      index: 0,
      content_block: { type: "text", text: "" },
    }),
  content: () => MESSAGES_CONTENT,
  closing: () =>
    named({ type: "content_block_stop", index: 0 }) +
    named({
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: 180 },
    }) +
    named({ type: "message_stop" }),
};

const response = (status: string, output: readonly object[]) => ({
  id: "resp_bench",
  object: "response",
  created_at: 1_700_000_000,
  status,
  error: null,
  incomplete_details: null,
  model: MODEL,
  output,
  usage:
    status === "completed" ? { input_tokens: 300, output_tokens: 180, total_tokens: 480 } : null,
});
const AT = { item_id: "msg_bench", output_index: 0, content_index: 0 };
const item = (status: string, content: readonly object[]) => ({
  id: "msg_bench",
  type: "message",
  role: "assistant",
  status,
  content,
});
const part = (text: string) => ({ type: "output_text", text, annotations: [], logprobs: [] });
const numbered = (type: string, sequence_number: number, rest: object) =>
  named({ type, sequence_number, ...rest });

const responses: BenchDialect = {
  path: "/responses",
  body: (model, input) => ({ model, input, stream: true }),
  mark: '"delta":"token',
  end: "response.completed",
  opening:
    numbered("response.created", 0, { response: response("in_progress", []) }) +
    numbered("response.output_item.added", 1, { output_index: 0, item: item("in_progress", []) }) +
    numbered("response.content_part.added", 2, { ...AT, part: part("") }),
  content: (index) =>
    numbered("response.output_text.delta", 3 + index, { ...AT, delta: TEXT, logprobs: [] }),
  closing: (count) => {
    const whole = item("completed", [part(TEXT.repeat(count))]);
    const next = 3 + count;
    return (
      numbered("response.output_text.done", next, {
        ...AT,
        text: TEXT.repeat(count),
        logprobs: [],
      }) +
      numbered("response.content_part.done", next + 1, { ...AT, part: part(TEXT.repeat(count)) }) +
      numbered("response.output_item.done", next + 2, { output_index: 0, item: whole }) +
      numbered("response.completed", next + 3, { response: response("completed", [whole]) })
    );
  },
};

/** By the door's name. */
export const BENCH_DIALECTS = { chat, messages, responses } as const;
export type BenchDoor = keyof typeof BENCH_DIALECTS;
