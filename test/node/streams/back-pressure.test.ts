/** A client that does not read holds its upstream back: what waits in between is bounded, and nothing is lost. */
import { createConnection, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { startBareEdge } from "../../fakes/bare-edge.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOMES } from "../../fakes/homes.ts";

const MIB = 1024 * 1024;
const EVENT_BYTES = 64 * 1024;
const EVENTS = 768;
/** Socket buffers of four ends of two connections may grow to some 6 MiB each; the rest is the gateway's. */
const IN_BETWEEN_MAX = 24 * MIB;
/** So many looks in a row without a byte more: the upstream stands still. */
const LOOKS = 8;

const EVENT = `data: ${JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1,
  model: "gpt-test",
  choices: [{ index: 0, delta: { content: "x".repeat(EVENT_BYTES) }, finish_reason: null }],
})}\n\n`;
const PIECES = [
  ...Array.from({ length: EVENTS }, () => Buffer.from(EVENT)),
  Buffer.from("data: [DONE]\n\n"),
];

describe.each([
  ["node", HOMES.node],
  ["edge", startBareEdge],
] as const)("%s", (_, start) => {
  const gateway = useGateway(start, {
    registry: {
      providers: [{ id: "vendor" }],
      models: [{ id: "gpt", provider_id: "vendor", upstream_name: "gpt-test" }],
    },
  });

  /** A socket that asked for a stream and reads nothing. */
  function ask(): Socket {
    const { url, key } = gateway.home;
    const { hostname, port } = new URL(url);
    const messages = [{ role: "user", content: "Hello?" }];
    const body = JSON.stringify({ model: "gpt", stream: true, messages });
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.pause();
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${key}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    return socket;
  }

  test(`of ${(EVENTS * EVENT_BYTES) / MIB} MiB no more is pulled than fits in between`, async () => {
    gateway.upstream.next({ pieces: PIECES });
    const socket = ask();
    const request = await gateway.upstream.arrived(0);
    let before = 0;
    let still = 0;
    await expect
      .poll(
        () => {
          const sent = request.sent();
          still = sent > 0 && sent === before ? still + 1 : 0;
          before = sent;
          return still;
        },
        { interval: 40, timeout: 10_000 },
      )
      .toBeGreaterThanOrEqual(LOOKS);
    expect(request.sent()).toBeLessThan(IN_BETWEEN_MAX);

    let bytes = 0;
    let tail = "";
    const done = new Promise<void>((resolve) => {
      socket.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        tail = (tail + chunk.toString("latin1", Math.max(0, chunk.length - 64))).slice(-64);
        if (tail.includes("[DONE]")) resolve();
      });
    });
    socket.resume();
    await done;
    expect(bytes).toBeGreaterThan(EVENTS * EVENT_BYTES);
    expect(await request.closed).toBe(true);
    socket.destroy();
  }, 30_000);
});
