/** What admins look at: audit, log, statistics, health, routing, settings, live events, a provider's answer. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { actorRef } from "../../../../src/actors/index.ts";
import { openapiDocument } from "../../../../src/routes/openapi.ts";
import { type AdminIsolate, startAdmin } from "../../../fakes/admin.ts";
import { failing, replying, silent } from "../../../fakes/answers.ts";
import { aRequest } from "../../../fakes/records.ts";
import { json } from "../../../fakes/upstream-chat.ts";

let admin: AdminIsolate;
beforeEach(async () => {
  admin = await startAdmin({ OPENAI_API_KEY: "sk-planted-0123456789" });
});
afterEach(() => admin.close());

async function fill(): Promise<void> {
  const provider = { id: "acme", type: "openai", base_url: "https://api.acme.com" };
  await admin.ask("POST /providers", { body: provider });
  const model = { id: "large", provider_id: "acme", input_per_1k: 0.001, output_per_1k: 0.002 };
  await admin.ask("POST /models", { body: model });
}

describe("audit", () => {
  test("is read newest first, page after page, and verified", async () => {
    await fill();
    const { body } = await admin.ask("GET /audit?limit=2");
    expect(body.data.map(({ seq }: { seq: number }) => seq)).toEqual([3, 2]);
    expect(body.data[0]).toMatchObject({
      ...{ actor: "token", action: "offer.put", target: "acme/large", outcome: "ok" },
      after: { input_per_1k: 0.001 },
    });
    const rest = await admin.ask(`GET /audit?limit=2&before=${body.next}`);
    expect([rest.body.data.map(({ seq }: { seq: number }) => seq), rest.body.next]).toEqual([
      [1],
      null,
    ]);
    expect((await admin.ask("POST /audit/verify")).body).toEqual({ ok: true, entries: 3 });
  });

  test("tells before and after of a change", async () => {
    await fill();
    await admin.ask("PATCH /providers/acme", { body: { enabled: false } });
    const [entry] = (await admin.ask("GET /audit?limit=1")).body.data;
    expect([entry.before.enabled, entry.after.enabled]).toEqual([true, false]);
  });
});

describe("requests", () => {
  beforeEach(() =>
    admin.platform.store.appendRequests([
      aRequest("req_1", { atMs: 1_000, status: 200, costNanoUsd: 1_500_000 }),
      aRequest("req_2", { atMs: 2_000, status: 502, decision: '{"mode":"cheap"}' }),
      aRequest("req_3", { atMs: 3_000, status: 429, modelId: "other" }),
    ]),
  );
  const ids = async (query: string) => {
    const { body } = await admin.ask(`GET /requests${query}`);
    return [body.data?.map(({ id }: { id: string }) => id), body.next];
  };

  test("are listed newest first, by filter and page", async () => {
    expect(await ids("")).toEqual([["req_3", "req_2", "req_1"], null]);
    expect(await ids("?status=5")).toEqual([["req_2"], null]);
    expect(await ids("?model=other&status=429")).toEqual([["req_3"], null]);
    expect(await ids("?from=1970-01-01T00:00:02Z&to=3000")).toEqual([["req_2"], null]);
    const [first, next] = await ids("?limit=2");
    expect([first, await ids(`?limit=2&before=${next}`)]).toEqual([
      ["req_3", "req_2"],
      [["req_1"], null],
    ]);
    expect((await admin.ask("GET /requests?before=x")).status).toBe(400);
  });

  test("are told one by one with their decision", async () => {
    const { body } = await admin.ask("GET /requests/req_2");
    expect(body).toMatchObject({ status: 502, decision: { mode: "cheap" } });
    expect((await admin.ask("GET /requests/req_1")).body.cost_usd).toBe(0.0015);
    expect((await admin.ask("GET /requests/req_9")).status).toBe(404);
  });

  test("are summed over time", async () => {
    const { body } = await admin.ask("GET /stats?from=0&to=4000&step=2");
    expect(body.data).toMatchObject([
      { at: "1970-01-01T00:00:00.000Z", requests: 1, errors: 0, cost_usd: 0.0015 },
      { at: "1970-01-01T00:00:02.000Z", requests: 2, errors: 2 },
    ]);
    expect((await admin.ask("GET /stats?from=0&to=999999999&step=1")).status).toBe(400);
    expect((await admin.ask("GET /stats?from=5&to=4")).status).toBe(400);
  });
});

test("the live view tells requests as they come, without what was decided, and ends by itself", async () => {
  const feed = actorRef(admin.platform.actors, "feed", "0");
  await feed.append([aRequest("req_before")]);
  const controller = new AbortController();
  const reading = admin.ask("GET /events");
  await admin.platform.clock.advance(2_000);
  await feed.append([aRequest("req_now", { decision: '"planted"' })]);
  admin.gateway.alarms.raise("breaker-open", "acme/large");
  await admin.platform.clock.advance(15 * 60_000);
  const { text, headers } = await reading;
  controller.abort();
  expect(headers.get("content-type")).toBe("text/event-stream");
  expect(text.startsWith(": open\n\n")).toBe(true);
  expect(text).toContain('id: 2\nevent: request\ndata: {"id":"req_now"');
  expect(text).toMatch(
    /event: alert\ndata: \{"event":"breaker-open","subject":"acme\/large","at":"20/,
  );
  expect(text).not.toMatch(/req_before|planted/);
});

test("health tells breakers and buckets of every provider", async () => {
  await fill();
  const { body } = await admin.ask("GET /health");
  expect(body.providers).toMatchObject([
    { id: "acme", enabled: true, credential_state: "none", models: [], buckets: [] },
    { id: "openai", credential_state: "missing" },
  ]);
});

test("routing tells its weights, and what it would do", async () => {
  await fill();
  const { body } = await admin.ask("GET /routing");
  expect(body).toMatchObject({
    defaults: { mode: "normal", max_budget_usd: 0.05 },
    modes: { cheap: { cost: 0.7 } },
  });
  const request = { messages: [{ role: "user", content: "Hello?" }] };
  const told = await admin.ask("POST /routing/simulate", {
    body: { request, policy: { mode: "cheap" } },
  });
  expect(told.body).toMatchObject({
    ...{ mode: "cheap", degraded: false, policy: { mode: "cheap" } },
    candidates: [{ model: "large", provider: "acme", eligible: true }],
  });
  expect(admin.platform.calls).toEqual([]);
  const refused = await admin.ask("POST /routing/simulate", {
    body: { request, policy: { min_weight: 10 } },
  });
  expect([refused.status, refused.body.refusal.code]).toEqual([200, "no_eligible_model"]);
  const unknown = await admin.ask("POST /routing/simulate", {
    body: { request: { ...request, model: "x" } },
  });
  expect([unknown.status, unknown.body.error.code]).toEqual([404, "model_not_found"]);
});

test("beside the simulated provider the first row of a fresh isolate is an admin's like any other", async () => {
  admin.close();
  admin = await startAdmin({ TOKENHUB_SIMULATED: "1" });
  const provider = { id: "acme", type: "openai", base_url: "https://api.acme.com" };
  expect((await admin.ask("POST /providers", { body: provider })).status).toBe(201);
});

test("routing is simulated for a key with what that key may use", async () => {
  await fill();
  const { id } = (await admin.ask("POST /keys", { body: { name: "k", allowed_models: ["no"] } }))
    .body;
  const request = { messages: [{ role: "user", content: "Hello?" }], model: "large" };
  const told = await admin.ask("POST /routing/simulate", { body: { request, key_id: id } });
  expect(told.status).toBe(404);
  const nobody = await admin.ask("POST /routing/simulate", { body: { request, key_id: "key_x" } });
  expect([nobody.status, nobody.body.error.code]).toEqual([400, "bad_target"]);
});

test("settings are told by name alone", async () => {
  const { body, text } = await admin.ask("GET /settings");
  const given = body.settings.filter((one: { given: boolean }) => one.given);
  expect(given.map(({ name }: { name: string }) => name)).toEqual([
    "TOKENHUB_OPENAI_API_KEY",
    "TOKENHUB_ADMIN_TOKEN",
  ]);
  expect(body.declared_providers).toEqual(["openai"]);
  expect(text).not.toContain("planted");
});

describe("a provider that is tried", () => {
  const probe = async (what = "test") => (await admin.ask(`POST /providers/acme/${what}`)).body;

  test("tells what it serves", async () => {
    await fill();
    admin.platform.answer(() => replying(json(200, { data: [{ id: "large" }, { id: "small" }] })));
    expect(await probe()).toEqual({ ok: true, what: "ok", models: 2 });
    expect(await probe("discover")).toMatchObject({
      what: "ok",
      models: [{ id: "large" }, { id: "small" }],
    });
    expect(admin.platform.calls[0]?.url).toBe("https://api.acme.com/v1/models");
  });

  test.each([
    [401, "credential_rejected"],
    [404, "http_error"],
    [500, "http_error"],
  ])("and answers %i is told as %s", async (status, what) => {
    await fill();
    admin.platform.answer(() => failing(status));
    expect(await probe()).toEqual({ ok: false, what, models: 0 });
  });

  test("and does not answer costs ten seconds", async () => {
    await fill();
    admin.platform.answer(silent);
    const probing = probe();
    expect(await admin.platform.clock.until(probing, 10_001)).toMatchObject({ what: "timeout" });
  });

  test("is tried thirty times a minute", async () => {
    await fill();
    admin.platform.answer(() => replying(json(200, { data: [] })));
    for (let tries = 0; tries < 30; tries++) await probe();
    const { status } = await admin.ask("POST /providers/acme/test");
    expect(status).toBe(429);
  });
});

test("the description has every route with its parameters", () => {
  const { paths } = openapiDocument() as {
    paths: Record<string, Record<string, { parameters?: { name: string }[] }>>;
  };
  const admins = Object.keys(paths).filter((path) => path.startsWith("/admin/v1/"));
  expect(admins.length).toBeGreaterThan(30);
  const one = paths["/admin/v1/providers/{id}/credentials/{credential}"]?.delete;
  expect(one?.parameters?.map(({ name }) => name)).toEqual(["id", "credential"]);
});
