/** A client that leaves: its upstream is let go at once, the log says so, and the provider is not blamed. */
import { createConnection, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { startBareEdge } from "../../fakes/bare-edge.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOMES } from "../../fakes/homes.ts";
import type { RecordedRequest } from "../../fakes/upstream.ts";
import { say } from "../../fakes/upstream-chat.ts";

const TOKEN = "metrics-token-metrics-token-metrics";
/** docs/ROUTING.md, Streams: upstream is closed within this time of a client's leaving. */
const RELEASE_MS = 250;
/** So far goes the frame with the first word. */
const FIRST_WORD_BYTES = say({ model: "gpt-test", messages: [], stream: true })
  .frames.slice(0, 2)
  .join("").length;
/** One more than opens a breaker. */
const LEAVERS = 6;

describe.each([
  // Of a client that closes well workerd takes no notice before it writes to it again.
  ["node", { start: HOMES.node, close: (socket: Socket) => socket.destroy() }],
  ["edge", { start: startBareEdge, close: (socket: Socket) => socket.resetAndDestroy() }],
] as const)("%s", (_, { start, close }) => {
  const gateway = useGateway(start, {
    env: { TOKENHUB_METRICS_TOKEN: TOKEN },
    limits: { flushMs: 50 },
    registry: {
      providers: [{ id: "vendor" }],
      models: [{ id: "gpt", provider_id: "vendor", upstream_name: "gpt-test" }],
    },
  });

  /** Sends the request over a socket of its own and waits until it is at the upstream. */
  async function send(stream: boolean): Promise<{ socket: Socket; request: RecordedRequest }> {
    const { url, key } = gateway.home;
    const { hostname, port } = new URL(url);
    const asked = { model: "gpt", stream, messages: [{ role: "user", content: "Hello?" }] };
    const body = JSON.stringify(asked);
    const index = gateway.upstream.requests.length;
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.on("error", () => undefined);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${key}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    return { socket, request: await gateway.upstream.arrived(index) };
  }

  /** Time until the upstream sees its connection closed. */
  async function released(request: RecordedRequest, leave: () => void): Promise<number> {
    const startMs = performance.now();
    leave();
    expect(await request.closed).toBe(false);
    return performance.now() - startMs;
  }

  async function metrics(): Promise<string> {
    const answer = await gateway.client.get("/metrics", { authorization: `Bearer ${TOKEN}` });
    return answer.text;
  }

  test.each([
    ["whole", false],
    ["streamed", true],
  ])("leaving before a %s answer began closes the upstream", async (_, stream) => {
    gateway.upstream.next({ fault: { kind: "silent" } });
    const { socket, request } = await send(stream);
    const tookMs = await released(request, () => socket.resetAndDestroy());
    expect(tookMs).toBeLessThan(RELEASE_MS);
  });

  test("leaving in the middle of a stream closes the upstream", async () => {
    gateway.upstream.next({ fault: { kind: "stall", atByte: FIRST_WORD_BYTES } });
    const { socket, request } = await send(true);
    const heard = new Promise<void>((resolve) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk;
        if (text.includes("Hello")) resolve();
      });
    });
    await heard;
    const tookMs = await released(request, () => close(socket));
    expect(tookMs).toBeLessThan(RELEASE_MS);
  });

  test(`${LEAVERS} clients that left are in the log as 499 and nothing against the provider`, async () => {
    for (let made = 3; made < LEAVERS; made += 1) {
      gateway.upstream.next({ fault: { kind: "silent" } });
      const { socket, request } = await send(made % 2 === 0);
      await released(request, () => socket.resetAndDestroy());
    }
    const asked = { model: "gpt", messages: [{ role: "user", content: "Still there?" }] };
    const { status, headers } = await gateway.client.complete(asked);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ "x-tokenhub-attempts": "1", "x-tokenhub-provider": "vendor" });

    await expect
      .poll(metrics)
      .toContain(
        `tokenhub_attempts_total{model="gpt",provider="vendor",class="aborted"} ${LEAVERS}`,
      );
    const text = await metrics();
    const classes = text.match(/^tokenhub_attempts_total.*class="\w+"/gm) ?? [];
    expect(classes.map((line) => line.split('class="')[1])).toEqual(
      expect.arrayContaining(['aborted"', 'ok"']),
    );
    expect(classes).toHaveLength(2);
    expect(text).not.toMatch(/^tokenhub_breaker_state\{.*\} [12]$/m);
    expect(text).toMatch(/^tokenhub_open_streams 0$/m);

    const sql = `select "status", "error_code" from "request_log" where "status" = 499`;
    await expect
      .poll(() => gateway.home.sql.all({ sql, params: [] }), { timeout: 12_000 })
      .toEqual(Array.from({ length: LEAVERS }, () => [499, "client_gone"]));
  }, 20_000);
});
