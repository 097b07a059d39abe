/** What the simulated model says to a request: the same request, the same answer. */
import { exampleOf } from "./example.ts";

/** The members of a chat request that the simulation looks at; anything may be missing or wrong. */
export interface SimulatedRequest {
  readonly model?: unknown;
  readonly messages: readonly unknown[];
  readonly tools?: unknown;
  readonly tool_choice?: unknown;
  readonly response_format?: unknown;
  readonly max_tokens?: unknown;
  readonly max_completion_tokens?: unknown;
  readonly n?: unknown;
  readonly stream?: unknown;
  readonly stream_options?: unknown;
}

/** What is said, before it takes OpenAI's shape; either `content` or `call` is set. */
export interface SimulatedAnswer {
  /** undefined: a tool is called instead. */
  readonly content: string | undefined;
  readonly call: { readonly name: string; readonly argumentsJson: string } | undefined;
  readonly finish: "stop" | "length" | "tool_calls";
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** The rule by which tokens are counted: four characters each, rounded up. */
const CHARS_PER_TOKEN = 4;
/** So much of the question comes back. */
const ECHO_CHARS = 200;

/** Text (an echo, labelled), a value of the schema asked for, or a call of the tool asked for. */
export function answer(request: SimulatedRequest): SimulatedAnswer {
  const promptTokens = tokens(request.messages.map(textOf).join("").length);
  const tool = toolFor(request);
  if (tool) {
    const argumentsJson = JSON.stringify(exampleOf(tool.parameters ?? { type: "object" }));
    const call = { name: String(tool.name), argumentsJson };
    const completionTokens = tokens(call.name.length + argumentsJson.length);
    return { content: undefined, call, finish: "tool_calls", promptTokens, completionTokens };
  }
  const whole = structured(request.response_format) ?? echo(request.messages);
  const cap = request.max_completion_tokens ?? request.max_tokens;
  const charsMax = typeof cap === "number" ? cap * CHARS_PER_TOKEN : Number.POSITIVE_INFINITY;
  const content = whole.slice(0, charsMax);
  return {
    content,
    call: undefined,
    finish: content.length < whole.length ? "length" : "stop",
    promptTokens,
    completionTokens: tokens(content.length),
  };
}

function tokens(chars: number): number {
  return Math.ceil(chars / CHARS_PER_TOKEN);
}

type Members = Readonly<Record<string, unknown>>;

function members(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}

/** A message's text, parts joined. */
function textOf(message: unknown): string {
  const { content } = members(message);
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => String(members(part).text ?? "")).join("");
}

function lastOf(messages: readonly unknown[]): { role: unknown; text: string } {
  const last = messages.at(-1);
  return { role: members(last).role, text: textOf(last) };
}

function echo(messages: readonly unknown[]): string {
  const { role, text } = lastOf(messages);
  const shown = text.length > ECHO_CHARS ? `${text.slice(0, ECHO_CHARS)}…` : text;
  return `[simulated] ${role === "tool" ? "The tool answered" : "You said"}: ${shown}`;
}

function structured(format: unknown): string | undefined {
  const { type, json_schema } = members(format);
  if (type === "json_object") return JSON.stringify({ simulated: true });
  if (type !== "json_schema") return undefined;
  return JSON.stringify(exampleOf(members(json_schema).schema));
}

/** The tool to call: forced by `tool_choice`, or named in the last user text. */
function toolFor({ tools, tool_choice, messages }: SimulatedRequest): Members | undefined {
  if (!Array.isArray(tools) || tool_choice === "none") return undefined;
  const functions = tools.map((tool) => members(members(tool).function));
  if (tool_choice === "required") return functions[0];
  const forced = members(members(tool_choice).function).name;
  if (forced !== undefined) return functions.find(({ name }) => name === forced);
  const { role, text } = lastOf(messages);
  if (role !== "user") return undefined;
  return functions.find(({ name }) => typeof name === "string" && name && text.includes(name));
}
