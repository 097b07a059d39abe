import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  buildCatalog,
  type KnownModel,
  type ModelRecord,
  mergeRows,
  NO_ROWS,
  type OfferRecord,
  type ProviderRecord,
  type RegistryRows,
} from "../../src/catalog.ts";
import { runs } from "../fakes/long.ts";

const provider = (id: string, more: Partial<ProviderRecord> = {}): ProviderRecord => ({
  id,
  kind: "openai",
  baseUrl: "https://api.example/v1",
  endpoints: [],
  dialects: undefined,
  credentialSource: "none",
  envKeyName: undefined,
  network: "public",
  headers: {},
  labels: [],
  enabled: true,
  ...more,
});

const model = (id: string, more: Partial<ModelRecord> = {}): ModelRecord => ({
  id,
  family: undefined,
  weight: undefined,
  maxContextTokens: undefined,
  maxOutputTokens: undefined,
  kind: undefined,
  capabilities: undefined,
  enabled: true,
  ...more,
});

const UNPRICED = {
  input: undefined,
  output: undefined,
  cachedInput: undefined,
  cacheWriteInput: undefined,
};

const offer = (
  providerId: string,
  modelId: string,
  more: Partial<OfferRecord> = {},
): OfferRecord => ({
  modelId,
  providerId,
  upstreamName: modelId,
  prices: UNPRICED,
  expectedLatencyMs: undefined,
  enabled: true,
  ...more,
});

const nothing = (): KnownModel => ({});

const one = (more: {
  model?: Partial<ModelRecord>;
  offer?: Partial<OfferRecord>;
  known?: KnownModel;
  id?: string;
}) => {
  const id = more.id ?? "m";
  const rows: RegistryRows = {
    ...NO_ROWS,
    providers: [provider("p")],
    models: [model(id, more.model)],
    offers: [offer("p", id, more.offer)],
  };
  const candidate = buildCatalog(rows, 1, () => more.known ?? {}).candidates[0];
  if (!candidate) throw new Error("no candidate");
  return candidate;
};

const priced = (output: number) => ({ ...UNPRICED, input: 1, output });

describe("a catalog", () => {
  it("joins each offer with its model and provider", () => {
    const rows: RegistryRows = {
      ...NO_ROWS,
      providers: [provider("a"), provider("b")],
      models: [model("m"), model("n")],
      offers: [offer("a", "m"), offer("b", "m", { upstreamName: "m-2026" }), offer("b", "n")],
    };
    const catalog = buildCatalog(rows, 7, nothing);
    expect(catalog.version).toBe(7);
    expect(catalog.candidates.map(({ id }) => id)).toEqual(["a/m", "b/m", "b/n"]);
    expect(catalog.byModel.get("m")?.map(({ upstreamName }) => upstreamName)).toEqual([
      "m",
      "m-2026",
    ]);
    expect(catalog.providers.get("b")?.id).toBe("b");
  });

  it("leaves out offers without model or provider, and models that nobody offers", () => {
    const rows: RegistryRows = {
      ...NO_ROWS,
      providers: [provider("a")],
      models: [model("m"), model("lonely")],
      offers: [offer("a", "m"), offer("gone", "m"), offer("a", "unknown"), offer("gone", "lonely")],
    };
    const catalog = buildCatalog(rows, 1, nothing);
    expect(catalog.candidates.map(({ id }) => id)).toEqual(["a/m"]);
    expect([...catalog.models.keys()]).toEqual(["m"]);
  });

  it("enables a candidate only when offer, model and provider are enabled", () => {
    const enabled = (flags: readonly [boolean, boolean, boolean]) =>
      buildCatalog(
        {
          ...NO_ROWS,
          providers: [provider("p", { enabled: flags[0] })],
          models: [model("m", { enabled: flags[1] })],
          offers: [offer("p", "m", { enabled: flags[2] })],
        },
        1,
        nothing,
      ).candidates[0]?.enabled;
    expect(enabled([true, true, true])).toBe(true);
    expect(enabled([false, true, true])).toBe(false);
    expect(enabled([true, false, true])).toBe(false);
    expect(enabled([true, true, false])).toBe(false);
  });
});

describe("a gap in a model", () => {
  const known: KnownModel = {
    family: "maker",
    maxContextTokens: 1000,
    maxOutputTokens: 100,
    capabilities: ["tools"],
  };

  it("is filled from what is known, never over what the operator said", () => {
    expect(one({ known }).model).toMatchObject(known);
    const own = { family: "own", maxContextTokens: 5, maxOutputTokens: 2, capabilities: [] };
    expect(one({ known, model: own }).model).toMatchObject(own);
  });

  it("of family is filled with the list's maker, else the id's prefix, else the provider kind", () => {
    expect(one({ known: { family: "maker" }, id: "acme/m" }).model.family).toBe("maker");
    expect(one({ id: "acme/m" }).model.family).toBe("acme");
    expect(one({ id: "m" }).model.family).toBe("openai");
  });

  it("of kind is filled from its names: what embeds makes vectors, the rest chats", () => {
    const kinds = (...ids: string[]) => ids.map((id) => one({ id }).model.kind);
    expect(kinds("text-embedding-3-small", "mistral-embed", "acme/Nomic-Embed-Text")).toEqual([
      "embedding",
      "embedding",
      "embedding",
    ]);
    expect(kinds("gpt-5.5", "acme/embedded-coder", "bge-reranker")).toEqual([
      "chat",
      "chat",
      "chat",
    ]);
    const upstreamName = "BAAI/bge-embed";
    expect(one({ id: "vectors", offer: { upstreamName } }).model.kind).toBe("embedding");
    expect(one({ id: "my-embedder", model: { kind: "chat" } }).model.kind).toBe("chat");
    expect(one({ id: "bge-m3", model: { kind: "embedding" } }).model.kind).toBe("embedding");
  });

  it("of capabilities means chat and text only", () => {
    expect(one({}).model.capabilities).toEqual([]);
    expect(one({}).model.maxContextTokens).toBeUndefined();
  });
});

describe("a weight that nobody gave", () => {
  it("follows the output price", () => {
    const weights = [0.01, 0.4, 4, 15, 75, 600].map(
      (usd) => one({ offer: { prices: priced(usd * 1e9) } }).model.weight,
    );
    expect(weights).toEqual([1, 3, 5, 6, 8, 9]);
  });

  it("is 5 when there is no price or it is free", () => {
    expect(one({}).model.weight).toBe(5);
    expect(one({ offer: { prices: priced(0) } }).model.weight).toBe(5);
  });

  it("gives way to the operator's, 0 included", () => {
    expect(one({ model: { weight: 0 }, offer: { prices: priced(4e9) } }).model.weight).toBe(0);
  });
});

describe("prices", () => {
  const known: KnownModel = {
    prices: { input: 10, output: 20, cachedInput: 1, cacheWriteInput: 12 },
  };

  it("come from the list where the offer has none", () => {
    expect(one({ known }).prices).toEqual(known.prices);
  });

  it("of the operator win, and the list's cache prices do not mix with them", () => {
    const prices = { ...UNPRICED, input: 3, output: 4 };
    expect(one({ known, offer: { prices } }).prices).toEqual({
      input: 3,
      output: 4,
      cachedInput: 3,
      cacheWriteInput: 3,
    });
  });

  it("of 0 are prices; absent ones make the offer unpriced", () => {
    expect(one({ known, offer: { prices: { ...UNPRICED, input: 0, output: 0 } } }).prices).toEqual({
      input: 0,
      output: 0,
      cachedInput: 0,
      cacheWriteInput: 0,
    });
    expect(one({}).prices).toBeUndefined();
    expect(one({ offer: { prices: { ...UNPRICED, input: 1 } } }).prices).toBeUndefined();
  });
});

describe("merged rows", () => {
  const ids = fc.uniqueArray(fc.constantFrom<string>("a", "b", "c", "d"));

  it("are the overlay's where both have the id, and all of both else", () => {
    fc.assert(
      fc.property(ids, ids, (base, overlay) => {
        const rows = (list: readonly string[], label: string): RegistryRows => ({
          providers: list.map((id) => provider(id, { labels: [label] })),
          models: list.map((id) => model(id, { family: label })),
          offers: list.map((id) => offer(id, id, { upstreamName: label })),
          aliases: list.map((id) => ({
            id,
            strategy: "ordered" as const,
            targets: [{ modelId: label, weight: 1 }],
            enabled: true,
          })),
        });
        const merged = mergeRows(rows(base, "base"), rows(overlay, "overlay"));
        const owner = (id: string) => (overlay.includes(id) ? "overlay" : "base");
        const all = [...new Set([...base, ...overlay])].sort();
        expect(merged.providers.map(({ id }) => id).sort()).toEqual(all);
        for (const row of merged.providers) expect(row.labels).toEqual([owner(row.id)]);
        for (const row of merged.models) expect(row.family).toBe(owner(row.id));
        for (const row of merged.offers) expect(row.upstreamName).toBe(owner(row.modelId));
        for (const row of merged.aliases) expect(row.targets[0]?.modelId).toBe(owner(row.id));
        expect(merged.offers.length).toBe(all.length);
      }),
      { numRuns: runs(100, 5000) },
    );
  });
});
