import { expect, test } from "vitest";
import { NO_ROWS } from "../../src/catalog.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import { parseRegistry } from "../../src/registry.ts";
import { rowsOf as rows } from "../fakes/registry.ts";

const problems = (input: Record<string, unknown>) =>
  parseRegistry(input, { kinds: PROVIDERS, declared: NO_ROWS }).problems.map(
    ({ path, message }) => `${path.join(".")} ${message}`,
  );

const P = { id: "p", type: "openai" };
const M = { id: "m" };

test("a provider may say which dialects it speaks, each once; embeddings are not among them", () => {
  const [provider] = rows({ providers: [{ ...P, dialects: ["responses", "openai"] }] }).providers;
  expect(provider?.dialects).toEqual(["responses", "openai"]);
  const refused = (dialects: unknown) => problems({ providers: [{ ...P, dialects }] });
  expect(refused(["openai", "openai"])).toEqual([
    "providers.0.dialects must not name a dialect twice",
  ]);
  for (const wrong of [[], ["embeddings"], ["gemini"], "openai", null, [7]]) {
    expect(refused(wrong)).toHaveLength(1);
  }
});

test("a model may say its kind, which is chat or embedding", () => {
  const given = rows({ models: [M, { id: "v", kind: "embedding" }] }).models;
  expect(given.map(({ kind }) => kind)).toEqual([undefined, "embedding"]);
  expect(problems({ models: [{ ...M, kind: "image" }] })).toHaveLength(1);
});
