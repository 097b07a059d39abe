import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { processActors } from "../../self-hosted/actors.ts";
import { actorRef, OBJECTS, type ObjectName } from "../../src/actors/index.ts";
import { createObject } from "../../src/actors/object.ts";
import type { RequestRow } from "../../src/platform.ts";
import { runs } from "../fakes/long.ts";
import { outcome, plain, requestRow, SCRIPTS, type Script } from "../fakes/outcomes.ts";

/** A host whose store may be told to fail, and whose timer is turned by hand. */
function hostOf() {
  const stored: string[] = [];
  const world = { version: 1, nowMs: 1_000, full: false };
  let turn: () => Promise<void> = async () => undefined;
  const host = processActors({
    store: {
      registryVersion: async () => world.version,
      appendRequests: async (rows) => {
        if (world.full) throw new Error("disk full");
        stored.push(...rows.map((row: RequestRow) => row.id));
      },
    },
    nowMs: () => world.nowMs,
    every: (_ms, work) => {
      turn = work;
    },
  });
  return { host, stored, world, turn: () => turn() };
}

describe("the process host", () => {
  for (const object of Object.keys(OBJECTS) as ObjectName[]) {
    test(`${object}: answers as the bare actors do`, async () => {
      const { host } = hostOf();
      let name = 0;
      await fc.assert(
        fc.asyncProperty(SCRIPTS[object] ?? fc.constant<Script>([]), async (script) => {
          const actors = createObject(OBJECTS[object]);
          name += 1;
          for (const { method, args } of script) {
            const answer = await host.call({ object, name: `n${name}`, actor: "*" }, method, args);
            expect(plain(answer)).toEqual(plain(actors.call("*", method, args)));
          }
        }),
        { numRuns: runs(30, 1_000) },
      );
    });
  }

  test("the view holds every provider as it is now, and the registry's version", async () => {
    const { host, world } = hostOf();
    const bad = Array.from({ length: 5 }, () => outcome({ result: "transient", atMs: 1_000 }));
    await actorRef(host, "provider", "p").observe(bad, 1_000);
    expect((await host.view()).providers.p?.pulse.m?.breaker).toBe("open");
    world.nowMs = 31_000;
    world.version = 2;
    const later = await host.view();
    expect(later.registryVersion).toBe(2);
    expect(later.providers.p?.pulse.m?.breaker).toBe("half-open");
  });

  test("its timer moves log rows into the store", async () => {
    const { host, stored, turn } = hostOf();
    await actorRef(host, "feed", "0").append([requestRow("req_1"), requestRow("req_2")]);
    await turn();
    expect(stored).toEqual(["req_1", "req_2"]);
  });

  test("rows that the store did not take are written by a later flush, once", async () => {
    const { host, stored, world } = hostOf();
    await actorRef(host, "feed", "0").append([requestRow("req_1")]);
    world.full = true;
    await expect(host.flush()).rejects.toThrow("disk full");
    world.full = false;
    await Promise.all([host.flush(), host.flush()]);
    expect(stored).toEqual(["req_1"]);
  });

  test("an unknown object is refused", async () => {
    const { host } = hostOf();
    const to = { object: "constructor", name: "0", actor: "*" };
    await expect(host.call(to, "view", [])).rejects.toThrow("no object");
  });
});
