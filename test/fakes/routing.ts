/** A plain routing input in which everything is healthy, allowed and free; a test changes what it is about. */
import type { AliasRecord, Candidate, Catalog, Model, ProviderRecord } from "../../src/catalog.ts";
import type { RequestFacts } from "../../src/chat.ts";
import type { KeyRecord } from "../../src/key.ts";
import type { BucketView, PulseView } from "../../src/platform.ts";
import type { Policy } from "../../src/policy.ts";
import type { RoutingInput } from "../../src/routing/decision.ts";
import { decide } from "../../src/routing/route.ts";
import { aKey, aProvider } from "./records.ts";

export const NOW_MS = 1_000_000;

/** $1 per million input tokens, $4 per million output tokens. */
export const PRICES = {
  input: 1_000_000_000,
  output: 4_000_000_000,
  cachedInput: 100_000_000,
  cacheWriteInput: 1_250_000_000,
};

export const OPEN_KEY: KeyRecord = aKey("key_open0000", {
  allowedModels: [],
  requiredLabels: [],
  defaultMode: undefined,
});

export const NORMAL: Policy = {
  mode: "normal",
  pipeline: undefined,
  budgetNanoUsd: undefined,
  isMetered: false,
  budgetTargetNanoUsd: undefined,
  latencyMs: undefined,
  latencyTargetMs: undefined,
  minWeight: 0,
  pin: false,
  labels: [],
  from: { mode: "server" },
};

export const FACTS: RequestFacts = {
  kind: "chat",
  needs: [],
  stream: false,
  promptTokens: 100,
  promptTokensUpper: 130,
  outputTokensMax: undefined,
  choices: 1,
};

export const PULSE: PulseView = {
  breaker: "closed",
  openUntilMs: 0,
  ramp: 1,
  failure: 0,
  samples: 50,
  ttftP50Ms: 400,
  ttftP95Ms: 900,
  tokenP50Ms: 10,
  outputTokensP50: 200,
  promptCorrection: undefined,
};

export const BUCKET: BucketView = { throttledUntilMs: 0, reason: undefined, headroom: 1 };

/** `id` is `provider/model`. */
export function aCandidate(
  id: string,
  change: Partial<Omit<Candidate, "model" | "provider">> & {
    readonly model?: Partial<Model>;
    readonly provider?: Partial<ProviderRecord>;
  } = {},
): Candidate {
  const [providerId = "", modelId = ""] = id.split("/");
  return {
    upstreamName: `up-${modelId}`,
    prices: PRICES,
    expectedLatencyMs: undefined,
    enabled: true,
    ...change,
    id,
    model: {
      id: modelId,
      family: "family",
      weight: 5,
      maxContextTokens: 128_000,
      maxOutputTokens: 8_000,
      kind: "chat",
      capabilities: ["tools"],
      enabled: true,
      ...change.model,
    },
    provider: aProvider(providerId, { envKeyName: "KEY", ...change.provider }),
  };
}

export function aCatalog(
  candidates: readonly Candidate[],
  aliases: readonly AliasRecord[] = [],
): Catalog {
  return {
    version: 1,
    candidates,
    byModel: Map.groupBy(candidates, ({ model }) => model.id),
    models: new Map(candidates.map(({ model }) => [model.id, model])),
    providers: new Map(candidates.map(({ provider }) => [provider.id, provider])),
    aliases: new Map(aliases.map((alias) => [alias.id, alias])),
  };
}

export function anInput(
  candidates: readonly Candidate[],
  change: Partial<RoutingInput> = {},
): RoutingInput {
  return {
    catalog: aCatalog(candidates),
    views: {},
    facts: FACTS,
    policy: NORMAL,
    key: OPEN_KEY,
    target: undefined,
    pinned: false,
    credentials: ({ credentialSource, envKeyName = "" }) => ({
      names: [credentialSource === "env" ? envKeyName : "none"],
      lack: undefined,
    }),
    nowMs: NOW_MS,
    seed: 7,
    ...change,
  };
}

/** Decides over the one candidate `p/m`. */
export function decideOne(
  candidate: Parameters<typeof aCandidate>[1],
  change: Partial<RoutingInput> = {},
) {
  const { ranked, excluded } = decide(anInput([aCandidate("p/m", candidate)], change));
  return { ranked: ranked[0], excluded: excluded[0] };
}

/** Parts of an input that differ from the plain one. */
export const withFacts = (change: Partial<RequestFacts>) => ({ facts: { ...FACTS, ...change } });
export const withPolicy = (change: Partial<Policy>) => ({ policy: { ...NORMAL, ...change } });
export const withKey = (change: Partial<KeyRecord>) => ({ key: { ...OPEN_KEY, ...change } });
export const withPulse = (change: Partial<PulseView>) => ({
  views: { p: { pulse: { m: { ...PULSE, ...change } }, bucket: {} } },
});
