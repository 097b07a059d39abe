/** Operations routes on the fake platform: readiness with reasons, metrics for those who may see them. */
import { expect, test } from "vitest";
import { answering } from "../../fakes/answers.ts";
import { PAIR, startIsolate } from "../../fakes/isolate.ts";

const TOKEN = "metrics-token-metrics-token-metrics";
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

test("ready is who has an enabled model; who has none says so", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  expect((await isolate.fetch("/readyz")).status).toBe(200);
  const empty = await startIsolate({ registry: {} });
  const response = await empty.fetch("/readyz");
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    ready: false,
    reasons: ["no enabled model at an enabled provider"],
  });
});

test("a registry that cannot be read is a reason not to be ready, and none not to live", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.store.failure = new Error("down");
  const response = await isolate.fetch("/readyz");
  expect(await response.json()).toEqual({ ready: false, reasons: ["the registry cannot be read"] });
  expect((await isolate.fetch("/healthz")).status).toBe(200);
});

test("a registry that was read once keeps it ready while the store is away", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  await isolate.fetch("/readyz");
  isolate.platform.store.failure = new Error("down");
  await isolate.platform.clock.advance(60_000);
  const response = await isolate.platform.clock.until(isolate.fetch("/readyz"));
  expect(response.status).toBe(200);
});

test("metrics are not there for who may not see them", async () => {
  const guarded = await startIsolate({ registry: PAIR, env: { TOKENHUB_METRICS_TOKEN: TOKEN } });
  expect((await guarded.fetch("/metrics", bearer("wrong"))).status).toBe(404);
  expect((await guarded.fetch("/metrics", bearer(TOKEN))).status).toBe(200);
  // Without a token only near peers; this home does not tell who is near.
  const open = await startIsolate({ registry: PAIR });
  expect((await open.fetch("/metrics")).status).toBe(404);
});

test("metrics show what was counted although the log takes no rows", async () => {
  const isolate = await startIsolate({ registry: PAIR, env: { TOKENHUB_METRICS_TOKEN: TOKEN } });
  isolate.platform.answer(({ body }) => answering(body));
  await isolate.platform.clock.until(isolate.ask({ model: "one" }));
  const { call } = isolate.platform.actors;
  isolate.platform.actors.call = async (to, method, args) => {
    if (to.object === "feed") throw new Error("away");
    return call(to, method, args);
  };
  const response = await isolate.fetch("/metrics", bearer(TOKEN));
  expect(response.status).toBe(200);
  expect(await response.text()).toContain(
    `tokenhub_requests_total{mode="normal",model="one",provider="a",status="200"} 1`,
  );
});
