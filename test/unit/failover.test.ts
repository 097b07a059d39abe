/** Which candidate is asked after which failure, how often, and when. */
import { expect, test } from "vitest";
import {
  answering,
  FRAMES,
  failing,
  providerOf,
  replying,
  silent,
  streaming,
} from "../fakes/answers.ts";
import { type Isolate, PAIR, startIsolate } from "../fakes/isolate.ts";
import { reset } from "../fakes/scripted-source.ts";
import { REFUSALS } from "../fakes/upstream-script.ts";

const model = (id: string, provider: string, rest: object = {}) => ({
  id,
  provider_id: provider,
  upstream_name: "gpt-test",
  ...rest,
});
const providers = (...ids: readonly string[]) => ids.map((id) => ({ id }));
const ALONE = { providers: providers("a"), models: [model("m", "a")] };

/** Asks for `m` through the envelope, where a hint is tried first and then everything. */
function hint(isolate: Isolate, policy: object = {}): Promise<Response> {
  const request = { messages: [{ role: "user", content: "Hello?" }], model_hint: "m" };
  return isolate.platform.clock.until(
    isolate.fetch("/v1/chat", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ request, policy }),
    }),
  );
}

function asked({ platform }: Isolate): readonly string[] {
  return platform.calls.map(({ url }) => providerOf(url));
}

/** Answers every call by its provider and tells when each was sent, from the first. */
function timed(isolate: Isolate, answer: (index: number) => ReturnType<typeof failing>) {
  const sentAtMs: number[] = [];
  isolate.platform.answer((_, index) => {
    sentAtMs.push(isolate.platform.clock.nowMs());
    return answer(index);
  });
  return () => sentAtMs.map((at) => at - (sentAtMs[0] ?? 0));
}

test("after a transient failure the same model elsewhere comes first, then the nearest weight", async () => {
  const isolate = await startIsolate({
    registry: {
      providers: providers("a", "b", "near", "far"),
      models: [
        model("m", "a", { weight: 5 }),
        model("near", "near", { weight: 4 }),
        model("far", "far", { weight: 9 }),
      ],
      offers: [{ model_id: "m", provider_id: "b", upstream_name: "gpt-test" }],
    },
  });
  isolate.platform.answer(() => failing(503));
  await hint(isolate, { mode: "high_confidence" });
  const [first, second, third] = asked(isolate);
  expect([first, second].sort()).toEqual(["a", "b"]);
  expect(third).toBe("near");
});

test("three providers and four attempts are the most, two of them at one provider", async () => {
  const ids = ["a", "b", "c", "d", "e"];
  const isolate = await startIsolate({
    registry: { providers: providers(...ids), models: ids.map((id) => model(`m-${id}`, id)) },
  });
  isolate.platform.answer(() => failing(500));
  const response = await hint(isolate);
  expect(response.status).toBe(404);
  const any = await isolate.platform.clock.until(isolate.ask({ model: "tokenhub/auto" }));
  expect(any.status).toBe(502);
  const counts = Map.groupBy(asked(isolate), (id) => id);
  expect(asked(isolate)).toHaveLength(4);
  expect(counts.size).toBe(3);
  expect(Math.max(...[...counts.values()].map(({ length }) => length))).toBe(2);
});

test("an alias chain keeps its order whatever the weights are", async () => {
  const isolate = await startIsolate({
    registry: {
      providers: providers("a", "b", "c"),
      models: [
        model("one", "a", { weight: 5 }),
        model("two", "b", { weight: 0 }),
        model("three", "c", { weight: 5 }),
      ],
      aliases: [
        {
          id: "chain",
          strategy: "ordered",
          targets: ["one", "two", "three"].map((id) => ({ model_id: id })),
        },
      ],
    },
  });
  isolate.platform.answer(() => failing(500));
  await isolate.platform.clock.until(isolate.ask({ model: "chain" }));
  expect(asked(isolate).slice(0, 3)).toEqual(["a", "b", "c"]);
});

test("an overflow goes to the next larger context and says nothing about health", async () => {
  const isolate = await startIsolate({
    registry: {
      providers: providers("small", "large", "huge"),
      models: [
        model("m", "small", { max_context_tokens: 8_000 }),
        model("huge", "huge", { max_context_tokens: 1_000_000, weight: 10 }),
        model("large", "large", { max_context_tokens: 32_000, weight: 1 }),
      ],
    },
  });
  isolate.platform.answer(({ url, body }) =>
    providerOf(url) === "huge" ? answering(body) : replying(REFUSALS.overflow),
  );
  const response = await hint(isolate, { mode: "high_confidence" });
  expect(response.status).toBe(200);
  expect(asked(isolate)).toEqual(["small", "large", "huge"]);
  expect(isolate.gateway.snapshot.views().small?.pulse).toEqual({});
});

test("an overflow with no larger context is the client's to solve", async () => {
  const isolate = await startIsolate({
    registry: {
      providers: providers("a", "b"),
      models: [
        model("m", "a", { max_context_tokens: 8_000 }),
        model("n", "b", { max_context_tokens: 4_000 }),
      ],
    },
  });
  isolate.platform.answer(() => replying(REFUSALS.overflow));
  const response = await hint(isolate);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: "context_length_exceeded" } });
  expect(asked(isolate)).toEqual(["a"]);
});

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

test("a throttled provider is left for another at once", async () => {
  const isolate = await startIsolate({
    registry: { providers: providers("a", "b"), models: [model("m", "a"), model("n", "b")] },
  });
  isolate.platform.answer(({ url, body }) =>
    providerOf(url) === "a" ? replying(REFUSALS.rateLimited) : answering(body),
  );
  const startMs = isolate.platform.clock.nowMs();
  expect((await hint(isolate)).status).toBe(200);
  expect(isolate.platform.clock.nowMs()).toBe(startMs);
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

test("a rejected credential is not tried again with another model", async () => {
  const isolate = await startIsolate({
    registry: { providers: providers("a"), models: [model("m", "a"), model("n", "a")] },
  });
  isolate.platform.answer(() => replying(REFUSALS.unauthorized));
  const response = await hint(isolate);
  expect(response.status).toBe(503);
  expect(isolate.platform.calls).toHaveLength(1);
});

test("the client's own mistake ends it: no second provider, no mark against the first", async () => {
  const isolate = await startIsolate({
    registry: { providers: providers("a", "b"), models: [model("m", "a"), model("n", "b")] },
  });
  isolate.platform.answer(() => replying(REFUSALS.invalid));
  const response = await hint(isolate);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { code: "invalid_value", param: "temperature" },
  });
  expect(asked(isolate)).toEqual(["a"]);
  expect(isolate.gateway.snapshot.views().a?.pulse).toEqual({});
});

test("no more than three retries of one provider are in flight, those that wait included", async () => {
  const isolate = await startIsolate({ registry: ALONE });
  isolate.platform.answer((_, index) => (index < 10 ? failing(500) : silent()));
  const answers = Array.from({ length: 10 }, () => isolate.ask({ model: "m" }));
  await isolate.platform.clock.advance(1_000);
  expect(isolate.platform.calls).toHaveLength(13);
  const settled = await Promise.race([Promise.all(answers), "some wait"]);
  expect(settled).toBe("some wait");
  expect(isolate.gateway.inFlight.get("a")).toEqual({ all: 3, retries: 3 });
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

test("a reset before any answer fails over like a status", async () => {
  const isolate = await startIsolate({
    registry: { providers: providers("a", "b"), models: [model("m", "a"), model("n", "b")] },
  });
  isolate.platform.answer(({ url, body }) => {
    if (providerOf(url) === "a") throw reset();
    return answering(body);
  });
  const response = await hint(isolate);
  expect(response.status).toBe(200);
  expect(response.headers.get("x-tokenhub-reason")).toContain("fallback=transient");
});
