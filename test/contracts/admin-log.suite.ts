/** What else admins ask of every store: the request log, sessions, the vault's row, actors' states. */
import { beforeEach, describe, expect, it } from "vitest";
import type { AdminStore, RequestFilter } from "../../src/administration.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import type { Sql } from "../../src/store/sql.ts";
import { createStore } from "../../src/store/store.ts";
import { aDraft } from "../fakes/admin-records.ts";
import { faultySql } from "../fakes/faulty-sql.ts";
import { aRequest } from "../fakes/records.ts";

/** `open` answers an empty database with every migration applied. */
export function adminLogSuite(open: () => Promise<Sql>): void {
  let sql: Sql;
  let admin: AdminStore;
  beforeEach(async () => {
    sql = faultySql(await open());
    admin = createAdminStore(sql);
  });
  const log = (...rows: Parameters<typeof aRequest>[]) =>
    createStore(sql).appendRequests(rows.map(([id, change]) => aRequest(id, change)));

  describe("the request log", () => {
    const found = async (filter: Partial<RequestFilter>) =>
      (await admin.requests({ limit: 100, ...filter })).map(({ id }) => id);

    it("is read with every field, one row or a list", async () => {
      const row = aRequest("req_1", {
        clientRequestId: "c",
        costNanoUsd: undefined,
        stream: false,
      });
      await createStore(sql).appendRequests([row]);
      expect(await admin.request("req_1")).toEqual(row);
      expect(await admin.requests({ limit: 1 })).toEqual([row]);
      expect(await admin.request("req_2")).toBeUndefined();
    });

    it("is told newest first and goes on after a row, none twice and none left out", async () => {
      const times = [30, 10, 20, 20, 20, 40];
      await log(...times.map((atMs, n): [string, object] => [`req_${n}`, { atMs }]));
      const seen: string[] = [];
      let before: { atMs: number; id: string } | undefined;
      for (;;) {
        const page = await admin.requests({ limit: 2, before });
        seen.push(...page.map(({ id }) => id));
        before = page.at(-1);
        if (!before) break;
      }
      expect(seen).toEqual(["req_5", "req_0", "req_4", "req_3", "req_2", "req_1"]);
    });

    it("is filtered by each field, and by several", async () => {
      await log(
        ["req_1", { keyId: "key_2", atMs: 1 }],
        ["req_2", { modelId: "n", status: 429, atMs: 2 }],
        ["req_3", { providerId: "q", status: 499, atMs: 3 }],
        ["req_4", { door: "messages", status: 503, atMs: 4 }],
        ["req_5", { modelId: undefined, providerId: undefined, status: 400, atMs: 5 }],
      );
      expect(await found({ keyId: "key_2" })).toEqual(["req_1"]);
      expect(await found({ modelId: "n" })).toEqual(["req_2"]);
      expect(await found({ providerId: "q" })).toEqual(["req_3"]);
      expect(await found({ door: "messages" })).toEqual(["req_4"]);
      expect(await found({ status: 429 })).toEqual(["req_2"]);
      expect(await found({ status: 2 })).toEqual(["req_1"]);
      expect(await found({ status: 4 })).toEqual(["req_5", "req_3", "req_2"]);
      expect(await found({ status: 5 })).toEqual(["req_4"]);
      expect(await found({ fromMs: 2, toMs: 4 })).toEqual(["req_3", "req_2"]);
      expect(await found({ status: 4, modelId: "n", toMs: 2 })).toEqual([]);
    });
  });

  describe("stats", () => {
    it("are sums by step, counted from the begin of the range, without empty steps", async () => {
      await log(
        ["req_0", { atMs: 999 }],
        ["req_1", { atMs: 1_000, latencyMs: 10 }],
        ["req_2", { atMs: 1_099, latencyMs: 20, status: 499, promptTokens: undefined }],
        ["req_3", { atMs: 1_300, status: 400, costNanoUsd: undefined, latencyMs: 7.5 }],
        ["req_4", { atMs: 1_301, status: 503, latencyMs: 2.5 }],
        ["req_5", { atMs: 1_400 }],
      );
      expect(await admin.stats({ fromMs: 1_000, toMs: 1_400, stepMs: 100 })).toEqual([
        {
          ...{ atMs: 1_000, requests: 2, errors: 0, costNanoUsd: 112_000 },
          ...{ promptTokens: 12, completionTokens: 68, latencyMeanMs: 15, latencyMaxMs: 20 },
        },
        {
          ...{ atMs: 1_300, requests: 2, errors: 2, costNanoUsd: 56_000 },
          ...{ promptTokens: 24, completionTokens: 68, latencyMeanMs: 5, latencyMaxMs: 7.5 },
        },
      ]);
    });

    it("keep every nano-dollar of a large sum and every millisecond of a date", async () => {
      const fromMs = 1_764_000_000_123;
      const costs = [9_007_199_254_740_000, 900, 91];
      await log(
        ...costs.map((costNanoUsd, n): [string, object] => [
          `req_${n}`,
          { atMs: fromMs + n, costNanoUsd },
        ]),
      );
      const [point] = await admin.stats({ fromMs, toMs: fromMs + 10, stepMs: 3_600_000 });
      expect([point?.atMs, point?.costNanoUsd]).toEqual([fromMs, Number.MAX_SAFE_INTEGER]);
    });

    it("are nothing where nothing was asked", async () => {
      expect(await admin.stats({ fromMs: 0, toMs: 10_000, stepMs: 1_000 })).toEqual([]);
    });
  });

  describe("sessions", () => {
    const aSession = (hash: string, seenAtMs: number) => ({
      ...{ hash, tokenHash: "token", createdAtMs: 1_000, seenAtMs },
    });

    it("are found by hash until they are dropped", async () => {
      await admin.putSession(aSession("a", 1_000), aDraft());
      await admin.putSession(aSession("b", 1_000), aDraft());
      await admin.putSession(aSession("a", 2_000.4), aDraft());
      expect(await admin.session("a")).toEqual(aSession("a", 2_000));
      await admin.dropSession("a");
      expect(await admin.session("a")).toBeUndefined();
      expect(await admin.session("b")).toBeDefined();
      await admin.dropSession(undefined);
      expect(await admin.session("b")).toBeUndefined();
    });

    it("note their use, and come not back by it", async () => {
      await admin.putSession(aSession("a", 1_000), aDraft());
      await admin.touchSession("a", 3_000.4);
      expect(await admin.session("a")).toEqual(aSession("a", 3_000));
      await admin.touchSession("b", 3_000);
      expect(await admin.session("b")).toBeUndefined();
    });

    it("are forgotten when nobody was seen for long", async () => {
      await admin.putSession(aSession("a", 5_000), aDraft());
      await admin.putSession(aSession("b", 5_001), aDraft());
      await admin.pruneSessions(5_001);
      expect(await admin.session("a")).toBeUndefined();
      expect(await admin.session("b")).toBeDefined();
    });
  });

  describe("the vault's row", () => {
    it("is made once, whoever races", async () => {
      const made = ["one", "two", "three"].map((header) =>
        admin.putVault(header, undefined, aDraft()),
      );
      expect((await Promise.all(made)).filter(Boolean)).toHaveLength(1);
      expect(await admin.putVault("late", undefined, aDraft())).toBe(false);
      expect((await admin.vault())?.epoch).toBe(1);
      expect(await admin.auditFrom(0, 10)).toHaveLength(1);
    });

    it("is replaced at the epoch that was asked for only", async () => {
      expect(await admin.vault()).toBeUndefined();
      expect(await admin.putVault("none", 1, aDraft())).toBe(false);
      await admin.putVault("one", undefined, aDraft());
      expect(await admin.putVault("two", 1, aDraft())).toBe(true);
      expect(await admin.putVault("late", 1, aDraft())).toBe(false);
      expect(await admin.vault()).toEqual({ header: "two", epoch: 2 });
      expect(await admin.auditFrom(0, 10)).toHaveLength(2);
    });
  });

  describe("actors' states", () => {
    const aState = (name: string, actor: string, version: number) => ({
      ...{ object: "key", name, actor, version, state: `{"v":${version}}` },
    });

    it("are what was put last, of one object and name", async () => {
      await admin.putActorStates([]);
      await admin.putActorStates([aState("a", "rate", 1), aState("a", "money", 1)]);
      await admin.putActorStates([aState("a", "rate", 2), aState("b", "rate", 1)]);
      expect(await admin.actorState("key", "a")).toEqual([
        aState("a", "money", 1),
        aState("a", "rate", 2),
      ]);
      expect(await admin.actorState("bucket", "a")).toEqual([]);
    });

    it("may be hundreds at once", async () => {
      await admin.putActorStates(Array.from({ length: 300 }, (_, n) => aState("a", `x${n}`, n)));
      expect(await admin.actorState("key", "a")).toHaveLength(300);
    });
  });
}
