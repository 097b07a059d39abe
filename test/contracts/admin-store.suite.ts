/** What the admin's part of every store must hold: rows and their changes. Each home runs it. */
import { beforeEach, describe, expect, it } from "vitest";
import type { AdminStore, Resources } from "../../src/administration.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import type { Sql } from "../../src/store/sql.ts";
import { createStore } from "../../src/store/store.ts";
import { aCredential, aDraft, anAlert, aProject } from "../fakes/admin-records.ts";
import { type FaultySql, faultySql } from "../fakes/faulty-sql.ts";
import { aKey, aModel, anAlias, anOffer, aProvider, NO_ROWS } from "../fakes/records.ts";

/** A record of each kind, and its id. */
export const RECORDS = {
  provider: ["p", aProvider("p", { credentialSource: "escrow", dialects: ["responses"] })],
  model: ["m/1", aModel("m/1", { weight: undefined })],
  offer: ["p/m/1", anOffer("p", "m/1")],
  alias: ["fast", anAlias("fast")],
  credential: ["cred_1", aCredential("cred_1", { enabled: false })],
  project: ["proj_1", aProject("proj_1")],
  key: ["key_1", aKey("key_1", { previousHash: "before", previousUntilMs: 5_000 })],
  alert: ["alert_1", anAlert("alert_1", { signingSecret: "whsec" })],
} as const satisfies { [N in keyof Resources]: readonly [string, Resources[N]] };

const KINDS = Object.keys(RECORDS) as (keyof Resources)[];
const AUDITED = { audit: aDraft() };

/** `open` answers an empty database with every migration applied. */
export function adminStoreSuite(open: () => Promise<Sql>): void {
  let sql: FaultySql;
  let admin: AdminStore;
  beforeEach(async () => {
    sql = faultySql(await open());
    admin = createAdminStore(sql);
  });
  const store = () => createStore(sql);
  const entries = async () => (await admin.auditFrom(0, 1_000)).length;
  const ids = async (kind: keyof Resources) =>
    (await sql.all({ sql: `select "id" from "${kind}" order by 1`, params: [] })).map(([id]) => id);

  describe.each(KINDS)("%s rows", (kind) => {
    const [id, record] = RECORDS[kind];

    it("give back every field as it was put, with version 1, an admin's", async () => {
      expect(await admin.put(kind, record, AUDITED)).toBe("written");
      const row = { record, version: 1, managed: "admin" };
      expect(await admin.get(kind, id)).toEqual(row);
      expect(await admin.list(kind, { limit: 10 })).toEqual([row]);
    });

    it("grow their version with each put and refuse another one", async () => {
      await admin.put(kind, record, AUDITED);
      expect(await admin.put(kind, record, { ...AUDITED, version: 1 })).toBe("written");
      expect(await admin.put(kind, record, { ...AUDITED, version: 1 })).toBe("version");
      expect((await admin.get(kind, id))?.version).toBe(2);
      expect(await entries()).toBe(2);
    });

    it("are made once where they must be new, and not at all where they must be there", async () => {
      expect(await admin.put(kind, record, { ...AUDITED, version: 1 })).toBe("missing");
      expect(await admin.put(kind, record, { ...AUDITED, isNew: true })).toBe("written");
      expect(await admin.put(kind, record, { ...AUDITED, isNew: true })).toBe("exists");
      expect((await admin.get(kind, id))?.version).toBe(1);
      expect(await entries()).toBe(1);
    });

    it("are removed once, at the version that was asked for", async () => {
      await admin.put(kind, record, AUDITED);
      expect(await admin.remove(kind, id, { ...AUDITED, version: 2 })).toBe("version");
      expect(await admin.remove(kind, id, { ...AUDITED, version: 1 })).toBe("written");
      expect(await admin.remove(kind, id, AUDITED)).toBe("missing");
      expect(await admin.get(kind, id)).toBeUndefined();
      expect(await entries()).toBe(2);
    });

    it("move the registry's version with what was written, if routing or doors read them", async () => {
      const moves = kind === "alert" ? 0 : 1;
      await admin.put(kind, record, AUDITED);
      expect(await store().registryVersion()).toBe(moves);
      await admin.put(kind, record, { ...AUDITED, isNew: true });
      await admin.put(kind, record, { ...AUDITED, version: 7 });
      expect(await store().registryVersion()).toBe(moves);
      await admin.remove(kind, id, AUDITED);
      await admin.remove(kind, id, AUDITED);
      expect(await store().registryVersion()).toBe(2 * moves);
    });
  });

  describe("lists", () => {
    it("go on after an id, in the order of ids", async () => {
      for (const id of ["b", "d", "a", "c"]) await admin.put("model", aModel(id), AUDITED);
      const page = async (after?: string) =>
        (await admin.list("model", { after, limit: 3 })).map(({ record }) => record.id);
      expect(await page()).toEqual(["a", "b", "c"]);
      expect(await page("c")).toEqual(["d"]);
      expect(await page("aa")).toEqual(["b", "c", "d"]);
    });

    it("order offers by provider/model as text, and can name one provider", async () => {
      const keys = ["a/z", "a-b/m", "a/m/1", "b/m"];
      for (const key of keys) {
        const slash = key.indexOf("/");
        await admin.put("offer", anOffer(key.slice(0, slash), key.slice(slash + 1)), AUDITED);
      }
      const page = async (given: { after?: string; limit: number; providerId?: string }) =>
        (await admin.list("offer", given)).map(
          ({ record }) => `${record.providerId}/${record.modelId}`,
        );
      expect(await page({ limit: 10 })).toEqual(keys.sort());
      expect(await page({ after: "a-b/m", limit: 2 })).toEqual(["a/m/1", "a/z"]);
      expect(await page({ providerId: "a", after: "a/m/1", limit: 10 })).toEqual(["a/z"]);
      expect(await admin.get("offer", "a")).toBeUndefined();
    });

    it("tell the credentials of one provider", async () => {
      await admin.put("credential", aCredential("cred_1"), AUDITED);
      await admin.put("credential", aCredential("cred_2", { providerId: "q" }), AUDITED);
      const found = await admin.list("credential", { providerId: "q", limit: 10 });
      expect(found.map(({ record }) => record.id)).toEqual(["cred_2"]);
    });
  });

  describe("owners", () => {
    const offers = [anOffer("p", "m")];
    const declared = { ...NO_ROWS, providers: [aProvider("p")], models: [aModel("m")], offers };

    it("keep config's rows from admins, and say so", async () => {
      await store().declare("config", declared);
      const put = aProvider("p", { kind: "vllm" });
      expect(await admin.put("provider", put, AUDITED)).toBe("managed");
      expect(await admin.put("provider", put, { ...AUDITED, version: 1 })).toBe("managed");
      expect(await admin.put("provider", put, { ...AUDITED, isNew: true })).toBe("exists");
      expect(await admin.remove("offer", "p/m", AUDITED)).toBe("managed");
      const row = { record: aProvider("p"), version: 1, managed: "config" };
      expect(await admin.get("provider", "p")).toEqual(row);
      expect(await entries()).toBe(0);
    });

    it("let an admin take over what was found: discovery neither changes nor deletes it", async () => {
      await store().declare("discovered", declared);
      const mine = aModel("m", { weight: 9 });
      expect(await admin.put("model", mine, { ...AUDITED, version: 1 })).toBe("written");
      await store().declare("discovered", { ...declared, models: [aModel("m", { weight: 1 })] });
      await store().declare("discovered", NO_ROWS);
      expect(await admin.list("model", { limit: 10 })).toEqual([
        { record: mine, version: 2, managed: "admin" },
      ]);
      expect(await admin.list("offer", { limit: 10 })).toEqual([]);
    });

    it("find a removed row again, although discovery finds what it found before", async () => {
      await store().declare("discovered", declared);
      await admin.remove("model", "m", AUDITED);
      await store().declare("discovered", declared);
      expect(await ids("model")).toEqual(["m"]);
      expect(await admin.get("offer", "p/m")).toMatchObject({ managed: "discovered" });
    });

    it("give an admin's row to config once its file names it", async () => {
      await admin.put("provider", aProvider("p", { kind: "vllm" }), AUDITED);
      await store().declare("config", declared);
      const row = { record: aProvider("p"), version: 2, managed: "config" };
      expect(await admin.get("provider", "p")).toEqual(row);
    });

    it("take a provider's offers and keys away with it, and a model's offers, but never config's", async () => {
      await store().declare("config", { ...NO_ROWS, offers: [anOffer("p", "config")] });
      await store().declare("discovered", { ...NO_ROWS, offers: [anOffer("p", "found")] });
      for (const id of ["p", "q"]) {
        await admin.put("provider", aProvider(id), AUDITED);
        await admin.put("offer", anOffer(id, "m"), AUDITED);
        await admin.put("offer", anOffer(id, "n"), AUDITED);
        await admin.put("credential", aCredential(`cred_${id}`, { providerId: id }), AUDITED);
      }
      await admin.put("model", aModel("m"), AUDITED);
      expect(await admin.remove("provider", "p", { ...AUDITED, version: 1 })).toBe("written");
      expect(await admin.remove("model", "m", AUDITED)).toBe("written");
      const { offers, credentials } = await store().registry();
      expect(offers.map(({ providerId, modelId }) => `${providerId}/${modelId}`)).toEqual([
        "p/config",
        "q/n",
      ]);
      expect(credentials.map(({ id }) => id)).toEqual(["cred_q"]);
    });
  });

  describe("keys", () => {
    it("stay revoked whatever is put", async () => {
      await admin.put("key", aKey("key_1", { revokedAtMs: 5_000.4 }), AUDITED);
      await admin.put("key", aKey("key_1", { name: "renamed" }), AUDITED);
      await admin.put("key", aKey("key_1", { revokedAtMs: 9_000 }), AUDITED);
      const key = await store().keyByHash("hash of key_1");
      expect(key).toEqual(aKey("key_1", { revokedAtMs: 5_000 }));
    });
  });
}
