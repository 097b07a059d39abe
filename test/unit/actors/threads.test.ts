import { describe, expect, test } from "vitest";
import { type ThreadPlace, Threads } from "../../../src/actors/threads.ts";

const DAY_MS = 86_400_000;
const PLACE: ThreadPlace = {
  providerId: "p",
  credential: "KEY",
  endpoint: "https://p.example/v1",
  modelId: "m",
};

describe("threads", () => {
  test("a message is found where it was answered, an unknown one nowhere", () => {
    const threads = new Threads();
    threads.note("msg_1", PLACE, 1);
    threads.note("msg_2", { ...PLACE, credential: "OTHER" }, 2);
    expect(threads.find("msg_1", 3)).toEqual(PLACE);
    expect(threads.find("msg_2", 3)?.credential).toBe("OTHER");
    for (const id of ["msg_3", "", "__proto__", "toString"]) {
      expect(threads.find(id, 3)).toBeUndefined();
    }
  });

  test("after a day a message is forgotten, unless it was answered again", () => {
    const threads = new Threads();
    threads.note("msg_1", PLACE, 0);
    threads.note("msg_2", PLACE, 0);
    threads.note("msg_1", PLACE, 10);
    expect(threads.find("msg_2", DAY_MS - 1)).toEqual(PLACE);
    expect(threads.find("msg_2", DAY_MS)).toBeUndefined();
    expect(threads.find("msg_1", DAY_MS)).toEqual(PLACE);
  });

  test("beyond ten thousand messages the oldest go", () => {
    const threads = new Threads();
    for (let at = 0; at < 10_002; at += 1) threads.note(`msg_${at}`, PLACE, at);
    expect(threads.find("msg_1", 20_000)).toBeUndefined();
    expect(threads.find("msg_2", 20_000)).toEqual(PLACE);
    expect(threads.find("msg_10001", 20_000)).toEqual(PLACE);
  });

  test("it wakes when its oldest message has had its day, and then lets it go", () => {
    const threads = new Threads();
    expect(threads.wakeAtMs()).toBeUndefined();
    threads.note("msg_1", PLACE, 5);
    threads.note("msg_2", PLACE, 9);
    expect(threads.wakeAtMs()).toBe(5 + DAY_MS);
    threads.wake(5 + DAY_MS);
    expect(threads.wakeAtMs()).toBe(9 + DAY_MS);
    threads.wake(9 + DAY_MS);
    expect(threads.wakeAtMs()).toBeUndefined();
  });

  test("noting lets go what is too old, so that memory shrinks without a host's wake", () => {
    const threads = new Threads();
    threads.note("msg_1", PLACE, 0);
    threads.note("msg_2", PLACE, DAY_MS);
    expect(threads.wakeAtMs()).toBe(2 * DAY_MS);
  });

  test("an id that no vendor would give is not kept", () => {
    const threads = new Threads();
    threads.note("x".repeat(257), PLACE, 0);
    expect(threads.find("x".repeat(257), 1)).toBeUndefined();
    expect(threads.wakeAtMs()).toBeUndefined();
  });

  test("a snapshot has each place once, and restores to the same", () => {
    const threads = new Threads();
    for (let at = 0; at < 100; at += 1) {
      threads.note(`msg_${at}`, { ...PLACE, modelId: `m${at % 2}` }, at);
    }
    const snapshot = JSON.parse(JSON.stringify(threads.snapshot()));
    expect(snapshot.places).toHaveLength(2);
    const restored = new Threads();
    restored.restore(snapshot);
    expect(restored.snapshot()).toEqual(snapshot);
    expect(restored.find("msg_7", 200)?.modelId).toBe("m1");
  });

  test("what it answers and what it was given are copies", () => {
    const threads = new Threads();
    const given = { ...PLACE };
    threads.note("msg_1", given, 0);
    given.credential = "changed";
    Object.assign(threads.find("msg_1", 0) ?? {}, { endpoint: "changed" });
    expect(threads.find("msg_1", 0)).toEqual(PLACE);
  });
});
