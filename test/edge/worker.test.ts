/** The Worker's surroundings: its variables and secrets, a D1 that is missing, newer or down, and its clock. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { catalogOf } from "../../durable-objects/catalog.ts";
import { NO_ROWS } from "../../src/catalog.ts";
import { SIMULATED_REGISTRY } from "../../src/simulated-registry.ts";
import { edgePlatform } from "../../src/worker.ts";
import { addKey, BINDINGS, startIsolate, store } from "../fakes/edge-isolate.ts";
import { requestRow } from "../fakes/outcomes.ts";
import { json, say } from "../fakes/upstream-chat.ts";

const MESSAGES = [{ role: "user", content: "Hello?" }];
const AUTO = { model: "tokenhub/auto", messages: MESSAGES };
const CHAT = "/v1/chat/completions";

let key: string;
let lines: string[];
beforeEach(async () => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line) => void lines.push(line));
  vi.spyOn(console, "error").mockImplementation((line) => void lines.push(line));
  await store.declare("config", SIMULATED_REGISTRY);
  ({ key } = await addKey());
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("variables", () => {
  const NAMED = "TOKENHUB_PRIVATE_EGRESS";
  test.each([
    [NAMED, "10.20.30.0/24"],
    [NAMED, "127.0.0.1,db.planted.example"],
    [NAMED, "127.0.0.1,10.20.30.40:8000"],
    ["TOKENHUB_VLLM_ENDPOINTS", "http://10.20.30.40:8000,https://gpu.example"],
    ["TOKENHUB_VLLM_ENDPOINTS", "http://gpu.planted.example"],
    ["TOKENHUB_DEFAULT_MODE", "planted"],
  ])(
    "%s=%s: every route of the API answers misconfigured, and the log names the variable only",
    async (name, value) => {
      const { ask } = startIsolate({ vars: { [name]: value } });
      const answers = [
        await ask(CHAT, key, { body: AUTO }),
        await ask("/v1/chat", key, { body: { request: { messages: MESSAGES } } }),
        await ask("/v1/models", key),
        await ask("/v1/unknown", key),
      ];
      const told = answers.map(({ status, code }) => [status, code]);
      expect(told).toEqual(answers.map(() => [503, "misconfigured"]));
      expect((await ask("/healthz", key)).status).toBe(200);
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([
        { type: "setting-refused", name },
      ]);
      for (const text of [...lines, ...answers.map((answer) => answer.text)]) {
        expect(text).not.toMatch(/planted|10\.20\.30/);
      }
    },
  );

  test("loopback may be named, and then no request from outside this machine is served", async () => {
    const { ask } = startIsolate({
      vars: { [NAMED]: "127.0.0.1,localhost,[::1]:8000,http://127.0.0.2:9/v1" },
    });
    const statusAt = async (origin: string) => (await ask("/v1/models", key, { origin })).status;
    expect(await statusAt("http://localhost:8787")).toBe(200);
    expect(await statusAt("http://[::1]:8787")).toBe(200);
    expect(await statusAt("https://tokenhub.someone.workers.dev")).toBe(503);
    expect(await statusAt("https://127.0.0.1.example")).toBe(503);
  });

  test("the simulated provider is there when it is asked for, and else it is not", async () => {
    await store.declare("config", NO_ROWS);
    const asked = startIsolate({ vars: { TOKENHUB_SIMULATED: "1" } });
    const told = await asked.ask(CHAT, key, { body: AUTO });
    expect([told.status, told.provider]).toEqual([200, "simulated"]);
    const { status, code } = await startIsolate().ask(CHAT, key, { body: AUTO });
    expect([status, code]).toEqual([503, "no_provider"]);
  });
});

test("a wait ends at once when its signal has aborted, before it began or after", async () => {
  const { after } = edgePlatform(BINDINGS);
  const HOUR_MS = 60 * 60_000;
  await after(HOUR_MS, AbortSignal.abort());
  const leaving = new AbortController();
  const waiting = after(HOUR_MS, leaving.signal);
  leaving.abort();
  await waiting;
});

describe("D1", () => {
  /** Runs with the database changed; changes it back. */
  async function changed(sql: readonly [string, string], work: () => Promise<void>): Promise<void> {
    await BINDINGS.DB.exec(sql[0]);
    try {
      await work();
    } finally {
      await BINDINGS.DB.exec(sql[1]);
    }
  }

  test.each([
    [
      "without a schema",
      [
        "ALTER TABLE d1_migrations RENAME TO migrations_away",
        "ALTER TABLE migrations_away RENAME TO d1_migrations",
      ],
    ],
    [
      "with a newer schema",
      [
        "INSERT INTO d1_migrations (name) VALUES ('9999_later.sql')",
        "DELETE FROM d1_migrations WHERE name = '9999_later.sql'",
      ],
    ],
  ] as const)("%s: misconfigured, and well again without a new isolate", async (_, sql) => {
    const { ask } = startIsolate();
    await changed(sql, async () => {
      const { status, code } = await ask(CHAT, key, { body: AUTO });
      expect([status, code]).toEqual([503, "misconfigured"]);
      expect((await ask("/v1/models", key)).code).toBe("misconfigured");
    });
    expect((await ask(CHAT, key, { body: AUTO })).status).toBe(200);
  });

  test("failing before anything was read: no provider, and when to ask again", async () => {
    const { ask, watched } = startIsolate();
    watched.failure = new Error("D1_ERROR: planted");
    const told = await ask(CHAT, key, { body: AUTO });
    expect([told.status, told.code]).toEqual([503, "no_provider"]);
    expect(Number(told.headers.get("retry-after"))).toBeGreaterThan(0);
    expect([told.text, ...lines].join()).not.toContain("planted");
    watched.failure = undefined;
    expect((await ask(CHAT, key, { body: AUTO })).status).toBe(200);
  });

  test("failing later: what was read is served on, with the view refreshed meanwhile", async () => {
    const { ask, watched } = startIsolate({ limits: { viewRefreshMs: 0, viewStaleMs: 0 } });
    // Until the version of the registry is known to isolate and directory alike.
    await vi.waitFor(async () => {
      const before = watched.queries.length;
      expect((await ask(CHAT, key, { body: AUTO })).status).toBe(200);
      expect(watched.queries.length).toBe(before);
    });
    watched.failure = new Error("down");
    const away = ["ALTER TABLE meta RENAME TO away", "ALTER TABLE away RENAME TO meta"] as const;
    await changed(away, async () => {
      const views = watched.calls.length;
      for (const stream of [false, true, false, true]) {
        const told = await ask(CHAT, key, { body: { ...AUTO, stream } });
        expect([told.status, told.provider]).toEqual([200, "simulated"]);
      }
      const seen = watched.calls.slice(views).filter(({ binding }) => binding === "DIRECTORY");
      expect(seen.length).toBeGreaterThan(1);
    });
  });
});

describe("the clock", () => {
  const SECRET = "sk-planted-secret";
  const VARS = { TOKENHUB_OPENAI_API_KEY: SECRET };
  const HOUR_MS = Date.UTC(2026, 10, 24, 12, 0);
  const MINUTE_MS = 60_000;

  /** OpenAI, as far as this secret opens it. */
  function vendor(models: readonly string[]) {
    return vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
      const known = new Headers(init?.headers).get("authorization") === `Bearer ${SECRET}`;
      const list = { object: "list", data: models.map((id) => ({ id, object: "model" })) };
      const { status, headers, frames } = !known
        ? json(401, { error: { message: "No." } })
        : `${url}`.endsWith("/models")
          ? json(200, list)
          : say(JSON.parse(`${init?.body}`));
      return new Response(frames.join(""), { status, headers });
    });
  }

  test("a provider whose key is a secret is asked for its models, which are served from then on", async () => {
    const fetched = vendor(["gpt-first", "gpt-second"]);
    const { ring } = startIsolate({ vars: VARS });
    await ring(HOUR_MS + MINUTE_MS);
    const { discovered } = await store.registry();
    expect(discovered.offers.map(({ upstreamName }) => upstreamName)).toEqual([
      "gpt-first",
      "gpt-second",
    ]);
    const { ask } = startIsolate({ vars: VARS });
    const told = await ask(CHAT, key, { body: { model: "gpt-second", messages: MESSAGES } });
    expect([told.status, told.provider]).toEqual([200, "openai"]);
    expect(fetched.mock.calls.map(([url]) => url)).toEqual([
      "https://api.openai.com/v1/models",
      "https://api.openai.com/v1/chat/completions",
    ]);
    expect([told.text, ...lines].join()).not.toContain("planted");
  });

  test("what each provider told is remembered by its object, failures too", async () => {
    vendor(["gpt-first"]);
    const memory = catalogOf(BINDINGS.CATALOG, "openai");
    await startIsolate({ vars: VARS }).ring(HOUR_MS + MINUTE_MS);
    expect(await memory.recall()).toMatchObject({ models: ["gpt-first"], error: undefined });
    await startIsolate({ vars: { TOKENHUB_OPENAI_API_KEY: "sk-other" } }).ring(HOUR_MS + MINUTE_MS);
    expect(await memory.recall()).toMatchObject({ models: [], error: "http-401" });
    // What was listed last stands while the provider does not answer.
    expect((await store.registry()).discovered.models.map(({ id }) => id)).toEqual(["gpt-first"]);
  });

  test("the log is pruned once an hour", async () => {
    vendor([]);
    const MONTH_MS = 31 * 24 * 60 * MINUTE_MS;
    const ids = ["req_prune_old", "req_prune_new"] as const;
    await store.appendRequests([
      { ...requestRow(ids[0]), atMs: Date.now() - MONTH_MS },
      { ...requestRow(ids[1]), atMs: Date.now() },
    ]);
    const logged = async () => {
      const query = "SELECT id FROM request_log WHERE id LIKE 'req_prune_%' ORDER BY id DESC";
      const { results } = await BINDINGS.DB.prepare(query).all<{ id: string }>();
      return results.map((row) => row.id);
    };
    const { ring } = startIsolate();
    await ring(HOUR_MS + 59 * MINUTE_MS);
    expect(await logged()).toEqual([...ids]);
    await ring(HOUR_MS);
    expect(await logged()).toEqual([ids[1]]);
  });
});
