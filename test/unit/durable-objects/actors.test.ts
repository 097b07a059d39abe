import { expect, test } from "vitest";
import { edgeActors } from "../../../durable-objects/actors.ts";
import type { ObjectsEnv } from "../../../durable-objects/env.ts";

const TO = { object: "meter", name: "0", actor: "*" };

/** Stubs that fail in this order, then answer. */
function hostOf(...failures: readonly object[]) {
  const waiting = [...failures];
  const made: string[] = [];
  const METER = {
    idFromName: (name: string) => name,
    get(id: string) {
      made.push(id);
      return {
        async call() {
          const failure = waiting.shift();
          if (failure) throw Object.assign(new Error("failed"), failure);
          return "answer";
        },
      };
    },
  };
  return { host: edgeActors({ METER } as unknown as ObjectsEnv), made };
}

test("each call has a stub of its own", async () => {
  const { host, made } = hostOf();
  await host.call(TO, "total", []);
  await host.call({ ...TO, name: "1" }, "total", []);
  expect(made).toEqual(["0", "1"]);
});

test("a retryable failure is tried once more, with a new stub", async () => {
  const { host, made } = hostOf({ retryable: true });
  expect(await host.call(TO, "total", [])).toBe("answer");
  expect(made).toHaveLength(2);
});

test("a second failure is the caller's", async () => {
  const { host, made } = hostOf({ retryable: true }, { retryable: true });
  await expect(host.call(TO, "total", [])).rejects.toThrow("failed");
  expect(made).toHaveLength(2);
});

test("neither an overloaded object nor an actor's own error is tried again", async () => {
  for (const failure of [{ retryable: true, overloaded: true }, {}]) {
    const { host, made } = hostOf(failure);
    await expect(host.call(TO, "total", [])).rejects.toThrow("failed");
    expect(made).toHaveLength(1);
  }
});

test("an unknown object is refused", async () => {
  const { host } = hostOf();
  await expect(host.call({ ...TO, object: "toString" }, "x", [])).rejects.toThrow("no object");
});
