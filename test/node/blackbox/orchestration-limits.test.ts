/** What an orchestration may cost and whom it may ask: ceilings, trimming, the key's limits, and what is refused. */
import { describe, expect, test } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { PANEL, panelists } from "../../fakes/panel.ts";
import { askPanelDoor, PANEL_PATHS, type PanelAnswer } from "../../fakes/panel-doors.ts";

const NANO = 1e9;
const VENDORS = PANEL_PATHS.slice(2);
const modelsOf = ({ decision }: PanelAnswer): string[] =>
  decision.orchestration.stages.map(({ model }: { model: string }) => model);

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: panelists(0.3) },
    registry: {
      ...PANEL,
      providers: PANEL.providers.map((one) => ({ ...one, labels: [one.id] })),
    },
  });
  const ask: (
    ...asked: [path: (typeof PANEL_PATHS)[number], asked: object]
  ) => Promise<PanelAnswer> = (path, asked) => askPanelDoor(gateway.home, path, asked);
  const chat = (orchestration: object, more: object = {}) =>
    ask("/v1/chat", { orchestration, ...more });

  test.each([
    ["iterations", 0],
    ["iterations", 6],
    ["iterations", 1.5],
    ["candidates", 1],
    ["candidates", 9],
    ["mode", "committee"],
    ["max_budget_usd", -1],
    ["stop_when", { critic_score: 2 }],
  ])("%s of %j is refused at every door, by its path", async (field, value) => {
    const before = gateway.upstream.requests.length;
    for (const path of PANEL_PATHS) {
      const { status, error } = await ask(path, {
        orchestration: { mode: "refine", [field]: value },
      });
      expect([path, status]).toEqual([path, 400]);
      expect(error.param ?? error.message).toContain(field);
    }
    expect(gateway.upstream.requests.length).toBe(before);
  });

  test.each(PANEL_PATHS)("with no money nothing is asked at %s", async (path) => {
    const before = gateway.upstream.requests.length;
    for (const stream of [false, true]) {
      const orchestration = { mode: "vote", max_budget_usd: 0 };
      const told = await ask(path, { orchestration, stream });
      expect(told.status).toBe(402);
      expect(told.raw).toContain("budget");
    }
    expect(gateway.upstream.requests.length).toBe(before);
  });

  test("several choices or a thread cannot be orchestrated", async () => {
    const orchestration = { mode: "vote" };
    const many = await ask("/v1/chat/completions", { orchestration, more: { n: 2 } });
    expect([many.status, many.error.param]).toEqual([400, "n"]);
    const thread = await ask("/v1/messages", {
      orchestration,
      more: { thread: { type: "create" } },
    });
    expect([thread.status, thread.error.message]).toEqual([400, expect.stringContaining("thread")]);
  });

  test("a plan that is too dear is trimmed step by step, in one order, and never costs more", async () => {
    const seen = new Set<string>();
    for (const max_budget_usd of [1, 0.4, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002]) {
      for (const mode of ["vote", "mixture", "adversarial", "refine", "cascade"]) {
        const told = await chat({ mode, max_budget_usd, candidates: 8, iterations: 5 });
        if (told.status === 402) continue;
        expect(told.status).toBe(200);
        const { orchestration: plan, cost_usd } = told.decision;
        expect(cost_usd).toBeLessThanOrEqual(max_budget_usd);
        expect(plan.reserved_usd).toBeLessThanOrEqual(max_budget_usd);
        const steps: string[] = [...new Set<string>(plan.trimmed ?? [])];
        const order = ["candidates", "rounds", "critic", "single"];
        expect(steps).toEqual(order.filter((step) => steps.includes(step)));
        for (const step of steps) seen.add(step);
        if (steps.includes("single")) expect(plan.stages).toHaveLength(1);
      }
    }
    expect([...seen].toSorted()).toEqual(["candidates", "critic", "rounds", "single"]);
  });

  test("a key that may make few asks has plans cut to them", async () => {
    for (const fanOut of [1, 2, 3, 5]) {
      const key = await gateway.home.addKey({ fanOut });
      for (const mode of ["vote", "mixture", "adversarial", "refine", "cascade"]) {
        const before = gateway.upstream.requests.length;
        const told = await chat({ mode, candidates: 8, iterations: 5 }, { key });
        expect([mode, fanOut, told.status]).toEqual([mode, fanOut, 200]);
        expect(gateway.upstream.requests.length - before).toBeLessThanOrEqual(fanOut);
      }
    }
  });

  test("a key's budget of one request is the plan's ceiling", async () => {
    const budget = 0.05;
    const key = await gateway.home.addKey({ budgetRequestNanoUsd: budget * NANO });
    const told = await chat({ mode: "vote", candidates: 8, max_budget_usd: 10 }, { key });
    expect(told.status).toBe(200);
    expect(told.decision.orchestration.reserved_usd).toBeLessThanOrEqual(budget);
    expect(told.decision.cost_usd).toBeLessThanOrEqual(budget);
    expect(told.decision.orchestration.trimmed).toContain("candidates");
  });

  test("a key's budget of a day is kept by all plans together, beside each other too", async () => {
    const budget = 0.2;
    const key = await gateway.home.addKey({ budgetDayNanoUsd: budget * NANO });
    let spent = 0;
    let last = 200;
    for (let round = 0; round < 40 && last === 200; round += 1) {
      const all = await Promise.all(
        ["vote", "adversarial", "mixture"].map((mode) => chat({ mode }, { key })),
      );
      for (const { status, decision } of all) {
        expect([200, 402]).toContain(status);
        spent += status === 200 ? decision.cost_usd : 0;
        if (status === 402) last = status;
      }
    }
    expect(last).toBe(402);
    expect(spent).toBeGreaterThan(0);
    expect(spent).toBeLessThanOrEqual(budget);
  });

  test.each(["primary_model_id", "review_model_id", "candidate_model_ids"])(
    "a model in %s that the key may not use is unknown, by its path",
    async (field) => {
      const key = await gateway.home.addKey({ allowedModels: ["small-a", "small-b"] });
      for (const named of ["strong", "no-such-model"]) {
        const value = field === "candidate_model_ids" ? ["small-a", named] : named;
        for (const stream of [false, true]) {
          const orchestration = { mode: "vote", [field]: value };
          const { status, error } = await ask("/v1/chat", { orchestration, key, stream });
          expect([status, error]).toMatchObject([404, { param: `orchestration.${field}` }]);
        }
      }
    },
  );

  test("no stage goes to a model or provider that the key may not use, judges included", async () => {
    const listed = await gateway.home.addKey({ allowedModels: ["small-a", "small-b"] });
    const labelled = await gateway.home.addKey({ requiredLabels: ["left"] });
    for (const mode of ["vote", "mixture", "adversarial", "refine", "cascade", "planning"]) {
      const first = await chat({ mode, review_min_weight: 3 }, { key: listed });
      expect(["small-a", "small-b"]).toEqual(expect.arrayContaining([...new Set(modelsOf(first))]));
      const second = await chat({ mode }, { key: labelled });
      expect(["small-a", "author"]).toEqual(expect.arrayContaining([...new Set(modelsOf(second))]));
    }
  });

  test("a critic stronger than any that the key may ask is no reason to ask another", async () => {
    const key = await gateway.home.addKey({ allowedModels: ["small-a", "author"] });
    const told = await chat({ mode: "adversarial", review_min_weight: 9 }, { key });
    expect(told.status).toBe(200);
    expect(modelsOf(told)).not.toContain("critic");
    expect(told.decision.orchestration.why).toContain("No critique");
  });

  test("/v1/plan is for keys with its scope", async () => {
    const key = await gateway.home.addKey({ scopes: ["chat"] });
    const { status, error } = await ask("/v1/plan", { key });
    expect([status, error.code]).toEqual([403, "insufficient_scope"]);
    expect((await ask("/v1/chat", { key })).status).toBe(200);
  });

  test.each(VENDORS)(
    "a deadline that is over before the plan is told in time at %s",
    async (path) => {
      const { status } = await ask(path, {
        orchestration: { mode: "adversarial", iterations: 5, max_latency_ms: 1 },
      });
      expect([200, 504, 422]).toContain(status);
    },
  );
});
