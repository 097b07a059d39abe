/** What the database holds of a request some seconds after it, in both homes. */
import { request } from "node:http";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { startBareEdge } from "../../fakes/bare-edge.ts";
import { saying } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOMES } from "../../fakes/homes.ts";
import { REFUSALS } from "../../fakes/upstream-script.ts";

const HELLO = saying("Hello?");
/** A row is at most 10 s behind: in the isolate, in the feed, then in the database. */
const BEHIND_MS = 20_000;

describe.each([
  ["node", HOMES.node],
  // The usual edge home keeps a client's leaving to itself.
  ["edge", startBareEdge],
] as const)("%s", (_name, start) => {
  const gateway = useGateway(start, {
    limits: { flushMs: 50, backoffBaseMs: 5 },
    registry: {
      providers: [{ id: "one" }],
      models: [
        {
          id: "m",
          provider_id: "one",
          upstream_name: "gpt-test",
          input_per_1k: 1,
          output_per_1k: 1,
        },
      ],
    },
  });
  /** Request ids by what happened to the request. */
  const ids: Record<string, string> = {};
  let all: readonly Row[] = [];

  beforeAll(async () => {
    const { client, upstream } = gateway;
    const keep = (what: string, { headers }: { headers: Readonly<Record<string, string>> }) => {
      ids[what] = headers["x-tokenhub-request-id"] ?? "";
    };
    const meta = { client: "test", run: 7 };
    const asked = { id: "mine-1", messages: HELLO, model_hint: "m", meta };
    keep("chat", await client.chat({ request: asked, policy: { mode: "cheap" } }));
    const plain = { model: "m", messages: HELLO };
    keep(
      "stream",
      await client.complete({ ...plain, stream: true }, { "x-client-request-id": "mine-2" }),
    );
    upstream.next({ said: REFUSALS.serverError });
    keep("failed over", await client.complete(plain));
    upstream.next({ said: REFUSALS.serverError }, { said: REFUSALS.serverError });
    keep("failed", await client.complete(plain));
    upstream.next({ said: REFUSALS.invalid });
    keep("refused", await client.complete(plain));
    keep("not found", await client.complete({ ...plain, model: "no-such-model" }));
    await leave();
    all = await vi.waitFor(
      async () => {
        const rows = await readRows();
        expect(rows).toHaveLength(7);
        return rows;
      },
      { timeout: BEHIND_MS, interval: 100 },
    );
  }, BEHIND_MS + 20_000);

  /** Asks, and breaks the connection off when the upstream has the question. */
  async function leave(): Promise<void> {
    const { home, upstream } = gateway;
    upstream.next({ fault: { kind: "silent" } });
    const arrived = upstream.arrived(upstream.requests.length);
    const headers = {
      authorization: `Bearer ${home.key}`,
      "content-type": "application/json",
      "x-client-request-id": "left",
    };
    const sent = request(`${home.url}/v1/chat/completions`, { method: "POST", headers });
    sent.on("error", () => undefined);
    sent.end(JSON.stringify({ model: "m", messages: HELLO }));
    const { closed } = await arrived;
    sent.socket?.resetAndDestroy();
    expect(await closed).toBe(false);
  }

  async function readRows(): Promise<Row[]> {
    const columns = COLUMNS.map((column) => `"${column}"`).join();
    const sql = `select ${columns} from "request_log"`;
    const found = await gateway.home.sql.all({ sql, params: [] });
    return found.map((values) => {
      const row: unknown = Object.fromEntries(COLUMNS.map((column, at) => [column, values[at]]));
      return row as Row;
    });
  }

  function rowOf(what: string) {
    const row = all.find(({ id }) => id === ids[what]);
    if (!row) throw new Error(`There is no row for ${what}.`);
    return { ...row, decision: JSON.parse(row.decision) };
  }

  test("an answered request is there with its tokens, its cost and its labels", () => {
    expect(rowOf("chat")).toMatchObject({
      client_request_id: "mine-1",
      key_id: expect.stringMatching(/^key_/),
      door: "chat",
      mode: "cheap",
      model_id: "m",
      provider_id: "one",
      status: 200,
      error_code: null,
      stream: 0,
      attempts: 1,
      prompt_tokens: 9,
      completion_tokens: 12,
      cost_nano_usd: 21_000_000,
      cost_is_estimate: 0,
      reason: "mode=cheap;target=model",
      meta: '{"client":"test","run":7}',
    });
    expect(rowOf("chat").at_ms).toBeGreaterThan(Date.now() - 120_000);
  });

  test("the decision is there as the client saw it", () => {
    expect(rowOf("chat").decision).toMatchObject({
      mode: "cheap",
      candidates: [{ model: "m", provider: "one", eligible: true, terms: expect.any(Object) }],
      attempts: [{ result: "ok", status: 200, prompt_tokens: 9, cost_usd: 0.021 }],
      policy: { from: { mode: "body" } },
      cost_is_estimate: false,
    });
  });

  test("a stream is there with its time to first token", () => {
    const row = rowOf("stream");
    expect(row).toMatchObject({
      client_request_id: "mine-2",
      door: "openai",
      status: 200,
      stream: 1,
      prompt_tokens: 9,
      completion_tokens: 12,
      cost_nano_usd: 21_000_000,
    });
    expect(row.ttft_ms).toBeGreaterThanOrEqual(0);
    expect(row.latency_ms).toBeGreaterThanOrEqual(row.ttft_ms);
  });

  test("a failover is there with both attempts", () => {
    expect(rowOf("failed over")).toMatchObject({
      status: 200,
      attempts: 2,
      reason: "mode=normal;target=model;fallback=transient",
      decision: { attempts: [{ result: "transient", what: "http-500" }, { result: "ok" }] },
    });
  });

  test("a failed request is there with its code and without a cost", () => {
    expect(rowOf("failed")).toMatchObject({
      status: 502,
      error_code: "upstream_error",
      attempts: 2,
      model_id: null,
      provider_id: null,
      cost_nano_usd: null,
      decision: { attempts: [{ what: "http-500" }, { what: "http-500" }] },
    });
  });

  test("a refused and an unroutable request are there too", () => {
    expect(rowOf("refused")).toMatchObject({
      status: 400,
      error_code: "invalid_value",
      attempts: 1,
      decision: { attempts: [{ result: "fatal" }] },
    });
    expect(rowOf("not found")).toMatchObject({
      status: 404,
      error_code: "model_not_found",
      attempts: 0,
    });
  });

  test("a request whose client left is there as 499", () => {
    const row = all.find(({ client_request_id }) => client_request_id === "left");
    expect(row).toMatchObject({ status: 499, error_code: "client_gone", attempts: 1 });
    expect(JSON.parse(row?.decision ?? "{}").attempts).toMatchObject([{ result: "aborted" }]);
  });

  test("no row holds what was said or who asked", () => {
    const text = JSON.stringify(all);
    for (const secret of ["Hello", gateway.home.key]) expect(text).not.toContain(secret);
  });
});

const COLUMNS = [
  "id",
  "client_request_id",
  "at_ms",
  "key_id",
  "door",
  "mode",
  "model_id",
  "provider_id",
  "status",
  "error_code",
  "stream",
  "attempts",
  "prompt_tokens",
  "completion_tokens",
  "cost_nano_usd",
  "cost_is_estimate",
  "latency_ms",
  "ttft_ms",
  "reason",
  "decision",
  "meta",
] as const;

/** A row of the log as the database holds it. */
interface Row extends Readonly<Record<(typeof COLUMNS)[number], unknown>> {
  readonly id: string;
  readonly client_request_id: string | null;
  readonly at_ms: number;
  readonly latency_ms: number;
  readonly ttft_ms: number;
  readonly decision: string;
}
