/** Every secret that a gateway is given is searched for in all that it says, logs and keeps, in both homes. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type AdminAsked, askAdmin } from "../fakes/admin-client.ts";
import { ADMIN_TOKEN } from "../fakes/admin-token.ts";
import { filesOf, leaks, tablesOf } from "../fakes/canaries.ts";
import { clientOf, saying } from "../fakes/client.ts";
import { HOME_NAMES, HOMES, type Home } from "../fakes/homes.ts";
import { rowsOf } from "../fakes/registry.ts";
import { startUpstream, type Upstream } from "../fakes/upstream.ts";
import { error } from "../fakes/upstream-chat.ts";

const PASSWORD = "canary-password of 5 fjords";
const NEXT_PASSWORD = "canary-password of 6 fjords";
const ESCROWED = "sk-canary-escrowed-7Qx0123456789";
const FROM_ENV = "sk-canary-from-env-9Zk0123456789";
const SIGNING = "whsec-canary-signing-4Jd0123456789";
const METRICS = "metrics-canary-token-2Lp0123456789";
const ECHO = `${ESCROWED} Bearer ${FROM_ENV} ${btoa(ESCROWED)} ${encodeURIComponent(FROM_ENV)}`;

/** A Worker's log is the runtime's, and its objects' own storage is looked into where they are tested. */
const OUTPUTS = {
  node: ["answers", "log", "tables", "files", "bodies"],
  edge: ["answers", "tables", "bodies"],
} as const;

test("a planted leak is found in every spelling", () => {
  const spelled = [
    ESCROWED,
    btoa(ESCROWED),
    btoa(`a${ESCROWED}`),
    btoa(`ab${ESCROWED}cd`),
    Buffer.from(ESCROWED).toString("base64url"),
    Buffer.from(ESCROWED).toString("hex"),
    Buffer.from(ESCROWED).toString("hex").toUpperCase(),
    encodeURIComponent(PASSWORD),
    JSON.stringify({ PASSWORD }),
  ];
  for (const text of spelled) {
    const found = leaks({ planted: `before ${text} after` }, { ESCROWED, PASSWORD });
    expect([text, found.length > 0]).toEqual([text, true]);
  }
  expect(leaks({ clean: "before and after" }, { ESCROWED, PASSWORD })).toEqual([]);
});

describe.each(HOME_NAMES)("%s", (name) => {
  let home: Home;
  let upstream: Upstream;
  /** The keys that were made, each shown once. */
  const keys: string[] = [];
  const said: string[] = [];
  const outputs: Record<string, string> = {};

  const ask = async (what: string, asked?: AdminAsked) => {
    const told = await askAdmin(home, what, asked);
    const shows = /^POST \/keys(\/[^/]+\/rotate)?$/.test(what);
    if (shows && typeof told.body.key === "string") keys.push(told.body.key);
    const text = shows ? told.text.replaceAll(keys.at(-1) ?? "", "") : told.text;
    said.push(`${told.status} ${JSON.stringify([...told.headers])} ${text}`);
    return told;
  };
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(home.url + path, { headers });
    said.push(`${JSON.stringify([...response.headers])} ${await response.text()}`);
  };

  async function setUp(): Promise<void> {
    await ask("POST /vault/init", { body: { admin_password: PASSWORD } });
    await ask("POST /vault/unlock", { body: { admin_password: `${PASSWORD} wrong` } });
    await ask("POST /vault/unlock", { body: { admin_password: PASSWORD } });
    const place = { base_url: upstream.baseUrl, network: "private" };
    const kept = { id: "kept", type: "openai", credential_source: "escrow", ...place };
    await ask("POST /providers", { body: kept });
    const made = await ask("POST /providers/kept/credentials", { body: { secret: ESCROWED } });
    expect(made.status).toBe(201);
    await ask("POST /models", {
      body: { id: "escrowed", provider_id: "kept", upstream_name: "up" },
    });
    const hook = { id: "hook", url: `${upstream.baseUrl}/hook`, signing_secret: SIGNING };
    expect((await ask("POST /alerts", { body: hook })).status).toBe(201);
    const { id } = (await ask("POST /keys", { body: { name: "canary" } })).body;
    await ask(`POST /keys/${id}/rotate`, { body: { overlap_seconds: 3_600 } });
    await ask("POST /session", { bare: true, body: { token: ADMIN_TOKEN } });
  }

  /** Secrets at wrong places: each is refused, and none is said back. */
  async function misplace(): Promise<void> {
    const all = [ESCROWED, PASSWORD, SIGNING];
    for (const secret of all) {
      await ask("POST /providers", { body: { id: secret, type: secret } });
      await ask("POST /keys", { body: { name: "x", [secret]: secret } });
      await ask("POST /vault/unlock", { body: { password: secret } });
      await ask("POST /vault/init", { body: `{"admin_password":"${secret}` });
      await ask("PATCH /providers/kept", { body: { base_url: `https://u:${secret}@a.example/` } });
      await ask("POST /providers/kept/credentials", { body: { secret: `${secret}\n${secret}` } });
      await ask(`GET /providers/${encodeURIComponent(secret)}`);
      await ask(`GET /requests?after=${encodeURIComponent(secret)}`);
      await ask("POST /import", { body: `providers: [{id: ${secret}, api_key: ${secret}}]` });
      await ask("POST /session", { bare: true, body: { token: `${ADMIN_TOKEN.slice(1)}x` } });
    }
  }

  async function use(): Promise<void> {
    for (const model of ["escrowed", "fixed"]) {
      for (const stream of [false, true]) {
        const body = {
          model,
          messages: saying("Hello?"),
          stream,
          tokenhub: { include_decision: true },
        };
        for (const status of [200, 400, 401, 500]) {
          const fails = { message: ECHO, type: ECHO, code: ECHO };
          if (status !== 200) upstream.next({ said: error(status, fails, { "x-echo": ECHO }) });
          const told = await clientOf(home, keys.at(-1)).complete(body);
          said.push(JSON.stringify(told));
        }
      }
    }
  }

  async function read(): Promise<void> {
    const lists = [
      ...[
        "/providers",
        "/models",
        "/offers",
        "/aliases",
        "/projects",
        "/keys",
        "/alerts",
        "/audit",
      ],
      ...[
        "/requests",
        "/stats",
        "/health",
        "/export",
        "/settings",
        "/routing",
        "/vault",
        "/session",
      ],
      ...["/providers/kept", "/providers/kept/credentials", "/alerts/hook"],
    ];
    for (const what of lists) await ask(`GET ${what}`);
    await ask("POST /providers/kept/test", { body: {} });
    await ask("POST /providers/kept/discover", { body: {} });
    await ask("POST /audit/verify", { body: {} });
    await get("/metrics", { authorization: `Bearer ${METRICS}` });
    for (const path of ["/readyz", "/healthz", "/openapi.json", "/admin"]) await get(path);
    await get(`/v1/models?api_key=${keys[0]}`);
    await get("/v1/models", { authorization: `Bearer ${keys.at(-1)}` });
    const events = await fetch(`${home.url}/admin/v1/events`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    const reader = events.body?.getReader();
    const first = await reader?.read();
    said.push(new TextDecoder().decode(first?.value));
    await reader?.cancel();
  }

  beforeAll(async () => {
    upstream = await startUpstream({ models: { up: {} } });
    const from = { type: "openai", base_url: upstream.baseUrl, env_key_name: "CANARY_KEY" };
    home = await HOMES[name]({
      rows: rowsOf({
        providers: [{ id: "fixed", ...from }],
        models: [{ id: "fixed", provider_id: "fixed", upstream_name: "up" }],
      }),
      env: {
        ...{ CANARY_KEY: FROM_ENV, TOKENHUB_METRICS_TOKEN: METRICS },
        TOKENHUB_LOG_LEVEL: "debug",
      },
      limits: { flushMs: 50, backoffBaseMs: 5 },
    });
    await setUp();
    await use();
    await misplace();
    await read();
    const change = { admin_password: PASSWORD, new_password: NEXT_PASSWORD };
    await ask("POST /vault/change-password", { body: change });
    await ask("POST /vault/rotate", { body: {} });
    await ask("POST /vault/lock", { body: {} });
    await use();
    await vi.waitFor(
      async () => {
        const sql = 'select count(*) from "request_log"';
        expect((await home.sql.all({ sql, params: [] }))[0]?.[0]).toBeGreaterThan(8);
      },
      { timeout: 30_000, interval: 200 },
    );
    outputs.answers = said.join("\n");
    outputs.log = JSON.stringify(home.log);
    outputs.tables = await tablesOf(home);
    outputs.files = await filesOf(home);
    outputs.bodies = upstream.requests.map(({ path, body }) => `${path} ${body}`).join("\n");
  }, 120_000);
  afterAll(async () => {
    await home?.stop();
    await upstream?.close();
  });

  test("the secrets were in use: each provider key at its own place, and at no other", () => {
    const sent = new Set(upstream.requests.map(({ headers }) => headers.authorization));
    expect(sent).toContain(`Bearer ${ESCROWED}`);
    expect(sent).toContain(`Bearer ${FROM_ENV}`);
    expect(keys).toHaveLength(2);
    for (const { headers } of upstream.requests) {
      const rest = { headers: JSON.stringify({ ...headers, authorization: "" }) };
      expect(leaks(rest, { ESCROWED, FROM_ENV, ADMIN_TOKEN, PASSWORD, SIGNING })).toEqual([]);
    }
  });

  test.each(OUTPUTS[name])("row 86: the %s hold no secret", (output) => {
    const canaries = {
      ...{ ADMIN_TOKEN, PASSWORD, NEXT_PASSWORD, ESCROWED, FROM_ENV, METRICS },
      ...Object.fromEntries(keys.map((key, at) => [`key ${at}`, key])),
    };
    // A webhook is signed anew each time, so its secret has to be kept as it is.
    const isKept = output === "tables" || output === "files";
    const text = outputs[output];
    const found = leaks({ [output]: text ?? "" }, isKept ? canaries : { ...canaries, SIGNING });
    expect(found).toEqual([]);
  });
});
