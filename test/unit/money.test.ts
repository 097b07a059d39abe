/** What a key with a budget may spend: held before anything is sent, settled once, never beyond the limit. */
import { beforeEach, describe, expect, test } from "vitest";
import type { KeyRecord } from "../../src/key.ts";
import { answering, failing, providerOf } from "../fakes/answers.ts";
import { type Isolate, startIsolate } from "../fakes/isolate.ts";

/** $1 and $4 per million tokens: an answer of 1 000 tokens costs some $0.004. */
const PRICED = {
  pricing: { input_per_1k: 0.001, output_per_1k: 0.004 },
  max_context_tokens: 100_000,
  max_output_tokens: 1_000,
};
const REGISTRY = {
  providers: [{ id: "a" }, { id: "b" }, { id: "free" }],
  models: [
    { id: "one", provider_id: "a", upstream_name: "gpt-test", ...PRICED },
    {
      id: "dear",
      provider_id: "b",
      upstream_name: "gpt-test",
      ...PRICED,
      max_output_tokens: 50_000,
    },
    { id: "unpriced", provider_id: "b", upstream_name: "gpt-unknown" },
  ],
  aliases: [
    { id: "chain", strategy: "ordered", targets: [{ model_id: "one" }, { model_id: "dear" }] },
  ],
};

let isolate: Isolate;
beforeEach(async () => {
  isolate = await startIsolate({ registry: REGISTRY });
  isolate.platform.answer(({ body }) => answering(body));
});

/** A key with these limits, and how it asks. */
async function limited(fields: Partial<KeyRecord>) {
  const key = await isolate.addKey(fields);
  const ask = async (body: object = {}) => {
    const headers = { authorization: `Bearer ${key}` };
    const response = await isolate.platform.clock.until(
      isolate.ask({ model: "one", ...body }, { headers }),
    );
    const told = (await response.json()) as { error?: { code: string } };
    return { status: response.status, code: told.error?.code, headers: response.headers };
  };
  const usage = async () => {
    await isolate.gateway.purse.close();
    const headers = { authorization: `Bearer ${key}` };
    const response = await isolate.fetch("/v1/usage", { headers });
    return (await response.json()) as Record<"day" | "month", Record<string, number | null>>;
  };
  return { ask, usage };
}

const sent = () => isolate.platform.calls.map(({ body }) => JSON.parse(body ?? "{}"));

describe("a key with a budget", () => {
  test("is told what it spent, and that nothing is held any more", async () => {
    const { ask, usage } = await limited({ budgetDayNanoUsd: 1e9 });
    const { status, headers } = await ask();
    expect(status).toBe(200);
    const cost = Number(headers.get("x-tokenhub-cost-usd"));
    expect(cost).toBeGreaterThan(0);
    const { day, month } = await usage();
    expect(day).toMatchObject({ reserved_usd: 0, limit_usd: 1 });
    expect(day.spent_usd).toBeCloseTo(cost, 9);
    expect(month).toMatchObject({ limit_usd: null, remaining_usd: null });
  });

  test("gets a cap where it gave none, so that the worst case is bounded; one without does not", async () => {
    const { ask } = await limited({ budgetDayNanoUsd: 1e9 });
    const { headers } = await ask({ model: "dear" });
    expect(sent()[0]).toMatchObject({ max_tokens: 8_192 });
    expect(headers.get("x-tokenhub-capped")).toContain("8192");
    await isolate.platform.clock.until(isolate.ask({ model: "dear" }));
    expect(sent()[1]).not.toHaveProperty("max_tokens");
  });

  test("that cannot pay the worst case of any candidate is refused before anything is sent", async () => {
    const { ask, usage } = await limited({ budgetDayNanoUsd: 100_000 });
    expect(await ask({ max_tokens: 1_000 })).toMatchObject({
      status: 402,
      code: "budget_exceeded",
    });
    expect(sent()).toEqual([]);
    expect((await usage()).day).toMatchObject({ spent_usd: 0, reserved_usd: 0 });
    const rows = await isolate.rows();
    expect(rows.at(-1)).toMatchObject({ status: 402, errorCode: "budget_exceeded" });
  });

  test("is not served by what has no price", async () => {
    const { ask } = await limited({ budgetMonthNanoUsd: 1e9 });
    expect(await ask({ model: "unpriced" })).toMatchObject({ status: 402 });
  });

  test("pays nothing for an attempt that was refused", async () => {
    isolate.platform.answer(() => failing(503));
    const { ask, usage } = await limited({ budgetDayNanoUsd: 1e9 });
    expect((await ask()).status).toBe(502);
    expect((await usage()).day).toMatchObject({ spent_usd: 0, reserved_usd: 0 });
  });

  test("pays the prompt of an answer that could not be used", async () => {
    isolate.platform.answer(({ url, body }) =>
      providerOf(url) === "a" ? answering("{}") : answering(body),
    );
    const { ask, usage } = await limited({ budgetDayNanoUsd: 1e9 });
    await ask({ model: "chain" });
    expect((await usage()).day.spent_usd).toBeGreaterThan(0);
  });

  test("a dearer candidate is tried only as far as the budget goes", async () => {
    isolate.platform.answer(({ url, body }) =>
      providerOf(url) === "a" ? failing(503) : answering(body),
    );
    const poor = await limited({ budgetDayNanoUsd: 5_000_000 });
    expect(await poor.ask({ model: "chain", max_tokens: 1_500 })).toMatchObject({ status: 502 });
    expect(isolate.platform.calls.map(({ url }) => providerOf(url))).not.toContain("b");
    const rich = await limited({ budgetDayNanoUsd: 1e9 });
    expect(await rich.ask({ model: "chain", max_tokens: 1_500 })).toMatchObject({ status: 200 });
  });

  test("a hundred requests at once spend no more than there is, and what they spend is counted", async () => {
    const { ask, usage } = await limited({ budgetDayNanoUsd: 50_000_000 });
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => ask({ max_tokens: 1_000 })),
    );
    const served = answers.filter(({ status }) => status === 200);
    const worst = answers.find(({ status }) => status === 402);
    expect(worst).toMatchObject({ code: "budget_exceeded" });
    expect(served.length).toBeLessThanOrEqual(12);
    expect(sent()).toHaveLength(served.length);
    const costs = served.map(({ headers }) => Number(headers.get("x-tokenhub-cost-usd")));
    const { day } = await usage();
    expect(day.spent_usd).toBeCloseTo(
      costs.reduce((sum, cost) => sum + cost, 0),
      9,
    );
  });
});

test("the ceiling of one request holds for each by itself", async () => {
  const { ask } = await limited({ budgetRequestNanoUsd: 2_000_000 });
  expect(await ask({ max_tokens: 1_000 })).toMatchObject({ status: 402 });
  expect(await ask({ max_tokens: 300 })).toMatchObject({ status: 200 });
});

test("a project's budget holds for all its keys together", async () => {
  isolate.platform.store.projects = [
    {
      id: "proj_1",
      name: "team",
      budgetDayNanoUsd: 9_000_000,
      budgetMonthNanoUsd: undefined,
      timeZone: undefined,
      labels: [],
    },
  ];
  await isolate.gateway.snapshot.refresh();
  const one = await limited({ projectId: "proj_1" });
  const two = await limited({ projectId: "proj_1" });
  const both = [one, two, one, two].map(({ ask }) => ask({ max_tokens: 1_000 }));
  const statuses = (await Promise.all(both)).map(({ status }) => status);
  // Each holds a little more than $0.004 of $0.009.
  expect(statuses.filter((status) => status === 200)).toHaveLength(2);
  expect(statuses.filter((status) => status === 402)).toHaveLength(2);
});

test("requests at once are limited", async () => {
  const { ask } = await limited({ concurrency: 2 });
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask()));
  expect(answers.filter(({ status }) => status === 429).length).toBe(3);
  expect((await ask()).status).toBe(200);
});
