/** A stream that is slow to begin: held for ten seconds, then committed and kept alive while others are tried. */
import { expect, test } from "vitest";
import { createAccount } from "../../src/account.ts";
import { TokenhubError } from "../../src/errors.ts";
import type { Answered } from "../../src/failover.ts";
import { heldStream } from "../../src/held-stream.ts";
import { FRAMES, failing, providerOf, silent, streaming } from "../fakes/answers.ts";
import { eventsOf } from "../fakes/client.ts";
import { doorRequest } from "../fakes/door-request.ts";
import { quiet } from "../fakes/hand-clock.ts";
import { type Isolate, PAIR, startIsolate } from "../fakes/isolate.ts";

const ALIVE = ": tokenhub\n\n";

/** Asks the chain for a stream; what has come so far is in `text`. */
async function ask(isolate: Isolate, rest: object = {}) {
  const client = new AbortController();
  const seen = { text: "", over: false };
  const asked = isolate.ask({ model: "chain", stream: true, ...rest }, { signal: client.signal });
  const response = asked.then((answer) => {
    const reader = answer.body?.getReader();
    client.signal.addEventListener("abort", () => void reader?.cancel());
    const decoder = new TextDecoder();
    void (async () => {
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) break;
        seen.text += decoder.decode(value, { stream: true });
      }
      seen.over = true;
    })();
    return answer;
  });
  return { client, seen, response };
}

test("held for ten seconds, then 200 and a comment every ten seconds until somebody answers", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const { clock } = isolate.platform;
  isolate.platform.answer(({ url }) =>
    providerOf(url) === "a" ? streaming("hang") : streaming(...FRAMES),
  );
  const { response, seen } = await ask(isolate);
  await clock.advance(9_999);
  expect(await Promise.race([response, quiet().then(() => "held")])).toBe("held");
  await clock.advance(1);
  const { status, headers } = await response;
  expect(status).toBe(200);
  for (const name of ["model", "provider", "reason", "attempts", "cost-usd"]) {
    expect(headers.get(`x-tokenhub-${name}`), name).toBe("pending");
  }
  expect(headers.get("x-tokenhub-overhead-ms")).toBe("0.0");
  await quiet();
  expect(seen.text).toBe(ALIVE);
  await clock.advance(10_000);
  expect(seen.text).toBe(ALIVE.repeat(2));
  // The first-content clock of the first provider rings, the second answers.
  await clock.advance(10_000);
  const events = eventsOf(seen.text).filter(({ data }) => data !== "tokenhub");
  expect(seen.over).toBe(true);
  expect(events.at(-2)?.data).toMatch(/^tokenhub model=two provider=b /);
  expect(events.at(-1)?.data).toBe("[DONE]");
  const [row] = await isolate.rows();
  expect(row).toMatchObject({ status: 200, modelId: "two", attempts: 2, errorCode: undefined });
});

test("when all fail after that, the stream ends with an error event, and the log says what was seen", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.answer(() => streaming("hang"));
  const { response, seen } = await ask(isolate);
  const answer = await isolate.platform.clock.until(response);
  await isolate.platform.clock.advance(180_000);
  expect(answer.status).toBe(200);
  expect(seen.over).toBe(true);
  expect(JSON.parse(eventsOf(seen.text).at(-1)?.data ?? "{}")).toMatchObject({
    error: { code: "upstream_error" },
  });
  expect(seen.text).not.toContain("[DONE]");
  const rows = await isolate.rows();
  expect(rows).toMatchObject([{ status: 200, errorCode: "upstream_error" }]);
  expect(isolate.gateway.openStreams.size).toBe(0);
});

test("a failure within the first ten seconds is an ordinary answer", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.answer(() => failing(503));
  const { response } = await ask(isolate);
  const answer = await isolate.platform.clock.until(response);
  expect(answer.status).toBe(502);
  expect(await isolate.rows()).toMatchObject([{ status: 502, errorCode: "upstream_error" }]);
});

test("a deadline ends a stream that still waits", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.answer(() => silent());
  const { response, seen } = await ask(isolate, {
    tokenhub: { policy: { max_latency_ms: 12_000 } },
  });
  await isolate.platform.clock.until(response);
  await isolate.platform.clock.advance(2_000);
  expect(seen.over).toBe(true);
  expect(seen.text).toContain('"code":"deadline_exceeded"');
});

test("a deadline ends a stream in its middle and blames nobody", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.answer(() => streaming(FRAMES[1], "hang"));
  const { response, seen } = await ask(isolate, {
    tokenhub: { policy: { max_latency_ms: 12_000 } },
  });
  await isolate.platform.clock.until(response);
  await isolate.platform.clock.advance(11_999);
  expect(seen.over).toBe(false);
  await isolate.platform.clock.advance(1);
  expect(seen.over).toBe(true);
  expect(seen.text).toContain('"content":"Hello"');
  expect(seen.text).toContain('"code":"deadline_exceeded"');
  expect(seen.text).not.toContain("[DONE]");
  expect(await isolate.rows()).toMatchObject([{ status: 200, errorCode: "deadline_exceeded" }]);
  expect(isolate.platform.outcomes.map(({ result }) => result)).toEqual(["aborted"]);
});

test("a client that leaves while it waits ends the attempt, and is told as gone with it", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.answer(() => silent());
  const { response, client } = await ask(isolate);
  await isolate.platform.clock.until(response);
  client.abort();
  await quiet();
  expect(isolate.platform.calls[0]?.signal.aborted).toBe(true);
  expect(await isolate.rows()).toMatchObject([
    { status: 499, errorCode: "client_gone", attempts: 1 },
  ]);
  expect(isolate.platform.outcomes.map(({ result }) => result)).toEqual(["aborted"]);
  expect(isolate.gateway.openStreams.size).toBe(0);
});

test("a shutdown reaches a stream that waits as well as one that flows", async () => {
  for (const isSilent of [true, false]) {
    const isolate = await startIsolate({ registry: PAIR });
    const late = { gate: () => isolate.platform.after(20_000) };
    isolate.platform.answer(() =>
      isSilent ? streaming(late, ...FRAMES) : streaming(FRAMES[1], "hang"),
    );
    const { response, seen } = await ask(isolate);
    await isolate.platform.clock.until(response);
    expect(isolate.gateway.openStreams.size).toBe(1);
    for (const stream of isolate.gateway.openStreams.values()) {
      stream.interrupt(new TokenhubError("overloaded"));
    }
    await quiet();
    expect(seen.over).toBe(true);
    expect(seen.text).toContain('"code":"overloaded"');
    expect(seen.text).not.toContain("[DONE]");
    expect(isolate.gateway.openStreams.size).toBe(0);
    expect(await isolate.rows()).toMatchObject([{ status: 200, errorCode: "overloaded" }]);
    // What still comes of its attempts is not kept open for nobody.
    await isolate.platform.clock.advance(120_000);
    expect(isolate.gateway.inFlight.size).toBe(0);
    const done = isolate.platform.logged.filter(({ type }) => type === "request-done");
    expect(done).toHaveLength(1);
  }
});

/** An opened stream that only tells whether it was let go. */
function opened() {
  let cancelled = false;
  const source = {
    read: async () => undefined,
    cancel: () => {
      cancelled = true;
    },
  };
  const relay = {
    source,
    open: async () => undefined,
    interrupt: () => undefined,
    messageId: () => undefined,
    beforeTerminator: undefined,
  };
  const working: Answered = {
    answer: {
      kind: "stream",
      relay,
      endpoint: undefined,
      notes: { dropped: [], capped: undefined, estimated: false },
    },
    ranked: {} as Answered["ranked"],
  };
  return { working, cancelled: () => cancelled };
}

test("what opens in the moment in which the client leaves is let go", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const { gateway } = isolate;
  const asked = doorRequest(isolate.platform, { signal: AbortSignal.abort() });
  const { working, cancelled } = opened();
  const held = { account: createAccount(gateway, asked), working: Promise.resolve(working) };
  await expect(heldStream(gateway, asked, held)).rejects.toThrow("the client left");
  expect(cancelled()).toBe(true);
  expect(gateway.openStreams.size).toBe(0);
});

test("what opens after the client of a waiting stream has left is let go as well", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const { gateway } = isolate;
  const { clock } = isolate.platform;
  const asked = doorRequest(isolate.platform, { signal: new AbortController().signal });
  const { working, cancelled } = opened();
  const later = Promise.withResolvers<Answered>();
  const account = createAccount(gateway, asked);
  const reply = heldStream(gateway, asked, { account, working: later.promise });
  await clock.advance(10_000);
  const { body } = await reply;
  if (typeof body === "string") throw new Error("no stream");
  await body.read();
  const reading = body.read();
  body.cancel();
  later.resolve(working);
  expect(await reading).toBeUndefined();
  expect(cancelled()).toBe(true);
  await quiet();
  expect(gateway.openStreams.size).toBe(0);
  expect(await isolate.rows()).toMatchObject([{ status: 499, errorCode: "client_gone" }]);
});
