/** OpenAI, and every vendor that speaks its dialect at another base URL. */
import { readModels } from "./models.ts";
import type { ProviderKind } from "./provider.ts";
import { classifyRefusal } from "./refusal.ts";

/** Bearer keys, typed error codes, models by `/models`; `baseUrl` defaults to the vendor's own. */
export const openai: ProviderKind = {
  kind: "openai",
  wires: ["openai", "embeddings"],
  vendor: {
    // Regional hosts (`eu.api.openai.com`) too.
    baseUrl: /^https:\/\/(?:[a-z]+\.)?api\.openai\.com(?:[:/]|$)/,
    wires: ["openai", "responses", "embeddings"],
  },
  defaultBaseUrl: "https://api.openai.com/v1",
  authorize: (credential) => ({ authorization: `Bearer ${credential}` }),
  classify: classifyRefusal,
  discovery: { path: "/models", parse: readModels },
  origin: undefined,
};
