/** What every store must hold, whichever database is below it. Each home runs it (test/node, test/edge). */
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { ProviderRecord, RegistryRows } from "../../src/catalog.ts";
import type { RowOwner, Store } from "../../src/platform.ts";
import { SCHEMA_VERSION } from "../../src/store/schema.ts";
import type { Sql } from "../../src/store/sql.ts";
import { createStore } from "../../src/store/store.ts";
import { runs } from "../fakes/long.ts";
import { aKey, aModel, anAlias, anOffer, aProvider, aRequest, NO_ROWS } from "../fakes/records.ts";

const NONE = { credentials: [], projects: [] };
const ROWS: RegistryRows = {
  providers: [aProvider("p"), aProvider("q", { envKeyName: undefined, dialects: ["responses"] })],
  models: [aModel("m"), aModel("n", { weight: undefined, kind: "embedding" })],
  offers: [anOffer("p", "m"), anOffer("q", "m"), anOffer("q", "n")],
  aliases: [anAlias("fast")],
};

/** `open` answers an empty database with every migration applied. */
export function storeSuite(open: () => Promise<Sql>): void {
  let sql: Sql;
  let store: Store;
  beforeEach(async () => {
    sql = atMost100Parameters(await open());
    store = createStore(sql);
  });
  const read = async (text: string) => sql.all({ sql: text, params: [] });
  const versions = () => read(`select "id", "managed", "version" from "provider" order by "id"`);
  const logged = async () =>
    (await read(`select "id" from "request_log" order by "id"`)).map(([id]) => id);
  /** Everything in the registry's tables, to see that nothing moved. */
  const dump = async () =>
    Promise.all(
      ["provider", "model", "offer", "alias", "meta"].map((table) =>
        read(`select * from "${table}" order by 1, 2`),
      ),
    );

  describe("schema", () => {
    it("is the one this code was written for", async () => {
      expect(await store.schemaVersion()).toBe(SCHEMA_VERSION);
    });

    it("is undefined where no migration was applied", async () => {
      await read(`drop table "d1_migrations"`);
      expect(await store.schemaVersion()).toBeUndefined();
    });
  });

  describe("registry", () => {
    it("is empty at version 0 at first", async () => {
      const discovered = { models: [], offers: [] };
      expect(await store.registry()).toEqual({ ...NO_ROWS, ...NONE, version: 0, discovered });
      expect(await store.registryVersion()).toBe(0);
    });

    it("gives back every field as it was declared", async () => {
      await store.declare("config", ROWS);
      expect(await store.registry()).toEqual({
        ...ROWS,
        ...NONE,
        version: 1,
        discovered: { models: [], offers: [] },
      });
    });

    it("changes nothing when the same rows are declared again, in whatever order", async () => {
      await store.declare("config", ROWS);
      const before = await dump();
      await store.declare("config", ROWS);
      await store.declare("config", { ...ROWS, providers: [...ROWS.providers].reverse() });
      expect(await dump()).toEqual(before);
    });

    it("removes what a declaration no longer names and moves only the versions of changed rows", async () => {
      await store.declare("config", ROWS);
      await store.declare("config", {
        ...NO_ROWS,
        providers: [aProvider("p"), aProvider("r")],
      });
      await store.declare("config", {
        ...NO_ROWS,
        providers: [aProvider("p", { enabled: false }), aProvider("r")],
      });
      expect(await versions()).toEqual([
        ["p", "config", 2],
        ["r", "config", 1],
      ]);
      const { version, models, offers, aliases } = await store.registry();
      expect({ version, models, offers, aliases }).toEqual({
        version: 3,
        models: [],
        offers: [],
        aliases: [],
      });
    });

    it("sees a field that becomes undefined as a change", async () => {
      await store.declare("config", { ...NO_ROWS, models: [aModel("m")] });
      const models = [aModel("m", { weight: undefined, capabilities: undefined })];
      await store.declare("config", { ...NO_ROWS, models });
      expect((await store.registry()).models).toEqual(models);
    });

    it("keeps what config names from discovery, whoever came first", async () => {
      const found = { ...NO_ROWS, providers: [aProvider("p", { kind: "vllm" }), aProvider("x")] };
      const named = { ...NO_ROWS, providers: [aProvider("p")] };
      await store.declare("discovered", found);
      await store.declare("config", named);
      await store.declare("discovered", { ...found, providers: [...found.providers] });
      expect((await store.registry()).providers).toEqual([aProvider("p"), aProvider("x")]);
      await store.declare("discovered", NO_ROWS);
      expect((await store.registry()).providers).toEqual([aProvider("p")]);
    });

    it("finds a row again that config took over and let go", async () => {
      const found = { ...NO_ROWS, providers: [aProvider("p", { kind: "vllm" })] };
      await store.declare("discovered", found);
      await store.declare("config", { ...NO_ROWS, providers: [aProvider("p")] });
      await store.declare("config", NO_ROWS);
      await store.declare("discovered", found);
      expect((await store.registry()).providers).toEqual(found.providers);
    });

    it("leaves rows made by an admin alone", async () => {
      await store.declare("config", { ...NO_ROWS, providers: [aProvider("p"), aProvider("q")] });
      await read(
        `update "provider" set "managed" = 'admin', "declaration" = null where "id" = 'p'`,
      );
      await store.declare("discovered", { ...NO_ROWS, providers: [aProvider("p", { kind: "x" })] });
      await store.declare("config", NO_ROWS);
      expect((await store.registry()).providers).toEqual([aProvider("p")]);
    });

    it("takes the last of two rows with one id", async () => {
      const providers = [aProvider("p", { kind: "first" }), aProvider("p", { kind: "last" })];
      await store.declare("config", { ...NO_ROWS, providers });
      expect((await store.registry()).providers).toEqual([providers[1]]);
    });

    it("is one declaration or the other when two race", async () => {
      const rows = ["a", "b"].map((kind) => ({
        ...NO_ROWS,
        providers: Array.from({ length: 20 }, (_, n) => aProvider(`${kind}${n}`, { kind })),
      }));
      await Promise.all(rows.map((each) => store.declare("config", each)));
      const { providers } = await store.registry();
      expect(providers).toHaveLength(20);
      expect(new Set(providers.map(({ kind }) => kind)).size).toBe(1);
    });

    it("is what config declared last and what discovery added, after any history", async () => {
      const ids = fc.subarray(["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
      const steps = fc.array(
        fc.record({
          owner: fc.constantFrom<RowOwner>("config", "discovered"),
          kind: fc.constantFrom("x", "y"),
          ids,
        }),
        { minLength: 1, maxLength: 8 },
      );
      await fc.assert(
        fc.asyncProperty(steps, async (history) => {
          await store.declare("config", NO_ROWS);
          await store.declare("discovered", NO_ROWS);
          const rows = { config: [], discovered: [] } as Record<RowOwner, ProviderRecord[]>;
          for (const step of history) {
            rows[step.owner] = step.ids.map((id) =>
              aProvider(id, { kind: `${step.owner} ${step.kind}` }),
            );
            await store.declare(step.owner, { ...NO_ROWS, providers: rows[step.owner] });
          }
          await store.declare("discovered", { ...NO_ROWS, providers: rows.discovered });
          const expected = new Map(
            [...rows.discovered, ...rows.config].map((row) => [row.id, row]),
          );
          const { providers } = await store.registry();
          expect(new Map(providers.map((row) => [row.id, row]))).toEqual(expected);
        }),
        { numRuns: runs(15, 300) },
      );
    });

    it("takes hundreds of rows at once", async () => {
      const ids = Array.from({ length: 300 }, (_, n) => `m${String(n).padStart(3, "0")}`);
      const rows = {
        ...NO_ROWS,
        models: ids.map((id) => aModel(id)),
        offers: ids.map((id) => anOffer("p", id)),
      };
      await store.declare("discovered", rows);
      const { models, offers } = rows;
      const discovered = { models, offers };
      expect(await store.registry()).toEqual({ ...rows, ...NONE, discovered, version: 1 });
    });
  });

  describe("keys", () => {
    it("are found by hash with every field", async () => {
      await store.putKey(aKey("key_1"));
      expect(await store.keyByHash("hash of key_1")).toEqual(aKey("key_1"));
      expect(await store.keyByHash("hash of key_2")).toBeUndefined();
    });

    it("are listed newest first", async () => {
      await store.putKey(aKey("key_1", { createdAtMs: 1 }));
      await store.putKey(aKey("key_3", { createdAtMs: 3 }));
      await store.putKey(aKey("key_2", { createdAtMs: 2 }));
      expect((await store.keys()).map(({ id }) => id)).toEqual(["key_3", "key_2", "key_1"]);
    });

    it("take whole milliseconds of a clock that gives fractions", async () => {
      await store.putKey(aKey("key_1", { createdAtMs: 10.6, expiresAtMs: 20.4 }));
      const key = await store.keyByHash("hash of key_1");
      expect([key?.createdAtMs, key?.expiresAtMs]).toEqual([11, 20]);
    });

    it("stay revoked, and are still found", async () => {
      await store.putKey(aKey("key_1"));
      await store.revokeKey("key_1", 5_000);
      await store.revokeKey("key_1", 9_000);
      await store.putKey(aKey("key_1", { name: "renamed" }));
      const key = await store.keyByHash("hash of key_1");
      expect([key?.revokedAtMs, key?.name]).toEqual([5_000, "renamed"]);
    });

    it("move the registry's version with each change, and only then", async () => {
      await store.putKey(aKey("key_1"));
      await store.revokeKey("key_1", 5_000);
      expect(await store.registryVersion()).toBe(2);
      await store.revokeKey("key_1", 6_000);
      await store.revokeKey("key_unknown", 6_000);
      expect(await store.registryVersion()).toBe(2);
    });

    it("never share a hash, and a refused one changes nothing", async () => {
      await store.putKey(aKey("key_1"));
      await expect(store.putKey(aKey("key_2", { hash: "hash of key_1" }))).rejects.toThrow();
      expect(await store.registryVersion()).toBe(1);
      expect(await store.keys()).toHaveLength(1);
    });
  });

  describe("request log", () => {
    it("holds every field of a row", async () => {
      await store.appendRequests([aRequest("req_1", { atMs: 1_000.4, clientRequestId: "c1" })]);
      const [row] = await read(
        `select "client_request_id", "at_ms", "stream", "cost_is_estimate", "cost_nano_usd", "ttft_ms", "overhead_ms", "meta" from "request_log"`,
      );
      expect(row).toEqual(["c1", 1_000, 1, 0, 56_000, 321.25, 0.75, null]);
    });

    it("takes any number of rows, and none", async () => {
      const ids = Array.from({ length: 51 }, (_, n) => `req_${String(n).padStart(2, "0")}`);
      await store.appendRequests([]);
      await store.appendRequests(ids.map((id) => aRequest(id)));
      expect(await logged()).toEqual(ids);
    });

    it("leaves a row as it is when it comes again", async () => {
      await store.appendRequests([aRequest("req_1")]);
      await store.appendRequests([aRequest("req_1", { status: 500 }), aRequest("req_2")]);
      expect(await read(`select "id", "status" from "request_log" order by "id"`)).toEqual([
        ["req_1", 200],
        ["req_2", 200],
      ]);
    });

    it("forgets what is too old, then the oldest beyond the bound", async () => {
      const rows = [10, 20, 30, 40, 40, 50].map((atMs, n) => aRequest(`req_${n}`, { atMs }));
      await store.appendRequests(rows);
      expect(await store.pruneRequests({ beforeMs: 20, rowsMax: 100 })).toBe(1);
      expect(await store.pruneRequests({ beforeMs: 20, rowsMax: 100 })).toBe(0);
      expect(await store.pruneRequests({ beforeMs: 0, rowsMax: 2 })).toBe(3);
      expect(await logged()).toEqual(["req_4", "req_5"]);
    });

    it("does not move the registry's version", async () => {
      await store.appendRequests([aRequest("req_1")]);
      expect(await store.registryVersion()).toBe(0);
    });
  });
}

/** D1's bound, kept on every database. */
function atMost100Parameters(sql: Sql): Sql {
  return {
    all: (statement) => {
      expect(statement.params.length).toBeLessThanOrEqual(100);
      return sql.all(statement);
    },
    batch: (statements) => {
      for (const { params } of statements) expect(params.length).toBeLessThanOrEqual(100);
      return sql.batch(statements);
    },
  };
}
