/** What Anthropic-shaped answers and events have in common: token counts, and the size of what was written. */
import type { Usage } from "../../chat.ts";
import { isObject } from "../json.ts";

/** Far beyond any context; a larger count is the upstream's mistake and must not be billed. */
const TOKENS_MAX = 100_000_000;

/** The counts of one answer as the dialect splits them; undefined: not told. */
export interface Counts {
  /** Neither read from a cache nor written to one. */
  readonly input: number | undefined;
  readonly cached: number | undefined;
  readonly cacheWrite: number | undefined;
  readonly output: number | undefined;
  readonly reasoning: number | undefined;
}

/** Nothing told yet. */
export const NO_COUNTS: Counts = {
  input: undefined,
  cached: undefined,
  cacheWrite: undefined,
  output: undefined,
  reasoning: undefined,
};

/**
 * What is known with one more `usage` object: a stream tells its counts in pieces, and of each the last is the
 * true one. null and senseless values tell nothing.
 */
export function addCounts(known: Counts, usage: unknown): Counts {
  if (!isObject(usage)) return known;
  const details = isObject(usage.output_tokens_details) ? usage.output_tokens_details : {};
  return {
    input: count(usage.input_tokens) ?? known.input,
    cached: count(usage.cache_read_input_tokens) ?? known.cached,
    cacheWrite: count(usage.cache_creation_input_tokens) ?? known.cacheWrite,
    output: count(usage.output_tokens) ?? known.output,
    reasoning: count(details.thinking_tokens) ?? known.reasoning,
  };
}

/** The dialect's `input_tokens` leaves out what the cache took part in; ours has all. undefined: a main count lacks. */
export function usageOf({
  input,
  cached,
  cacheWrite,
  output,
  reasoning,
}: Counts): Usage | undefined {
  if (input === undefined || output === undefined) return undefined;
  const cachedTokens = cached ?? 0;
  const cacheWriteTokens = cacheWrite ?? 0;
  return {
    promptTokens: input + cachedTokens + cacheWriteTokens,
    completionTokens: output,
    cachedTokens,
    cacheWriteTokens,
    reasoningTokens: Math.min(reasoning ?? 0, output),
  };
}

/** Usage of a whole answer; undefined: absent or senseless. */
export function readUsage(usage: unknown): Usage | undefined {
  return usageOf(addCounts(NO_COUNTS, usage));
}

function count(value: unknown): number | undefined {
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined;
  return value >= 0 && value <= TOKENS_MAX ? value : undefined;
}

/** Characters that a content block says: text, thinking, or what it calls and with what. */
export function spokenChars(block: unknown): number {
  if (!isObject(block)) return 0;
  let chars = textChars(block.text) + textChars(block.thinking) + textChars(block.name);
  if (isObject(block.input) && Object.keys(block.input).length > 0) {
    chars += JSON.stringify(block.input).length;
  }
  return chars;
}

/** Length of a text; 0 for anything else. */
export function textChars(value: unknown): number {
  return typeof value === "string" ? value.length : 0;
}
