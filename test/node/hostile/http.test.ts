/** HTTP itself abused: broken messages, paths, methods, credentials, connections. */
import { describe, expect, test } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { chunkOf, rawExchange } from "../../fakes/raw.ts";
import {
  bytesOf,
  COMPLETIONS,
  expectAlive,
  expectRefused,
  GOOD_TEXT,
  type Sent,
  STARTS,
  send,
} from "../../fakes/refusals.ts";

/** Only the parser sees these: on the edge it is workerd's own, and so is the answer. */
const MALFORMED: readonly (readonly [string, Sent])[] = [
  ["two lengths that differ", { headers: { "content-length": [`${GOOD_TEXT.length}`, "5"] } }],
  ["a negative length", { headers: { "content-length": "-1" } }],
  ["a length in other notation", { headers: { "content-length": "1e3" } }],
  ["a length beyond counting", { headers: { "content-length": "9".repeat(25) } }],
  ["an unknown transfer encoding", { headers: UNKNOWN_CODING() }],
  ["a blank in a header's name", { headers: { "x bad": "1" } }],
  ["NUL in a header", { headers: { "x-bad": "a\0b" } }],
  ["a header over two lines", { headers: { "x-bad": "a\r\n b" } }],
  ["no host", { headers: { host: undefined } }],
  ["an unknown method", { method: "FETCH" }],
  ["a bad chunk", { headers: CHUNKED(), body: "zz\r\n{}\r\n0\r\n\r\n" }],
];

function CHUNKED() {
  return { "content-length": undefined, "transfer-encoding": "chunked" };
}

function UNKNOWN_CODING() {
  return { "content-length": undefined, "transfer-encoding": "xchunked" };
}

const NOT_HTTP: readonly (readonly [string, Buffer])[] = [
  ["garbage", Buffer.from("GARBAGE\r\n\r\n")],
  ["a TLS hello", Buffer.from(`16030100c8010000c40303${"00".repeat(190)}`, "hex")],
  ["HTTP/2", Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")],
  ["another protocol", Buffer.from("SSH-2.0-OpenSSH_9.6\r\n")],
];

const PATHS = [
  "//v1/chat",
  "//v1/chat/completions",
  "/v1//chat/completions",
  "/v1/../admin",
  "/v1/%2e%2e/admin",
  "/v1/chat/completions/../../../etc/passwd",
  "/V1/chat",
  "/v1/CHAT/completions",
  "/v1/chat/completions/",
  "/v1/chat%2fcompletions",
  "/v1/chat%5ccompletions",
  "/v1/chat/completions;a=b",
  "/v1/chat/completions%00",
  "/v1/chat/completions%20",
  "/v1/chat/%63ompletionsx",
  "/v2/chat/completions",
  "/admin",
  "/.env",
  "/",
  "/%",
  "/%ff",
];

const METHODS: readonly (readonly [string, string, string])[] = [
  ...["GET", "PUT", "PATCH", "DELETE", "OPTIONS"].map(
    (method) => [method, COMPLETIONS, "POST"] as const,
  ),
  ["GET", "/v1/chat", "POST"],
  ["POST", "/v1/models", "GET"],
  ["DELETE", "/v1/models/gpt-test", "GET"],
  ["POST", "/healthz", "GET"],
  ["PUT", "/metrics", "GET"],
];

const BAD_KEY = `thk_live_abcdefgh_${"x".repeat(49)}`;

describe.each(STARTS)("%s", (name, start) => {
  const gateway = useGateway(start, {
    registry: {
      providers: [{ id: "vendor" }],
      models: [{ id: "gpt-test", provider_id: "vendor" }],
    },
  });
  const good = (header: string) => ({ [header]: `Bearer ${gateway.home.key}` });

  test.each(MALFORMED)("%s is no request", async (_what, sent) => {
    const before = gateway.upstream.requests.length;
    const { status, json } = await send(gateway.home, sent);
    if (name === "node") {
      expect(status).toBe(400);
      expect(json).toEqual({
        error: {
          code: "invalid_value",
          type: "invalid_request_error",
          message: expect.any(String),
          request_id: expect.stringMatching(/^req_/),
        },
      });
    }
    expect(status).toBeGreaterThanOrEqual(400);
    expect(gateway.upstream.requests).toHaveLength(before);
    await expectAlive(gateway);
  });

  test.each(NOT_HTTP)("%s is refused and hung up on", async (_what, bytes) => {
    const { replies, end } = await rawExchange(gateway.home.url, [bytes]);
    if (name === "node") expect(replies.map(({ status }) => status)).toEqual([400]);
    expect(end).not.toBe("us");
    await expectAlive(gateway);
  });

  test("length and chunks together never make two requests of one", async () => {
    const before = gateway.upstream.requests.length;
    const smuggled = bytesOf(gateway.home);
    const body = Buffer.concat([chunkOf(GOOD_TEXT), Buffer.from("0\r\n\r\n"), smuggled]);
    const headers = { ...CHUNKED(), "content-length": String(body.length) };
    const { replies } = await rawExchange(gateway.home.url, [
      bytesOf(gateway.home, { headers, body }),
    ]);
    expect(replies).toHaveLength(1);
    expect(gateway.upstream.requests.length - before).toBeLessThanOrEqual(1);
    if (name === "node") expect(replies[0]?.status).toBe(400);
    await expectAlive(gateway);
  });

  test("headers of 15 KiB are taken; of 17 KiB they are 431 on Node", async () => {
    const bulk = (kib: number) => ({ headers: { "x-bulk": "x".repeat(kib * 1_024) } });
    expect((await send(gateway.home, bulk(15))).status).toBe(200);
    const { status, json } = await send(gateway.home, bulk(17));
    if (name === "node") {
      expect(status).toBe(431);
      expect(json).toMatchObject({ error: { code: "headers_too_large" } });
    }
    await expectAlive(gateway);
  });

  test.each(PATHS)("there is nothing at %s", async (target) => {
    await expectRefused(gateway, { target }, { code: "not_found" });
  });

  test.each(["*", "/v1\\chat\\completions", "http://"])("%s is no path", async (target) => {
    // workerd's URLs have no backslashes: there it is the door itself.
    const { status } = await send(gateway.home, { target });
    if (name === "node") expect(status).toBe(400);
    await expectAlive(gateway);
  });

  test.each(METHODS)("%s %s is not allowed", async (method, target, allow) => {
    const sent = { method, target, body: "", headers: { "content-length": undefined } };
    await expectRefused(gateway, sent, { code: "method_not_allowed" });
    expect((await send(gateway.home, sent)).headers.allow).toBe(allow);
  });

  test.each(["__proto__", "%2e%2e", "..%2f..%2fetc", "%ff", "gpt-test%00", "gpt-test/", "%"])(
    "there is no model %s",
    async (id) => {
      const sent = { method: "GET", target: `/v1/models/${id}`, body: "" };
      const reply = await send(gateway.home, sent);
      expect([reply.status, id]).toEqual([404, id]);
      await expectAlive(gateway);
    },
  );

  test.each(["api_key", "key", "access_token", "authorization", "x-api-key"])(
    "a key in the query as %s is none",
    async (field) => {
      const target = `${COMPLETIONS}?${field}=${encodeURIComponent(gateway.home.key)}`;
      const headers = { authorization: undefined };
      await expectRefused(gateway, { target, headers }, { code: "missing_or_invalid_key" });
      expect(JSON.stringify(gateway.home.log)).not.toContain(gateway.home.key);
    },
  );

  test("all bad credentials are told the same", async () => {
    const { key } = gateway.home;
    const revoked = await gateway.home.addKey({ revokedAtMs: 1 });
    const expired = await gateway.home.addKey({ expiresAtMs: 1 });
    const credentials: Sent["headers"][] = [
      { authorization: undefined },
      { authorization: "" },
      { authorization: "Bearer" },
      { authorization: "Bearer " },
      { authorization: `Basic ${btoa(`x:${key}`)}` },
      { authorization: key },
      { authorization: `Bearer ${BAD_KEY}` },
      { authorization: `Bearer ${key.slice(0, -1)}` },
      { authorization: `Bearer ${key}x` },
      { authorization: `Bearer ${key.toUpperCase()}` },
      { authorization: `Bearer ${key}, Bearer ${BAD_KEY}` },
      { authorization: [`Bearer ${key}`, `Bearer ${BAD_KEY}`] },
      { authorization: [`Bearer ${BAD_KEY}`, `Bearer ${key}`] },
      { authorization: undefined, "x-api-key": [key, BAD_KEY] },
      { ...good("authorization"), "x-api-key": BAD_KEY },
      { authorization: `Bearer ${BAD_KEY}`, "x-api-key": key },
      { ...good("authorization"), "x-api-key": "" },
      { authorization: `Bearer ${revoked}` },
      { authorization: `Bearer ${expired}` },
    ];
    const before = gateway.upstream.requests.length;
    const told = new Set<string>();
    for (const headers of credentials) {
      const { status, json } = await send(gateway.home, { headers });
      expect([status, headers]).toEqual([401, headers]);
      const { error } = json as { error: object };
      told.add(JSON.stringify({ ...error, request_id: "" }));
    }
    expect(told.size).toBe(1);
    expect([...told][0]).toContain('"missing_or_invalid_key"');
    expect(gateway.upstream.requests).toHaveLength(before);
    await expectAlive(gateway);
  });

  test("a key without the scope is told so", async () => {
    const key = await gateway.home.addKey({ scopes: ["models"] });
    const headers = { authorization: `Bearer ${key}` };
    await expectRefused(gateway, { headers }, { code: "insufficient_scope" });
  });

  test("pipelined requests are answered in their order, a bad one among them too", async () => {
    const one = (content: string) => {
      const messages = [{ role: "user", content }];
      return bytesOf(gateway.home, { body: JSON.stringify({ model: "gpt-test", messages }) });
    };
    const bytes = Buffer.concat([one("1"), bytesOf(gateway.home, { body: "{" }), one("3")]);
    const { replies } = await rawExchange(gateway.home.url, [bytes], { replies: 3 });
    expect(replies.map(({ status }) => status)).toEqual([200, 400, 200]);
  });

  test("a socket closed for sending is either answered whole or closed", async () => {
    const answer = await rawExchange(gateway.home.url, [bytesOf(gateway.home)], {
      halfClose: true,
    });
    for (const { status } of answer.replies) expect(status).toBe(200);
    expect(answer.end).toBe("fin");
    await expectAlive(gateway);
  });
});
