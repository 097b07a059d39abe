/** Conversations to requests of the OpenAI chat dialect. */
import type { Conversation, OutputFormat, ReasoningWish, Sampling } from "../../conversation.ts";
import type { WriteTarget } from "../codec.ts";
import { writeToolChoice, writeTools } from "./write-tools.ts";
import { writeTurn } from "./write-turns.ts";

type Members = Record<string, unknown>;

/** Words of this dialect; another's would be refused. */
const SERVICE_TIERS = new Set(["auto", "default", "flex", "scale", "priority"]);
/** What the dialect has no word for, by the nearest one it has. */
const EFFORTS: ReadonlyMap<string, string> = new Map([["max", "xhigh"]]);
/** Budgets of thinking below which an effort counts as low, or as medium, as vendors translate them. */
const LOW_TOKENS = 4_096;
const MEDIUM_TOKENS = 16_384;

/**
 * The body for a provider; what the dialect cannot say is left out (reasoning of earlier turns, marks of caches).
 * @throws TokenhubError unsupported_parameter for files that only another provider knows.
 */
export function writeConversation(conversation: Conversation, target: WriteTarget): Members {
  const { output, reasoning } = conversation;
  const effort = effortOf(reasoning);
  const body: Members = {
    model: target.upstreamName,
    messages: conversation.turns.flatMap(writeTurn),
    ...writeTools(conversation.tools),
    ...writeSampling(conversation.sampling),
  };
  if (body.tools !== undefined) {
    put(body, "tool_choice", writeToolChoice(conversation.toolChoice, conversation.tools));
    put(body, "parallel_tool_calls", conversation.parallelCalls);
  }
  // Every server knows the older name; models that reason know the newer one only.
  put(body, effort === undefined ? "max_tokens" : "max_completion_tokens", capOf(output, target));
  if (output.stop.length > 0) body.stop = output.stop;
  if (output.format) body.response_format = writeFormat(output.format);
  put(body, "verbosity", output.verbosity);
  put(body, "reasoning_effort", effort);
  if (conversation.stream) {
    body.stream = true;
    body.stream_options = { include_usage: true };
  }
  put(body, "user", conversation.user);
  put(body, "prompt_cache_key", conversation.cacheKey);
  put(body, "metadata", conversation.metadata);
  if (SERVICE_TIERS.has(conversation.serviceTier ?? "")) {
    body.service_tier = conversation.serviceTier;
  }
  return body;
}

function put(body: Members, name: string, value: unknown): void {
  if (value !== undefined) body[name] = value;
}

function capOf(output: Conversation["output"], target: WriteTarget): number | undefined {
  const caps = [output.tokensMax, target.outputTokensMax].filter((cap) => cap !== undefined);
  return caps.length > 0 ? Math.min(...caps) : undefined;
}

function writeSampling(sampling: Sampling): Members {
  const body: Members = {};
  put(body, "temperature", sampling.temperature);
  put(body, "top_p", sampling.topP);
  put(body, "seed", sampling.seed);
  put(body, "presence_penalty", sampling.presencePenalty);
  put(body, "frequency_penalty", sampling.frequencyPenalty);
  put(body, "logit_bias", sampling.logitBias);
  put(body, "logprobs", sampling.logprobs);
  put(body, "top_logprobs", sampling.topLogprobs);
  if (sampling.choices > 1) body.n = sampling.choices;
  return body;
}

function writeFormat(format: OutputFormat): Members {
  if (format.kind === "json") return { type: "json_object" };
  const { description, schema, strict } = format;
  // The name is demanded here and optional elsewhere.
  const wish: Members = { name: format.name ?? "answer" };
  put(wish, "description", description);
  put(wish, "schema", schema);
  put(wish, "strict", strict);
  return { type: "json_schema", json_schema: wish };
}

function effortOf(reasoning: ReasoningWish | undefined): string | undefined {
  if (!reasoning) return undefined;
  const { effort, budgetTokens } = reasoning;
  if (effort !== undefined) return EFFORTS.get(effort) ?? effort;
  if (budgetTokens === undefined) return undefined;
  if (budgetTokens < LOW_TOKENS) return "low";
  return budgetTokens < MEDIUM_TOKENS ? "medium" : "high";
}
