/** The model lists of OpenAI-speaking servers. */
import type { Discovered } from "./provider.ts";

/** More than the largest aggregator lists; beyond it a list is cut. */
const MODELS_MAX = 2_000;
const NAME_CHARS_MAX = 256;

/**
 * `{data: [{id, max_model_len?, meta?: {n_ctx}}]}` of OpenAI, vLLM and llama.cpp. What is no model is
 * skipped, what is no list is empty.
 */
export function readModels(body: unknown): readonly Discovered[] {
  const data = property(body, "data");
  if (!Array.isArray(data)) return [];
  const found = new Map<string, Discovered>();
  for (const entry of data.slice(0, MODELS_MAX)) {
    const upstreamName = property(entry, "id");
    if (typeof upstreamName !== "string" || upstreamName === "") continue;
    if (upstreamName.length > NAME_CHARS_MAX) continue;
    const context = property(entry, "max_model_len") ?? property(property(entry, "meta"), "n_ctx");
    found.set(upstreamName, { upstreamName, maxContextTokens: positive(context) });
  }
  return [...found.values()];
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}

function positive(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
