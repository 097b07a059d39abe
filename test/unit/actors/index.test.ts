import { describe, expect, test } from "vitest";
import { actorRef } from "../../../src/actors/index.ts";
import { createObject } from "../../../src/actors/object.ts";
import type { ActorAddress, ActorHost } from "../../../src/platform.ts";
import { counterActor } from "../../fakes/counter-actor.ts";
import { outcome } from "../../fakes/outcomes.ts";

const Counter = counterActor(["add"]);
const Slow = counterActor([]);

function recordingHost() {
  const calls: [ActorAddress, string, readonly unknown[]][] = [];
  const host: ActorHost = {
    async call(to, method, args) {
      calls.push([to, method, args]);
    },
    view: async () => ({ registryVersion: 0, providers: {} }),
  };
  return { host, calls };
}

describe("an object of several actors", () => {
  test("one call reaches all that have the method, and answers by actor", () => {
    const object = createObject({ a: Counter, b: Slow });
    expect(object.call("*", "add", [2])).toEqual({ a: 2, b: 2 });
    expect(object.call("a", "add", [1])).toBe(3);
    expect(object.call("*", "read", [])).toEqual({ a: 3, b: 2 });
  });

  test("the only actor answers bare", () => {
    expect(createObject({ a: Counter }).call("*", "add", [2])).toBe(2);
  });

  test("what must be durable at once says so, and what only reads says so", () => {
    const object = createObject({ a: Counter, b: Slow });
    expect(object.follows("*", "add")).toBe("through");
    expect(object.follows("b", "add")).toBe("behind");
    expect(object.follows("*", "read")).toBe("nothing");
  });

  test("the contract's own methods and unknown ones cannot be called", () => {
    const object = createObject({ a: Counter });
    for (const method of ["restore", "snapshot", "wake", "constructor", "toString", "nothing"]) {
      expect(() => object.call("*", method, [])).toThrow("no actor method");
    }
    expect(() => object.call("b", "add", [1])).toThrow("no actor method");
  });

  test("a state that cannot be read leaves the actor empty", () => {
    const object = createObject({ a: Counter, b: Slow });
    object.restore({ a: { version: 1, state: "broken" }, b: { version: 1, state: 7 } });
    expect(object.call("*", "read", [])).toEqual({ a: 0, b: 7 });
  });

  test("it wakes for the earliest of its actors", () => {
    const object = createObject({ a: Counter, b: Slow });
    object.call("b", "add", [5]);
    expect(object.wakeAtMs()).toBe(60_000);
    object.wake(10);
    expect(object.call("*", "read", [])).toEqual({ a: 10, b: 15 });
  });
});

describe("actorRef", () => {
  test("a provider is addressed as a whole, or one of its actors", async () => {
    const { host, calls } = recordingHost();
    const outcomes = [outcome()];
    await actorRef(host, "provider", "p").observe(outcomes, 5);
    await actorRef(host, "provider", "p", "bucket").view(6);
    expect(calls).toEqual([
      [{ object: "provider", name: "p", actor: "*" }, "observe", [outcomes, 5]],
      [{ object: "provider", name: "p", actor: "bucket" }, "view", [6]],
    ]);
  });

  test("it can be awaited and offers nothing but the actor's methods", async () => {
    const { host } = recordingHost();
    const ref = await Promise.resolve(actorRef(host, "feed", "0"));
    expect(Object.keys(ref).toSorted()).toEqual(["append", "drop", "recent", "take"]);
  });
});
