import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_ROWS, type RegistryRows } from "../../src/catalog.ts";
import { parseRegistry, privateEndpoints } from "../../src/registry.ts";
import { runs } from "../fakes/long.ts";

const KINDS = {
  openai: { defaultBaseUrl: "https://api.openai.com/v1", discovery: {} },
  vllm: { defaultBaseUrl: undefined, discovery: {} },
  simulated: { defaultBaseUrl: "https://simulated.invalid/v1", discovery: undefined },
};

const parse = (input: Record<string, unknown>, declared: RegistryRows = NO_ROWS) =>
  parseRegistry(input, { kinds: KINDS, declared });

const rows = (input: Record<string, unknown>) => {
  const { rows, problems } = parse(input);
  expect(problems).toEqual([]);
  return rows;
};

/** Problems as `path message` lines. */
const problems = (input: Record<string, unknown>, declared?: RegistryRows) =>
  parse(input, declared).problems.map(({ path, message }) => `${path.join(".")} ${message}`);

const P = { id: "p", type: "openai" };
const M = { id: "m" };

describe("a provider row", () => {
  it("needs an id and a type only", () => {
    expect(rows({ providers: [P] }).providers).toEqual([
      {
        id: "p",
        kind: "openai",
        baseUrl: "https://api.openai.com/v1",
        endpoints: [],
        dialects: undefined,
        credentialSource: "none",
        envKeyName: undefined,
        network: "public",
        headers: {},
        labels: [],
        enabled: true,
      },
    ]);
  });

  it("with the name of a variable takes its credential from there", () => {
    const [provider] = rows({ providers: [{ ...P, env_key_name: "MY_KEY" }] }).providers;
    expect(provider).toMatchObject({ credentialSource: "env", envKeyName: "MY_KEY" });
  });

  it("with endpoints has the first as base URL and is private when any of them is", () => {
    const endpoints = ["https://gpu.example", "http://10.0.0.5:8000/"];
    const [provider] = rows({ providers: [{ id: "v", type: "vllm", endpoints }] }).providers;
    expect(provider).toMatchObject({
      baseUrl: "https://gpu.example/v1",
      endpoints: ["https://gpu.example/v1", "http://10.0.0.5:8000/v1"],
      network: "private",
    });
    expect(privateEndpoints(provider ? [provider] : [])).toEqual([
      "https://gpu.example/v1",
      "http://10.0.0.5:8000/v1",
    ]);
  });

  it("is refused when it contradicts itself", () => {
    expect(problems({ providers: [{ ...P, credential_source: "env" }] })).toEqual([
      "providers.0.env_key_name required when credential_source is env",
    ]);
    expect(
      problems({ providers: [{ ...P, credential_source: "none", env_key_name: "K" }] }),
    ).toEqual(["providers.0.env_key_name only with credential_source env"]);
    expect(problems({ providers: [{ id: "v", type: "vllm" }] })).toEqual([
      "providers.0.base_url required for this type",
    ]);
    const plain = { ...P, base_url: "http://api.example", network: "public" };
    expect(problems({ providers: [plain] })).toEqual([
      "providers.0.network public providers need https",
    ]);
  });

  it("may not set headers that the gateway sets or that hold secrets", () => {
    for (const name of ["Authorization", "x-api-key", "Cookie", "host", "content-length", "a b"]) {
      expect(problems({ providers: [{ ...P, headers: { [name]: "x" } }] })).toHaveLength(1);
    }
    expect(problems({ providers: [{ ...P, headers: { "x-a": "line\nbreak" } }] })).toHaveLength(1);
    expect(problems({ providers: [{ ...P, headers: { "x-a": "b" } }] })).toEqual([]);
  });
});

describe("a model row", () => {
  it("in the flat form makes one model and one offer", () => {
    const flat = {
      id: "m",
      provider_id: "p",
      weight: 7,
      max_context_tokens: 8192,
      pricing: { input_per_1k: 0.001, output_per_1k: 0.002 },
      expected_latency_ms: 800,
      enabled: false,
    };
    const { models, offers } = rows({ providers: [P], models: [flat] });
    expect(models).toMatchObject([
      { id: "m", weight: 7, maxContextTokens: 8192, capabilities: undefined, enabled: false },
    ]);
    expect(offers).toEqual([
      {
        modelId: "m",
        providerId: "p",
        upstreamName: "m",
        prices: { input: 1e9, output: 2e9, cachedInput: 1e9, cacheWriteInput: 1e9 },
        expectedLatencyMs: 800,
        enabled: false,
      },
    ]);
  });

  it("takes flat prices like grouped ones, but not both", () => {
    const base = { id: "m", provider_id: "p" };
    const flat = rows({ providers: [P], models: [{ ...base, input_per_1k: 0.5 }] });
    const grouped = rows({ providers: [P], models: [{ ...base, pricing: { input_per_1k: 0.5 } }] });
    expect(flat).toEqual(grouped);
    const both = { ...base, input_per_1k: 1, pricing: { output_per_1k: 1 } };
    expect(problems({ providers: [P], models: [both] })).toEqual([
      "models.0 prices are given twice: inside pricing and beside it",
    ]);
  });

  it("alone makes no offer, and then may hold none of an offer's fields", () => {
    expect(rows({ models: [M] }).offers).toEqual([]);
    expect(problems({ models: [{ id: "m", input_per_1k: 1 }] })).toEqual([
      "models.0.provider_id required beside prices, upstream_name or expected_latency_ms",
    ]);
  });

  it("may not take a virtual model's name", () => {
    expect(problems({ models: [{ id: "tokenhub/auto" }] })).toEqual([
      "models.0.id must not start with tokenhub/ (virtual models)",
    ]);
  });
});

describe("a price", () => {
  const priceOf = (usd: number) =>
    rows({ providers: [P], models: [{ id: "m", provider_id: "p", input_per_1k: usd }] }).offers[0]
      ?.prices.input;

  it("is the exact integer of nano-USD per million tokens", () => {
    // A decimal of d digits after the point, as people write it, against integer arithmetic.
    const decimal = fc.tuple(fc.integer({ min: 0, max: 999_999 }), fc.integer({ min: 3, max: 12 }));
    fc.assert(
      fc.property(decimal, ([digits, places]) => {
        const exact = BigInt(digits) * 10n ** BigInt(12 - places);
        expect(BigInt(priceOf(Number(`${digits}e-${places}`)) ?? -1)).toBe(exact);
      }),
      { numRuns: runs(300, 20_000) },
    );
  });

  it("of 0 is a price and an absent one is none", () => {
    expect(priceOf(0)).toBe(0);
    const [offer] = rows({ providers: [P], models: [{ id: "m", provider_id: "p" }] }).offers;
    expect(offer?.prices).toEqual({
      input: undefined,
      output: undefined,
      cachedInput: undefined,
      cacheWriteInput: undefined,
    });
  });

  it("is refused when negative, absurd or no number", () => {
    for (const usd of [-0.001, 1001, Number.NaN, Number.POSITIVE_INFINITY, "0.1"]) {
      expect(
        problems({ providers: [P], models: [{ id: "m", provider_id: "p", input_per_1k: usd }] }),
      ).toHaveLength(1);
    }
  });
});

describe("a registry", () => {
  it("tells every problem at once, by path, and never a value", () => {
    const secret = "sk-planted-secret";
    const told = problems({
      providers: [
        { id: secret, type: secret, base_url: `ftp://${secret}`, base_ulr: secret },
        { ...P, env_key_name: `${secret} `, headers: { "x-a": `${secret}\n` }, network: secret },
        secret,
      ],
      models: [{ id: `${secret} `, weight: secret, max_context_tokens: -1 }, { weight: 11 }],
      offers: secret,
      aliases: [{ id: "a", strategy: secret, targets: [{ modle_id: secret }] }],
    });
    expect(told.join("\n")).not.toContain(secret);
    expect(told.map((line) => line.split(" ")[0])).toEqual([
      "providers.0.type",
      "providers.0.base_url",
      "providers.0.base_ulr",
      "providers.1.env_key_name",
      "providers.1.network",
      "providers.1.headers.x-a",
      "providers.2",
      "models.0.id",
      "models.0.weight",
      "models.0.max_context_tokens",
      "models.1.id",
      "models.1.weight",
      "offers",
      "aliases.0.strategy",
      "aliases.0.targets.0.model_id",
      "aliases.0.targets.0.modle_id",
    ]);
  });

  it("names the key that was probably meant", () => {
    const told = problems({
      providers: [{ ...P, base_ulr: "x" }],
      models: [{ ...M, provider_id: "p", pricing: { input_per_1K: 1 } }],
      aliases: [{ id: "a", strategy: "ordered", targets: [{ model_id: "m", wieght: 1 }] }],
    });
    expect(told).toEqual([
      "providers.0.base_ulr unknown key; did you mean base_url?",
      "models.0.pricing.input_per_1K unknown key; did you mean input_per_1k?",
      "aliases.0.targets.0.wieght unknown key; did you mean weight?",
    ]);
  });

  it("refuses prototype keys and ids anywhere", () => {
    for (const key of ["__proto__", "constructor", "prototype"]) {
      const planted = JSON.parse(`{"${key}": {"enabled": true}}`);
      const told = problems({
        providers: [
          { ...P, ...planted },
          { id: "q", type: "openai", headers: planted },
        ],
        models: [{ id: key }],
      });
      expect(told.length).toBeGreaterThanOrEqual(2);
      expect(told.join("\n")).toContain("must not be a prototype key");
    }
    const own = JSON.parse('{"id": "p", "type": "openai", "__proto__": {}}');
    expect(problems({ providers: [own] })).toEqual([
      "providers.0.__proto__ prototype keys are not allowed",
    ]);
  });

  it("refuses ids that are there twice, also across models and aliases", () => {
    const alias = { id: "m", strategy: "ordered", targets: [{ model_id: "m" }] };
    const offer = { model_id: "m", provider_id: "p" };
    const told = problems({
      providers: [P, P],
      models: [{ ...M, provider_id: "p" }],
      offers: [offer],
      aliases: [alias],
    });
    expect(told.map((line) => line.split(" ")[0])).toEqual([
      "providers.1",
      "offers.0",
      "aliases.0",
    ]);
  });

  it("refuses offers of models and providers that are nowhere", () => {
    expect(
      problems({ providers: [P], models: [M], offers: [{ model_id: "n", provider_id: "q" }] }),
    ).toEqual([
      "offers.0.provider_id no provider has this id",
      "offers.0.model_id no model has this id",
    ]);
  });

  it("may name rows that the environment declares", () => {
    const declared = rows({ providers: [{ id: "env", type: "simulated" }], models: [M] });
    const offers = [{ model_id: "m", provider_id: "env" }];
    expect(problems({ offers }, declared)).toEqual([]);
    expect(problems({ offers })).toHaveLength(2);
  });

  it("refuses alias targets that are nowhere, unless discovery may bring them", () => {
    const aliases = [{ id: "a", strategy: "ordered", targets: [{ model_id: "later" }] }];
    expect(problems({ providers: [P], aliases })).toEqual([]);
    const closed = { providers: [P], models: [{ ...M, provider_id: "p" }], aliases };
    expect(problems(closed)).toEqual(["aliases.0.targets.0.model_id no model has this id"]);
    expect(problems({ providers: [{ id: "s", type: "simulated" }], aliases })).toHaveLength(1);
  });

  it("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.jsonValue(), (list, value) => {
        parse({ providers: list, models: list, offers: value, aliases: list });
      }),
      { numRuns: runs(100, 20_000) },
    );
  });
});
