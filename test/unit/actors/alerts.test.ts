/** Alarms: told once, shared out among the webhooks, tried again until somebody takes them. */
import { expect, test } from "vitest";
import { type Alarm, Alerts } from "../../../src/actors/alerts.ts";

const alarm = (change: Partial<Alarm> = {}): Alarm => ({
  event: "breaker-open",
  subject: "p/m",
  atMs: 0,
  quietMs: 60_000,
  ...change,
});

test("the same event of the same subject is told once in its quiet time", () => {
  const alerts = new Alerts();
  expect(alerts.raise([alarm(), alarm({ atMs: 59_999 }), alarm({ atMs: 60_000 })])).toBe(2);
  expect(alerts.raise([alarm({ subject: "q/m", atMs: 60_001 })])).toBe(1);
  expect(alerts.raise([alarm({ event: "quota-exhausted", atMs: 60_001 })])).toBe(1);
});

test("a clock that jumped back an hour silences nothing", () => {
  const alerts = new Alerts();
  alerts.raise([alarm({ atMs: 3_600_000 })]);
  expect(alerts.raise([alarm({ atMs: 0 })])).toBe(1);
});

test("one alarm becomes a delivery for each webhook, and each is settled by itself", () => {
  const alerts = new Alerts();
  alerts.raise([alarm()]);
  const [whole] = alerts.due(0);
  alerts.share(whole?.id ?? 0, ["a", "b"], 0);
  const [a, b] = alerts.due(0);
  expect([a?.webhookId, b?.webhookId]).toEqual(["a", "b"]);
  alerts.settle(a?.id ?? 0, true, 0);
  alerts.settle(b?.id ?? 0, false, 0);
  expect(alerts.due(4_999)).toEqual([]);
  expect(alerts.due(5_000)).toMatchObject([{ webhookId: "b", failures: 1 }]);
});

test("nine tries with doubling pauses, then it is given up", () => {
  const alerts = new Alerts();
  alerts.raise([alarm()]);
  alerts.share(1, ["a"], 0);
  let nowMs = 0;
  const pausesMs: number[] = [];
  for (let givenUp = false; !givenUp; ) {
    const [delivery] = alerts.due(nowMs);
    if (!delivery) {
      pausesMs.push(5_000 * 2 ** pausesMs.length);
      nowMs += pausesMs.at(-1) ?? 0;
      continue;
    }
    givenUp = alerts.settle(delivery.id, false, nowMs);
  }
  expect(pausesMs).toHaveLength(8);
  expect(alerts.due(Number.MAX_SAFE_INTEGER)).toEqual([]);
});

test("without a webhook nothing waits, and the page still shows the newest hundred", () => {
  const alerts = new Alerts();
  for (let at = 0; at < 120; at += 1) {
    alerts.raise([alarm({ subject: `p/${at}`, atMs: at })]);
    for (const { id } of alerts.due(at)) alerts.share(id, [], at);
  }
  expect(alerts.due(Number.MAX_SAFE_INTEGER)).toEqual([]);
  expect(alerts.recent(0).alarms).toHaveLength(100);
  expect(alerts.recent(118)).toMatchObject({
    seq: 120,
    alarms: [{ subject: "p/118", seq: 119 }, { subject: "p/119" }],
  });
  expect(alerts.recent(Number.MAX_SAFE_INTEGER).alarms).toEqual([]);
});
