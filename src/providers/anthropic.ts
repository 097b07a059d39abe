/** Anthropic, and whoever speaks its dialect with its errors at another base URL. */
import { classifyAnthropic } from "./anthropic-refusal.ts";
import { readAnthropicModels } from "./models.ts";
import type { ProviderKind } from "./provider.ts";

/** Keys in their own header, typed errors, and its list of models on one page. */
export const anthropic: ProviderKind = {
  kind: "anthropic",
  wires: ["anthropic"],
  defaultBaseUrl: "https://api.anthropic.com/v1",
  authorize: (credential) => ({ "x-api-key": credential }),
  classify: classifyAnthropic,
  // The most that a page takes; a page has 20 else, and the rest is behind a cursor.
  discovery: { path: "/models", query: "limit=1000", parse: readAnthropicModels },
  origin: undefined,
};
