/** Speed on the edge: what a request asks of D1 and the objects when its isolate is warm, and how soon it sees a change. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { edgeActors } from "../../durable-objects/actors.ts";
import { mergeRows, type RegistryRows } from "../../src/catalog.ts";
import { SIMULATED_REGISTRY } from "../../src/simulated-registry.ts";
import { addKey, BINDINGS, startIsolate, store } from "../fakes/edge-isolate.ts";
import { runs } from "../fakes/long.ts";
import { rowsOf } from "../fakes/registry.ts";
import { type ChatBody, say } from "../fakes/upstream-chat.ts";

const SEEN_MS = 2_000;
const REVOKED_MS = 30_000;
const MODELS = ["simulated/small", "gpt-test"];
const ROUNDS = runs(15, 250);

/** `gpt-test` at two vendors of which routing prefers the free one, and the simulated provider. */
function registry(free: { enabled: boolean }): RegistryRows {
  const at = (id: string) => ({ id, type: "openai", base_url: `https://${id}.example/v1` });
  const offer = { model_id: "gpt-test", upstream_name: "gpt-test" };
  return mergeRows(
    SIMULATED_REGISTRY,
    rowsOf({
      providers: [{ ...at("free"), ...free }, at("dear")],
      models: [{ id: "gpt-test" }],
      offers: [
        { ...offer, provider_id: "free", input_per_1k: 0, output_per_1k: 0 },
        { ...offer, provider_id: "dear", input_per_1k: 0.1, output_per_1k: 0.1 },
      ],
    }),
  );
}

/** What a vendor answers, whole or as a stream. */
function answer(body: string): Response {
  const { status, headers, frames } = say(JSON.parse(body) as ChatBody);
  return new Response(frames.join(""), { status, headers });
}

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_url, init) => answer(`${init?.body}`));
});
afterEach(() => {
  vi.restoreAllMocks();
});

test("a warm request asks D1 nothing and waits for no object; yet it sees a disabled provider within 2 s and a revoked key within 30 s", async () => {
  await store.declare("config", registry({ enabled: true }));
  const { id, key } = await addKey();
  await vi.waitFor(async () => {
    const view = await edgeActors(BINDINGS).view();
    expect(view.registryVersion).toBe(await store.registryVersion());
  });
  // Whoever waits for an old view waits longer than this test may take.
  const { ask, watched } = startIsolate({ limits: { viewWaitMs: 600_000 } });
  const complete = async (model: string, stream: boolean) => {
    const messages = [{ role: "user", content: "Hello?" }];
    const told = await ask("/v1/chat/completions", key, { body: { model, stream, messages } });
    return { ...told, good: told.status === 200 && (!stream || told.text.includes("[DONE]")) };
  };
  expect(await complete("gpt-test", false)).toMatchObject({ good: true, provider: "free" });
  const queriesOfStart = watched.queries.length;
  expect(queriesOfStart).toBeGreaterThan(0);

  let asked = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const model of MODELS) {
      for (const stream of [false, true]) {
        // Should this machine have slept, this one finds the view old, not the one that is measured.
        expect(await complete(model, stream)).toMatchObject({ good: true });
        const release = watched.hold();
        expect(await complete(model, stream)).toMatchObject({ good: true });
        release();
        asked += 2;
      }
    }
  }
  // What the requests left behind them has arrived too: outcomes, metrics, and each one's row in the log.
  await vi.waitFor(
    async () => {
      await runDurableObjectAlarm(BINDINGS.FEED.getByName("0"));
      expect([await loggedRows(), watched.pending()]).toEqual([asked, 0]);
    },
    { timeout: 5_000, interval: 100 },
  );
  expect(watched.queries.slice(queriesOfStart)).toEqual([]);
  const reached = new Set(watched.calls.map(({ binding }) => binding));
  expect([...reached].sort()).toEqual(["DIRECTORY", "FEED", "METER", "PROVIDER"]);

  await store.declare("config", registry({ enabled: false }));
  const disabledMs = await timeUntil(async () => {
    expect((await complete("gpt-test", false)).provider).toBe("dear");
  });
  expect(disabledMs).toBeLessThan(SEEN_MS);
  expect((await complete("gpt-test", true)).provider).toBe("dear");

  await store.revokeKey(id, Date.now());
  const revokedMs = await timeUntil(async () => {
    expect(await complete("gpt-test", false)).toMatchObject({
      status: 401,
      code: "missing_or_invalid_key",
    });
  });
  expect(revokedMs).toBeLessThan(REVOKED_MS);
}, 60_000);

async function loggedRows(): Promise<number> {
  const counted = await BINDINGS.DB.prepare("SELECT count(*) AS n FROM request_log").first("n");
  return Number(counted);
}

/** How long it took until this no longer failed. */
async function timeUntil(seen: () => Promise<void>): Promise<number> {
  const startMs = Date.now();
  await vi.waitFor(seen, { timeout: REVOKED_MS, interval: 20 });
  return Date.now() - startMs;
}
