/** What every vault does with texts that are kept for a while. */
import { describe, expect, test } from "vitest";
import {
  chance,
  codeOf,
  draft,
  dump,
  openVault,
  PASSWORD,
  type VaultHome,
} from "../fakes/vault-home.ts";

const CONTEXT = "run/plan_1/request";
const TEXT = "a text of the client's: 模型 🐎 \u0000 end";

/** `open` answers a home with an empty database. */
export function vaultTextSuite(open: () => Promise<VaultHome>): void {
  describe("texts", () => {
    test("sealed, a text comes back whole for its own context, also in the next process", async () => {
      const home = await open();
      const vault = await openVault(home);
      const long = "x".repeat(1_000_000);
      for (const text of ["", TEXT, long]) {
        const sealed = await vault.sealText(text, CONTEXT);
        expect(await vault.openText(sealed, CONTEXT)).toBe(text);
      }
      const sealed = await vault.sealText(TEXT, CONTEXT);
      expect(sealed).not.toContain("client");
      const next = home.start();
      await next.unlock(PASSWORD, draft());
      expect(await next.openText(sealed, CONTEXT)).toBe(TEXT);
    });

    test("the same text is never sealed alike twice, and nothing of it is written by the vault", async () => {
      const home = await open();
      const vault = await openVault(home);
      const sealed = await Promise.all(
        Array.from({ length: 100 }, () => vault.sealText(TEXT, CONTEXT)),
      );
      expect(new Set(sealed.map((one) => one.split(".")[2])).size).toBe(100);
      expect(await dump(home)).not.toContain("client's");
    });

    test("for another context, or with any byte changed, it cannot be read", async () => {
      const home = await open();
      const vault = await openVault(home);
      const sealed = await vault.sealText("kept", CONTEXT);
      const bad = ["", "t1", "kept", `t2${sealed.slice(2)}`, `${sealed}.`, `${sealed}.AAAA`];
      for (let at = 0; at < sealed.length; at++) {
        const flipped = String.fromCharCode(sealed.charCodeAt(at) ^ 1);
        bad.push(sealed.slice(0, at) + flipped + sealed.slice(at + 1));
      }
      const codes = await Promise.all(bad.map((one) => codeOf(vault.openText(one, CONTEXT))));
      expect(new Set(codes)).toEqual(new Set(["credential_unreadable"]));
      for (const context of ["", `${CONTEXT}/`, "run/plan_2/request"]) {
        expect(await codeOf(vault.openText(sealed, context))).toBe("credential_unreadable");
      }
    });

    test("a vault without password, or sealed, neither seals nor opens one, and says which", async () => {
      const home = await open();
      const both = async (sealed: string) => {
        const vault = home.start();
        return [
          await codeOf(vault.sealText(TEXT, CONTEXT)),
          await codeOf(vault.openText(sealed, CONTEXT)),
        ];
      };
      expect(await both("t1.a.b.c")).toEqual(["vault_uninitialised", "vault_uninitialised"]);
      const vault = await openVault(home);
      const sealed = await vault.sealText(TEXT, CONTEXT);
      expect(await both(sealed)).toEqual(["vault_sealed", "vault_sealed"]);
      await vault.lock(draft("vault.lock"));
      expect(await codeOf(vault.openText(sealed, CONTEXT))).toBe("vault_sealed");
      expect(await codeOf(vault.sealText(TEXT, CONTEXT))).toBe("vault_sealed");
    });

    test("a provider key's row is no text, and a text no row", async () => {
      const home = await open();
      const vault = await openVault(home);
      const { iv, ciphertext, dekId } = await vault.seal("sk-0123456789", {
        ...{ id: "cred_1", providerId: "p", label: "main", origin: "https://a.example" },
        ...{ sealVersion: 1, enabled: true, setAtMs: 1 },
      });
      const forged = ["t1", dekId, iv, ciphertext].join(".");
      expect(await codeOf(vault.openText(forged, CONTEXT))).toBe("credential_unreadable");
    });

    test("nothing is sealed with chance that is stuck", async () => {
      const home = await open();
      let isStuck = false;
      const randomBytes = (n: number) => (isStuck ? new Uint8Array(n).fill(7) : chance(n));
      const vault = await openVault(home, { randomBytes });
      isStuck = true;
      expect(await codeOf(vault.sealText(TEXT, CONTEXT))).toBe("misconfigured");
    });
  });
}
