/**
 * Canaries: a provider's key, a consumer's key and a prompt, sent through good answers and every kind of failure.
 * Afterwards nothing that left the gateway or stayed in it holds one of them.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { type Sent, STARTS, send } from "../../fakes/refusals.ts";
import { error, frame, json, say, stream } from "../../fakes/upstream-chat.ts";
import { REFUSALS, type Script } from "../../fakes/upstream-script.ts";

const PROVIDER_KEY = "sk-canary-provider-0123456789";
const PROMPT = "canary prompt: the fjord is blue";
const METRICS_TOKEN = "metrics-token-of-enough-characters";
/** Rows reach the database at most so late. */
const BEHIND_MS = 20_000;

const MESSAGES = [{ role: "user", content: PROMPT }];
/** Everything that an upstream could know, said back. */
const ECHO = `${PROVIDER_KEY} Bearer ${PROVIDER_KEY} ${PROMPT}`;
const echoing = { message: ECHO, type: ECHO, code: ECHO, param: ECHO };
const FIRST = say({ model: "gpt-test", messages: [], stream: true }).frames.slice(0, 2);
const errorEvent = frame(JSON.stringify({ error: echoing }));

const SCRIPTS: readonly Script[] = [
  {},
  ...[400, 401, 403, 404, 413, 422, 429, 500, 503].map((status) => ({
    said: error(status, echoing, { "retry-after": "0", "x-echo": PROVIDER_KEY }),
  })),
  { said: json(400, { ...echoing, code: "context_length_exceeded" }) },
  { said: json(200, { error: ECHO }) },
  { said: json(200, { detail: ECHO, choices: [] }) },
  { said: { status: 502, headers: { "content-type": "text/html" }, frames: [`<p>${ECHO}</p>`] } },
  { said: { status: 302, headers: { location: `https://${PROVIDER_KEY}.example/` }, frames: [] } },
  { said: stream([errorEvent]) },
  { said: stream([...FIRST, errorEvent]) },
  { said: stream([...FIRST, `: ${ECHO}\n\n`, `event: ${PROVIDER_KEY}\ndata: {${ECHO}\n\n`]) },
  { said: REFUSALS.unavailable, fault: { kind: "reset", atByte: 3 } },
];

/** Each has a provider, a credential and a model of its own: what one does must not silence the others. */
const CASES = SCRIPTS.flatMap((script) =>
  [false, true].map((streamed) => ({ script, streamed })),
).map((row, at) => ({ ...row, id: `case${at}` }));

const quoted = JSON.stringify(PROMPT);

/** Requests that are refused, each with the canaries in another place. */
function refusals(key: string): readonly Sent[] {
  const inBody = (rest: string) => ({ body: `{"messages":${JSON.stringify(MESSAGES)},${rest}}` });
  return [
    { body: `{"messages":[${quoted}` },
    { body: `{${quoted}:${quoted}}` },
    inBody('"model":"gpt-nowhere"'),
    inBody(`"model":"case0","temperature":${quoted}`),
    inBody(`"model":"case0","tokenhub":{${quoted}:1}`),
    inBody(`"model":"case0","tokenhub":{"policy":{"mode":${quoted}}}`),
    { headers: { "x-tokenhub-policy": PROMPT } },
    { headers: { "x-api-key": `${key}x` } },
    { headers: { authorization: `Bearer ${key}x` } },
    { headers: { authorization: `Basic ${key}` } },
    { headers: { "content-type": key } },
    { headers: { "x bad": key } },
    { target: `/v1/chat/completions?api_key=${key}`, headers: { authorization: undefined } },
    { target: `/${key}` },
    { method: "GET", target: `/v1/models/${key}`, body: "" },
    { target: "/v1/chat", body: `{"request":{"messages":[${quoted}]},${quoted}:1}` },
  ];
}

describe.each(STARTS)("%s", (name, start) => {
  const gateway = useGateway(start, {
    env: {
      ...Object.fromEntries(CASES.map(({ id }) => [`CANARY_${id}`, PROVIDER_KEY])),
      TOKENHUB_METRICS_TOKEN: METRICS_TOKEN,
    },
    limits: { flushMs: 50, backoffBaseMs: 5 },
    upstream: {
      apiKey: PROVIDER_KEY,
      models: Object.fromEntries(CASES.map(({ id, script }) => [id, script])),
    },
    registry: {
      providers: CASES.map(({ id }) => ({ id, env_key_name: `CANARY_${id}` })),
      models: CASES.map(({ id }) => ({ id, provider_id: id })),
    },
  });
  /** What the gateway said, and what it keeps. */
  const outputs: Record<string, string> = {};
  let keys: readonly string[] = [];

  async function readTables(): Promise<string> {
    const { sql } = gateway.home;
    const tables = await sql.all({
      sql: "select name from sqlite_master where type = 'table' and name not like '\\_%' escape '\\'",
      params: [],
    });
    const rows: unknown[] = [];
    for (const [table] of tables) {
      rows.push(...(await sql.all({ sql: `select * from "${table}"`, params: [] })));
    }
    return JSON.stringify(rows);
  }

  /** The file itself on Node: also what was deleted, and what is not in the file yet. */
  async function readFiles(): Promise<string> {
    if (name !== "node") return "";
    const [main] = await gateway.home.sql.all({ sql: "pragma database_list", params: [] });
    const file = String(main?.[2]);
    const files = [file, `${file}-wal`].filter((each) => existsSync(each));
    expect(files).not.toEqual([]);
    return files.map((each) => readFileSync(each, "latin1")).join("");
  }

  beforeAll(async () => {
    const { home } = gateway;
    const spare = await home.addKey({});
    keys = [home.key, spare];
    const replies: unknown[] = [];
    for (const { id, streamed } of CASES) {
      const rest = { stream: streamed, tokenhub: { include_decision: true } };
      const body = JSON.stringify({ model: id, messages: MESSAGES, ...rest });
      replies.push(await send(home, { body }));
    }
    for (const sent of refusals(spare)) replies.push(await send(home, sent));
    const headers = { authorization: `Bearer ${METRICS_TOKEN}`, "content-length": undefined };
    for (const target of ["/metrics", "/v1/models", "/readyz", "/openapi.json"]) {
      const credential = target === "/metrics" ? headers : { "content-length": undefined };
      const reply = await send(home, { method: "GET", target, headers: credential, body: "" });
      expect([target, reply.status]).toEqual([target, 200]);
      replies.push(reply);
    }
    await vi.waitFor(
      async () => {
        const sql = 'select count(*) from "request_log"';
        const [counted] = await home.sql.all({ sql, params: [] });
        expect(counted?.[0]).toBeGreaterThanOrEqual(CASES.length);
      },
      { timeout: BEHIND_MS, interval: 200 },
    );
    outputs.replies = JSON.stringify(replies);
    outputs.log = JSON.stringify(home.log);
    outputs.tables = await readTables();
    outputs.files = await readFiles();
  }, BEHIND_MS + 20_000);

  test("the provider got its key and the prompt, so that there was something to leak", () => {
    for (const { id } of CASES) {
      const asked = gateway.upstream.requests.find(({ body }) => body.includes(`"${id}"`));
      expect([id, asked?.headers.authorization]).toEqual([id, `Bearer ${PROVIDER_KEY}`]);
      expect(asked?.body).toContain(PROMPT);
    }
    expect(outputs.replies).toContain("Hello from upstream.");
    expect(outputs.replies).toContain("tokenhub_attempts_total");
    if (name === "node") expect(outputs.log).toContain("attempt-failed");
  });

  test.each(["replies", "log", "tables", "files"])("the %s hold no canary", (output) => {
    const text = outputs[output] ?? "missing";
    expect(text).not.toBe("missing");
    for (const secret of [PROVIDER_KEY, PROMPT, ...keys]) {
      for (const spelled of [secret, encodeURIComponent(secret), btoa(secret).slice(0, -4)]) {
        const at = text.indexOf(spelled);
        expect(at < 0 ? "" : text.slice(Math.max(0, at - 80), at + 20)).toBe("");
      }
    }
  });

  test("a consumer's key is kept as its hash", () => {
    for (const key of keys) {
      const hash = createHash("sha256").update(key).digest("hex");
      expect(outputs.tables).toContain(hash);
    }
  });
});
