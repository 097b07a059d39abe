/** What whole answers and stream events of the Responses dialect have in common: usage, and the size of items. */
import type { Usage } from "../../chat.ts";
import { isObject } from "../json.ts";
import { readUsage as readChatUsage } from "../openai/usage.ts";

/** undefined: absent, or its two main counts are no sensible numbers. Details that make no sense count as 0. */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const input = isObject(usage.input_tokens_details) ? usage.input_tokens_details : {};
  return readChatUsage({
    prompt_tokens: usage.input_tokens,
    completion_tokens: usage.output_tokens,
    prompt_tokens_details: {
      cached_tokens: input.cached_tokens,
      // vLLM's name.
      created_cache_tokens: input.cache_write_tokens,
    },
    completion_tokens_details: usage.output_tokens_details,
  });
}

/** Characters that an output item says: texts, refusals, shown reasoning, and what it calls. 0: it says nothing. */
export function itemChars(item: Readonly<Record<string, unknown>>): number {
  let chars = 0;
  for (const parts of [item.content, item.summary]) {
    if (!Array.isArray(parts)) continue;
    for (const part of parts) {
      if (isObject(part)) chars += textChars(part.text) + textChars(part.refusal);
    }
  }
  if (typeof item.call_id === "string") {
    chars += textChars(item.name) + textChars(item.arguments) + textChars(item.input);
  }
  return chars;
}

/** Length of a text; 0 for anything else. */
export function textChars(value: unknown): number {
  return typeof value === "string" ? value.length : 0;
}
