import { calcPrice, findProvider } from "@pydantic/genai-prices";
import { describe, expect, it } from "vitest";
import { priceTable } from "../../scripts/price-list.ts";
import table from "../../src/price-list.json" with { type: "json" };
import { knownModel } from "../../src/price-list.ts";

const OPENAI = { providerKind: "openai", baseUrl: "https://api.openai.com/v1" };

describe("the price list", () => {
  it("is what its generator makes of the installed packages", () => {
    expect(priceTable(table.asOf)).toEqual(table);
  });

  it("has only prices of at most nine decimals, so that nano-USD are exact", () => {
    for (const row of table.vendors.flatMap(({ rows }) => rows)) {
      for (const price of row.split(" ").slice(0, 4))
        expect(price).toMatch(/^(-|\d+(\.\d{1,9})?)$/);
    }
  });

  it("tells for every name the price of the package that it was made from", () => {
    const timestamp = new Date(`${table.asOf}T12:00:00Z`);
    let compared = 0;
    for (const vendor of table.vendors) {
      const provider = findProvider({ providerId: vendor.id });
      const hourly = new Set(
        provider?.models.filter((m) => JSON.stringify(m.prices).includes("time_of_date")),
      );
      const baseUrl = BASE_URLS[vendor.id];
      if (baseUrl === undefined) continue;
      for (const upstreamName of vendor.rows.flatMap((row) => row.split(" ").slice(7))) {
        if (upstreamName.startsWith("/")) continue;
        const usage = { input_tokens: 1000, output_tokens: 1000 };
        const theirs = calcPrice(usage, upstreamName, { providerId: vendor.id, timestamp });
        if (theirs === null || hourly.has(theirs.model)) continue;
        const ours = knownModel({ upstreamName, providerKind: "openai", baseUrl }).prices;
        if (ours === undefined) continue;
        expect(ours.input / 1e12, upstreamName).toBeCloseTo(theirs.input_price, 12);
        expect(ours.output / 1e12, upstreamName).toBeCloseTo(theirs.output_price, 12);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(800);
  });
});

const BASE_URLS: Readonly<Record<string, string>> = {
  openai: "https://api.openai.com/v1",
  google: "https://generativelanguage.googleapis.com/v1beta/openai",
  mistral: "https://api.mistral.ai/v1",
  groq: "https://api.groq.com/openai/v1",
  openrouter: "https://openrouter.ai/api/v1",
};

describe("a known model", () => {
  it("has the prices, sizes and abilities of its vendor", () => {
    expect(knownModel({ ...OPENAI, upstreamName: "gpt-4o-mini" })).toEqual({
      family: "openai",
      prices: {
        input: 150_000_000,
        output: 600_000_000,
        cachedInput: 75_000_000,
        cacheWriteInput: 150_000_000,
      },
      maxContextTokens: 128_000,
      maxOutputTokens: 16_384,
      capabilities: ["tools", "vision", "json_schema"],
    });
  });

  it("is found by a dated name and in any case", () => {
    const dated = knownModel({ ...OPENAI, upstreamName: "gpt-6-sol-2026-10-01" });
    expect(dated.prices?.output).toBe(10e9);
    expect(knownModel({ ...OPENAI, upstreamName: "GPT-6-Sol" })).toEqual(dated);
  });

  it("newer than the ability catalogue has the abilities of its line", () => {
    expect(knownModel({ ...OPENAI, upstreamName: "gpt-6-sol" }).capabilities).toContain("tools");
    expect(knownModel({ ...OPENAI, upstreamName: "gpt-5-image" }).capabilities).toBeUndefined();
    expect(
      knownModel({ ...OPENAI, upstreamName: "gpt-3.5-turbo-16k" }).capabilities,
    ).toBeUndefined();
  });

  it("costs the base tier of the dearest hour", () => {
    const at = { providerKind: "openai", baseUrl: "https://api.deepseek.com/v1" };
    expect(knownModel({ ...at, upstreamName: "deepseek-chat" }).prices?.output).toBe(1.1e9);
    expect(knownModel({ ...OPENAI, upstreamName: "gpt-5.4" }).prices?.input).toBe(2.5e9);
  });

  it("is unpriced, never free, when nothing is known", () => {
    expect(knownModel({ ...OPENAI, upstreamName: "no-such-model" })).toEqual({ family: undefined });
    expect(knownModel({ ...OPENAI, upstreamName: "__proto__" }).prices).toBeUndefined();
  });

  it("has no price behind a base URL that is not its vendor's", () => {
    const at = { upstreamName: "gpt-4o", providerKind: "openai" };
    for (const baseUrl of [
      "https://proxy.example/v1",
      "https://evil.example/https://api.openai.com",
    ]) {
      const known = knownModel({ ...at, baseUrl });
      expect(known.prices).toBeUndefined();
      expect(known.capabilities).toContain("vision");
    }
  });

  it("on a vLLM has a family only", () => {
    const at = { providerKind: "vllm", baseUrl: "http://10.0.0.5:8000/v1" };
    expect(knownModel({ ...at, upstreamName: "Qwen/Qwen3-8B" })).toEqual({ family: "qwen" });
    expect(knownModel({ ...at, upstreamName: "gpt-4o" })).toEqual({ family: "openai" });
  });
});
