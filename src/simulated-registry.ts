/** The rows of the simulated provider: two models that answer without key or network, and say so. */
import type { ModelRecord, OfferRecord, RegistryRows } from "./catalog.ts";

const PROVIDER_ID = "simulated";

/** A cheap and a capable model, so that every mode has something to choose. */
export const SIMULATED_REGISTRY: RegistryRows = {
  providers: [
    {
      id: PROVIDER_ID,
      kind: "simulated",
      // Never asked; the top-level name is reserved (RFC 2606).
      baseUrl: "https://simulated.invalid/v1",
      endpoints: [],
      dialects: undefined,
      credentialSource: "none",
      envKeyName: undefined,
      network: "public",
      headers: {},
      labels: [],
      enabled: true,
    },
  ],
  models: [model("simulated/small", 3), model("simulated/large", 8)],
  offers: [
    offer("simulated/small", { inputNanoUsd: 0.1e9, outputNanoUsd: 0.4e9 }),
    offer("simulated/large", { inputNanoUsd: 2e9, outputNanoUsd: 8e9 }),
  ],
  aliases: [],
};

function model(id: string, weight: number): ModelRecord {
  return {
    id,
    family: "simulated",
    weight,
    maxContextTokens: 128_000,
    maxOutputTokens: 16_384,
    kind: "chat",
    capabilities: ["tools", "json_schema"],
    enabled: true,
  };
}

/** Prices per million tokens, in the range of real models: budgets and the ledger behave as in earnest. */
function offer(
  modelId: string,
  { inputNanoUsd, outputNanoUsd }: { inputNanoUsd: number; outputNanoUsd: number },
): OfferRecord {
  return {
    modelId,
    providerId: PROVIDER_ID,
    upstreamName: modelId,
    prices: {
      input: inputNanoUsd,
      output: outputNanoUsd,
      cachedInput: inputNanoUsd,
      cacheWriteInput: inputNanoUsd,
    },
    expectedLatencyMs: undefined,
    enabled: true,
  };
}
