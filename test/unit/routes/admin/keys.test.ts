/** Consumer keys through the admin API: shown once, rotated with an overlap, revoked for good. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AdminIsolate, startAdmin } from "../../../fakes/admin.ts";

let admin: AdminIsolate;
beforeEach(async () => {
  admin = await startAdmin();
});
afterEach(() => admin.close());

const make = async (fields: object = {}) =>
  (await admin.ask("POST /keys", { body: { name: "ci", ...fields } })).body;

const opens = async (key: string) =>
  (await admin.platform.store.keyByHash(admin.platform.digest(key)))?.id;

test("a key is told once, by the answer that makes it, and its hash never", async () => {
  const made = await make({ rpm: 60, budget_day_usd: 1.5, expires_at: "2027-01-01T00:00:00Z" });
  expect(made).toMatchObject({
    ...{ name: "ci", rpm: 60, budget_day_usd: 1.5, state: "active", version: 1, managed: "admin" },
    ...{
      expires_at: "2027-01-01T00:00:00.000Z",
      scopes: ["chat", "plan", "embeddings", "models", "usage"],
      inband: "user",
    },
  });
  expect(await opens(made.key)).toBe(made.id);
  const hash = admin.platform.digest(made.key);
  const texts = [
    (await admin.ask("GET /keys")).text,
    (await admin.ask(`GET /keys/${made.id}`)).text,
    JSON.stringify(await admin.trail()),
  ];
  for (const text of texts) {
    expect(text).toContain(made.id);
    expect(text).not.toContain(made.key);
    expect(text).not.toContain(hash);
  }
});

test("a change keeps what the key is, and refuses what is not the admin's to say", async () => {
  const made = await make();
  const patched = await admin.ask(`PATCH /keys/${made.id}`, {
    body: { max_tokens: 500, budget_month_usd: 20, expires_at: 1_800_000_000_000 },
  });
  expect(patched.body).toMatchObject({ max_tokens: 500, budget_month_usd: 20, name: "ci" });
  const cleared = await admin.ask(`PATCH /keys/${made.id}`, { body: { max_tokens: null } });
  expect(cleared.body).not.toHaveProperty("max_tokens");
  expect(cleared.body.expires_at).toBe("2027-01-15T08:00:00.000Z");
  expect(await opens(made.key)).toBe(made.id);
  for (const body of [{ spent: 0 }, { hash: "x" }, { created_at: 0 }, { state: "active" }]) {
    const refused = await admin.ask(`PATCH /keys/${made.id}`, { body });
    expect([refused.status, refused.body.error.param]).toEqual([400, Object.keys(body)[0]]);
  }
  const other = await admin.ask("PUT /keys/key_00000000", { body: { name: "mine" } });
  expect(other.status).toBe(404);
  const posted = await admin.ask("POST /keys", { body: { id: "key_00000000", name: "mine" } });
  expect(posted.status).toBe(404);
});

test("whose directives count and how often a model is asked: kept, told, in the trail, and lifted", async () => {
  const made = await make({ inband: "off", fan_out: 3, scopes: ["plan"], default_mode: "cascade" });
  expect(made).toMatchObject({
    inband: "off",
    fan_out: 3,
    scopes: ["plan"],
    default_mode: "cascade",
  });
  const patched = await admin.ask(`PATCH /keys/${made.id}`, {
    body: { inband: "system", fan_out: 24 },
  });
  expect(patched.body).toMatchObject({ inband: "system", fan_out: 24, scopes: ["plan"] });
  const [entry] = (await admin.trail()).filter(({ action }) => action === "key.put");
  const [before, after] = [entry?.before, entry?.after].map((text) => JSON.parse(text ?? "{}"));
  expect(before).toMatchObject({ inband: "off", fan_out: 3 });
  expect(after).toMatchObject({ inband: "system", fan_out: 24 });
  const lifted = await admin.ask(`PATCH /keys/${made.id}`, {
    body: { inband: null, fan_out: null },
  });
  expect(lifted.body.inband).toBe("user");
  expect(lifted.body).not.toHaveProperty("fan_out");
  for (const body of [{ inband: "assistant" }, { fan_out: 0 }, { fan_out: 25 }, { fan_out: 1.5 }]) {
    const refused = await admin.ask(`PATCH /keys/${made.id}`, { body });
    expect([refused.status, refused.body.error.param]).toEqual([400, Object.keys(body)[0]]);
  }
});

test("a rotation gives another key; the old one opens until the overlap ends", async () => {
  const made = await make();
  const rotated = await admin.ask(`POST /keys/${made.id}/rotate`, {
    body: { overlap_seconds: 60 },
  });
  expect(rotated.body).toMatchObject({ id: made.id, version: 2 });
  expect(await opens(rotated.body.key)).toBe(made.id);
  expect(await opens(made.key)).toBe(made.id);
  const { nowMs } = admin.platform;
  expect(rotated.body.previous_until).toBe(new Date(nowMs() + 60_000).toISOString());
  const at = await admin.ask(`POST /keys/${made.id}/rotate`, { body: { overlap_seconds: 0 } });
  expect(at.body.previous_until).toBeUndefined();
  expect(await opens(rotated.body.key)).toBeUndefined();
  const long = await admin.ask(`POST /keys/${made.id}/rotate`, {
    body: { overlap_seconds: 86_401 },
  });
  expect(long.status).toBe(400);
});

test("a removal is a tombstone that nothing undoes", async () => {
  const made = await make();
  expect((await admin.ask(`DELETE /keys/${made.id}`)).body).toEqual({ deleted: true });
  expect((await admin.ask(`GET /keys/${made.id}`)).body.state).toBe("revoked");
  for (const what of [
    `PATCH /keys/${made.id}`,
    `PUT /keys/${made.id}`,
    `POST /keys/${made.id}/rotate`,
  ]) {
    const body = what.endsWith("rotate") ? {} : { name: "again" };
    expect([what, (await admin.ask(what, { body })).status]).toEqual([what, 409]);
  }
  expect((await admin.ask(`DELETE /keys/${made.id}`)).status).toBe(200);
  const actions = (await admin.trail()).map(({ action }) => action);
  expect(actions).toEqual(["key.revoke", "key.create"]);
});

test("what a key with a budget has spent is told beside it, and what its project has", async () => {
  await admin.ask("POST /projects", { body: { id: "red", name: "Red", budget_day_usd: 5 } });
  const { id } = await make({ project_id: "red", budget_day_usd: 1 });
  const free = await make();
  expect(free).not.toHaveProperty("spent_day_usd");
  const { gateway, platform } = admin;
  const key = (await platform.admin.get("key", id))?.record;
  const project = gateway.snapshot.project("red");
  if (!key || !project) throw new Error("neither was stored");
  const deadlineMs = platform.nowMs() + 60_000;
  const hold = await gateway.purse.hold(key, project, {
    nanoUsd: 500_000_000,
    tokens: 1,
    deadlineMs,
  });
  gateway.purse.settle(hold, { nanoUsd: 250_000_000, tokens: 1 });
  await gateway.purse.flush();
  const spent = { spent_day_usd: 0.25, spent_month_usd: 0.25 };
  expect((await admin.ask(`GET /keys/${id}`)).body).toMatchObject(spent);
  expect((await admin.ask("GET /projects")).body.data).toMatchObject([{ id: "red", ...spent }]);
});
