import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSend, type Sender } from "../../self-hosted/send.ts";
import { TokenhubError } from "../../src/errors.ts";
import type { UpstreamCall } from "../../src/platform.ts";
import { chatCall, drain, senderTo } from "../fakes/send.ts";
import { closedPort, startUpstream, type Upstream } from "../fakes/upstream.ts";
import type { Fault } from "../fakes/upstream-script.ts";

let upstream: Upstream;
let sender: Sender;

beforeEach(async () => {
  upstream = await startUpstream();
  sender = senderTo(["127.0.0.1"]);
});

afterEach(async () => {
  await upstream.close();
  await sender.close();
});

function call(given?: Parameters<typeof chatCall>[1]): UpstreamCall {
  return chatCall(upstream, given);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

describe("a broken upstream", () => {
  // A reset that comes together with data is told as an end by libuv: undici's error then.
  const FAULTS: readonly (readonly [Fault, RegExp])[] = [
    [{ kind: "reset", atByte: 0 }, /^(ECONNRESET|UND_ERR_SOCKET)$/],
    [{ kind: "reset", atByte: 40 }, /^(ECONNRESET|UND_ERR_SOCKET)$/],
    [{ kind: "drop", atByte: 40 }, /^UND_ERR_SOCKET$/],
    [{ kind: "end", atByte: 40 }, /^undefined$/],
    [{ kind: "wrong-length", by: 10 }, /^UND_ERR_SOCKET$/],
  ];

  test.each(FAULTS)("%o: the prefix is delivered, then the failure", async (fault, code) => {
    upstream.next({ fault });
    const { bytes, error } = await drain((await sender.send(call({ stream: true }))).body);
    const whole = await drain((await sender.send(call({ stream: true }))).body);
    expect(String(codeOf(error))).toMatch(code);
    const most = "atByte" in fault ? (fault.atByte ?? 0) : whole.bytes.length;
    expect(bytes.length).toBe(most);
    expect(whole.bytes.subarray(0, most)).toEqual(bytes);
  });

  test("what came before the failure is delivered, however late it is read", async () => {
    upstream.next({ fault: { kind: "drop", atByte: 40 } });
    const { body } = await sender.send(call({ stream: true }));
    await upstream.deserted();
    for (let at = 0; at < 20; at += 1) await turn();
    const { bytes, error } = await drain(body);
    expect(bytes.length).toBe(40);
    expect(codeOf(error)).toBe("UND_ERR_SOCKET");
  });

  test("a body longer than its content-length ends where it was said to end", async () => {
    upstream.next({ fault: { kind: "wrong-length", by: -10 } });
    const { bytes } = await drain((await sender.send(call({ stream: true }))).body);
    const whole = await drain((await sender.send(call({ stream: true }))).body);
    expect(bytes).toEqual(whole.bytes.subarray(0, -10));
  });

  test("a reset before the head is a reset", async () => {
    upstream.next({ fault: { kind: "reset" } });
    await expect(sender.send(call())).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("a closed port refuses", async () => {
    const url = `http://127.0.0.1:${await closedPort()}/v1/models`;
    await expect(sender.send(call({ url }))).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("a name that does not exist fails in DNS", async () => {
    const sending = sender.send(call({ url: "http://nowhere.invalid/v1/models" }));
    await expect(sending).rejects.toMatchObject({
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
    });
  });

  test("TLS towards a server without it fails in the handshake, before the request", async () => {
    const url = `https://127.0.0.1:${upstream.port}/v1/chat/completions`;
    await expect(sender.send(call({ url }))).rejects.toMatchObject({
      code: expect.stringMatching(/^(EPROTO|ERR_SSL_.*|ECONNRESET)$/),
    });
    expect(upstream.requests).toEqual([]);
  });

  test("a header that would split the request is refused", async () => {
    const url = `http://127.0.0.1:${upstream.port}/v1/models`;
    const bad = sender.send(call({ url, headers: { "x-bad": "a\r\nb" } }));
    await expect(bad).rejects.toMatchObject({ code: "UND_ERR_INVALID_ARG" });
  });
});

describe("the address", () => {
  test.each(["public", "private"] as const)(
    "a %s literal that is not allowed is never connected to",
    async (network) => {
      const none = senderTo([]);
      const sending = none.send(call({ network }));
      await expect(sending).rejects.toMatchObject({ code: "egress_denied" });
      await none.close();
      expect(upstream.accepted()).toBe(0);
    },
  );

  test("a name is refused when what it resolves to is not allowed", async () => {
    const elsewhere = senderTo(["10.0.0.0/8"]);
    const url = `http://localhost:${upstream.port}/v1/models`;
    for (const network of ["public", "private"] as const) {
      const error = await elsewhere.send(call({ url, network })).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(TokenhubError);
      expect(error.code).toBe("egress_denied");
    }
    await elsewhere.close();
    expect(upstream.accepted()).toBe(0);
  });

  test("one refused address of several refuses the name", async () => {
    const asked: string[] = [];
    const picky = createSend({
      connectTimeoutMs: 2_000,
      isAllowed: ({ address }) => asked.push(address) === 1 && address !== "127.0.0.1",
    });
    const url = `http://localhost:${upstream.port}/v1/models`;
    await expect(picky.send(call({ url }))).rejects.toMatchObject({ code: "egress_denied" });
    expect(asked.length).toBeGreaterThan(0);
    await picky.close();
  });

  test("a connection of the private network is not used for the public one", async () => {
    await drain((await sender.send(call())).body);
    const sending = sender.send(call({ network: "public" }));
    await expect(sending).rejects.toMatchObject({ code: "egress_denied" });
    expect(upstream.requests).toHaveLength(1);
  });

  test("a name that is allowed is connected to", async () => {
    const url = `http://localhost:${upstream.port}/v1/models`;
    const reply = await sender.send(call({ url, method: "GET", body: undefined }));
    expect(reply.status).toBe(200);
    await drain(reply.body);
  });
});
