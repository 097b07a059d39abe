/** The model lists of vendors and of their look-alikes. */
import type { Discovered } from "./provider.ts";

/** More than the largest aggregator lists; beyond it a list is cut. */
const MODELS_MAX = 2_000;
const NAME_CHARS_MAX = 256;

/**
 * `{data: [{id, max_model_len?, meta?: {n_ctx}}]}` of OpenAI, vLLM and llama.cpp. What is no model is
 * skipped; undefined: it is no list, or there is something in it and no model.
 */
export function readModels(body: unknown): readonly Discovered[] | undefined {
  return readList(body, (entry) => ({
    maxContextTokens:
      property(entry, "max_model_len") ?? property(property(entry, "meta"), "n_ctx"),
    maxOutputTokens: undefined,
  }));
}

/** `{data: [{id, max_input_tokens?, max_tokens?}]}` of Anthropic; else as `readModels`. */
export function readAnthropicModels(body: unknown): readonly Discovered[] | undefined {
  return readList(body, (entry) => ({
    maxContextTokens: property(entry, "max_input_tokens"),
    maxOutputTokens: property(entry, "max_tokens"),
  }));
}

/** What an entry says of its sizes, unchecked. */
type ReadSizes = (entry: unknown) => { maxContextTokens: unknown; maxOutputTokens: unknown };

function readList(body: unknown, readSizes: ReadSizes): readonly Discovered[] | undefined {
  const data = property(body, "data");
  if (!Array.isArray(data)) return undefined;
  const found = new Map<string, Discovered>();
  for (const entry of data.slice(0, MODELS_MAX)) {
    const upstreamName = property(entry, "id");
    if (typeof upstreamName !== "string" || upstreamName === "") continue;
    if (upstreamName.length > NAME_CHARS_MAX) continue;
    const { maxContextTokens, maxOutputTokens } = readSizes(entry);
    found.set(upstreamName, {
      upstreamName,
      maxContextTokens: positive(maxContextTokens),
      maxOutputTokens: positive(maxOutputTokens),
    });
  }
  // Entries without one model are a list of something else.
  return found.size === 0 && data.length > 0 ? undefined : [...found.values()];
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}

function positive(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
