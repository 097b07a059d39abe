import { describe, expect, test } from "vitest";
import { drainFeed, Feed } from "../../../src/actors/feed.ts";
import { createObject } from "../../../src/actors/object.ts";
import { LIMITS } from "../../../src/limits.ts";
import type { RequestRow } from "../../../src/platform.ts";
import { requestRow } from "../../fakes/outcomes.ts";

const rows = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => requestRow(`req_${from + i}`));
const ids = (list: readonly RequestRow[]) => list.map((row) => row.id);

describe("feed", () => {
  test("rows come out oldest first and stay until they are dropped", () => {
    const feed = new Feed();
    feed.append(rows(0, 3));
    expect(ids(feed.take(2))).toEqual(["req_0", "req_1"]);
    expect(ids(feed.take(2))).toEqual(["req_0", "req_1"]);
    feed.drop(["req_0", "req_unknown"]);
    expect(ids(feed.take(9))).toEqual(["req_1", "req_2"]);
  });

  test("a row that is sent twice is kept once", () => {
    const feed = new Feed();
    feed.append(rows(0, 2));
    feed.append(rows(0, 2));
    expect(feed.take(9)).toHaveLength(2);
  });

  test("beyond the bound the oldest rows go, and are counted", () => {
    const feed = new Feed();
    expect(feed.append(rows(0, LIMITS.pendingRowsMax))).toBe(0);
    expect(feed.append(rows(LIMITS.pendingRowsMax, 3))).toBe(3);
    expect(ids(feed.take(1))).toEqual(["req_3"]);
  });

  test("large decisions are bounded by size, not only by number", () => {
    const feed = new Feed();
    const decision = "x".repeat(1024 * 1024);
    const large = Array.from({ length: 20 }, (_, i) => requestRow(`req_${i}`, { decision }));
    expect(feed.append(large)).toBe(5);
    expect(feed.take(99)).toHaveLength(15);
  });

  test("draining moves every row in batches and leaves none", async () => {
    const object = createObject({ feed: Feed });
    object.call("feed", "append", [rows(0, 120)]);
    const batches: number[] = [];
    await drainFeed(object, {
      appendRequests: async (batch) => void batches.push(batch.length),
    });
    expect(batches).toEqual([50, 50, 20]);
    expect(object.call("feed", "take", [1])).toEqual([]);
  });

  test("rows that the store did not take stay, in order", async () => {
    const object = createObject({ feed: Feed });
    object.call("feed", "append", [rows(0, 60)]);
    let calls = 0;
    const draining = drainFeed(object, {
      appendRequests: async () => {
        calls += 1;
        if (calls === 2) throw new Error("full");
      },
    });
    await expect(draining).rejects.toThrow("full");
    expect(ids(object.call("feed", "take", [99]) as RequestRow[])).toEqual(ids(rows(50, 10)));
  });
});

test("recent rows are numbered and told without their decisions, also once they are in the store", () => {
  const feed = new Feed();
  feed.append([requestRow("req_1"), requestRow("req_2")]);
  feed.drop(["req_1"]);
  const { seq, rows } = feed.recent(0);
  expect([seq, rows.map((row) => [row.seq, row.id])]).toEqual([
    2,
    [
      [1, "req_1"],
      [2, "req_2"],
    ],
  ]);
  expect(rows[0]).not.toHaveProperty("decision");
  expect(feed.recent(1).rows.map(({ id }) => id)).toEqual(["req_2"]);
  expect(feed.recent(2).rows).toEqual([]);
});

test("whoever asks beyond the newest row, as after a restart, is told all that is kept, and that is bounded", () => {
  const feed = new Feed();
  for (let at = 0; at < 300; at++) feed.append([requestRow(`req_${at}`)]);
  expect(feed.recent(1_000).rows).toHaveLength(200);
  const again = new Feed();
  again.restore(feed.snapshot());
  expect(again.recent(0).rows).toEqual([]);
});
