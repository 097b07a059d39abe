import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Sender } from "../../self-hosted/send.ts";
import { readCapped } from "../../src/egress.ts";
import type { UpstreamCall } from "../../src/platform.ts";
import { runs } from "../fakes/long.ts";
import { seeded } from "../fakes/seeded.ts";
import { chatCall, drain, senderTo } from "../fakes/send.ts";
import { startUpstream, type Upstream } from "../fakes/upstream.ts";
import { REFUSALS } from "../fakes/upstream-script.ts";
import { generateStream } from "../fakes/upstream-stream.ts";

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

describe("an answer", () => {
  test("comes with its status, headers by lower-case name, and body", async () => {
    upstream.next({ said: REFUSALS.rateLimited });
    const reply = await sender.send(call());
    expect(reply.status).toBe(429);
    const { header } = reply;
    expect(header("retry-after")).toBe("2");
    expect(header("content-type")).toBe("application/json");
    expect(header("x-absent")).toBeUndefined();
    expect(JSON.parse(await readCapped(reply.body, 10_000)).error.code).toBe("rate_limit_exceeded");
    expect(await reply.body.read()).toBeUndefined();
  });

  test("to a request that arrived byte for byte", async () => {
    const body = JSON.stringify({
      model: "gpt-test",
      messages: [{ role: "user", content: "雪🏔️" }],
    });
    const headers = { "content-type": "application/json", authorization: "Bearer sk-1" };
    await readCapped((await sender.send(call({ body, headers }))).body, 10_000);
    const [seen] = upstream.requests;
    expect(seen?.body).toBe(body);
    expect(seen?.headers).toMatchObject({ ...headers, host: `127.0.0.1:${upstream.port}` });
    expect(seen?.headers["transfer-encoding"]).toBeUndefined();
  });

  test("to a GET", async () => {
    const url = `${upstream.baseUrl}/models`;
    const reply = await sender.send(call({ url, method: "GET", body: undefined, headers: {} }));
    expect(JSON.parse(await readCapped(reply.body, 10_000)).data[0].id).toBe("gpt-test");
  });

  test("leaves its connection for the next request", async () => {
    for (let at = 0; at < 5; at += 1) {
      await readCapped((await sender.send(call())).body, 10_000);
    }
    expect(upstream.requests).toHaveLength(5);
    expect(upstream.accepted()).toBeLessThanOrEqual(2);
  });

  test("is the stream's own bytes, whatever the pieces", async () => {
    const random = seeded(11);
    for (let at = 0; at < runs(20, 500); at += 1) {
      const { pieces, frames } = generateStream(Math.floor(random() * 2 ** 31));
      upstream.next({ pieces });
      const { bytes, error } = await drain((await sender.send(call({ stream: true }))).body);
      expect(error).toBeUndefined();
      expect(bytes.toString()).toBe(frames.join(""));
    }
  });

  test("streams side by side without waiting for each other", async () => {
    const gate = Promise.withResolvers<void>();
    upstream.next({ firstGate: gate.promise });
    const slow = await sender.send(call({ stream: true }));
    expect((await drain((await sender.send(call({ stream: true }))).body)).error).toBeUndefined();
    gate.resolve();
    expect((await drain(slow.body)).bytes.toString()).toContain("[DONE]");
  });
});

describe("a redirect", () => {
  test("is an answer like any other and nobody goes there", async () => {
    const canary = await startUpstream();
    upstream.next({ fault: { kind: "redirect", to: `${canary.baseUrl}/models`, status: 307 } });
    const reply = await sender.send(call());
    expect(reply.status).toBe(307);
    await drain(reply.body);
    expect(canary.accepted()).toBe(0);
    await canary.close();
  });
});

describe("back-pressure", () => {
  test("an endless body that nobody reads stops at the upstream, and flows again when read", async () => {
    upstream.next({ fault: { kind: "whitespace" } });
    const reply = await sender.send(call());
    const sent = () => upstream.requests[0]?.sent() ?? 0;
    const most = 32 * 1024 * 1024;
    for (let still = 0, before = 0; still < 500 && before < most; before = sent()) {
      await turn();
      still = sent() === before ? still + 1 : 0;
    }
    expect(sent()).toBeLessThan(most);
    let bytes = 0;
    while (bytes < 2 * most) bytes += (await reply.body.read())?.length ?? 0;
    reply.body.cancel();
    expect(await upstream.requests[0]?.closed).toBe(false);
  });

  test("a slow reader gets every byte", async () => {
    const bytes = 3 * 1024 * 1024;
    upstream.next({ fault: { kind: "long-line", bytes } });
    const { body } = await sender.send(call());
    let seen = 0;
    for (let chunk = await body.read(); chunk; chunk = await body.read()) {
      seen += chunk.length;
      await turn();
    }
    expect(seen).toBeGreaterThanOrEqual(bytes);
  });
});

describe("giving up", () => {
  test("cancel closes the connection in the middle of a stream", async () => {
    upstream.next({ fault: { kind: "stall", atByte: 30 } });
    const reply = await sender.send(call({ stream: true }));
    expect((await reply.body.read())?.length).toBe(30);
    const waiting = reply.body.read();
    reply.body.cancel();
    reply.body.cancel();
    await expect(waiting).rejects.toMatchObject({ code: "ABORT_ERR" });
    await expect(reply.body.read()).rejects.toMatchObject({ code: "ABORT_ERR" });
    expect(await upstream.requests[0]?.closed).toBe(false);
  });

  test("cancel after the end changes nothing for the connection", async () => {
    const reply = await sender.send(call());
    await drain(reply.body);
    reply.body.cancel();
    await drain((await sender.send(call())).body);
    expect(upstream.accepted()).toBeLessThanOrEqual(2);
  });

  test("the signal ends a request that waits for its head", async () => {
    upstream.next({ fault: { kind: "silent" } });
    const client = new AbortController();
    const sending = sender.send(call({ signal: client.signal }));
    const request = await upstream.arrived(0);
    const reason = new Error("left");
    client.abort(reason);
    await expect(sending).rejects.toBe(reason);
    expect(await request.closed).toBe(false);
  });

  test("the signal ends a stream in the middle", async () => {
    upstream.next({ fault: { kind: "stall", atByte: 10 } });
    const client = new AbortController();
    const reply = await sender.send(call({ stream: true, signal: client.signal }));
    await reply.body.read();
    const waiting = reply.body.read();
    const reason = new Error("left");
    client.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(await upstream.requests[0]?.closed).toBe(false);
  });

  test("a signal that is aborted already sends nothing", async () => {
    const reason = new Error("gone before");
    await expect(sender.send(call({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    await drain((await sender.send(call())).body);
    expect(upstream.requests).toHaveLength(1);
  });

  test("no listener stays on the signal, whatever the end", async () => {
    const client = new AbortController();
    let listeners = 0;
    const { signal } = client;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    await drain((await sender.send(call({ signal }))).body);
    upstream.next({ fault: { kind: "reset", atByte: 5 } }, { fault: { kind: "stall", atByte: 5 } });
    await drain((await sender.send(call({ signal }))).body);
    (await sender.send(call({ signal }))).body.cancel();
    expect(listeners).toBe(0);
  });
});

test("close lets what is in flight finish, then leaves no connection", async () => {
  const gate = Promise.withResolvers<void>();
  upstream.next({ firstGate: gate.promise });
  const reply = await sender.send(call({ stream: true }));
  const closing = sender.close();
  gate.resolve();
  expect((await drain(reply.body)).bytes.toString()).toContain("[DONE]");
  await closing;
  await upstream.deserted();
  await expect(sender.send(call())).resolves.toMatchObject({ status: 200 });
});
