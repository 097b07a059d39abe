/** What vendors refuse in a conversation's history: calls without results, results without calls, altered proofs. */

/** A refusal before it has its vendor's shape; 400 where no status is said. */
export interface Refused {
  readonly status?: number;
  readonly message: string;
  /** OpenAI's `param`. */
  readonly param?: string;
  /** OpenAI's `code`, Anthropic's `details.error_code`. */
  readonly code?: string;
}

/** What one scripted upstream has said and must know again. */
export interface Memory {
  /** Signatures and encrypted reasoning that it issued, with the text that they vouch for. */
  readonly proofs: Map<string, string>;
  /** Message id → the thread's messages up to and with it. */
  readonly threads: Map<string, readonly Json[]>;
  /** `PREFIX` and a number that it has not used. */
  newId(prefix: string): string;
}

export type Json = Readonly<Record<string, unknown>>;

export function newMemory(): Memory {
  let made = 0;
  return {
    proofs: new Map(),
    threads: new Map(),
    newId(prefix) {
      made += 1;
      return `${prefix}${made}`;
    },
  };
}

/** The value as an object; anything else is an empty one. */
export function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : {};
}

export function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

/** Whether the model is told to call its first two tools at once. */
export function wantsTwo(turn: unknown): boolean {
  return JSON.stringify(turn ?? null).includes("twice");
}

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const CHOSEN = "is only allowed when 'tools' are specified.";

/** OpenAI chat: tools, and each call answered right after it. */
export function refuseChat(body: Json): Refused | undefined {
  const { tools } = body;
  if (Array.isArray(tools) && tools.length === 0) {
    return { message: "[] is too short - 'tools'", param: "tools" };
  }
  for (const param of ["tool_choice", "parallel_tool_calls"]) {
    if (body[param] != null && !tools) return { message: `'${param}' ${CHOSEN}`, param };
  }
  for (const [index, tool] of listOf(tools).entries()) {
    const { name } = objectOf(tool[String(tool.type)]);
    if (typeof name !== "string" || !TOOL_NAME.test(name)) {
      const param = `tools[${index}].function.name`;
      return { message: `Invalid '${param}': string does not match pattern.`, param };
    }
  }
  return refuseChatTurns(listOf(body.messages));
}

function refuseChatTurns(messages: readonly Json[]): Refused | undefined {
  let open = new Set<unknown>();
  for (const [index, message] of messages.entries()) {
    const at = `messages.[${index}]`;
    if (message.role === "tool") {
      if (open.delete(message.tool_call_id)) continue;
      const text = "messages with role 'tool' must be a response to a preceeding message with";
      return { message: `Invalid parameter: ${text} 'tool_calls'.`, param: `${at}.role` };
    }
    if (open.size > 0) return unanswered(open);
    const { content, tool_calls: calls, function_call: old, refusal, audio } = message;
    if (content == null && !calls && !old && !refusal && !audio) {
      const text = "Invalid value for 'content': expected a string, got null.";
      return { message: text, param: `${at}.content` };
    }
    if (Array.isArray(calls) && calls.length === 0) {
      return { message: `[] is too short - '${at}.tool_calls'`, param: `${at}.tool_calls` };
    }
    open = new Set(listOf(calls).map((call) => call.id));
  }
  return open.size > 0 ? unanswered(open) : undefined;
}

function unanswered(ids: ReadonlySet<unknown>): Refused {
  const text =
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each " +
    "'tool_call_id'. The following tool_call_ids did not have response messages: ";
  return { message: text + [...ids].join(", "), param: "messages" };
}

const RESPONSES_ROLES = new Set(["user", "assistant", "system", "developer"]);
const OUTPUT_OF: Readonly<Record<string, string>> = {
  function_call_output: "function_call",
  custom_tool_call_output: "custom_tool_call",
};
/** What the model writes, and so what may follow its reasoning. */
const WRITTEN = new Set(["message", "function_call", "custom_tool_call", "reasoning"]);

/** Responses: each call answered, each answer called, reasoning as it was issued. */
export function refuseItems(items: readonly Json[], memory: Memory): Refused | undefined {
  const open = new Map<string, unknown>();
  for (const [index, item] of items.entries()) {
    const { type = "message", call_id, role } = item;
    const at = `input[${index}]`;
    if (type === "message" && !RESPONSES_ROLES.has(String(role))) {
      return { message: `Invalid value for '${at}.role'.`, param: `${at}.role` };
    }
    if (type === "reasoning") {
      const refused = refuseReasoning(item, { next: items[index + 1], at, memory });
      if (refused) return refused;
    }
    if (type === "function_call" || type === "custom_tool_call") {
      if (typeof call_id !== "string") return missing(`${at}.call_id`);
      if (typeof item.name !== "string") return missing(`${at}.name`);
      if (typeof item[type === "function_call" ? "arguments" : "input"] !== "string") {
        return missing(`${at}.${type === "function_call" ? "arguments" : "input"}`);
      }
      open.set(call_id, type);
    }
    const wanted = OUTPUT_OF[String(type)];
    if (wanted === undefined) continue;
    if (open.get(String(call_id)) !== wanted) {
      const kind = wanted.replaceAll("_", " ");
      return {
        message: `No tool call found for ${kind} output with call_id ${call_id}.`,
        param: "input",
      };
    }
    if (item.output === undefined) return missing(`${at}.output`);
    open.delete(String(call_id));
  }
  const [left] = open.keys();
  if (left === undefined) return undefined;
  return { message: `No tool output found for function call ${left}.`, param: "input" };
}

function refuseReasoning(
  { id, encrypted_content: proof, summary }: Json,
  { next, at, memory }: { next: Json | undefined; at: string; memory: Memory },
): Refused | undefined {
  if (!Array.isArray(summary)) return missing(`${at}.summary`);
  if (proof == null) {
    const text = "Items are not persisted when `store` is set to false.";
    return { status: 404, message: `Item with id '${id}' not found. ${text}`, param: "input" };
  }
  if (!memory.proofs.has(String(proof))) {
    const text = `The encrypted content for item ${id} could not be verified.`;
    return { message: text, code: "invalid_encrypted_content" };
  }
  const { type = "message", role = "assistant" } = next ?? { type: "nothing" };
  if (WRITTEN.has(String(type)) && role === "assistant") return undefined;
  const text = "of type 'reasoning' was provided without its required following item.";
  return { message: `Item '${id}' ${text}`, param: "input" };
}

function missing(param: string): Refused {
  return {
    message: `Missing required parameter: '${param}'.`,
    param,
    code: "missing_required_parameter",
  };
}

const BLOCKS = {
  user: new Set("text image document search_result tool_result container_upload".split(" ")),
  assistant: new Set("text thinking redacted_thinking tool_use".split(" ")),
  system: new Set(["text", "tool_addition", "tool_removal"]),
} as const satisfies Record<string, ReadonlySet<string>>;

/** Messages: roles, blocks, each call answered in the very next message, thinking as it was issued. */
export function refuseMessages(messages: readonly Json[], memory: Memory): Refused | undefined {
  let open: readonly unknown[] = [];
  const seen = new Set<unknown>();
  for (const [index, { role, content }] of messages.entries()) {
    const at = `messages.${index}`;
    if (!Object.hasOwn(BLOCKS, String(role))) {
      return { message: `${at}.role: Input should be 'user' or 'assistant'` };
    }
    if (index === 0 && role !== "user") {
      return { message: "messages: first message must use the user role" };
    }
    const blocks =
      typeof content === "string" ? [{ type: "text", text: content }] : listOf(content);
    const isPrefill = role === "assistant" && index === messages.length - 1;
    if (blocks.length === 0 && !isPrefill) {
      return { message: `${at}: all messages must have non-empty content` };
    }
    for (const [place, block] of blocks.entries()) {
      const own = BLOCKS[role as keyof typeof BLOCKS] as ReadonlySet<string>;
      const refused = refuseBlock(block, { at: `${at}.content.${place}`, own, memory });
      if (refused) return refused;
    }
    const results = blocks.filter((block) => block.type === "tool_result");
    const early = blocks.slice(0, results.length).every((block) => block.type === "tool_result");
    const answered = new Set(results.map((block) => block.tool_use_id));
    const left = open.filter((id) => !answered.has(id));
    if (left.length > 0 || (results.length > 0 && open.length > 0 && !early)) {
      const text = "`tool_use` ids were found without `tool_result` blocks immediately after";
      return {
        message: `messages.${index - 1}: ${text}: ${(left.length > 0 ? left : open).join(", ")}.`,
      };
    }
    const orphan = results.find((block) => !open.includes(block.tool_use_id));
    if (orphan || answered.size < results.length) {
      const text = "unexpected `tool_use_id` found in `tool_result` blocks";
      return { message: `${at}.content: ${text}: ${(orphan ?? results[0])?.tool_use_id}.` };
    }
    open = blocks.filter((block) => block.type === "tool_use").map((block) => block.id);
    if (open.some((id) => seen.has(id)) || new Set(open).size < open.length) {
      return { message: `${at}: \`tool_use\` ids must be unique` };
    }
    for (const id of open) seen.add(id);
  }
  if (open.length === 0) return undefined;
  const text = "`tool_use` ids were found without `tool_result` blocks immediately after";
  return { message: `messages.${messages.length - 1}: ${text}: ${open.join(", ")}.` };
}

function refuseBlock(
  block: Json,
  { at, own, memory }: { at: string; own: ReadonlySet<string>; memory: Memory },
): Refused | undefined {
  const { type } = block;
  if (!own.has(String(type))) return { message: `${at}.type: Input tag '${type}' is not expected` };
  if (type === "text" && (typeof block.text !== "string" || block.text === "")) {
    return { message: `${at}: text content blocks must be non-empty` };
  }
  if (type === "tool_use") {
    if (typeof block.id !== "string" || !/^[a-zA-Z0-9_-]+$/.test(block.id)) {
      return { message: `${at}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'` };
    }
    if (typeof block.name !== "string") return { message: `${at}.tool_use.name: Field required` };
    if (objectOf(block.input) !== block.input) {
      return { message: `${at}.tool_use.input: Input should be a valid dictionary` };
    }
  }
  if (type === "thinking" && memory.proofs.get(String(block.signature)) !== block.thinking) {
    return { message: `${at}: Invalid \`signature\` in \`thinking\` block` };
  }
  if (type === "redacted_thinking" && !memory.proofs.has(String(block.data))) {
    return { message: `${at}: Invalid \`data\` in \`redacted_thinking\` block` };
  }
  if (type !== "tool_result" || typeof block.content === "string") return undefined;
  const empty = listOf(block.content).some((part) => part.type === "text" && part.text === "");
  return empty ? { message: `${at}: text content blocks must be non-empty` } : undefined;
}
