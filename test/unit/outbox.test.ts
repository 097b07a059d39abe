/** What leaves the isolate behind its requests: when, how much at once, and what is lost when nobody takes it. */
import { expect, test } from "vitest";
import { LIMITS, type Limits } from "../../src/limits.ts";
import { createOutbox } from "../../src/outbox.ts";
import { createMeterRegistry } from "../../src/telemetry.ts";
import { outcome, requestRow } from "../fakes/outcomes.ts";
import { fakePlatform } from "../fakes/platform.ts";
import { NO_ROWS } from "../fakes/records.ts";

function start(limits: Partial<Limits> = {}) {
  const platform = fakePlatform(NO_ROWS);
  const sent: { object: string; name: string; args: readonly unknown[] }[] = [];
  let failure: Error | undefined;
  let lost = 0;
  const meter = createMeterRegistry();
  const outbox = createOutbox({
    platform: {
      ...platform,
      actors: {
        ...platform.actors,
        async call(to, _, args) {
          if (failure) throw failure;
          sent.push({ object: to.object, name: to.name, args });
          return lost;
        },
      },
    },
    limits: { ...LIMITS, ...limits },
    meter,
  });
  /** Ids of the rows of each batch. */
  const batches = () =>
    sent
      .filter(({ object }) => object === "feed")
      .map(({ args }) => (args[0] as { id: string }[]).map(({ id }) => id));
  return {
    platform,
    outbox,
    meter,
    sent,
    batches,
    fail: (error: Error | undefined) => {
      failure = error;
    },
    lose: (rows: number) => {
      lost = rows;
    },
  };
}

const rows = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => requestRow(`req_${from + n}`));

test("everything goes together a moment later, one call for each place", async () => {
  const { outbox, platform, meter, sent, batches } = start();
  outbox.observe("a", outcome());
  outbox.observe("b", outcome());
  outbox.observe("a", outcome({ result: "transient" }));
  for (const row of rows(3)) outbox.record(row);
  meter.count("tokenhub_log_rows_dropped_total", {}, 0);
  await platform.clock.advance(LIMITS.flushMs - 1);
  expect(sent).toEqual([]);
  await platform.clock.advance(1);
  expect(sent.map(({ object, name }) => `${object} ${name}`).sort()).toEqual([
    "feed 0",
    "meter 0",
    "provider a",
    "provider b",
  ]);
  expect(batches()).toEqual([["req_0", "req_1", "req_2"]]);
  expect(sent.find(({ name }) => name === "a")?.args[0]).toHaveLength(2);
  await platform.clock.advance(60_000);
  expect(sent).toHaveLength(4);
});

test("a full batch does not wait", async () => {
  const { outbox, platform, batches } = start();
  for (const row of rows(LIMITS.flushRowsMax + 1)) outbox.record(row);
  await platform.clock.advance(0);
  expect(batches().map(({ length }) => length)).toEqual([LIMITS.flushRowsMax]);
  await platform.clock.advance(LIMITS.flushMs);
  expect(batches().flat()).toHaveLength(LIMITS.flushRowsMax + 1);
});

test("rows that were not taken go first the next time, each once", async () => {
  const { outbox, fail, batches } = start();
  fail(new Error("away"));
  for (const row of rows(2)) outbox.record(row);
  await expect(outbox.flush()).rejects.toThrow("away");
  fail(undefined);
  for (const row of rows(1, 2)) outbox.record(row);
  await outbox.flush();
  await outbox.flush();
  expect(batches()).toEqual([["req_0", "req_1", "req_2"]]);
});

test("rows that were not taken do not make every request try again", async () => {
  const { outbox, platform, fail } = start();
  fail(new Error("away"));
  for (const row of rows(LIMITS.flushRowsMax)) outbox.record(row);
  await platform.clock.advance(LIMITS.flushMs);
  const before = platform.deferredFaults.length;
  for (const row of rows(10, 100)) outbox.record(row);
  await platform.clock.advance(0);
  expect(platform.deferredFaults).toHaveLength(before);
});

test("beyond the bound the oldest go, and it is told how many", async () => {
  const { outbox, fail, batches, platform, meter } = start({
    pendingRowsMax: 4,
    flushRowsMax: 100,
  });
  fail(new Error("away"));
  for (const row of rows(6)) outbox.record(row);
  await expect(outbox.flush()).rejects.toThrow();
  expect(platform.logged).toEqual([{ type: "rows-dropped", level: "error", rows: 2 }]);
  expect(meter.take()?.counters).toEqual({ tokenhub_log_rows_dropped_total: 2 });
  fail(undefined);
  await outbox.flush();
  expect(batches()).toEqual([["req_2", "req_3", "req_4", "req_5"]]);
});

test("rows that the feed itself lost are told as well", async () => {
  const { outbox, platform, meter, lose } = start();
  lose(3);
  outbox.record(requestRow("req_1"));
  await outbox.flush();
  expect(platform.logged).toEqual([{ type: "rows-dropped", level: "error", rows: 3 }]);
  expect(meter.take()?.counters).toEqual({ tokenhub_log_rows_dropped_total: 3 });
});

test("one place that fails keeps nothing from the others", async () => {
  const platform = fakePlatform(NO_ROWS);
  const meter = createMeterRegistry();
  const taken: string[] = [];
  const outbox = createOutbox({
    platform: {
      ...platform,
      actors: {
        ...platform.actors,
        async call(to) {
          if (to.object === "feed") throw new Error("away");
          taken.push(to.name);
        },
      },
    },
    limits: LIMITS,
    meter,
  });
  outbox.record(requestRow("req_1"));
  outbox.observe("a", outcome());
  await expect(outbox.flush()).rejects.toThrow("away");
  expect(taken).toEqual(["a"]);
});

test("a flush whose carrier was lost is made up for by a later request", async () => {
  const platform = fakePlatform(NO_ROWS);
  const { after } = platform;
  // A request that is ended takes the wait it carried with it.
  let dropped = 0;
  const lossy = createOutbox({
    platform: {
      ...platform,
      after: (ms) => (++dropped === 1 ? new Promise(() => undefined) : after(ms)),
    },
    limits: LIMITS,
    meter: createMeterRegistry(),
  });
  lossy.record(requestRow("req_1"));
  await platform.clock.advance(2 * LIMITS.flushMs);
  lossy.record(requestRow("req_2"));
  await platform.clock.advance(LIMITS.flushMs);
  await platform.actors.flush();
  expect(platform.store.log.map(({ id }) => id)).toEqual(["req_1", "req_2"]);
});
