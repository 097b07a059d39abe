/**
 * The self-hosted server is killed at random moments while admins write and keys spend; after each kill the
 * next start finds one working password, every secret, a whole audit chain, what was acknowledged, and no lost money.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Killed, startKilled } from "../fakes/killed.ts";
import { runs } from "../fakes/long.ts";
import { seeded } from "../fakes/seeded.ts";

const KILLS = runs(20, 200);
/** Some answers' worth, so that some rounds end at the limit. */
const BUDGET_USD = 0.016;
const PROVIDERS = ["a", "b"] as const;
const secretOf = (provider: string) => `sk-killed-${provider}-0123456789`;
const passwordOf = (n: number) => `password number ${n}`;

let killed: Killed;
beforeAll(async () => {
  killed = await startKilled();
});
afterAll(() => killed?.close());

/** What the server has acknowledged, and what it may have done. */
const known = { password: 0, asked: 0, label: 0, labelAsked: 0, spentUsd: 0, key: "", keyId: "" };
const random = seeded(7);
const found = { answers: 0, changes: 0, rotations: 0, edits: 0, refused: 0 };

async function setUp(): Promise<void> {
  const { ask, upstream } = killed;
  expect((await ask("POST /vault/init", { admin_password: passwordOf(0) })).status).toBe(201);
  expect((await ask("POST /vault/unlock", { admin_password: passwordOf(0) })).status).toBe(200);
  for (const id of PROVIDERS) {
    const place = { base_url: upstream.baseUrl, network: "private", credential_source: "escrow" };
    expect((await ask("POST /providers", { id, type: "openai", ...place })).status).toBe(201);
    const secret = { secret: secretOf(id) };
    expect((await ask(`POST /providers/${id}/credentials`, secret)).status).toBe(201);
    const prices = { input_per_1k: 0.01, output_per_1k: 0.04 };
    const model = { id: `model-${id}`, provider_id: id, upstream_name: "up", pricing: prices };
    const sizes = { max_context_tokens: 100_000, max_output_tokens: 256 };
    expect((await ask("POST /models", { ...model, ...sizes })).status).toBe(201);
  }
}

/** Another key for each round. */
async function newSpender(): Promise<void> {
  const limits = { budget_month_usd: BUDGET_USD };
  const { body } = await killed.ask("POST /keys", { name: "spender", ...limits });
  known.key = body.key;
  known.keyId = body.id;
  known.spentUsd = 0;
}

/** Exactly one of the passwords that it may have opens it. */
async function unlock(): Promise<void> {
  const { ask } = killed;
  const candidates = [...new Set([known.password, known.asked])];
  const opened: number[] = [];
  for (const n of candidates) {
    const { status } = await ask("POST /vault/unlock", { admin_password: passwordOf(n) });
    expect([200, 401]).toContain(status);
    if (status === 200) opened.push(n);
  }
  expect([candidates, opened]).toEqual([candidates, [expect.any(Number)]]);
  known.password = opened[0] ?? 0;
  known.asked = known.password;
}

async function check(): Promise<void> {
  const { ask, upstream, complete } = killed;
  await unlock();
  expect((await ask("POST /audit/verify", {})).body).toMatchObject({ ok: true });
  const { labels } = (await ask("GET /providers/a")).body;
  const label = Number(/\d+/.exec(labels[0] ?? "l0")?.[0]);
  expect(label).toBeGreaterThanOrEqual(known.label);
  expect(label).toBeLessThanOrEqual(known.labelAsked);
  known.label = label;
  for (const id of PROVIDERS) {
    const before = upstream.requests.length;
    expect([id, (await complete(`model-${id}`, killed.freeKey)).status]).toEqual([id, 200]);
    const [sent] = upstream.requests.slice(before);
    expect(sent?.headers.authorization).toBe(`Bearer ${secretOf(id)}`);
  }
}

/** Everything at once, each thing again and again, until the process is gone. */
function drive(): Promise<unknown> {
  const { ask, complete } = killed;
  const again = async (work: () => Promise<void>) => {
    while (killed.isRunning()) await work().catch(() => undefined);
  };
  return Promise.all([
    again(async () => {
      const next = known.password + 1;
      known.asked = next;
      const body = { admin_password: passwordOf(known.password), new_password: passwordOf(next) };
      const { status } = await ask("POST /vault/change-password", body);
      if (status === 200) {
        known.password = next;
        found.changes += 1;
      }
    }),
    again(async () => {
      const { status } = await ask("POST /vault/rotate", {});
      if (status === 200) found.rotations += 1;
      await killed.pause();
    }),
    again(async () => {
      known.labelAsked += 1;
      const label = known.labelAsked;
      const { status } = await ask("PATCH /providers/a", { labels: [`l${label}`] });
      if (status === 200) {
        known.label = label;
        found.edits += 1;
      }
    }),
    again(async () => {
      const { status, costUsd } = await complete("model-b", known.key);
      if (status === 402) found.refused += 1;
      if (status !== 200) return killed.pause();
      found.answers += 1;
      known.spentUsd += costUsd;
    }),
  ]);
}

test(`after each of ${KILLS} kills nothing that was acknowledged is lost`, {
  timeout: KILLS * 6_000 + 60_000,
}, async () => {
  await killed.start();
  await setUp();
  for (let n = 0; n < KILLS; n++) {
    await newSpender();
    const driven = drive();
    await killed.killWithin(Math.floor(random() * 1_200));
    await driven;
    const { spentUsd, reservedUsd, sweptUsd } = await killed.books(known.keyId);
    expect(spentUsd + reservedUsd).toBeLessThanOrEqual(BUDGET_USD + 1e-9);
    expect(sweptUsd).toBeGreaterThanOrEqual(known.spentUsd - 1e-9);
    expect(sweptUsd).toBeLessThanOrEqual(BUDGET_USD + 1e-9);
    await killed.start();
    await check();
  }
  // The kills met work; of every kind where there are many of them (a password's hash takes its time).
  const all = [found.answers, found.edits, found.changes, found.rotations, found.refused];
  for (const count of KILLS >= 100 ? all : all.slice(0, 2)) {
    expect([found, count > 0]).toEqual([found, true]);
  }
});
