/** A conversation as a request of the Responses dialect. */
import type {
  Conversation,
  OutputFormat,
  OutputWish,
  Part,
  ReasoningWish,
  Turn,
} from "../../conversation.ts";
import type { WriteTarget } from "../codec.ts";
import type { JsonObject } from "../given.ts";
import { writeItems } from "./write-items.ts";
import { writeToolChoice, writeTools } from "./write-tools.ts";

const PARAGRAPH = "\n\n";
/** The dialect demands a name for a schema. */
const SCHEMA_NAME = "answer";

/** Budgets up to this many tokens → the word for that effort; above all of them `high`. */
const EFFORTS = [
  [2_048, "low"],
  [12_288, "medium"],
] as const satisfies readonly (readonly [number, string])[];

/** Nothing is stored at the provider, so that its reasoning must travel with the answer. */
export function writeConversation(conversation: Conversation, target: WriteTarget): JsonObject {
  const { sampling, tools, toolChoice, output } = conversation;
  const { instructions, turns } = splitInstructions(conversation.turns);
  return dropAbsent({
    model: target.upstreamName,
    instructions,
    input: writeItems(turns),
    tools: tools.length > 0 ? writeTools(tools) : undefined,
    tool_choice: toolChoice && writeToolChoice(toolChoice, tools),
    parallel_tool_calls: conversation.parallelCalls,
    max_output_tokens: capOf(output, target),
    text: writeText(output),
    reasoning: conversation.reasoning && writeReasoning(conversation.reasoning),
    include: writeInclude(conversation),
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_logprobs: sampling.topLogprobs,
    user: conversation.user,
    prompt_cache_key: conversation.cacheKey,
    service_tier: conversation.serviceTier,
    metadata: conversation.metadata,
    stream: conversation.stream,
    store: false,
  });
}

/** System turns before all others; those with anything but text stay where they are. */
function splitInstructions(turns: readonly Turn[]): {
  instructions: string | undefined;
  turns: readonly Turn[];
} {
  const end = turns.findIndex(({ role, parts }) => role !== "system" || !parts.every(isText));
  const count = end < 0 ? turns.length : end;
  if (count === 0) return { instructions: undefined, turns };
  const texts = turns.slice(0, count).flatMap(({ parts }) => parts.filter(isText));
  const instructions = texts.map(({ text }) => text).join(PARAGRAPH);
  return { instructions, turns: turns.slice(count) };
}

function isText(part: Part): part is Part & { kind: "text" } {
  return part.kind === "text";
}

function capOf({ tokensMax }: OutputWish, target: WriteTarget): number | undefined {
  if (target.outputTokensMax === undefined) return tokensMax;
  return Math.min(target.outputTokensMax, tokensMax ?? Infinity);
}

function writeText({ format, verbosity }: OutputWish): JsonObject | undefined {
  if (!format && verbosity === undefined) return undefined;
  return dropAbsent({ format: format && writeFormat(format), verbosity });
}

function writeFormat(format: OutputFormat): JsonObject {
  if (format.kind === "json") return { type: "json_object" };
  const { name = SCHEMA_NAME, description, schema, strict } = format;
  return dropAbsent({ type: "json_schema", name, description, schema, strict });
}

function writeReasoning({ effort, budgetTokens, shown }: ReasoningWish): JsonObject | undefined {
  const word = effort ?? (budgetTokens === undefined ? undefined : effortOf(budgetTokens));
  const summary = shown ? "auto" : undefined;
  if (word === undefined && summary === undefined) return undefined;
  return dropAbsent({ effort: word, summary });
}

function effortOf(budgetTokens: number): string {
  return EFFORTS.find(([tokensMax]) => budgetTokens <= tokensMax)?.[1] ?? "high";
}

function writeInclude({ reasoning, sampling, turns }: Conversation): readonly string[] | undefined {
  const include: string[] = [];
  const reasons = reasoning !== undefined && reasoning.effort !== "none";
  if (reasons || turns.some(({ parts }) => parts.some(isProven))) {
    include.push("reasoning.encrypted_content");
  }
  if (sampling.logprobs) include.push("message.output_text.logprobs");
  return include.length > 0 ? include : undefined;
}

function isProven(part: Part): boolean {
  if (part.kind !== "reasoning" && part.kind !== "redacted") return false;
  return part.proof?.of === "responses";
}

function dropAbsent(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
