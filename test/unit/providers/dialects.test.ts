import { describe, expect, test } from "vitest";
import type { ProviderRecord } from "../../../src/catalog.ts";
import { dialectsOf } from "../../../src/providers/dialects.ts";
import { PROVIDERS } from "../../../src/providers/index.ts";
import { aProvider } from "../../fakes/records.ts";

const spoken = (kind: "openai" | "vllm" | "simulated", change: Partial<ProviderRecord>) =>
  dialectsOf(aProvider("p", change), PROVIDERS[kind]);

describe("the dialects of a provider", () => {
  test.each([
    "https://api.openai.com/v1",
    "https://eu.api.openai.com/v1",
    "https://api.openai.com",
  ])("are three at OpenAI's own %s", (baseUrl) => {
    expect(spoken("openai", { baseUrl })).toEqual(["openai", "responses", "embeddings"]);
  });

  test.each([
    "https://api.example.com/v1",
    "https://api.openai.com.evil.example/v1",
    "https://evil.example/https://api.openai.com/v1",
    "https://myapi.openai.com/v1",
    "http://api.openai.com/v1",
  ])("are two at a copy, %s", (baseUrl) => {
    expect(spoken("openai", { baseUrl })).toEqual(["openai", "embeddings"]);
  });

  test("are a copy's as soon as one of several servers is no vendor's", () => {
    const baseUrl = "https://api.openai.com/v1";
    const endpoints = [baseUrl, "https://api.example.com/v1"];
    expect(spoken("openai", { baseUrl, endpoints })).toEqual(["openai", "embeddings"]);
    expect(spoken("openai", { baseUrl, endpoints: [baseUrl] })).toContain("responses");
  });

  test("are chat and embeddings for vllm and the simulation, wherever they are", () => {
    for (const kind of ["vllm", "simulated"] as const) {
      const baseUrl = "https://api.openai.com/v1";
      expect(spoken(kind, { baseUrl })).toEqual(["openai", "embeddings"]);
    }
  });

  test("are the row's own in its order, with embeddings where the kind has them", () => {
    const dialects = ["anthropic", "openai"] as const;
    expect(spoken("vllm", { dialects })).toEqual(["anthropic", "openai", "embeddings"]);
    const provider = aProvider("p", { dialects });
    expect(dialectsOf(provider, { wires: ["anthropic"] })).toEqual(["anthropic", "openai"]);
  });
});
