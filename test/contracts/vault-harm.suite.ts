/** What a vault does when its rows are changed behind its back, and when it is killed. */
import { describe, expect, test } from "vitest";
import type { AdminStore } from "../../src/administration.ts";
import type { CredentialRecord } from "../../src/credential.ts";
import {
  codeOf,
  draft,
  openVault,
  overwrite,
  PASSWORD,
  rowOf,
  SECRET,
  sealed,
  type VaultHome,
} from "../fakes/vault-home.ts";

const NEXT = "another long password";

/** `open` answers a home with an empty database. */
export function vaultHarmSuite(open: () => Promise<VaultHome>): void {
  describe("rows changed by others", () => {
    test("any byte of the header makes it tampered, never a wrong password", async () => {
      const home = await open();
      await openVault(home);
      const row = await rowOf(home);
      const found = new Map<string, number>();
      for (let at = 0; at < row.header.length; at++) {
        const flipped = String.fromCharCode(row.header.charCodeAt(at) ^ 1);
        const header = row.header.slice(0, at) + flipped + row.header.slice(at + 1);
        await overwrite(home, { ...row, header });
        const code = await codeOf(home.start().unlock(PASSWORD, draft()));
        found.set(code, (found.get(code) ?? 0) + 1);
      }
      expect([...found]).toEqual([["vault_tampered", row.header.length]]);
      expect((await home.start().status()).state).toBe("tampered");
      await overwrite(home, row);
      const vault = home.start();
      await vault.unlock(PASSWORD, draft());
      expect(await vault.status()).toMatchObject({ state: "unsealed", failures: 0 });
    });

    test("a header put together by somebody who knows its form is tampered, too", async () => {
      const home = await open();
      await openVault(home);
      const row = await rowOf(home);
      const { deks } = JSON.parse(row.header);
      const swapped = row.header.replace(deks[0].wrapped, deks[0].iv);
      await overwrite(home, { ...row, header: await summed(swapped) });
      const vault = home.start();
      expect(await codeOf(vault.unlock(PASSWORD, draft()))).toBe("vault_tampered");
      expect(await vault.status()).toMatchObject({ state: "tampered", failures: 0 });
      expect((await home.store.auditPage({ limit: 1 }))[0]?.outcome).toBe("error");
      for (const cost of [`"memoryKib":1048576`, `"memoryKib":1`]) {
        const header = await summed(row.header.replace(/"memoryKib":\d+/, cost));
        await overwrite(home, { ...row, header });
        expect(await codeOf(home.start().unlock(PASSWORD, draft()))).toBe("vault_tampered");
      }
      await overwrite(home, { ...row, epoch: row.epoch + 1 });
      expect(await codeOf(home.start().unlock(PASSWORD, draft()))).toBe("vault_tampered");
    });

    test("any byte of a secret, or of what it is bound to, makes it unreadable", async () => {
      const home = await open();
      const vault = await openVault(home);
      const record = await sealed(home, vault);
      const bad: CredentialRecord[] = [
        { ...record, origin: "https://evil.example.com" },
        { ...record, providerId: "q" },
        { ...record, id: "cred_2" },
        { ...record, label: "other" },
        { ...record, sealVersion: 2 },
        { ...record, dekId: "dek_0000000000000000" },
      ];
      for (const field of ["iv", "ciphertext"] as const) {
        for (let at = 0; at < record[field].length; at++) {
          const flipped = String.fromCharCode(record[field].charCodeAt(at) ^ 1);
          const text = record[field].slice(0, at) + flipped + record[field].slice(at + 1);
          bad.push({ ...record, [field]: text });
        }
      }
      for (const one of bad)
        expect(await codeOf(async () => vault.secret(one))).toBe("credential_unreadable");
      expect(await vault.secret({ ...record, enabled: false, setAtMs: 2_000 })).toBe(SECRET);
    });

    test("ciphertexts of two providers that were swapped are both unreadable", async () => {
      const home = await open();
      const vault = await openVault(home);
      const a = await sealed(home, vault, { id: "cred_a", secret: "sk-of-provider-a" });
      const change = { providerId: "q" };
      const b = await sealed(home, vault, { id: "cred_b", secret: "sk-of-provider-b", change });
      for (const [own, other] of [
        [a, b],
        [b, a],
      ] as const) {
        const swapped = { ...own, iv: other.iv, ciphertext: other.ciphertext };
        expect(await codeOf(async () => vault.secret(swapped))).toBe("credential_unreadable");
      }
    });

    test("an older row is told of once, and still opens", async () => {
      const home = await open();
      const vault = await openVault(home);
      const older = await rowOf(home);
      await vault.changePassword({ from: PASSWORD, to: NEXT }, draft());
      await overwrite(home, older);
      const next = home.start();
      await next.unlock(PASSWORD, draft());
      expect(await next.status()).toMatchObject({ state: "unsealed", rollbackSuspected: true });
      const entries = await home.store.auditPage({ limit: 50 });
      const told = entries.filter(({ action }) => action === "vault.rollback-suspected");
      expect(told).toHaveLength(1);
      expect(told[0]).toMatchObject({ actor: "system", after: `{"epoch":1}` });
    });
  });

  describe("killed while it changes its password", () => {
    for (const when of ["before", "after"] as const) {
      test(`${when} any write: exactly one password opens it, and no secret is lost`, async () => {
        for (let at = 1; at <= 12; at++) {
          const home = await open();
          const record = await sealed(home, await openVault(home));
          const store = (real: AdminStore) => dying(real, at, when);
          const code = await codeOf(
            home.start({ store }).changePassword({ from: PASSWORD, to: NEXT }, draft()),
          );
          const codes = [];
          for (const password of [PASSWORD, NEXT]) {
            const vault = home.start();
            codes.push(await codeOf(vault.unlock(password, draft())));
            if (vault.isOpen()) expect(await vault.secret(record)).toBe(SECRET);
          }
          expect(codes.sort()).toEqual(["none", "wrong_password"]);
          if (code === "none") return;
        }
        throw new Error("it never came through");
      });
    }
  });
}

/** Counts writes and reads of the store, and breaks off at one of them. */
export function dying(store: AdminStore, at: number, when: "before" | "after"): AdminStore {
  let calls = 0;
  const step = async <T>(run: () => Promise<T>): Promise<T> => {
    calls++;
    if (calls >= at && when === "before") throw new Error("killed");
    const answer = await run();
    if (calls >= at) throw new Error("killed");
    return answer;
  };
  return {
    ...store,
    vault: () => step(() => store.vault()),
    putVault: (...args) => step(() => store.putVault(...args)),
    audit: (...args) => step(() => store.audit(...args)),
    put: (...args) => step(() => store.put(...args)),
    list: (...args) => step(() => store.list(...args)),
    putActorStates: (...args) => step(() => store.putActorStates(...args)),
  };
}

/** The header with the checksum that belongs to it. */
async function summed(header: string): Promise<string> {
  const { sum: _, ...rest } = JSON.parse(header);
  const bytes = new TextEncoder().encode(JSON.stringify(rest));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sum = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return JSON.stringify({ ...rest, sum });
}
