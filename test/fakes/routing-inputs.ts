/** Arbitrary routing inputs for fast-check: small registries in which every constraint bites now and then. */
import fc from "fast-check";
import type { Candidate, ProviderRecord } from "../../src/catalog.ts";
import { CAPABILITIES } from "../../src/chat.ts";
import type { BucketView, ProviderView, PulseView } from "../../src/platform.ts";
import { MODES } from "../../src/policies/index.ts";
import type { RoutingInput } from "../../src/routing/decision.ts";
import { aCandidate, aCatalog, FACTS, NORMAL, NOW_MS, OPEN_KEY, PULSE } from "./routing.ts";

const PROVIDERS = ["alpha", "beta", "gamma"] as const;
const MODELS = ["large", "medium", "small", "tiny"] as const;
const LABELS = ["eu", "zdr"] as const;

/** Mostly what hinders nobody, so that every constraint bites often and none always. */
const mostly = <T>(harmless: T, other: fc.Arbitrary<T>, weight = 6) =>
  fc.oneof({ arbitrary: fc.constant(harmless), weight }, { arbitrary: other, weight: 1 });
const on = mostly(true, fc.constant(false), 15);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const time = fc.constantFrom(0, NOW_MS - 1, NOW_MS, NOW_MS + 1, NOW_MS + 90_000);
const price = fc.constantFrom(0, 1_000_000, 1_000_000_000, 75_000_000_000);

const anyPrices = fc.record({
  input: price,
  output: price,
  cachedInput: price,
  cacheWriteInput: price,
});

export const anyCandidate = (id: string): fc.Arbitrary<Candidate> =>
  fc
    .record({
      prices: fc.option(anyPrices, { nil: undefined, freq: 6 }),
      expectedLatencyMs: maybe(fc.nat(20_000)),
      enabled: on,
      model: fc.record({
        weight: fc.integer({ min: 0, max: 10 }),
        maxContextTokens: mostly(undefined, fc.constantFrom(500, 4_000, 128_000), 1),
        maxOutputTokens: maybe(fc.constantFrom(100, 1_000, 8_000)),
        kind: mostly("chat" as const, fc.constant("embedding" as const), 15),
        capabilities: mostly([...CAPABILITIES], fc.subarray([...CAPABILITIES]), 3),
        enabled: on,
      }),
      provider: fc.record({
        labels: mostly([...LABELS], fc.subarray([...LABELS]), 2),
        enabled: on,
        credentialSource: fc.constantFrom("env" as const, "none" as const),
      }),
    })
    .map((change) => aCandidate(id, change));

const pulse: fc.Arbitrary<PulseView> = fc
  .record({
    breaker: fc.constantFrom("closed", "closed", "open", "half-open"),
    openUntilMs: time,
    ramp: fc.constantFrom(0.1, 0.5, 1),
    failure: fc.constantFrom(0, 0.2, 0.9),
    ttftP50Ms: maybe(fc.nat(5_000)),
    tokenP50Ms: maybe(fc.nat(100)),
    outputTokensP50: maybe(fc.double({ min: 0, max: 5_000, noNaN: true })),
    promptCorrection: maybe(fc.constant({ offset: 40, slope: 1.3 })),
  })
  .map((change) => ({ ...PULSE, ...change }) as PulseView);

const bucket: fc.Arbitrary<BucketView> = fc.record({
  throttledUntilMs: time,
  reason: fc.constantFrom("rate_limited", "quota_exhausted", "misconfigured_candidate"),
  headroom: fc.constantFrom(0, 0.3, 1, 1),
});

const BUCKET_KEYS = [
  ...MODELS.flatMap((model) => [`KEY\n${model}`, `none\n${model}`, `*\n${model}`]),
  "KEY\n*",
  "none\n*",
];
const view: fc.Arbitrary<ProviderView> = fc.record({
  pulse: fc.dictionary(fc.constantFrom(...MODELS), pulse, { maxKeys: 3 }),
  bucket: fc.dictionary(fc.constantFrom(...BUCKET_KEYS), bucket, { maxKeys: 3 }),
});

const IDS = PROVIDERS.flatMap((provider) => MODELS.map((model) => `${provider}/${model}`));
const candidates = fc
  .subarray(IDS, { minLength: 1 })
  .chain((ids) => fc.tuple(...ids.map(anyCandidate)));

export const anyInput: fc.Arbitrary<RoutingInput> = fc
  .record({
    candidates,
    views: fc.dictionary(fc.constantFrom(...PROVIDERS), view),
    facts: fc.record({
      needs: mostly([], fc.subarray([...CAPABILITIES], { maxLength: 2 }), 2),
      promptTokens: fc.constantFrom(10, 100, 300, 3_000, 100_000),
      outputTokensMax: mostly(undefined, fc.constantFrom(1, 50, 500, 20_000), 2),
      choices: fc.integer({ min: 1, max: 3 }),
    }),
    policy: fc.record({
      mode: fc.constantFrom(...MODES),
      budgetNanoUsd: mostly(undefined, fc.constantFrom(0, 100_000, 2_000_000, 50_000_000), 2),
      minWeight: mostly(0, fc.constantFrom(3, 8), 3),
      labels: mostly([], fc.subarray([...LABELS]), 2),
    }),
    key: fc.record({
      allowedModels: mostly([], fc.subarray([...MODELS]), 3),
      allowedProviders: mostly([], fc.subarray([...PROVIDERS]), 3),
      requiredLabels: mostly([], fc.subarray([...LABELS]), 3),
      maxTokens: mostly(undefined, fc.constantFrom(20, 400, 30_000), 3),
    }),
    credentials: mostly([...PROVIDERS], fc.subarray([...PROVIDERS])),
    seed: fc.nat(2 ** 32 - 1),
  })
  .map(({ candidates: all, credentials, ...input }) => ({
    catalog: aCatalog(all),
    views: input.views,
    facts: {
      ...FACTS,
      ...input.facts,
      promptTokensUpper: Math.ceil(input.facts.promptTokens * 1.3),
    },
    policy: { ...NORMAL, ...input.policy },
    key: { ...OPEN_KEY, ...input.key },
    target: undefined,
    pinned: false,
    credentials: ({ id, credentialSource, envKeyName = "" }: ProviderRecord) =>
      credentials.some((one) => one === id)
        ? { names: [credentialSource === "env" ? envKeyName : "none"], lack: undefined }
        : { names: [], lack: "missing" as const },
    nowMs: NOW_MS,
    seed: input.seed,
  }));
