/** A new data key, cut off anywhere. */
import { describe, expect, test } from "vitest";
import type { AdminStore } from "../../src/administration.ts";
import { runs } from "../fakes/long.ts";
import { seeded } from "../fakes/seeded.ts";
import {
  codeOf,
  draft,
  openVault,
  PASSWORD,
  rowOf,
  sealed,
  type VaultHome,
} from "../fakes/vault-home.ts";
import { dying } from "./vault-harm.suite.ts";

const ROTATE = draft("vault.rotate");
/** No key is left out before what may need it has had its day. */
const RETIRED_MS = 25 * 60 * 60_000;

/** `open` answers a home with an empty database. */
export function vaultRotationSuite(open: () => Promise<VaultHome>): void {
  const rows = async ({ store }: VaultHome) =>
    (await store.list("credential", { limit: 2_000 })).map(({ record }) => record);
  const keyIds = async (home: VaultHome): Promise<string[]> =>
    JSON.parse((await rowOf(home)).header).deks.map(({ id }: { id: string }) => id);

  describe("rotation", () => {
    test("seals every secret again, and later leaves the old key out", async () => {
      const home = await open();
      const vault = await openVault(home);
      const before = [await sealed(home, vault), await sealed(home, vault, { id: "cred_2" })];
      const [oldId] = await keyIds(home);
      expect(await vault.rotate(ROTATE)).toEqual({ resealed: 2 });
      const after = await rows(home);
      for (const [i, record] of after.entries()) {
        expect(record.dekId).not.toBe(oldId);
        expect(record.sealVersion).toBe(2);
        expect(await vault.secret(record)).toBe(await vault.secret(before[i] ?? record));
      }
      home.clock.nowMs += RETIRED_MS;
      await vault.rotate(ROTATE);
      expect(await keyIds(home)).not.toContain(oldId);
      const next = home.start();
      await next.unlock(PASSWORD, draft());
      for (const record of await rows(home)) expect(await next.secret(record)).toMatch(/^sk-/);
    });

    test("a text can be opened for a day after its key was replaced, and not after the key is gone", async () => {
      const home = await open();
      const vault = await openVault(home);
      const text = await vault.sealText("kept", "plan_1");
      await vault.rotate(ROTATE);
      home.clock.nowMs += RETIRED_MS - 1;
      await vault.rotate(ROTATE);
      const next = home.start();
      await next.unlock(PASSWORD, draft());
      expect(await next.openText(text, "plan_1")).toBe("kept");
      home.clock.nowMs += 1;
      await vault.rotate(ROTATE);
      expect(await codeOf(vault.openText(text, "plan_1"))).toBe("credential_unreadable");
    });

    test("what was sealed just before and stored just after can be read", async () => {
      const home = await open();
      const vault = await openVault(home);
      const late = await vault.seal("sk-stored-late", {
        ...(await sealed(home, vault)),
        id: "cred_late",
      });
      await vault.rotate(ROTATE);
      await home.store.put("credential", late, { audit: draft("credential.put") });
      expect(await vault.secret(late)).toBe("sk-stored-late");
      home.clock.nowMs += RETIRED_MS;
      expect(await vault.rotate(ROTATE)).toEqual({ resealed: 1 });
      for (const record of await rows(home)) expect(await vault.secret(record)).toMatch(/^sk-/);
    });

    test("an edit at the same time wins", async () => {
      const home = await open();
      const first = await openVault(home);
      const record = await sealed(home, first);
      const edited = await first.seal("sk-edited-meanwhile", { ...record, sealVersion: 2 });
      let isEdited = false;
      const store = (real: AdminStore): AdminStore => ({
        ...real,
        async put(resource, row, change) {
          if (!isEdited) await real.put("credential", edited, { audit: draft("credential.put") });
          isEdited = true;
          return real.put(resource, row, change);
        },
      });
      const vault = home.start({ store });
      await vault.unlock(PASSWORD, draft());
      await vault.rotate(ROTATE);
      const [found] = await rows(home);
      expect(found?.dekId).not.toBe(edited.dekId);
      expect(found && (await vault.secret(found))).toBe("sk-edited-meanwhile");
    });

    test("cut off anywhere, the next call goes on, and every secret can be read at any time", async () => {
      const random = seeded(5);
      const total = runs(12, 1_000);
      const home = await open();
      const first = await openVault(home);
      for (let i = 0; i < total; i++) {
        await sealed(home, first, { id: `cred_${1_000 + i}`, secret: `sk-number-${i}` });
      }
      const [oldId] = await keyIds(home);
      for (let cut = 0; cut < 40; cut++) {
        const at = 6 + Math.floor(random() * total);
        const store = (real: AdminStore) => dying(real, at, random() < 0.5 ? "before" : "after");
        const vault = home.start(cut < 6 ? { store } : {});
        if ((await codeOf(vault.unlock(PASSWORD, draft()))) !== "none") continue;
        const code = await codeOf(vault.rotate(ROTATE));
        const reader = home.start();
        await reader.unlock(PASSWORD, draft());
        for (const [i, record] of (await rows(home)).entries()) {
          expect(await reader.secret(record)).toBe(`sk-number-${i}`);
        }
        if (code === "none") break;
      }
      expect((await rows(home)).some(({ dekId }) => dekId === oldId)).toBe(false);
    });

    test("of two processes, the one that did not rotate reads the new rows after a right password", async () => {
      const home = await open();
      const one = await openVault(home);
      await sealed(home, one);
      const two = home.start();
      await two.unlock(PASSWORD, draft());
      await one.rotate(ROTATE);
      const [record] = await rows(home);
      expect(record && (await two.secret(record))).toMatch(/^sk-/);
      await one.changePassword({ from: PASSWORD, to: "another long password" }, draft());
      expect(await codeOf(two.rotate(ROTATE))).toBe("step_up_required");
      await two.verify("another long password");
      expect(await codeOf(two.rotate(ROTATE))).toBe("none");
    });

    test("a sealed vault does not rotate", async () => {
      const home = await open();
      await openVault(home);
      expect(await codeOf(home.start().rotate(ROTATE))).toBe("vault_sealed");
    });
  });
}
