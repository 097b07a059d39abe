/** Who is asking: one answer for every key that will not do, and no read that can be saved. */
import { expect, test } from "vitest";
import { checkKey } from "../../../src/key.ts";
import { type Isolate, PAIR, startIsolate } from "../../fakes/isolate.ts";

const models = (isolate: Isolate, headers: Record<string, string>) =>
  isolate.fetch("/v1/models", { headers });

test("a key is good in either header, and in both when they say the same", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const key = await isolate.addKey({});
  const good: readonly Record<string, string>[] = [
    { authorization: `Bearer ${key}` },
    { authorization: `bearer ${key}` },
    { authorization: `Bearer ${key}`, "x-api-key": key },
  ];
  for (const headers of good) expect((await models(isolate, headers)).status).toBe(200);
  const other = await isolate.addKey({});
  const differing = await models(isolate, { authorization: `Bearer ${key}`, "x-api-key": other });
  expect(differing.status).toBe(401);
});

test("unknown, revoked, expired, mistyped: one body for all", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const elsewhere = await startIsolate({ registry: PAIR, seed: 2 });
  const nowMs = isolate.platform.nowMs();
  const good = await isolate.addKey({});
  const keys = [
    await elsewhere.addKey({}),
    await isolate.addKey({ revokedAtMs: nowMs - 1 }),
    await isolate.addKey({ expiresAtMs: nowMs }),
    `${good.slice(0, -1)}${good.endsWith("a") ? "b" : "a"}`,
    "",
  ];
  const bodies = new Set<string>();
  for (const key of keys) {
    const response = await models(isolate, { authorization: `Bearer ${key}` });
    expect(response.status).toBe(401);
    bodies.add((await response.text()).replace(/req_\d+/, ""));
  }
  expect(bodies.size).toBe(1);
});

test("noise costs no read of the store", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  for (const key of ["", "sk-1", `thk_live_${"x".repeat(58)}`]) {
    await models(isolate, { authorization: `Bearer ${key}` });
  }
  expect([...isolate.platform.store.calls.keys()]).toEqual(["putKey"]);
});

test("a key without the scope is known and refused", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const key = await isolate.addKey({ scopes: ["chat"] });
  const response = await models(isolate, { authorization: `Bearer ${key}` });
  expect(response.status).toBe(403);
});

test("a database without a schema is told as the operator's mistake, not as a key's", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  isolate.platform.store.schema = undefined;
  const response = await isolate.fetch("/v1/models");
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ error: { code: "misconfigured" } });
});

test("after a rotation the key before it opens until the overlap ends", async () => {
  const isolate = await startIsolate({ registry: PAIR });
  const old = await isolate.addKey({});
  const nowMs = isolate.platform.nowMs();
  const previousHash = isolate.platform.digest(old);
  const id = checkKey(old) ?? "";
  const key = await isolate.addKey({ id, previousHash, previousUntilMs: nowMs + 1_000 });
  const status = async (one: string) =>
    (await models(isolate, { authorization: `Bearer ${one}` })).status;
  expect([await status(key), await status(old)]).toEqual([200, 200]);
  await isolate.platform.clock.advance(1_000);
  expect([await status(key), await status(old)]).toEqual([200, 401]);
});
