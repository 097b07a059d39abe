/** What the audit chain of every store must hold. Each home runs it. */
import { beforeEach, describe, expect, it } from "vitest";
import type { AdminStore, AuditEntry, WriteResult } from "../../src/administration.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import { verifyChain } from "../../src/store/audit-chain.ts";
import type { Sql } from "../../src/store/sql.ts";
import { aCredential, aDraft } from "../fakes/admin-records.ts";
import { type FaultySql, faultySql } from "../fakes/faulty-sql.ts";
import { aKey, aModel, anOffer, aProvider } from "../fakes/records.ts";

const AUDITED = { audit: aDraft() };

/** Every table that an audited write may touch. */
const TABLES = ["provider", "model", "offer", "credential", "api_key", "vault", "meta", "audit"];

/** Writes that find something to do once `provider p`, its offer and its key are there. */
const WRITES: Readonly<Record<string, (admin: AdminStore) => Promise<WriteResult | boolean>>> = {
  "an insert": (admin) => admin.put("model", aModel("new"), { ...AUDITED, isNew: true }),
  "an update": (admin) => admin.put("provider", aProvider("p"), { ...AUDITED, version: 1 }),
  "a removal": (admin) => admin.remove("provider", "p", AUDITED),
  "a key": (admin) => admin.put("key", aKey("key_1"), AUDITED),
  "a vault": (admin) => admin.putVault("{}", undefined, AUDITED.audit),
};

/** `open` answers an empty database with every migration applied. */
export function adminAuditSuite(open: () => Promise<Sql>): void {
  let sql: FaultySql;
  let admin: AdminStore;
  beforeEach(async () => {
    sql = faultySql(await open());
    admin = createAdminStore(sql);
  });
  const run = (text: string) => sql.all({ sql: text, params: [] });
  const dump = () => Promise.all(TABLES.map((table) => run(`select * from "${table}" order by 1`)));
  const verify = () => verifyChain(admin.auditFrom);
  const chain = () => admin.auditFrom(0, 1_000);
  const fill = async (entries: number) => {
    for (let n = 1; n <= entries; n++) await admin.audit(aDraft({ atMs: n, target: `t${n}` }));
  };

  describe("an audited write", () => {
    const prepare = async () => {
      await admin.put("provider", aProvider("p"), AUDITED);
      await admin.put("offer", anOffer("p", "m"), AUDITED);
      await admin.put("credential", aCredential("cred_1"), AUDITED);
    };

    it.each(Object.entries(WRITES))(
      "of %s is whole or nothing, whichever statement fails",
      async (_name, write) => {
        await prepare();
        const before = await dump();
        let failed = 0;
        for (;;) {
          sql.failAt = failed + 1;
          const answer = await write(admin).catch(() => "failed");
          const left = sql.failAt;
          sql.failAt = undefined;
          if (answer !== "failed") {
            expect([answer, left]).toEqual([answer === true ? true : "written", 1]);
            break;
          }
          failed += 1;
          expect(await dump()).toEqual(before);
        }
        expect(failed).toBeGreaterThanOrEqual(3);
        expect(await chain()).toHaveLength(4);
        expect(await verify()).toEqual({ ok: true, entries: 4 });
      },
    );

    it.each(Object.entries(WRITES))(
      "of %s whose answer is lost is there with its entry, once",
      async (_name, write) => {
        await prepare();
        const rows = async () => JSON.stringify((await dump()).slice(0, -2));
        const before = await rows();
        sql.losesAnswer = true;
        await expect(write(admin)).rejects.toThrow(/connection broke/);
        expect(await rows()).not.toBe(before);
        expect(await verify()).toEqual({ ok: true, entries: 4 });
      },
    );

    it("that another admin was faster than says so and leaves the other's row", async () => {
      await admin.put("provider", aProvider("p"), AUDITED);
      const other = createAdminStore(sql);
      const change = { ...AUDITED, version: 1 };
      sql.meanwhile = () => other.put("provider", aProvider("p", { kind: "theirs" }), change);
      expect(await admin.put("provider", aProvider("p", { kind: "mine" }), change)).toBe("version");
      const { record, version } = (await admin.get("provider", "p")) ?? {};
      expect([record?.kind, version]).toEqual(["theirs", 2]);
      expect(await chain()).toHaveLength(2);
    });

    it("that finds its place in the chain taken takes the next one", async () => {
      const other = createAdminStore(sql);
      sql.meanwhile = () => other.audit(aDraft({ action: "theirs" }));
      await admin.put("provider", aProvider("p"), { audit: aDraft({ action: "mine" }) });
      expect((await chain()).map(({ seq, action }) => [seq, action])).toEqual([
        [1, "theirs"],
        [2, "mine"],
      ]);
      expect(await verify()).toEqual({ ok: true, entries: 2 });
    });

    it("by one of two admins wins where both change one version of a row", async () => {
      await admin.put("provider", aProvider("p"), AUDITED);
      const both = ["a", "b"].map((kind) =>
        admin.put("provider", aProvider("p", { kind }), { ...AUDITED, version: 1 }),
      );
      expect((await Promise.all(both)).sort()).toEqual(["version", "written"]);
      expect((await admin.get("provider", "p"))?.version).toBe(2);
      expect(await chain()).toHaveLength(2);
    });

    it("is one of fifty at once, and the chain has no gap", async () => {
      const ids = Array.from({ length: 50 }, (_, n) => `m${n}`);
      const writes = ids.map((id) =>
        admin.put("model", aModel(id), { audit: aDraft({ target: id }) }),
      );
      expect(new Set(await Promise.all(writes))).toEqual(new Set(["written"]));
      const entries = await chain();
      expect(entries.map(({ seq }) => seq)).toEqual(ids.map((_, n) => n + 1));
      expect(entries.map(({ target }) => target).sort()).toEqual([...ids].sort());
      expect(await verify()).toEqual({ ok: true, entries: 50 });
    });

    it("that never gets a place is a conflict and writes nothing", async () => {
      const again = async (): Promise<void> => {
        sql.meanwhile = again;
        const [[seq] = [0]] = await run(`select max("seq") from "audit"`);
        await run(
          `insert into "audit" values (${Number(seq) + 1}, 1, '', '', '', 'ok', null, null, '', '', '')`,
        );
      };
      sql.meanwhile = again;
      const put = admin.put("model", aModel("m"), AUDITED);
      await expect(put).rejects.toMatchObject({ code: "conflict" });
      sql.meanwhile = undefined;
      expect(await admin.get("model", "m")).toBeUndefined();
    });
  });

  describe("the chain", () => {
    it("gives back every field of an entry, newest first by page and oldest first from a number", async () => {
      const draft = aDraft({ outcome: "denied", before: "null", after: undefined });
      await admin.audit(draft);
      await fill(3);
      const seqs = (entries: readonly AuditEntry[]) => entries.map(({ seq }) => seq);
      expect((await admin.auditFrom(1, 1))[0]).toMatchObject({ ...draft, seq: 1 });
      expect(seqs(await admin.auditPage({ limit: 2 }))).toEqual([4, 3]);
      expect(seqs(await admin.auditPage({ beforeSeq: 3, limit: 9 }))).toEqual([2, 1]);
      expect(seqs(await admin.auditFrom(2, 2))).toEqual([2, 3]);
    });

    it("holds whatever text and time its entries were given", async () => {
      await admin.audit(
        aDraft({ atMs: 1_000.6, target: "half \ud83d of a pair", after: "a\u0000b€\n" }),
      );
      await admin.audit(aDraft({ actor: "", before: "", after: '","' }));
      expect(await verify()).toEqual({ ok: true, entries: 2 });
      expect((await chain())[0]).toMatchObject({
        atMs: 1_001,
        target: "half \ufffd of a pair",
        after: "a\ufffdb€\n",
      });
    });

    it.each([
      "at_ms = at_ms + 1",
      "actor = 'system'",
      "action = 'x'",
      "target = 't4'",
      "outcome = 'denied'",
      "before = ''",
      "after = null",
      "request_id = ''",
      "previous_hash = 'x'",
      "hash = 'x'",
    ])("is broken where an entry was edited: %s", async (edit) => {
      await fill(5);
      await run(`update "audit" set ${edit} where "seq" = 3`);
      expect(await verify()).toEqual({ ok: false, seq: 3 });
    });

    it("is broken where an entry was deleted and the others moved up", async () => {
      await fill(3);
      await run(`delete from "audit" where "seq" = 2`);
      await run(`update "audit" set "seq" = 2 where "seq" = 3`);
      expect(await verify()).toEqual({ ok: false, seq: 2 });
    });

    it("is broken where an entry was deleted or two changed places", async () => {
      await fill(5);
      await run(`update "audit" set "seq" = 9 where "seq" = 3`);
      expect(await verify()).toEqual({ ok: false, seq: 3 });
      await run(`update "audit" set "seq" = 3 where "seq" = 4`);
      await run(`update "audit" set "seq" = 4 where "seq" = 9`);
      expect(await verify()).toEqual({ ok: false, seq: 3 });
    });

    it("keeps its newest entry when it is pruned, and goes on from it", async () => {
      await fill(4);
      expect(await admin.pruneAudit(3)).toBe(2);
      expect(await verify()).toEqual({ ok: true, entries: 2 });
      expect(await admin.pruneAudit(1_000_000)).toBe(1);
      expect(await admin.pruneAudit(1_000_000)).toBe(0);
      await admin.put("provider", aProvider("p"), AUDITED);
      expect((await chain()).map(({ seq }) => seq)).toEqual([4, 5]);
      expect(await verify()).toEqual({ ok: true, entries: 2 });
    });

    it("has no gap after pruning, although a clock went back", async () => {
      for (const atMs of [10, 50, 20, 60]) await admin.audit(aDraft({ atMs }));
      expect(await admin.pruneAudit(40)).toBe(1);
      expect(await verify()).toEqual({ ok: true, entries: 3 });
    });
  });
}
