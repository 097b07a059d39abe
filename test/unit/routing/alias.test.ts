import { describe, expect, test } from "vitest";
import type { AliasRecord } from "../../../src/catalog.ts";
import type { KeyRecord } from "../../../src/key.ts";
import { MODES } from "../../../src/policies/index.ts";
import {
  isVirtual,
  PIPELINES,
  resolveTarget,
  targetOrder,
  visibleModels,
} from "../../../src/routing/alias.ts";
import { decide } from "../../../src/routing/route.ts";
import { anAlias } from "../../fakes/records.ts";
import { aCandidate, aCatalog, anInput, OPEN_KEY } from "../../fakes/routing.ts";

const CANDIDATES = ["p/a", "q/a", "p/b", "p/c"].map((id) => aCandidate(id));
const CHAIN = anAlias("chain", {
  strategy: "ordered",
  targets: ["c", "a", "c"].map((modelId) => ({ modelId, weight: 1 })),
});
const SPLIT = anAlias("split", {
  targets: [
    { modelId: "a", weight: 6 },
    { modelId: "b", weight: 3 },
    { modelId: "c", weight: 1 },
  ],
});
const OFF = anAlias("off", { enabled: false, targets: [{ modelId: "a", weight: 1 }] });
const CATALOG = aCatalog(CANDIDATES, [CHAIN, SPLIT, OFF]);

const resolve = (target: string | undefined, key: Partial<KeyRecord> = {}) =>
  resolveTarget({ catalog: CATALOG, target, key: { ...OPEN_KEY, ...key } });
const order = (alias: AliasRecord, seed: number) =>
  targetOrder({ kind: "alias", mode: undefined, alias }, seed);
const ranked = (change: Parameters<typeof anInput>[1]) =>
  decide({ ...anInput(CANDIDATES), catalog: CATALOG, ...change }).ranked.map(
    ({ candidate }) => candidate.id,
  );

describe("a target", () => {
  test.each([
    [undefined, "any", undefined],
    ["*", "any", undefined],
    ["a", "model", undefined],
    ["chain", "alias", undefined],
    ["tokenhub/auto", "virtual", undefined],
    ["tokenhub/cheap", "virtual", "cheap"],
    ["tokenhub/planning", "virtual", "planning"],
  ])("%s is %s with mode %s", (target, kind, mode) => {
    expect(resolve(target)).toMatchObject({ kind, mode });
  });

  test.each([
    ["unknown", "nothing", {}],
    ["a disabled alias", "off", {}],
    ["a mode that is not built", "tokenhub/learned", {}],
    ["another key's model", "a", { allowedModels: ["b"] }],
    ["a model of a provider this key may not use", "a", { allowedProviders: ["z"] }],
    ["an alias without a target this key may use", "chain", { allowedModels: ["b"] }],
    ["a name of every object", "constructor", {}],
  ])("that is %s is not found, in the same words", (_, target, key) => {
    expect(() => resolve(target, key)).toThrow(
      expect.objectContaining({ code: "model_not_found", param: "model" }),
    );
  });
});

describe("a target of embeddings", () => {
  const ONE = anAlias("one", { targets: [{ modelId: "a", weight: 1 }] });
  const catalog = aCatalog(CANDIDATES, [CHAIN, SPLIT, OFF, ONE]);
  const embed = (target: string | undefined) =>
    resolveTarget({ catalog, target, key: OPEN_KEY, facts: { kind: "embedding" } });

  test.each([undefined, "*", "tokenhub/auto", "tokenhub/cheap", "chain", "split"])(
    "%s may mean several models and is refused",
    (target) => {
      expect(() => embed(target)).toThrow(
        expect.objectContaining({ code: "invalid_value", param: "model" }),
      );
    },
  );

  test("means one model, by its id or by an alias of it alone", () => {
    expect(embed("a").kind).toBe("model");
    expect(embed("one").kind).toBe("alias");
    expect(() => embed("off")).toThrow(expect.objectContaining({ code: "model_not_found" }));
  });

  test("is refused by the decision itself", () => {
    const input = { ...anInput(CANDIDATES), target: "*", pinned: true };
    const facts = { ...input.facts, kind: "embedding" as const };
    expect(() => decide({ ...input, facts })).toThrow(
      expect.objectContaining({ code: "invalid_value" }),
    );
  });
});

test("virtual is what leaves the choice to routing", () => {
  expect(["*", "tokenhub/auto", "tokenhub/planning"].map(isVirtual)).toEqual([true, true, true]);
  expect(["a", "chain", "tokenhub/nothing", "constructor"].some(isVirtual)).toBe(false);
});

test("a virtual model chooses among chat models", () => {
  const candidates = [aCandidate("p/a"), aCandidate("p/v", { model: { kind: "embedding" } })];
  const ids = (target: string) =>
    decide({ ...anInput(candidates), target, pinned: true }).ranked.map((r) => r.candidate.id);
  expect(ids("tokenhub/auto")).toEqual(["p/a"]);
  expect(ids("*")).toEqual(["p/a"]);
});

describe("what is pinned or tried first", () => {
  test("a pinned model is served by any provider of it and by no other model", () => {
    expect(ranked({ target: "a", pinned: true }).sort()).toEqual(["p/a", "q/a"]);
  });

  test("a hint is tried first and then everything", () => {
    const list = ranked({ target: "c", pinned: false });
    expect(list[0]).toBe("p/c");
    expect(list).toHaveLength(CANDIDATES.length);
  });

  test("a virtual model never pins", () => {
    expect(ranked({ target: "tokenhub/cheap", pinned: true })).toHaveLength(CANDIDATES.length);
  });

  test("an ordered alias is a chain in its own order, whatever the scores", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const models = ranked({ target: "chain", pinned: true, seed });
      expect(models[0]).toBe("p/c");
      expect(models.slice(1).sort()).toEqual(["p/a", "q/a"]);
    }
  });

  test("an alias reaches only the targets that the key may use", () => {
    const key = { ...OPEN_KEY, allowedModels: ["a"] };
    expect(ranked({ target: "chain", pinned: true, key }).sort()).toEqual(["p/a", "q/a"]);
  });
});

describe("a weighted alias", () => {
  test("gives every target its share", () => {
    const draws = 5_000;
    const first = new Map<string, number>();
    for (let seed = 0; seed < draws; seed += 1) {
      const model = order(SPLIT, seed)[0] ?? "";
      first.set(model, (first.get(model) ?? 0) + 1);
    }
    let chiSquare = 0;
    for (const { modelId, weight } of SPLIT.targets) {
      const expected = (draws * weight) / 10;
      chiSquare += ((first.get(modelId) ?? 0) - expected) ** 2 / expected;
    }
    // Two degrees of freedom: 13.8 is passed once in a thousand; the seeds are fixed.
    expect(chiSquare).toBeLessThan(13.8);
  });

  test("keeps the order of the others when a target is added", () => {
    const more = { ...SPLIT, targets: [{ modelId: "d", weight: 40 }, ...SPLIT.targets] };
    for (let seed = 0; seed < 200; seed += 1) {
      expect(order(more, seed).filter((id) => id !== "d")).toEqual(order(SPLIT, seed));
    }
  });

  test("draws apart from another alias over the same models", () => {
    const other = { ...SPLIT, id: "other" };
    const same = Array.from({ length: 1_000 }, (_, seed) => seed).filter(
      (seed) => order(SPLIT, seed)[0] === order(other, seed)[0],
    );
    // Independent draws agree with 0.6² + 0.3² + 0.1² = 46 %.
    expect(same.length).toBeGreaterThan(400);
    expect(same.length).toBeLessThan(520);
  });

  test("never draws a target of weight 0", () => {
    const alias = anAlias("one", {
      targets: [
        { modelId: "a", weight: 0 },
        { modelId: "b", weight: 1 },
      ],
    });
    expect(order(alias, 1)).toEqual(["b"]);
  });
});

describe("the list of models", () => {
  const listed = (key: Partial<KeyRecord>, candidates = CANDIDATES) =>
    visibleModels(aCatalog(candidates, [CHAIN, SPLIT, OFF]), { ...OPEN_KEY, ...key });
  const VIRTUAL = ["auto", ...MODES, ...PIPELINES].map((name) => `tokenhub/${name}`);

  test("holds models, aliases and virtual models, each with its owner", () => {
    const list = listed({});
    expect(list.map(({ id }) => id)).toEqual(["a", "b", "c", "chain", "split", ...VIRTUAL]);
    expect(list[0]).toEqual({ id: "a", kind: "model", ownedBy: "family" });
    expect(list[3]).toEqual({ id: "chain", kind: "alias", ownedBy: "tokenhub" });
  });

  test("holds only what the key may use", () => {
    const ids = listed({ allowedModels: ["b"] }).map(({ id }) => id);
    expect(ids).toEqual(["b", "split", ...VIRTUAL]);
  });

  test.each([
    ["its key may use no model", { allowedModels: ["z"] }, CANDIDATES],
    ["no provider has the label", { requiredLabels: ["moon"] }, CANDIDATES],
    ["the only offer is disabled", {}, [aCandidate("p/a", { enabled: false })]],
    ["the only model is disabled", {}, [aCandidate("p/a", { model: { enabled: false } })]],
    ["the only provider is disabled", {}, [aCandidate("p/a", { provider: { enabled: false } })]],
  ])("is empty, without virtual models, when %s", (_, key, candidates) => {
    expect(listed(key, candidates)).toEqual([]);
  });

  test("holds embedding models, and virtual ones only beside a chat model", () => {
    const vectors = aCandidate("p/v", { model: { kind: "embedding" } });
    expect(listed({}, [vectors]).map(({ id }) => id)).toEqual(["v"]);
    const both = listed({}, [vectors, aCandidate("p/z")]).map(({ id }) => id);
    expect(both).toEqual(["v", "z", ...VIRTUAL]);
  });

  test("names only what resolves, for every key", () => {
    for (const key of [{}, { allowedModels: ["b"] }, { allowedProviders: ["q"] }]) {
      for (const { id, kind } of listed(key)) expect(resolve(id, key).kind).toBe(kind);
    }
  });
});
