import { describe, expect, test } from "vitest";
import type { RoutingInput } from "../../../src/routing/decision.ts";
import {
  type aCandidate,
  decideOne,
  PRICES,
  withFacts,
  withKey,
  withPolicy,
  withPulse,
} from "../../fakes/routing.ts";

type Change = Parameters<typeof aCandidate>[1];

describe("the output cap", () => {
  const unbounded = { model: { maxOutputTokens: undefined, maxContextTokens: undefined } };
  const CASES: readonly (readonly [string, Change, Partial<RoutingInput>, number | undefined])[] = [
    ["is none of ours where money is not limited", {}, {}, undefined],
    ["is the client's own", {}, withFacts({ outputTokensMax: 500 }), undefined],
    [
      "is lowered to the key's",
      {},
      { ...withFacts({ outputTokensMax: 500 }), ...withKey({ maxTokens: 90 }) },
      90,
    ],
    [
      "is left alone when the key allows what the model can give",
      {},
      withKey({ maxTokens: 8_000 }),
      undefined,
    ],
    ["is the key's when the client gave none", {}, withKey({ maxTokens: 90 }), 90],
    [
      "is not raised to the key's",
      {},
      { ...withFacts({ outputTokensMax: 50 }), ...withKey({ maxTokens: 90 }) },
      undefined,
    ],
    ["is lowered to what the model can give", {}, withFacts({ outputTokensMax: 9_000 }), 8_000],
    ["is what the budget pays for", {}, withPolicy({ budgetNanoUsd: 162_500 + 4_000 * 300 }), 300],
    [
      "is shared among the choices",
      {},
      { ...withPolicy({ budgetNanoUsd: 162_500 + 4_000 * 900 }), ...withFacts({ choices: 3 }) },
      300,
    ],
    [
      "is left alone when the model cannot pass the budget anyway",
      {},
      withPolicy({ budgetNanoUsd: 1e9 }),
      undefined,
    ],
    [
      "is left alone for a free model",
      { prices: { ...PRICES, input: 0, output: 0, cachedInput: 0, cacheWriteInput: 0 } },
      withPolicy({ budgetNanoUsd: 0 }),
      undefined,
    ],
    [
      "leaves room for the prompt",
      { model: { maxOutputTokens: undefined, maxContextTokens: 1_000 } },
      withPolicy({ budgetNanoUsd: 162_500 + 4_000 * 950 }),
      885,
    ],
    [
      "is one that an unknown model is likely to take",
      unbounded,
      withPolicy({ budgetNanoUsd: 1e11 }),
      4_096,
    ],
  ];
  test.each(CASES)("%s", (_, candidate, change, cap) => {
    const { ranked } = decideOne(candidate, change);
    expect(ranked?.estimate).toMatchObject({ outputTokensCap: cap, capped: cap !== undefined });
  });
});

describe("the estimate", () => {
  test("is TTFT + tokens × inter-token time as measured", () => {
    const { ranked } = decideOne(
      {},
      withPulse({ ttftP50Ms: 700, tokenP50Ms: 20, outputTokensP50: 100 }),
    );
    expect(ranked?.estimate).toMatchObject({ outputTokens: 100, latencyMs: 2_700 });
  });

  test("does not trust the median of a few short answers", () => {
    const few = decideOne({}, withPulse({ outputTokensP50: 8, samples: 19 }));
    const enough = decideOne({}, withPulse({ outputTokensP50: 8, samples: 20 }));
    expect(few.ranked?.estimate.outputTokens).toBe(300);
    expect(enough.ranked?.estimate.outputTokens).toBe(8);
  });

  test("is the operator's prior until something was measured, else optimistic", () => {
    const prior = decideOne({ expectedLatencyMs: 812 }).ranked?.estimate.latencyMs;
    const hopeful = decideOne({}).ranked?.estimate;
    expect(prior).toBe(812);
    expect(hopeful).toMatchObject({ outputTokens: 300, latencyMs: 1_900 });
  });

  test("expects the client's cap of output, paid once per choice", () => {
    const { ranked } = decideOne({}, withFacts({ outputTokensMax: 50, choices: 3 }));
    expect(ranked?.estimate).toMatchObject({
      outputTokens: 50,
      costNanoUsd: 100 * 1_000 + 3 * 50 * 4_000,
    });
  });

  test("never expects more than the cap that is sent", () => {
    const { ranked } = decideOne({}, withKey({ maxTokens: 90 }));
    expect(ranked?.estimate.outputTokens).toBe(90);
  });
});
