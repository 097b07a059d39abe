/** One good record of each kind; a test changes the fields that it is about. */
import type {
  AliasRecord,
  ModelRecord,
  OfferRecord,
  ProviderRecord,
  RegistryRows,
} from "../../src/catalog.ts";
import type { KeyRecord } from "../../src/key.ts";
import type { RequestRow } from "../../src/platform.ts";

export const NO_ROWS: RegistryRows = { providers: [], models: [], offers: [], aliases: [] };

export const aProvider = (id: string, change: Partial<ProviderRecord> = {}): ProviderRecord => ({
  id,
  kind: "openai",
  baseUrl: "https://api.example.com/v1",
  endpoints: [],
  dialects: undefined,
  credentialSource: "env",
  envKeyName: "EXAMPLE_API_KEY",
  network: "public",
  headers: { "x-team": 'it\'s "red"' },
  labels: ["eu"],
  enabled: true,
  ...change,
});

export const aModel = (id: string, change: Partial<ModelRecord> = {}): ModelRecord => ({
  id,
  family: undefined,
  weight: 6.5,
  maxContextTokens: 128_000,
  maxOutputTokens: undefined,
  kind: undefined,
  capabilities: ["tools"],
  enabled: true,
  ...change,
});

export const anOffer = (
  providerId: string,
  modelId: string,
  change: Partial<OfferRecord> = {},
): OfferRecord => ({
  providerId,
  modelId,
  upstreamName: `up/${modelId}`,
  prices: { input: 2_500_000_000, output: 0, cachedInput: undefined, cacheWriteInput: undefined },
  expectedLatencyMs: 812.5,
  enabled: true,
  ...change,
});

export const anAlias = (id: string, change: Partial<AliasRecord> = {}): AliasRecord => ({
  id,
  strategy: "weighted",
  targets: [{ modelId: "m", weight: 2 }],
  enabled: true,
  ...change,
});

export const aKey = (id: string, change: Partial<KeyRecord> = {}): KeyRecord => ({
  id,
  name: "naïve; drop table 'x'\nsecond line",
  hash: `hash of ${id}`,
  last4: "Ab1z",
  scopes: ["chat", "models"],
  allowedModels: ["m"],
  allowedProviders: [],
  requiredLabels: ["eu"],
  projectId: "proj_1",
  budgetRequestNanoUsd: 5_000_000,
  budgetDayNanoUsd: undefined,
  budgetMonthNanoUsd: 9_000_000_000,
  rpm: 60,
  tpm: undefined,
  concurrency: 4,
  maxTokens: undefined,
  fanOut: 5,
  defaultMode: "cheap",
  inband: "system",
  createdAtMs: 1_000,
  expiresAtMs: undefined,
  revokedAtMs: undefined,
  previousHash: undefined,
  previousUntilMs: undefined,
  ...change,
});

export const aRequest = (id: string, change: Partial<RequestRow> = {}): RequestRow => ({
  id,
  clientRequestId: undefined,
  atMs: 1_000,
  keyId: "key_1",
  door: "chat",
  mode: "normal",
  modelId: "m",
  providerId: "p",
  status: 200,
  errorCode: undefined,
  stream: true,
  attempts: 1,
  promptTokens: 12,
  completionTokens: 34,
  costNanoUsd: 56_000,
  costIsEstimate: false,
  latencyMs: 1_234.5,
  ttftMs: 321.25,
  overheadMs: 0.75,
  reason: "mode=normal",
  decision: "{}",
  meta: undefined,
  ...change,
});
