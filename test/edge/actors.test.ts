import {
  env,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { edgeActors } from "../../durable-objects/actors.ts";
import { catalogOf } from "../../durable-objects/catalog.ts";
import type { ObjectsEnv } from "../../durable-objects/env.ts";
import { BINDINGS } from "../../durable-objects/env.ts";
import { hosted } from "../../durable-objects/host.ts";
import { actorRef, OBJECTS, type ObjectName } from "../../src/actors/index.ts";
import { Meter } from "../../src/actors/meter.ts";
import { createObject } from "../../src/actors/object.ts";
import { d1Sql } from "../../src/store/sql.ts";
import { createStore } from "../../src/store/store.ts";
import { counterActor } from "../fakes/counter-actor.ts";
import { runs } from "../fakes/long.ts";
import { outcome, plain, requestRow, SCRIPTS, type Script } from "../fakes/outcomes.ts";

const bindings = env as unknown as ObjectsEnv;
const host = edgeActors(bindings);
const store = createStore(d1Sql(bindings.DB));

function stubOf(object: ObjectName, name: string) {
  const namespace = bindings[BINDINGS[object]];
  return namespace.get(namespace.idFromName(name));
}

const failures = (atMs: number) =>
  Array.from({ length: 5 }, () => outcome({ result: "transient", atMs }));

describe("the Durable Object host", () => {
  for (const object of Object.keys(OBJECTS) as ObjectName[]) {
    test(`${object}: answers as the bare actors do`, async () => {
      let name = 0;
      await fc.assert(
        fc.asyncProperty(SCRIPTS[object] ?? fc.constant<Script>([]), async (script) => {
          const actors = createObject(OBJECTS[object]);
          name += 1;
          for (const { method, args } of script) {
            const to = { object, name: `script-${name}`, actor: "*" };
            const answer = await host.call(to, method, args);
            expect(plain(answer)).toEqual(plain(actors.call("*", method, args)));
          }
        }),
        { numRuns: runs(15, 300) },
      );
    });
  }

  test("what the alarm wrote outlives an eviction", async () => {
    const provider = actorRef(host, "provider", "evicted");
    const nowMs = Date.now();
    await provider.observe(failures(nowMs), nowMs);
    expect(await runDurableObjectAlarm(stubOf("provider", "evicted"))).toBe(true);
    await evictDurableObject(stubOf("provider", "evicted"));
    const { pulse } = await provider.view(nowMs);
    expect(pulse.m?.breaker).toBe("open");
  });

  test("a snapshot of another version is ignored", async () => {
    const provider = actorRef(host, "provider", "older");
    const nowMs = Date.now();
    await provider.observe(failures(nowMs), nowMs);
    await runDurableObjectAlarm(stubOf("provider", "older"));
    await runInDurableObject(stubOf("provider", "older"), (_instance, state) => {
      state.storage.kv.put("pulse", { version: 0, parts: 1 });
    });
    await evictDurableObject(stubOf("provider", "older"));
    expect(plain(await provider.view(nowMs))).toEqual({ pulse: {}, bucket: {} });
  });

  test("reading sets no alarm", async () => {
    await actorRef(host, "meter", "idle").total();
    expect(await runDurableObjectAlarm(stubOf("meter", "idle"))).toBe(false);
  });

  test("snapshots larger than one value of the storage come back whole", async () => {
    const meter = actorRef(host, "meter", "large");
    const counters = Object.fromEntries(
      Array.from({ length: 9_000 }, (_, i) => [`series_${i}_${"ü".repeat(150)}`, i]),
    );
    await meter.add({ counters, histograms: {} });
    await runDurableObjectAlarm(stubOf("meter", "large"));
    await evictDurableObject(stubOf("meter", "large"));
    expect(plain(await meter.total())).toEqual({ counters, histograms: {} });
  });

  test("an actor's error reaches the caller, and the object lives on", async () => {
    const to = { object: "meter", name: "alive", actor: "*" };
    await expect(host.call(to, "restore", [])).rejects.toThrow("no actor method");
    expect(plain(await host.call(to, "total", []))).toEqual({ counters: {}, histograms: {} });
  });
});

describe("what the host persists when", () => {
  const to = { object: "counter", name: "0", actor: "*" };

  test("a durable method's effect is stored before its answer leaves, another's later", async () => {
    await runInDurableObject(stubOf("meter", "host-1"), async (_instance, state) => {
      const Host = hosted({ fast: counterActor([]), sure: counterActor(["add"]) });
      const object = new Host(state, bindings);
      object.call({ ...to, actor: "fast" }, "add", [3]);
      expect(state.storage.kv.get("fast")).toBeUndefined();
      object.call({ ...to, actor: "sure" }, "add", [4]);
      const restarted = new Host(state, bindings);
      expect(restarted.call(to, "read", [])).toEqual({ fast: 3, sure: 4 });
    });
  });

  test("an actor whose time has come is woken by the alarm, and that is stored", async () => {
    await runInDurableObject(stubOf("meter", "host-2"), async (_instance, state) => {
      const Host = hosted({ counter: counterActor([]) });
      await new Host(state, bindings).alarm();
      const woken = new Host(state, bindings).call(to, "read", []);
      expect(woken).toBeGreaterThan(1_700_000_000_000);
      expect(await state.storage.getAlarm()).toBe(Number(woken) + 60_000);
    });
  });

  test("while a duty fails the alarm comes later and later, at most a minute", async () => {
    await runInDurableObject(stubOf("meter", "host-3"), async (_instance, state) => {
      const Host = hosted({ meter: Meter }, () => ({
        alarm: () => Promise.reject(new Error("down")),
      }));
      const object = new Host(state, bindings);
      const waits: number[] = [];
      for (let i = 0; i < 6; i += 1) {
        await object.alarm();
        const dueAtMs = (await state.storage.getAlarm()) ?? 0;
        waits.push(Math.round((dueAtMs - Date.now()) / 5_000));
      }
      expect(waits).toEqual([1, 2, 4, 8, 12, 12]);
    });
  });
});

describe("the objects' own duties", () => {
  test("a provider tells the directory how it is, and the directory adds the registry's version", async () => {
    const nowMs = Date.now();
    await actorRef(host, "provider", "told").observe(failures(nowMs), nowMs);
    const view = await vi.waitFor(async () => {
      const found = await host.view();
      expect(found.providers.told?.pulse.m?.breaker).toBe("open");
      return found;
    });
    expect(view.registryVersion).toBe(await store.registryVersion());
  });

  test("a change of the registry shows in the view within a second", async () => {
    const before = (await host.view()).registryVersion;
    const alias = { id: "a", strategy: "ordered", targets: [], enabled: true } as const;
    await store.declare("config", { providers: [], models: [], offers: [], aliases: [alias] });
    await vi.waitFor(async () => {
      expect((await host.view()).registryVersion).toBeGreaterThan(before);
    });
  });

  test("the version read last stands while D1 does not answer", async () => {
    const before = (await host.view()).registryVersion;
    await bindings.DB.exec("ALTER TABLE meta RENAME TO meta_away");
    expect((await host.view()).registryVersion).toBe(before);
    await bindings.DB.exec("ALTER TABLE meta_away RENAME TO meta");
  });

  test("the feed's alarm writes its rows to D1, each once", async () => {
    const feed = actorRef(host, "feed", "rows");
    await feed.append([requestRow("req_edge_1"), requestRow("req_edge_2")]);
    await runDurableObjectAlarm(stubOf("feed", "rows"));
    expect(await feed.take(9)).toEqual([]);
    await feed.append([requestRow("req_edge_2")]);
    await runDurableObjectAlarm(stubOf("feed", "rows"));
    expect(await storedRows("req_edge_%")).toBe(2);
  });

  test("rows that D1 does not take wait for the next alarm, across an eviction", async () => {
    const feed = actorRef(host, "feed", "waiting");
    await bindings.DB.exec("ALTER TABLE request_log RENAME TO log_away");
    await feed.append([requestRow("req_wait_1")]);
    await runDurableObjectAlarm(stubOf("feed", "waiting"));
    await evictDurableObject(stubOf("feed", "waiting"));
    expect(await feed.take(9)).toHaveLength(1);
    await bindings.DB.exec("ALTER TABLE log_away RENAME TO request_log");
    expect(await runDurableObjectAlarm(stubOf("feed", "waiting"))).toBe(true);
    expect(await storedRows("req_wait_%")).toBe(1);
  });
});

describe("the catalogue's memory", () => {
  test("it remembers the last note, in any script, across an eviction", async () => {
    const memory = catalogOf(bindings.CATALOG, "p/ü");
    expect(await memory.recall()).toBeUndefined();
    const note = { providerId: "p/ü", models: ["a", "模型"], error: undefined, atMs: 5 };
    await memory.remember({ ...note, error: "connect" });
    await memory.remember(note);
    await evictDurableObject(
      bindings.CATALOG.get(bindings.CATALOG.idFromName(`provider:${encodeURIComponent("p/ü")}`)),
    );
    expect(await memory.recall()).toEqual(note);
  });

  test("a list too long for one call is cut, not refused", async () => {
    const memory = catalogOf(bindings.CATALOG, "huge");
    const models = Array.from({ length: 4_000 }, (_, i) => `vendor/some-model-name-${i}`);
    await memory.remember({ providerId: "huge", models, error: undefined, atMs: 5 });
    const kept = (await memory.recall())?.models ?? [];
    expect(kept.length).toBeGreaterThan(500);
    expect(kept).toEqual(models.slice(0, kept.length));
  });
});

async function storedRows(like: string): Promise<number | undefined> {
  const query = bindings.DB.prepare("SELECT count(*) AS n FROM request_log WHERE id LIKE ?");
  return (await query.bind(like).first<{ n: number }>())?.n;
}
