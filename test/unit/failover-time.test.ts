/** How long is waited before the next attempt, and what cuts a wait short. */
import { expect, test } from "vitest";
import { answering, FRAMES, failing, providerOf, silent, streaming } from "../fakes/answers.ts";
import { ALONE, hint, model, providers } from "../fakes/hinted.ts";
import { type Isolate, PAIR, startIsolate } from "../fakes/isolate.ts";
import { replyOf, scriptedSource } from "../fakes/scripted-source.ts";

/** Answers every call by its provider and tells when each was sent, from the first. */
function timed(isolate: Isolate, answer: (index: number) => ReturnType<typeof failing>) {
  const sentAtMs: number[] = [];
  isolate.platform.answer((_, index) => {
    sentAtMs.push(isolate.platform.clock.nowMs());
    return answer(index);
  });
  return () => sentAtMs.map((at) => at - (sentAtMs[0] ?? 0));
}

test("a lone provider that throttles is asked again when its Retry-After is over", async () => {
  const isolate = await startIsolate({ registry: ALONE });
  const times = timed(isolate, (index) =>
    index === 0 ? failing(429, { "retry-after": "7" }) : answering("{}"),
  );
  const response = await isolate.platform.clock.until(isolate.ask({ model: "m" }));
  expect(response.status).toBe(200);
  expect(times()).toEqual([0, 7_000]);
});

test("a throttle of more than ten seconds is the client's to wait for", async () => {
  const isolate = await startIsolate({ registry: ALONE });
  const times = timed(isolate, () => failing(429, { "retry-after": "11" }));
  const response = await isolate.platform.clock.until(isolate.ask({ model: "m" }));
  expect(response.status).toBe(429);
  expect(response.headers.get("retry-after")).toBe("11");
  expect(response.headers.get("x-should-retry")).toBe("true");
  expect(times()).toEqual([0]);
});

test("only a provider that is asked again is waited for, anything up to half a second", async () => {
  const waits: number[] = [];
  for (let seed = 1; seed <= 20; seed += 1) {
    const isolate = await startIsolate({ registry: ALONE, seed });
    const times = timed(isolate, () => failing(500));
    await isolate.platform.clock.until(isolate.ask({ model: "m" }));
    expect(times()).toHaveLength(2);
    waits.push(times()[1] ?? -1);
  }
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...waits)).toBeLessThan(500);
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(250);

  const pair = await startIsolate({
    registry: { providers: providers("a", "b"), models: [model("m", "a"), model("n", "b")] },
  });
  const times = timed(pair, (index) => (index === 0 ? failing(500) : answering("{}")));
  await hint(pair);
  expect(times()).toEqual([0, 0]);
});

test("another model of the provider that just broke is waited for as well", async () => {
  const isolate = await startIsolate({
    registry: { providers: providers("a"), models: [model("m", "a"), model("n", "a")] },
  });
  const times = timed(isolate, (index) => (index === 0 ? failing(500) : answering("{}")));
  await hint(isolate);
  expect(times()[1]).toBeGreaterThan(0);
});

test("an error body that does not come is not waited for: its status says enough", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const stalled = { status: 429, headers: { "retry-after": "60" } };
  isolate.platform.answer(({ url, body }) =>
    providerOf(url) === "a" ? replyOf(scriptedSource(["{", "hang"]), stalled) : answering(body),
  );
  const startMs = isolate.platform.clock.nowMs();
  const response = await isolate.platform.clock.until(isolate.ask({ model: "chain" }));
  expect(response.headers.get("x-tokenhub-reason")).toContain("fallback=rate_limited");
  expect(isolate.platform.clock.nowMs() - startMs).toBe(2_000);
});

test("a timer that rings a little early is the deadline all the same", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const { clock } = isolate.platform;
  isolate.platform.timer = (ms, then) => clock.timer(ms - 0.4, then);
  isolate.platform.answer(() => silent());
  const late = { policy: { max_latency_ms: 500 } };
  const response = await clock.until(isolate.ask({ model: "chain", tokenhub: late }));
  expect(response.status).toBe(504);
  expect(isolate.platform.calls).toHaveLength(1);
});

test("a deadline cuts a whole answer at its time and blames nobody", async () => {
  const isolate = await startIsolate({ registry: ALONE });
  isolate.platform.answer(() => silent());
  const startMs = isolate.platform.clock.nowMs();
  const response = await hint(isolate, { max_latency_ms: 2_000 });
  expect(isolate.platform.clock.nowMs() - startMs).toBe(2_000);
  expect(response.status).toBe(504);
  const [row] = await isolate.rows();
  expect(row).toMatchObject({ status: 504, errorCode: "deadline_exceeded", attempts: 1 });
  expect(isolate.platform.outcomes.map(({ result }) => result)).toEqual(["aborted"]);
  expect(isolate.gateway.snapshot.views().a?.pulse).toEqual({});
});

test("a deadline cuts the wait for a retry", async () => {
  const isolate = await startIsolate({ registry: ALONE });
  isolate.platform.answer(() => failing(500));
  const startMs = isolate.platform.clock.nowMs();
  const response = await hint(isolate, { max_latency_ms: 1 });
  expect(response.status).toBe(504);
  expect(isolate.platform.clock.nowMs() - startMs).toBe(1);
});

test("a stream that shows nothing for thirty seconds is left for the next", async () => {
  const isolate = await startIsolate({ registry: PAIR, limits: { holdMs: 60_000 } });
  isolate.platform.answer(({ url }) =>
    providerOf(url) === "a" ? streaming(FRAMES[0], "hang") : streaming(...FRAMES),
  );
  const startMs = isolate.platform.clock.nowMs();
  const response = await isolate.platform.clock.until(
    isolate.ask({ model: "chain", stream: true }),
  );
  expect(isolate.platform.clock.nowMs() - startMs).toBe(30_000);
  expect(response.headers.get("x-tokenhub-provider")).toBe("b");
});
