/** Anthropic, and whoever speaks its dialect with its errors at another base URL. */
import { classifyAnthropic } from "./anthropic-refusal.ts";
import { readModels } from "./models.ts";
import type { ProviderKind } from "./provider.ts";

/** Keys in their own header, typed errors, and the first page of its list of models. */
export const anthropic: ProviderKind = {
  kind: "anthropic",
  wires: ["anthropic"],
  defaultBaseUrl: "https://api.anthropic.com/v1",
  authorize: (credential) => ({ "x-api-key": credential }),
  classify: classifyAnthropic,
  discovery: { path: "/models", parse: readModels },
  origin: undefined,
};
