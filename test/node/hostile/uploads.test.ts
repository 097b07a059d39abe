/** Uploads that are too large, too slow, cut short, given up, or of the wrong form. */
import { createConnection } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { chunkOf, rawExchange } from "../../fakes/raw.ts";
import {
  bytesOf,
  expectAlive,
  expectRefusal,
  expectRefused,
  GOOD_TEXT,
  type Sent,
  STARTS,
} from "../../fakes/refusals.ts";

const MIB = 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, " ");

/** White space of so many bytes around which a body would be good. */
function* padding(bytes: number, wrap = (piece: Buffer) => piece): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= PIECE.length) {
    yield wrap(PIECE.subarray(0, Math.min(left, PIECE.length)));
  }
}

const CHUNKED = { "content-length": undefined, "transfer-encoding": "chunked" };

describe.each(STARTS)("%s", (name, start) => {
  const gateway = useGateway(start, {
    limits: { bodyTimeoutMs: 300 },
    registry: {
      providers: [{ id: "vendor" }],
      models: [{ id: "gpt-test", provider_id: "vendor" }],
    },
  });
  /** Sends the head of this request and then these pieces; the answer, and what it took. */
  const upload = (sent: Sent, pieces: Iterable<string | Uint8Array>, replies?: number) =>
    rawExchange(
      gateway.home.url,
      (function* () {
        yield bytesOf(gateway.home, { ...sent, body: "" });
        yield* pieces;
      })(),
      { replies },
    );

  test("10 MiB are not too large", async () => {
    const bytes = 10 * MIB - GOOD_TEXT.length;
    const headers = { "content-length": String(10 * MIB) };
    const { replies } = await upload({ headers }, [GOOD_TEXT, ...padding(bytes)], 1);
    expect(replies[0]?.status).toBe(200);
  });

  test.each([
    ["declared", { "content-length": String(11 * MIB) }, (piece: Buffer) => piece],
    ["chunked", CHUNKED, chunkOf],
  ])("11 MiB, %s, are too large, and no more is taken", async (_how, headers, wrap) => {
    const before = gateway.upstream.requests.length;
    const { replies, sentBytes } = await upload({ headers }, padding(11 * MIB, wrap), 1);
    // workerd may close so hard that its answer is lost.
    if (name === "node") expect(replies).toHaveLength(1);
    for (const reply of replies) expectRefusal(reply, { code: "too_large" });
    expect(sentBytes).toBeLessThan(12 * MIB);
    expect(gateway.upstream.requests).toHaveLength(before);
    await expectAlive(gateway);
  });

  test("an upload without end is answered and then cut off", async () => {
    const { replies, end, sentBytes } = await upload(
      { headers: CHUNKED },
      padding(Number.POSITIVE_INFINITY, chunkOf),
    );
    if (name === "node") expect(replies).toHaveLength(1);
    for (const reply of replies) expectRefusal(reply, { code: "too_large" });
    expect(end).not.toBe("us");
    expect(sentBytes).toBeLessThan(96 * MIB);
    await expectAlive(gateway);
  });

  test.each([
    ["declared", { "content-length": "1000" }, "{"],
    ["chunked", CHUNKED, chunkOf("{")],
    ["declared and not begun", { "content-length": "1000" }, ""],
  ])("a slow body, %s, times out", async (_how, headers, piece) => {
    const before = gateway.upstream.requests.length;
    const { replies } = await upload({ headers }, [piece], 1);
    expectRefusal(replies[0], { code: "timeout" });
    expect(gateway.upstream.requests).toHaveLength(before);
    await expectAlive(gateway);
  });

  test.each([
    ["declared", { "content-length": "1000" }, GOOD_TEXT],
    ["chunked", CHUNKED, chunkOf(GOOD_TEXT)],
    ["in the middle of a chunk", CHUNKED, chunkOf(GOOD_TEXT).subarray(0, 40)],
  ])("a body cut short, %s, is no request", async (_how, headers, piece) => {
    const before = gateway.upstream.requests.length;
    const bytes = [bytesOf(gateway.home, { headers, body: "" }), piece];
    const { replies } = await rawExchange(gateway.home.url, bytes, { halfClose: true });
    if (name === "node")
      expect(replies[0]?.json).toMatchObject({ error: { code: "invalid_value" } });
    for (const { status } of replies) expect(status).toBeGreaterThanOrEqual(400);
    expect(gateway.upstream.requests).toHaveLength(before);
    await expectAlive(gateway);
  });

  test.each([
    undefined,
    "",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonx",
    "application/json; charset=utf-16",
    "application/json, text/plain",
    ["application/json", "text/plain"],
  ])("the content type %j is refused", async (type) => {
    const headers = { "content-type": type };
    await expectRefused(gateway, { headers }, { code: "unsupported_media_type" });
  });

  test.each(["gzip", "br", "deflate", "identity, gzip", "x"])(
    "the content encoding %s is refused",
    async (encoding) => {
      const headers = { "content-encoding": encoding };
      await expectRefused(gateway, { headers }, { code: "unsupported_media_type" });
    },
  );

  test("200 uploads given up in a row leave nothing open", { timeout: 20_000 }, async () => {
    await expectAlive(gateway);
    const openSockets = () =>
      process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
    const before = { bytes: process.memoryUsage().rss, sockets: openSockets() };
    const { hostname, port } = new URL(gateway.home.url);
    const head = bytesOf(gateway.home, {
      headers: { "content-length": String(8 * MIB) },
      body: "",
    });
    for (let at = 0; at < 200; at += 1) {
      await new Promise<void>((resolve) => {
        const socket = createConnection({ host: hostname, port: Number(port) });
        socket.on("error", () => undefined).once("close", () => resolve());
        socket.write(head);
        socket.write(PIECE, () => (at % 2 === 0 ? socket.resetAndDestroy() : socket.destroy()));
      });
    }
    await expectAlive(gateway);
    // The home on Node runs in this process, so that its sockets and bytes are among ours.
    if (name === "edge") return;
    await vi.waitFor(() => expect(openSockets()).toBeLessThan(before.sockets + 10));
    expect(process.memoryUsage().rss - before.bytes).toBeLessThan(100 * MIB);
  });
});
