/** What the clock asks: which models providers list, and how old the log may get. */
import { expect, test } from "vitest";
import { createChores } from "../../src/chores.ts";
import type { CredentialRecord } from "../../src/credential.ts";
import { LIMITS } from "../../src/limits.ts";
import { failing, providerOf, replying, silent } from "../fakes/answers.ts";
import { startIsolate } from "../fakes/isolate.ts";
import { json } from "../fakes/upstream-chat.ts";

const DAY_MS = 86_400_000;

/** Model lists as the servers of November 2026 write them. */
const LISTS = {
  openai: {
    object: "list",
    data: [{ id: "gpt-5.5", object: "model", created: 1, owned_by: "openai" }],
  },
  vllm: {
    object: "list",
    data: [{ id: "Qwen/Qwen3", object: "model", max_model_len: 32_768, root: "Qwen/Qwen3" }],
  },
  llamacpp: {
    models: [{ name: "tiny.gguf" }],
    object: "list",
    data: [{ id: "tiny.gguf", meta: { n_ctx: 4_096, n_ctx_train: 131_072 } }],
  },
} as const;

const KINDS = { openai: "openai", vllm: "vllm", llamacpp: "vllm" } as const;

async function start() {
  const providers = Object.entries(KINDS).map(([id, type]) => ({ id, type }));
  const isolate = await startIsolate({ registry: { providers } });
  const chores = createChores(isolate.gateway);
  isolate.platform.answer(({ url }) =>
    replying(json(200, LISTS[providerOf(url) as keyof typeof LISTS])),
  );
  const discovered = async () => {
    const { models, offers } = (await isolate.platform.store.registry()).discovered;
    return { models, offers: offers.map(({ providerId, modelId }) => `${providerId}/${modelId}`) };
  };
  return { isolate, platform: isolate.platform, chores, discovered };
}

test("what openai, vllm and llama.cpp list becomes models with their context sizes", async () => {
  const { chores, discovered, platform, isolate } = await start();
  const notes = await chores.discover();
  expect(notes).toMatchObject([
    { providerId: "openai", models: ["gpt-5.5"], error: undefined },
    { providerId: "vllm", models: ["Qwen/Qwen3"], error: undefined },
    { providerId: "llamacpp", models: ["tiny.gguf"], error: undefined },
  ]);
  const { models, offers } = await discovered();
  expect(models.map(({ id, maxContextTokens }) => [id, maxContextTokens])).toEqual([
    ["gpt-5.5", undefined],
    ["Qwen/Qwen3", 32_768],
    ["tiny.gguf", 4_096],
  ]);
  expect(offers).toEqual(["openai/gpt-5.5", "vllm/Qwen/Qwen3", "llamacpp/tiny.gguf"]);
  expect(platform.calls.every(({ method, body }) => method === "GET" && body === undefined)).toBe(
    true,
  );
  await isolate.gateway.snapshot.refresh();
  const prices = isolate.gateway.snapshot.catalog().byModel.get("tiny.gguf")?.[0]?.prices;
  expect(prices).toEqual({ input: 0, output: 0, cachedInput: 0, cacheWriteInput: 0 });
});

test("asking again changes nothing while the lists are the same", async () => {
  const { chores, platform } = await start();
  await chores.discover();
  const version = await platform.store.registryVersion();
  await chores.discover();
  expect(await platform.store.registryVersion()).toBe(version);
});

test.each([
  ["fails", () => failing(503), "http-503"],
  ["answers a page", () => replying({ status: 200, headers: {}, frames: ["<html>"] }), "no-list"],
  ["answers other JSON", () => replying(json(200, { status: "ok" })), "no-list"],
  ["lists something else", () => replying(json(200, { data: [{ name: "x" }] })), "no-list"],
  ["refuses its key", () => failing(401), "http-401"],
])("a provider that %s keeps what it listed last", async (_, answer, error) => {
  const { chores, platform, discovered } = await start();
  await chores.discover();
  const before = await discovered();
  platform.answer(({ url }) =>
    providerOf(url) === "vllm"
      ? answer()
      : replying(json(200, LISTS[providerOf(url) as keyof typeof LISTS])),
  );
  const notes = await chores.discover();
  expect(notes.find(({ providerId }) => providerId === "vllm")).toMatchObject({
    error,
    models: [],
  });
  const after = await discovered();
  expect(after.offers.toSorted()).toEqual(before.offers.toSorted());
  expect(platform.logged).toContainEqual({
    type: "discovery-failed",
    level: "warn",
    provider: "vllm",
    what: error,
  });
});

test("a provider that does not answer is given up after ten seconds, and keeps nobody waiting longer", async () => {
  const { chores, platform } = await start();
  platform.answer(() => silent());
  const startMs = platform.clock.nowMs();
  const notes = await platform.clock.until(chores.discover());
  expect(platform.clock.nowMs() - startMs).toBe(10_000);
  expect(notes.map(({ error }) => error)).toEqual(["timeout", "timeout", "timeout"]);
});

test("a model that a provider lists no more is gone", async () => {
  const { chores, platform, discovered } = await start();
  await chores.discover();
  platform.answer(({ url }) =>
    replying(json(200, providerOf(url) === "vllm" ? { data: [] } : LISTS.openai)),
  );
  await chores.discover();
  expect((await discovered()).offers).toEqual(["openai/gpt-5.5", "llamacpp/gpt-5.5"]);
});

test("a provider with declared models is not asked", async () => {
  const isolate = await startIsolate({
    registry: {
      providers: [{ id: "openai" }, { id: "vllm", type: "vllm", enabled: false }],
      models: [{ id: "m", provider_id: "openai" }],
    },
  });
  expect(await createChores(isolate.gateway).discover()).toEqual([]);
  expect(isolate.platform.calls).toEqual([]);
});

test("of several endpoints the first that answers is believed", async () => {
  const endpoints = ["https://one.example.com/v1", "https://two.example.com/v1"];
  const isolate = await startIsolate({
    registry: { providers: [{ id: "farm", type: "vllm", base_url: endpoints[0], endpoints }] },
  });
  isolate.platform.answer(({ url }) =>
    providerOf(url) === "one" ? failing(500) : replying(json(200, LISTS.vllm)),
  );
  const notes = await createChores(isolate.gateway).discover();
  expect(notes).toMatchObject([{ models: ["Qwen/Qwen3"], error: undefined }]);
});

test("an Anthropic model that tells its sizes is registered with both", async () => {
  const isolate = await startIsolate({
    registry: { providers: [{ id: "claude", type: "anthropic" }] },
  });
  const sized = { id: "claude-x", type: "model", max_input_tokens: 200_000, max_tokens: 64_000 };
  isolate.platform.answer(() => replying(json(200, { data: [sized], has_more: false })));
  await createChores(isolate.gateway).discover();
  expect(isolate.platform.calls.map(({ url }) => url.split("/v1")[1])).toEqual([
    "/models?limit=1000",
  ]);
  const { models } = (await isolate.platform.store.registry()).discovered;
  expect(models).toMatchObject([
    { id: "claude-x", maxContextTokens: 200_000, maxOutputTokens: 64_000 },
  ]);
});

test("the same model at two servers has the smaller of their contexts", async () => {
  const isolate = await startIsolate({
    registry: {
      providers: [
        { id: "a", type: "vllm" },
        { id: "b", type: "vllm" },
      ],
    },
  });
  isolate.platform.answer(({ url }) =>
    replying(
      json(200, { data: [{ id: "m", max_model_len: providerOf(url) === "a" ? 8_192 : 4_096 }] }),
    ),
  );
  await createChores(isolate.gateway).discover();
  const { models } = (await isolate.platform.store.registry()).discovered;
  expect(models).toMatchObject([{ id: "m", maxContextTokens: 4_096 }]);
});

test("log, audit and sessions are pruned to their bounds in age and rows", async () => {
  const { chores, platform } = await start();
  const pruned: Record<string, number> = {};
  Object.assign(platform.admin, {
    pruneAudit: async (audit: number) => Object.assign(pruned, { audit }),
    pruneSessions: async (sessions: number) => Object.assign(pruned, { sessions }),
  });
  await chores.prune();
  const nowMs = platform.clock.nowMs();
  expect(pruned).toEqual({ audit: nowMs - 400 * DAY_MS, sessions: nowMs - DAY_MS });
  expect(platform.store.pruned).toEqual({
    beforeMs: platform.clock.nowMs() - LIMITS.requestLogDays * DAY_MS,
    rowsMax: LIMITS.requestLogRowsMax,
  });
});

test("a sealed vault is told of only while keys wait in it, an older one always", async () => {
  const { chores, isolate, platform } = await start();
  const raised: string[] = [];
  Object.assign(isolate.gateway.alarms, { raise: (event: string) => raised.push(event) });
  const stands = { state: "sealed", rollbackSuspected: false };
  Object.assign(platform.vault, { status: async () => stands });
  await chores.watchVault();
  expect(raised).toEqual([]);
  platform.store.credentials = [{ providerId: "a" } as CredentialRecord];
  await chores.watchVault();
  Object.assign(stands, { state: "unsealed", rollbackSuspected: true });
  await chores.watchVault();
  expect(raised).toEqual(["vault-sealed", "rollback-suspected"]);
});
