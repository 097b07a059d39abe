/** Addresses that no row may lead to, met when a request is sent: refused, nobody connected, the next one tried. */
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProviderRecord } from "../../../src/catalog.ts";
import { type Client, clientOf, saying } from "../../fakes/client.ts";
import type { Home } from "../../fakes/homes.ts";
import { STARTS } from "../../fakes/refusals.ts";
import { rowsOf } from "../../fakes/registry.ts";
import { startUpstream, type Upstream } from "../../fakes/upstream.ts";

/** Counts whoever connects to this machine. */
const trap = createServer((socket) => socket.destroy());
let trapped = 0;
trap.on("connection", () => {
  trapped += 1;
});
await new Promise<void>((resolve) => trap.listen(0, "127.0.0.1", resolve));
const { port } = trap.address() as { port: number };
afterAll(() => {
  trap.close();
});

/** A database may hold what no config file would pass: the check that counts is the one before sending. */
const PUBLIC = [
  `http://api.example.com:${port}/v1`,
  `http://127.0.0.1:${port}/v1`,
  `https://127.0.0.1:${port}/v1`,
  `https://localhost:${port}/v1`,
  `https://localhost.:${port}/v1`,
  `https://a.localhost:${port}/v1`,
  `https://127.1:${port}/v1`,
  `https://2130706433:${port}/v1`,
  `https://0x7f000001:${port}/v1`,
  `https://0177.0.0.1:${port}/v1`,
  `https://0.0.0.0:${port}/v1`,
  `https://[::1]:${port}/v1`,
  `https://[::]:${port}/v1`,
  `https://[::ffff:127.0.0.1]:${port}/v1`,
  `https://[::ffff:7f00:1]:${port}/v1`,
  `https://[64:ff9b::7f00:1]:${port}/v1`,
  "https://169.254.169.254/v1",
  "https://[::ffff:169.254.169.254]/v1",
  "https://2852039166/v1",
  "https://[fd00:ec2::254]/v1",
  "https://10.0.0.1/v1",
  "https://192.168.1.1/v1",
  "https://100.64.0.1/v1",
  "https://metadata.google.internal/v1",
  "https://metadata.google.internal./v1",
  "https://kubernetes.default.svc/v1",
  "https://intranet/v1",
  "https://api.example.com:22/v1",
  `https://user:secret@127.0.0.1:${port}/v1`,
  "https://api.example.com/v1?x=1",
  "ftp://api.example.com/v1",
  "file:///etc/passwd",
  "not a url",
];

/** The operator granted loopback only. */
const PRIVATE = [
  "http://169.254.169.254/v1",
  "http://[::ffff:a9fe:a9fe]/v1",
  "http://metadata.google.internal/v1",
  "http://168.63.129.16/v1",
  "http://100.100.100.200/v1",
  "http://10.0.0.1/v1",
  "http://[fe80::1]/v1",
];

const BAD = [
  ...PUBLIC.map((baseUrl) => ({ baseUrl, network: "public" as const })),
  ...PRIVATE.map((baseUrl) => ({ baseUrl, network: "private" as const })),
].map((row, at) => ({ ...row, id: `bad${at}` }));

describe.each(STARTS)("%s", (_, start) => {
  let home: Home;
  let upstream: Upstream;
  let client: Client;

  beforeAll(async () => {
    upstream = await startUpstream();
    const good = rowsOf({
      providers: [{ id: "good", type: "openai", base_url: upstream.baseUrl }],
      models: BAD.flatMap(({ id }) => [{ id: `${id}-alone` }, { id }]),
      offers: BAD.map(({ id }) => ({
        model_id: id,
        provider_id: "good",
        upstream_name: "gpt-test",
        input_per_1k: 1,
        output_per_1k: 1,
      })),
    });
    const [template] = good.providers;
    const [offer] = good.offers;
    if (!template || !offer) throw new Error("no rows");
    const free = { input: 0, output: 0, cachedInput: 0, cacheWriteInput: 0 };
    const providers: readonly ProviderRecord[] = BAD.map((row) => ({ ...template, ...row }));
    const offers = BAD.flatMap(({ id }) =>
      [id, `${id}-alone`].map((modelId) => ({ ...offer, modelId, providerId: id, prices: free })),
    );
    home = await start({
      rows: {
        ...good,
        providers: [...good.providers, ...providers],
        offers: [...good.offers, ...offers],
      },
    });
    client = clientOf(home);
  });
  afterAll(async () => {
    await home?.stop();
    await upstream?.close();
  });

  test.each(BAD)("$network $baseUrl is passed over", async ({ id }) => {
    const { status, body } = await client.complete({
      model: id,
      messages: saying("Hello?"),
      tokenhub: { policy: { mode: "cheap" }, include_decision: true },
    });
    expect(status).toBe(200);
    expect(body.tokenhub?.decision.attempts).toMatchObject([
      { provider: id, result: "misconfigured_candidate", what: "egress-denied", status: 0 },
      { provider: "good", result: "ok" },
    ]);
  });

  test.each(BAD)("$network $baseUrl alone is a 503 that does not name it", async (row) => {
    const { status, body, text } = await client.complete({
      model: `${row.id}-alone`,
      messages: saying("Hello?"),
    });
    expect(status).toBe(503);
    expect(body.error?.code).toBe("egress_denied");
    expect(text).not.toContain(row.baseUrl);
    expect(text).not.toContain("secret");
  });

  test("nobody was connected but the provider that is allowed", () => {
    expect(trapped).toBe(0);
    expect(upstream.requests.filter(({ method }) => method === "POST")).toHaveLength(BAD.length);
  });
});
