/** The life of a request on the fake platform: waits, order, and what is written down whatever happens. */
import { expect, test } from "vitest";
import { handle } from "../../src/gateway.ts";
import { answering, FRAMES, failing, replying, silent, streaming } from "../fakes/answers.ts";
import { doorRequest } from "../fakes/door-request.ts";
import { quiet } from "../fakes/hand-clock.ts";
import { PAIR, startIsolate } from "../fakes/isolate.ts";
import { REFUSALS } from "../fakes/upstream-script.ts";

const ALONE = {
  providers: [{ id: "a" }],
  models: [
    { id: "one", provider_id: "a", upstream_name: "gpt-test", input_per_1k: 1, output_per_1k: 1 },
  ],
};

test("a throttle that is over soon is waited for; the answer says nothing of it", async () => {
  const isolate = await startIsolate({ registry: ALONE });
  const { clock } = isolate.platform;
  isolate.platform.answer(({ body }, index) =>
    index === 0 ? failing(429, { "retry-after": "11" }) : answering(body),
  );
  expect((await clock.until(isolate.ask({ model: "one" }))).status).toBe(429);
  await clock.advance(4_000);
  const startMs = clock.nowMs();
  const response = await clock.until(isolate.ask({ model: "one" }));
  expect(response.status).toBe(200);
  expect(clock.nowMs() - startMs).toBe(7_000);
  expect(isolate.platform.calls).toHaveLength(2);
});

test("a client that leaves during that wait is not asked for upstream", async () => {
  const isolate = await startIsolate({ registry: ALONE });
  const { clock } = isolate.platform;
  isolate.platform.answer(() => failing(429, { "retry-after": "11" }));
  await clock.until(isolate.ask({ model: "one" }));
  await clock.advance(5_000);
  const client = new AbortController();
  const asked = isolate.ask({ model: "one" }, { signal: client.signal });
  await clock.advance(1_000);
  client.abort();
  await clock.until(asked);
  expect(isolate.platform.calls).toHaveLength(1);
  expect((await isolate.rows())[1]).toMatchObject({ status: 499, attempts: 0 });
});

test("a throttle that outlasts the deadline is told at once", async () => {
  const isolate = await startIsolate({ registry: ALONE });
  const { clock } = isolate.platform;
  isolate.platform.answer(() => replying(REFUSALS.rateLimited));
  const late = { policy: { max_latency_ms: 1_000 } };
  const first = await clock.until(isolate.ask({ model: "one", tokenhub: late }));
  const second = await clock.until(isolate.ask({ model: "one", tokenhub: late }));
  expect([first.status, second.status]).toEqual([429, 429]);
  expect(second.headers.get("retry-after")).toBe("2");
  expect(isolate.platform.calls).toHaveLength(1);
});

test("a request that no candidate may serve is in the log with its reason", async () => {
  const isolate = await startIsolate({ registry: ALONE });
  const response = await isolate.platform.clock.until(
    isolate.ask({ model: "one", tokenhub: { policy: { min_weight: 10 } } }),
  );
  expect(response.status).toBe(422);
  expect(await isolate.rows()).toMatchObject([
    { status: 422, errorCode: "no_eligible_model", attempts: 0, modelId: undefined },
  ]);
});

test("an unknown model is in the log too", async () => {
  const isolate = await startIsolate({ registry: ALONE });
  const response = await isolate.platform.clock.until(isolate.ask({ model: "unknown" }));
  expect(response.status).toBe(404);
  expect(await isolate.rows()).toMatchObject([{ status: 404, errorCode: "model_not_found" }]);
});

test("a whole answer is settled at its provider's count", async () => {
  const isolate = await startIsolate({ registry: ALONE });
  isolate.platform.answer(({ body }) => answering(body));
  const response = await isolate.platform.clock.until(isolate.ask({ model: "one" }));
  expect(response.headers.get("x-tokenhub-cost-usd")).toBe("0.021");
  expect(await isolate.rows()).toMatchObject([
    { promptTokens: 9, completionTokens: 12, costNanoUsd: 21_000_000, costIsEstimate: false },
  ]);
});

test("a stream that opens for a client that has just left is not left open", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const client = new AbortController();
  const upstream = streaming({ gate: async () => client.abort() }, ...FRAMES);
  isolate.platform.answer(() => upstream);
  const asked = doorRequest(isolate.platform, { signal: client.signal });
  await expect(handle(isolate.gateway, asked)).rejects.toThrow("the client left");
  await quiet();
  expect(isolate.gateway.openStreams.size).toBe(0);
  expect(await isolate.rows()).toMatchObject([{ status: 499 }]);
});

test("an upstream hears of the client's leaving in the same turn", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const client = new AbortController();
  isolate.platform.answer(() => silent());
  const asked = handle(isolate.gateway, doorRequest(isolate.platform, { signal: client.signal }));
  await quiet();
  client.abort();
  expect(isolate.platform.calls[0]?.signal.aborted).toBe(true);
  await expect(asked).rejects.toThrow("the client left");
});
