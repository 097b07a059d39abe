/** A background plan whose process dies goes on in the next one, and no finished ask is put twice. */
import { describe, expect, test } from "vitest";
import { usdFromNano } from "../../../src/cost.ts";
import { answering, silent } from "../../fakes/answers.ts";
import { type PlanProcess, startPlanHome } from "../../fakes/plan-home.ts";
import type { Answerer } from "../../fakes/platform.ts";

const verdict = (score: number) =>
  JSON.stringify({ score, attacks: ["too dear"], missing: [], cheap_wins: [] });

const REGISTRY = {
  providers: [{ id: "here", type: "openai", base_url: "https://here.example.com/v1" }],
  models: ["plan", "critic"].map((id) => ({
    ...{ id, provider_id: "here", weight: 8, family: id },
    ...{ max_context_tokens: 100_000, max_output_tokens: 500 },
    pricing: { input_per_1k: 0.01, output_per_1k: 0.05 },
  })),
};
const PLAN = {
  request: { messages: [{ role: "user", content: "How do I dig?" }] },
  orchestration: {
    ...{ background: true, mode: "adversarial", iterations: 2, include_artifacts: true },
    ...{ primary_model_id: "plan", review_model_id: "critic" },
  },
};
/** planner, critic, reviser, critic, reviser: each critic finds it better, none good. */
const ASKS = ["plan", "critic", "plan", "critic", "plan"];

/** Answers each ask by its place in the plan; of the one named nothing is heard. */
const answers = (unheard?: number): Answerer => {
  let seen = 0;
  return ({ body }) => {
    const at = seen++;
    if (at === unheard) return silent();
    const text = body ?? "{}";
    if (JSON.parse(text).model === "critic") {
      return answering(text, verdict(text.includes("second thoughts") ? 0.6 : 0.3));
    }
    return answering(text, text.includes("too dear") ? "second thoughts" : "first thoughts");
  };
};

async function home(limits = {}) {
  const one = await startPlanHome(REGISTRY, limits);
  one.answer(answers());
  const ended = async (process: PlanProcess, planId: string) => {
    for (let i = 0; i < 120; i++) {
      const { body } = await process.tell(planId);
      if (!/queued|running/.test(body.status)) return body;
      await one.pass(1_000);
    }
    throw new Error("it does not end");
  };
  return { ...one, ended };
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the gateway told
const withoutTimes = (result: any) =>
  JSON.parse(JSON.stringify(result, (key, value) => (key === "latency_ms" ? undefined : value)));

/** The same plan, by a process that lives. */
async function undisturbed() {
  const { start, ended, asked } = await home();
  const process = await start();
  const body = await ended(process, await process.make(PLAN));
  return { body, asked };
}

test("a plan runs through, and its whole cost is told once", async () => {
  const { body, asked } = await undisturbed();
  expect(asked).toEqual(ASKS);
  expect(body).toMatchObject({ status: "done", stages: asked.length });
});

describe.each([0, 1, 2, 3, 4])("killed while it waits for the answer of ask %i", (place) => {
  test("the next process asks that one again and none before it", async () => {
    const calm = await undisturbed();
    const { start, ended, asked, answer, pass } = await home();
    answer(answers(place));
    const killed = await start();
    const planId = await killed.make(PLAN);
    await pass(2_000);
    expect(asked).toHaveLength(place + 1);
    killed.kill();
    answer(answers());
    const next = await start();
    const body = await ended(next, planId);
    expect(body.status).toBe("done");
    expect(asked).toEqual([...calm.asked.slice(0, place + 1), ...calm.asked.slice(place)]);
    expect(withoutTimes(body.result.artifacts)).toEqual(withoutTimes(calm.body.result.artifacts));
    expect(body.result.decision.cost_usd).toBe(calm.body.result.decision.cost_usd);
  });
});

test("killed before its end is kept, the next process asks nothing at all", async () => {
  const { start, ended, asked, hang, pass, rows } = await home();
  hang((method) => method === "finish");
  const killed = await start();
  const planId = await killed.make(PLAN);
  await pass(2_000);
  const before = asked.length;
  killed.kill();
  hang(() => false);
  const body = await ended(await start(), planId);
  expect([body.status, asked.length]).toEqual(["done", before]);
  await pass(2_000);
  expect((await rows()).map(({ id, status }) => [id, status])).toEqual([
    [body.result.request_id, 200],
  ]);
});

test("a closed vault makes it wait, whatever was answered meanwhile is not asked again", async () => {
  const { start, ended, asked, vault, answer, pass } = await home();
  const held = Promise.withResolvers<void>();
  const open = answers();
  answer(async (call, index) => {
    if (index === 1) await held.promise;
    return open(call, index);
  });
  const process = await start();
  const planId = await process.make(PLAN);
  await pass(1_000);
  vault.open = false;
  held.resolve();
  await pass(60_000);
  expect((await process.tell(planId)).body).toMatchObject({ status: "running", stages: 1 });
  expect(asked).toHaveLength(2);
  vault.open = true;
  const body = await ended(process, planId);
  expect([body.status, asked.length]).toEqual(["done", body.stages]);
});

test("closed when the next process starts, the plan waits until it is opened", async () => {
  const { start, ended, asked, vault, answer, pass } = await home();
  answer(answers(1));
  const killed = await start();
  const planId = await killed.make(PLAN);
  await pass(2_000);
  killed.kill();
  answer(answers());
  vault.open = false;
  const next = await start();
  await pass(15 * 60_000);
  expect((await next.tell(planId)).body).toMatchObject({ stages: 1 });
  expect(asked).toHaveLength(2);
  vault.open = true;
  expect((await ended(next, planId)).status).toBe("done");
});

test("a key that was revoked meanwhile pays nothing more", async () => {
  const { start, asked, answer, pass, changeKey, rows } = await home();
  answer(answers(1));
  const killed = await start();
  const planId = await killed.make(PLAN);
  await pass(2_000);
  killed.kill();
  await changeKey({ revokedAtMs: 1 });
  const before = asked.length;
  const next = await start();
  await pass(60_000);
  expect(asked).toHaveLength(before);
  expect((await next.tell(planId)).status).toBe(401);
  expect((await rows())[0]).toMatchObject({ status: 401, errorCode: "missing_or_invalid_key" });
});

test("after its day a plan is unknown", async () => {
  const { start, ended, clock, pass } = await home();
  const process = await start();
  const planId = await process.make(PLAN);
  await ended(process, planId);
  await clock.advance(24 * 3_600_000);
  await pass(1_000);
  expect((await process.tell(planId)).status).toBe(404);
});

test("what a key's day is charged is what its plan cost", async () => {
  const { start, ended, rows, pass } = await home({ budgetDayNanoUsd: 50_000_000_000 });
  const process = await start();
  const body = await ended(process, await process.make(PLAN));
  await pass(2_000);
  const [row] = await rows();
  const cost = body.result.decision.cost_usd;
  expect(usdFromNano(row?.costNanoUsd ?? 0)).toBe(cost);
  const usage = (await process.get("/v1/usage")).body;
  expect(usage.day).toMatchObject({ spent_usd: cost, reserved_usd: 0 });
});

test("the attempt after a kill is charged for its own asks only", async () => {
  const { start, ended, answer, pass } = await home({ budgetDayNanoUsd: 50_000_000_000 });
  answer(answers(2));
  const killed = await start();
  const planId = await killed.make(PLAN);
  await pass(2_000);
  killed.kill();
  answer(answers());
  const next = await start();
  const { result } = await ended(next, planId);
  const costs = result.decision.orchestration.stages.map(
    ({ cost_usd }: { cost_usd: number }) => cost_usd,
  );
  const sum = (some: readonly number[]) => some.reduce((total, one) => total + one, 0);
  expect(result.decision.cost_usd).toBeCloseTo(sum(costs), 9);
  await pass(2_000);
  const { day } = (await next.get("/v1/usage")).body;
  expect(day.spent_usd).toBeCloseTo(sum(costs.slice(2)), 9);
  // What the dead process had held stays so until its deadline.
  expect(day.reserved_usd).toBeGreaterThan(sum(costs.slice(0, 2)));
});
