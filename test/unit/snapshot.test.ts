/** What the isolate keeps, when it reads again, and what it does while there is nothing to read. */
import { expect, test } from "vitest";
import { NO_ROWS } from "../../src/catalog.ts";
import { hashKey } from "../../src/key.ts";
import { LIMITS } from "../../src/limits.ts";
import { createSnapshot } from "../../src/snapshot.ts";
import { quiet } from "../fakes/hand-clock.ts";
import { outcome } from "../fakes/outcomes.ts";
import { fakePlatform, SCHEMA } from "../fakes/platform.ts";
import { aKey, aModel, anOffer, aProvider } from "../fakes/records.ts";

const ROWS = {
  ...NO_ROWS,
  providers: [aProvider("p")],
  models: [aModel("m")],
  offers: [anOffer("p", "m")],
};

function start(given: { declared?: typeof ROWS; fallback?: typeof ROWS; rows?: typeof ROWS } = {}) {
  const platform = fakePlatform(given.rows ?? ROWS);
  let views = 0;
  let stuck: Promise<never> | undefined;
  const actors = {
    ...platform.actors,
    view: () => {
      views += 1;
      return stuck ?? platform.actors.view();
    },
  };
  const snapshot = createSnapshot({
    platform: { ...platform, actors },
    limits: LIMITS,
    declared: given.declared ?? NO_ROWS,
    fallback: given.fallback,
    schemaVersion: SCHEMA,
  });
  return {
    platform,
    snapshot,
    clock: platform.clock,
    store: platform.store,
    views: () => views,
    /** From now on the shared view never comes. */
    stick: () => {
      stuck = new Promise(() => undefined);
    },
  };
}

test("a view of up to a second is used as it is; an older one is read again behind the request", async () => {
  const { snapshot, clock, views } = start();
  await snapshot.ready();
  await clock.advance(1_000);
  await snapshot.ready();
  expect(views()).toBe(1);
  await clock.advance(1);
  const ready = Promise.resolve(snapshot.ready());
  expect(await Promise.race([ready.then(() => "at once"), quiet().then(() => "late")])).toBe(
    "at once",
  );
  expect(views()).toBe(2);
});

test("after a pause the request waits for the view, so that it sees what changed meanwhile", async () => {
  const { snapshot, clock, store } = start();
  await snapshot.ready();
  await store.declare("config", { ...ROWS, providers: [aProvider("p", { enabled: false })] });
  await clock.advance(2_001);
  await snapshot.ready();
  expect(snapshot.catalog().candidates.map(({ enabled }) => enabled)).toEqual([false]);
});

test("it waits for a tenth of a second at most, and then not again for a second", async () => {
  const { snapshot, clock, views, stick } = start();
  await snapshot.ready();
  stick();
  await clock.advance(2_001);
  const startMs = clock.nowMs();
  await clock.until(Promise.resolve(snapshot.ready()));
  expect(clock.nowMs() - startMs).toBe(100);
  for (let more = 0; more < 20; more += 1) await clock.until(Promise.resolve(snapshot.ready()));
  expect(clock.nowMs() - startMs).toBe(100);
  expect(views()).toBe(2);
  await clock.advance(1_001);
  await clock.until(Promise.resolve(snapshot.ready()));
  expect(views()).toBe(3);
});

test("the registry is read again only when its version has moved", async () => {
  const { snapshot, store } = start();
  await snapshot.ready();
  await snapshot.refresh();
  expect(store.calls.get("registry")).toBe(1);
  await store.declare("config", { ...ROWS, models: [aModel("m", { weight: 9 })] });
  await snapshot.refresh();
  expect(store.calls.get("registry")).toBe(2);
  expect(snapshot.catalog().models.get("m")?.weight).toBe(9);
});

test("what the environment declares wins over the stored row of the same id", async () => {
  const declared = { ...NO_ROWS, providers: [aProvider("p", { baseUrl: "https://env.test/v1" })] };
  const { snapshot } = start({ declared: declared as never });
  await snapshot.ready();
  expect(snapshot.catalog().providers.get("p")?.baseUrl).toBe("https://env.test/v1");
});

test("the stand-in is there only while no provider is", async () => {
  const { snapshot, store } = start({ rows: NO_ROWS as never, fallback: ROWS });
  await snapshot.ready();
  expect([...snapshot.catalog().providers.keys()]).toEqual(["p"]);
  await store.declare("config", { ...NO_ROWS, providers: [aProvider("real")] });
  await snapshot.refresh();
  expect([...snapshot.catalog().providers.keys()]).toEqual(["real"]);
});

test.each([
  ["newer than the code", "9999_later"],
  ["not there yet", undefined],
])("a schema that is %s is not served", async (_, schema) => {
  const { snapshot, store } = start();
  store.schema = schema;
  await expect(snapshot.ready()).rejects.toMatchObject({ code: "misconfigured" });
  store.schema = SCHEMA;
  await snapshot.ready();
});

test("a store that fails before anything was read is told with a time to come back", async () => {
  const { snapshot, store, platform } = start();
  store.failure = new Error("down");
  await expect(snapshot.ready()).rejects.toMatchObject({
    code: "no_provider",
    retryAfterMs: 5_000,
  });
  expect(platform.logged).toMatchObject([{ type: "registry-unreadable", level: "error" }]);
});

test("a store that fails later changes nothing: the last good registry serves on", async () => {
  const { snapshot, store, clock, platform } = start();
  await snapshot.ready();
  store.failure = new Error("down");
  for (let minute = 0; minute < 3; minute += 1) {
    await clock.advance(60_000);
    await clock.until(Promise.resolve(snapshot.ready()));
  }
  expect(snapshot.catalog().candidates).toHaveLength(1);
  expect(platform.deferredFaults).toHaveLength(3);
});

test("a key is read once while nothing changes", async () => {
  const { snapshot, store, clock } = start();
  await store.putKey(aKey("key_1", { hash: hashKey("k") }));
  await snapshot.ready();
  for (let second = 0; second < 120; second += 1) {
    expect(await snapshot.key(hashKey("k"))).toMatchObject({ id: "key_1" });
    await clock.advance(1_000);
    await snapshot.refresh();
  }
  expect(store.calls.get("keyByHash")).toBe(1);
});

test("a revoked key is seen with the next view", async () => {
  const { snapshot, store } = start();
  await store.putKey(aKey("key_1", { hash: "h" }));
  await snapshot.ready();
  await snapshot.key("h");
  await store.revokeKey("key_1", 5);
  await snapshot.refresh();
  expect(await snapshot.key("h")).toMatchObject({ revokedAtMs: 5 });
});

test("without a fresh view a key is trusted for thirty seconds and not longer", async () => {
  const { snapshot, store, clock } = start();
  await store.putKey(aKey("key_1", { hash: "h" }));
  await snapshot.ready();
  await snapshot.key("h");
  await clock.advance(29_999);
  store.failure = new Error("down");
  expect(await snapshot.key("h")).toMatchObject({ id: "key_1" });
  await clock.advance(1);
  await expect(snapshot.key("h")).rejects.toMatchObject({ code: "no_provider" });
});

test("unknown keys are remembered as such, within a bound", async () => {
  const { snapshot, store } = start();
  await snapshot.ready();
  for (let turn = 0; turn < 3; turn += 1) expect(await snapshot.key("nobody")).toBeUndefined();
  expect(store.calls.get("keyByHash")).toBe(1);
  for (let n = 0; n < LIMITS.keyCacheRowsMax; n += 1) await snapshot.key(`unknown ${n}`);
  await snapshot.key("nobody");
  expect(store.calls.get("keyByHash")).toBe(LIMITS.keyCacheRowsMax + 2);
});

test("a fault that this isolate saw is in its view at once", async () => {
  const { snapshot, clock } = start();
  await snapshot.ready();
  for (let failed = 0; failed < 5; failed += 1) {
    snapshot.observe("p", outcome({ result: "transient", atMs: clock.nowMs() }));
  }
  expect(snapshot.views().p?.pulse.m).toMatchObject({ breaker: "open" });
});

test("what others saw and what this isolate saw are one view, the worse of both", async () => {
  const { snapshot, clock, platform } = start();
  const limited = outcome({ result: "rate_limited", atMs: clock.nowMs() });
  await platform.actors.call({ object: "provider", name: "p", actor: "*" }, "observe", [
    [limited],
    clock.nowMs(),
  ]);
  await snapshot.ready();
  snapshot.observe("p", outcome({ result: "transient", atMs: clock.nowMs() }));
  const view = snapshot.views().p;
  expect(view?.bucket["KEY\nm"]?.reason).toBe("rate_limited");
  expect(view?.pulse.m?.failure).toBeGreaterThan(0.02);
});
