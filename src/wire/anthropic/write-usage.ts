/** Usage as Anthropic splits it, for clients. */
import type { Usage } from "../../chat.ts";

const CHARS_PER_TOKEN = 4;

/**
 * `input_tokens` leaves out what the cache took part in. Counts no provider told are estimated: the prompt by
 * `promptTokens`, the output by its characters.
 */
export function writeUsage(
  usage: Usage | undefined,
  { promptTokens, outputChars }: { promptTokens: number; outputChars: number },
): Readonly<Record<string, unknown>> {
  const told = usage ?? {
    promptTokens,
    completionTokens: Math.ceil(outputChars / CHARS_PER_TOKEN),
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
  };
  const { cachedTokens, cacheWriteTokens, reasoningTokens } = told;
  return {
    input_tokens: Math.max(0, told.promptTokens - cachedTokens - cacheWriteTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedTokens,
    output_tokens: told.completionTokens,
    ...(reasoningTokens > 0 && { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  };
}
