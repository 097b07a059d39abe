/** Which candidate is asked after which failure, and how often. */
import { expect, test } from "vitest";
import { answering, failing, providerOf, replying, silent } from "../fakes/answers.ts";
import { ALONE, hint, model, providers } from "../fakes/hinted.ts";
import { type Isolate, PAIR, startIsolate } from "../fakes/isolate.ts";
import { reset } from "../fakes/scripted-source.ts";
import { REFUSALS } from "../fakes/upstream-script.ts";

function asked({ platform }: Isolate): readonly string[] {
  return platform.calls.map(({ url }) => providerOf(url));
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

test("no more than three fallbacks to one provider are in flight", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.answer(({ url }) => (providerOf(url) === "a" ? failing(500) : silent()));
  for (let n = 0; n < 10; n += 1) void isolate.ask({ model: "chain" });
  await isolate.platform.clock.advance(1_000);
  expect(asked(isolate).filter((id) => id === "b")).toHaveLength(3);
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
