/** A background plan whose Durable Object is evicted while it works goes on, and asks no finished question twice. */
import { env, evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ObjectsEnv } from "../../durable-objects/env.ts";
import { runPlansWith } from "../../durable-objects/run.ts";
import { createApp } from "../../src/app.ts";
import { createGateway } from "../../src/isolate.ts";
import { LIMITS } from "../../src/limits.ts";
import { MODES } from "../../src/policies/index.ts";
import { planRunner } from "../../src/routes/plan.ts";
import { readSettings } from "../../src/settings.ts";
import { SCHEMA_VERSION } from "../../src/store/schema.ts";
import { type Env, edgePlatform } from "../../src/worker.ts";
import { answering } from "../fakes/answers.ts";
import { addKey, store } from "../fakes/edge-isolate.ts";
import { rowsOf } from "../fakes/registry.ts";
import { fakeVault } from "../fakes/vault.ts";

const bindings = env as unknown as ObjectsEnv & Env;
const VERDICT = JSON.stringify({ score: 0.3, attacks: ["dear"], missing: [], cheap_wins: [] });
const ROWS = rowsOf({
  providers: [{ id: "here", type: "openai", base_url: "https://here.example.com/v1" }],
  models: ["plan", "critic"].map((id) => ({
    ...{ id, provider_id: "here", weight: 8, family: id, max_output_tokens: 500 },
    pricing: { input_per_1k: 0.01, output_per_1k: 0.05 },
  })),
});
const PLAN = {
  request: { messages: [{ role: "user", content: "How do I dig?" }] },
  orchestration: {
    ...{ background: true, mode: "adversarial", iterations: 1 },
    ...{ primary_model_id: "plan", review_model_id: "critic" },
  },
};
const ASKS = ["plan", "critic", "plan"];

beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  await store.declare("config", ROWS);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** An isolate's gateway; of the ask at this place nothing is heard, the first time. */
function isolate(unheard: number) {
  const asked: string[] = [];
  const lost = new AbortController();
  let attempts = 0;
  const gateway = createGateway({
    platform: {
      ...edgePlatform(bindings),
      vault: fakeVault(),
      async send({ body }) {
        const text = typeof body === "string" ? body : new TextDecoder().decode(body);
        const { model } = JSON.parse(text);
        asked.push(model);
        if (asked.length === unheard + 1) {
          lost.abort();
          throw new Error("aborted");
        }
        return answering(text, model === "critic" ? VERDICT : "Dig.");
      },
    },
    limits: LIMITS,
    settings: readSettings({}, { modes: MODES }).settings,
    schemaVersion: SCHEMA_VERSION,
  });
  // The runtime evicts nothing that works: the first attempt is broken off, and never hears its answer.
  runPlansWith(() => (lease, signal) => {
    attempts += 1;
    return planRunner(gateway)(lease, attempts === 1 ? lost.signal : signal);
  });
  const app = createApp(gateway, { misconfigured: false });
  const ask = async (method: string, path: string, key: string, body?: object) => {
    const response = await app.request(`https://tokenhub.test${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    return JSON.parse(await response.text());
  };
  return { asked, ask };
}

test.each([0, 1, 2])(
  "evicted after it was lost at ask %i, it asks none before that again",
  async (place) => {
    const { key } = await addKey();
    const { asked, ask } = isolate(place);
    const { plan_id } = await ask("POST", "/v1/plan", key, PLAN);
    const stub = bindings.RUN.get(bindings.RUN.idFromName(plan_id));
    await runDurableObjectAlarm(stub);
    await vi.waitFor(() => expect(asked).toHaveLength(place + 1), { timeout: 5_000 });
    await vi.waitFor(
      async () => {
        const told = await ask("GET", `/v1/plan/${plan_id}`, key);
        expect(told).toMatchObject({ status: "queued", stages: place });
      },
      { timeout: 5_000 },
    );
    await evictDurableObject(stub);
    await vi.waitFor(
      async () => {
        const told = await ask("GET", `/v1/plan/${plan_id}`, key);
        expect(told).toMatchObject({ status: "done", stages: ASKS.length });
      },
      { timeout: 12_000 },
    );
    expect(asked).toEqual([...ASKS.slice(0, place + 1), ...ASKS.slice(place)]);
  },
);
