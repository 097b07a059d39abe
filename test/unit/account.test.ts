/** What a request is said to have been: status, cost, own time, attempts, the same in log, headers and metrics. */
import { expect, test } from "vitest";
import { FRAMES, failing, replying, streaming } from "../fakes/answers.ts";
import { type Isolate, PAIR, startIsolate } from "../fakes/isolate.ts";
import { reset } from "../fakes/scripted-source.ts";
import { json, say } from "../fakes/upstream-chat.ts";

const PRICED = {
  ...PAIR,
  models: PAIR.models.map((model) => ({ ...model, input_per_1k: 0.001, output_per_1k: 0.002 })),
};

async function ask(isolate: Isolate, body: object) {
  const { clock } = isolate.platform;
  const response = await clock.until(isolate.ask({ model: "chain", ...body }));
  const text = await clock.until(response.text());
  const [row] = await isolate.rows();
  if (!row) throw new Error("no row");
  return { response, text, row, decision: JSON.parse(row.decision) };
}

test("a usage that was told is the price; one that was not is estimated, and said to be", async () => {
  const told = await startIsolate({ registry: PRICED });
  told.platform.answer(() => replying(say({ model: "gpt-test", messages: [] }, "Hello.")));
  expect((await ask(told, {})).row).toMatchObject({ costNanoUsd: 33_000, costIsEstimate: false });

  const untold = await startIsolate({ registry: PRICED });
  const message = { role: "assistant", content: "x".repeat(400) };
  untold.platform.answer(() => replying(json(200, { choices: [{ index: 0, message }] })));
  const { row } = await ask(untold, {});
  // 100 output tokens at $2 per million, and the estimated prompt.
  expect(row.costNanoUsd).toBeGreaterThan(200_000);
  expect(row.costNanoUsd).toBeLessThan(230_000);
  expect(row).toMatchObject({ costIsEstimate: true, completionTokens: undefined });
});

test("a stream that breaks is paid for what came of it", async () => {
  const isolate = await startIsolate({ registry: PRICED });
  isolate.platform.answer(() => streaming(FRAMES[0], FRAMES[1], reset()));
  const { row, decision } = await ask(isolate, { stream: true });
  expect(row).toMatchObject({ status: 200, errorCode: "upstream_error", costIsEstimate: true });
  expect(row.costNanoUsd).toBeGreaterThan(0);
  expect(decision.attempts).toMatchObject([
    { provider: "a", result: "transient", what: "reset", status: 200 },
  ]);
});

test("a failed request costs nothing that anybody could tell", async () => {
  const isolate = await startIsolate({ registry: PRICED });
  isolate.platform.answer(() => failing(500));
  const { row } = await ask(isolate, {});
  expect(row).toMatchObject({ status: 502, costNanoUsd: undefined, modelId: undefined });
});

test("time that an upstream takes is not our own, streaming included", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const { clock } = isolate.platform;
  const pause = (ms: number) => ({ gate: () => clock.after(ms) });
  isolate.platform.answer(async ({ url }) => {
    await clock.after(500);
    if (url.includes("//a.")) return failing(503);
    return streaming(pause(2_000), FRAMES[1], pause(9_000), ...FRAMES.slice(2));
  });
  const { row, response, decision } = await ask(isolate, { stream: true });
  expect(row).toMatchObject({ latencyMs: 12_000, overheadMs: 0, ttftMs: 2_500, attempts: 2 });
  expect(response.headers.get("x-tokenhub-overhead-ms")).toBe("0.0");
  expect(decision.attempts).toMatchObject([
    { result: "transient", latency_ms: 500 },
    { result: "ok", latency_ms: 11_500, ttft_ms: 2_500, prompt_tokens: 9, completion_tokens: 12 },
  ]);
});

test("the wait before a retry is our own", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.answer(({ body }, index) =>
    index === 0 ? failing(429, { "retry-after": "3" }) : replying(say(JSON.parse(body ?? ""))),
  );
  const { row } = await ask(isolate, { model: "one" });
  expect(row).toMatchObject({ status: 200, latencyMs: 3_000, overheadMs: 3_000 });
});

test("a fallback is told with its reason; an attempt that only the client ended is none", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.answer(({ url, body }) =>
    url.includes("//a.") ? failing(503) : replying(say(JSON.parse(body ?? ""))),
  );
  const { row, response } = await ask(isolate, {});
  expect(row.reason).toBe("mode=normal;target=alias;fallback=transient");
  expect(response.headers.get("x-tokenhub-reason")).toBe(row.reason);

  const broken = await startIsolate({ registry: PAIR });
  broken.platform.answer(() => streaming(FRAMES[1], reset()));
  expect((await ask(broken, { stream: true })).row.reason).toBe("mode=normal;target=alias");
});

test("an attempt is counted once, under what came of it", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.answer(({ url }) =>
    url.includes("//a.") ? failing(503) : streaming(FRAMES[1], reset()),
  );
  await isolate.platform.clock.until(
    isolate.ask({ model: "chain", stream: true }).then((response) => response.text()),
  );
  const counters = isolate.gateway.meter.take()?.counters ?? {};
  const attempts = Object.entries(counters).filter(([name]) => name.includes("attempts_total"));
  expect(attempts).toEqual([
    [`tokenhub_attempts_total{model="one",provider="a",class="transient"}`, 1],
    [`tokenhub_attempts_total{model="two",provider="b",class="transient"}`, 1],
  ]);
  const failed = isolate.platform.logged.filter(({ type }) => type === "attempt-failed");
  expect(failed).toMatchObject([
    { provider: "a", what: "http-503" },
    { provider: "b", what: "reset" },
  ]);
});

test("no line of the log carries what was said", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.answer(() => replying(json(400, { error: { message: "secret-upstream" } })));
  const messages = [{ role: "user", content: "secret-prompt" }];
  const { row } = await ask(isolate, { messages, model: "one" });
  const told = JSON.stringify([row, isolate.platform.logged]);
  expect(told).not.toMatch(/secret/);
  expect(row).toMatchObject({ status: 400, errorCode: "invalid_value" });
});
