/** Token counts as the Responses dialect writes them. */
import type { Usage } from "../../chat.ts";
import type { JsonObject } from "../given.ts";

/** null: not known. */
export function writeCounts(usage: Usage | undefined): JsonObject | null {
  if (!usage) return null;
  const { promptTokens, completionTokens, cachedTokens, cacheWriteTokens, reasoningTokens } = usage;
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + completionTokens,
  };
}
