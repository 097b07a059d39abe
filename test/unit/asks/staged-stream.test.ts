/** A streamed orchestration is forgotten when it is over, and nothing that it opened stays open. */
import { expect, test } from "vitest";
import { FRAMES, streaming } from "../../fakes/answers.ts";
import { quiet } from "../../fakes/hand-clock.ts";
import { PAIR, startIsolate } from "../../fakes/isolate.ts";

const PLAN = {
  ...{ model: "chain", stream: true },
  tokenhub: { orchestration: { mode: "planning" } },
};

test("a final stage that streamed to its end is no open stream any more", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.answer(() => streaming(...FRAMES));
  const answer = await isolate.platform.clock.until(isolate.ask(PLAN));
  expect(isolate.gateway.openStreams.size).toBe(1);
  expect(await answer.text()).toContain("[DONE]");
  expect(isolate.gateway.openStreams.size).toBe(0);
  expect(await isolate.rows()).toMatchObject([{ status: 200, door: "openai" }]);
});

test("a client that left while its final stage opened leaves no upstream open", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const client = new AbortController();
  const gate = Promise.withResolvers<void>();
  isolate.platform.answer(() => streaming({ gate: () => gate.promise }, ...FRAMES, "hang"));
  const asked = isolate.ask(PLAN, { signal: client.signal });
  await quiet();
  client.abort();
  gate.resolve();
  await isolate.platform.clock.until(asked.catch(() => undefined));
  await quiet();
  expect(isolate.platform.calls.map(({ signal }) => signal.aborted)).toEqual([true]);
  expect(isolate.gateway.openStreams.size).toBe(0);
  expect(await isolate.rows()).toMatchObject([{ status: 499, errorCode: "client_gone" }]);
});
