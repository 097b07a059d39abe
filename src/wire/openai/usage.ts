/** What OpenAI-shaped answers and chunks have in common: usage, and the size of what was written. */
import type { Usage } from "../../chat.ts";
import { isObject } from "../json.ts";

/** Far beyond any context; a larger count is the upstream's mistake and must not be billed. */
const TOKENS_MAX = 100_000_000;

/** undefined: absent, or its two main counts are no sensible numbers. Details that make no sense count as 0. */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const promptTokens = usage.prompt_tokens;
  const completionTokens = usage.completion_tokens;
  if (!isCount(promptTokens) || !isCount(completionTokens)) return undefined;
  const prompt = isObject(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  const completion = isObject(usage.completion_tokens_details)
    ? usage.completion_tokens_details
    : {};
  const cachedTokens = part(prompt.cached_tokens, promptTokens);
  return {
    promptTokens,
    completionTokens,
    cachedTokens,
    // vLLM's name; no other server of this dialect is known to tell.
    cacheWriteTokens: part(prompt.created_cache_tokens, promptTokens - cachedTokens),
    reasoningTokens: part(completion.reasoning_tokens, completionTokens),
  };
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= TOKENS_MAX;
}

function part(value: unknown, whole: number): number {
  return isCount(value) && value <= whole ? value : 0;
}

/**
 * Characters that a message or delta says: content (text or parts), reasoning under either name, refusal, and what
 * it calls. 0: it says nothing.
 */
export function spokenChars(message: Readonly<Record<string, unknown>>): number {
  let chars = textChars(message.content) + textChars(message.reasoning);
  chars += textChars(message.reasoning_content) + textChars(message.refusal);
  if (message.function_call) chars += calledChars({ function: message.function_call });
  if (Array.isArray(message.tool_calls)) {
    for (const call of message.tool_calls) chars += calledChars(call);
  }
  return chars;
}

function textChars(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (!Array.isArray(value)) return 0;
  let chars = 0;
  for (const item of value) chars += isObject(item) ? textChars(item.text) : 0;
  return chars;
}

function calledChars(call: unknown): number {
  const called = isObject(call) ? (call.function ?? call.custom) : undefined;
  if (!isObject(called)) return 0;
  return textChars(called.name) + textChars(called.arguments) + textChars(called.input);
}
