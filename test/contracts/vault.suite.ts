/** What every vault does, whatever its home: states, passwords, secrets. */
import { describe, expect, test } from "vitest";
import { spellings } from "../../src/secret.ts";
import { utf8 } from "../../src/vault/encoding.ts";
import {
  chance,
  codeOf,
  draft,
  dump,
  openVault,
  PASSWORD,
  rowOf,
  SECRET,
  sealed,
  unsealed,
  type VaultHome,
} from "../fakes/vault-home.ts";

const WRONG = "wrong horse battery";

/** `open` answers a home with an empty database. */
export function vaultSuite(open: () => Promise<VaultHome>): void {
  describe("from nothing to open", () => {
    test("before it is initialised nothing can be unlocked, and nothing is written", async () => {
      const home = await open();
      const vault = home.start();
      const before = await dump(home);
      expect(await codeOf(vault.unlock(PASSWORD, draft()))).toBe("vault_uninitialised");
      expect(await codeOf(vault.verify(PASSWORD))).toBe("vault_uninitialised");
      expect(await codeOf(vault.seal(SECRET, unsealed()))).toBe("vault_sealed");
      expect(await dump(home)).toBe(before);
      expect(await vault.status()).toMatchObject({ state: "uninitialised", epoch: 0 });
    });

    test("initialising leaves it sealed, unlocking opens it, locking seals it", async () => {
      const home = await open();
      const vault = home.start();
      await vault.init(PASSWORD, draft("vault.init"));
      expect(await vault.status()).toMatchObject({
        state: "sealed",
        sealedReason: "start",
        epoch: 1,
      });
      await vault.unlock(PASSWORD, draft());
      expect(vault.isOpen()).toBe(true);
      expect((await vault.status()).state).toBe("unsealed");
      const record = await sealed(home, vault);
      expect(await vault.secret(record)).toBe(SECRET);
      await vault.lock(draft("vault.lock"));
      expect(vault.isOpen()).toBe(false);
      expect(await vault.status()).toMatchObject({ state: "sealed", sealedReason: "locked" });
      expect(await codeOf(async () => vault.secret(record))).toBe("vault_sealed");
    });

    test("of fifty that initialise at once one wins, and its password is the vault's", async () => {
      const home = await open();
      const vaults = [home.start(), home.start()];
      const codes = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          codeOf(
            vaults[i % 2]?.init(`password number ${i}`, draft("vault.init")) ?? Promise.reject(),
          ),
        ),
      );
      const winners = codes.flatMap((code, i) => (code === "none" ? [i] : []));
      expect(winners).toHaveLength(1);
      expect(new Set(codes)).toEqual(new Set(["none", "vault_already_initialised"]));
      await home.start().unlock(`password number ${winners[0]}`, draft());
    });

    test("a new process is sealed, and one unlock gives every secret back", async () => {
      const home = await open();
      const record = await sealed(home, await openVault(home));
      const next = home.start();
      expect(next.isOpen()).toBe(false);
      expect(await codeOf(async () => next.secret(record))).toBe("vault_sealed");
      await next.unlock(PASSWORD, draft());
      expect(await next.secret(record)).toBe(SECRET);
    });
  });

  describe("passwords", () => {
    test("a wrong one changes nothing but the counter, and is audited as denied", async () => {
      const home = await open();
      const vault = home.start();
      await vault.init(PASSWORD, draft("vault.init"));
      const before = await rowOf(home);
      expect(await codeOf(vault.unlock(WRONG, draft()))).toBe("wrong_password");
      expect(await rowOf(home)).toEqual(before);
      expect(await vault.status()).toMatchObject({ state: "sealed", failures: 1 });
      const [entry] = await home.store.auditPage({ limit: 1 });
      expect(entry).toMatchObject({ action: "vault.unlock", outcome: "denied" });
    });

    test("a wrong one leaves an open vault open", async () => {
      const home = await open();
      const vault = await openVault(home);
      const record = await sealed(home, vault);
      expect(await codeOf(vault.unlock(WRONG, draft()))).toBe("wrong_password");
      expect(await codeOf(vault.verify(WRONG))).toBe("wrong_password");
      expect(await vault.secret(record)).toBe(SECRET);
      await vault.verify(PASSWORD);
    });

    test("after three wrong ones the wait doubles, up to five minutes, also in the next process", async () => {
      const home = await open();
      await home.start().init(PASSWORD, draft("vault.init"));
      const waits: number[] = [];
      for (let i = 0; i < 14; i++) {
        const vault = home.start();
        expect(await codeOf(vault.unlock(WRONG, draft()))).toBe("wrong_password");
        const { refusedUntilMs } = await vault.status();
        waits.push(refusedUntilMs === 0 ? 0 : (refusedUntilMs - home.clock.nowMs) / 1000);
        if (refusedUntilMs > 0) {
          expect(await codeOf(vault.unlock(PASSWORD, draft()))).toBe("rate_limited");
          home.clock.nowMs = refusedUntilMs;
        }
      }
      expect(waits).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
      const vault = home.start();
      await vault.unlock(PASSWORD, draft());
      expect(await vault.status()).toMatchObject({ failures: 0, refusedUntilMs: 0 });
    });

    test("of a hundred unlocks at once one password is hashed", async () => {
      const home = await open();
      const vault = home.start();
      await vault.init(PASSWORD, draft("vault.init"));
      const codes = await Promise.all(
        Array.from({ length: 100 }, () => codeOf(vault.unlock(PASSWORD, draft()))),
      );
      expect(codes.filter((code) => code === "none")).toHaveLength(1);
      expect(codes.filter((code) => code === "kdf_busy")).toHaveLength(99);
    });

    test("how an accent is composed makes no difference; emoji are characters", async () => {
      const home = await open();
      const vault = home.start();
      await vault.init("caf\u00e9 au lait 🐎🐎", draft("vault.init"));
      await vault.unlock("cafe\u0301 au lait 🐎🐎", draft());
    });

    test("empty, endless and NUL are no passwords; a short one cannot be set", async () => {
      const home = await open();
      const vault = home.start();
      for (const bad of ["", "x".repeat(1025), "twelve\u0000characters"]) {
        expect(await codeOf(vault.init(bad, draft()))).toBe("invalid_value");
        expect(await codeOf(vault.unlock(bad, draft()))).toBe("invalid_value");
      }
      expect(await codeOf(vault.init("🐎".repeat(11), draft()))).toBe("invalid_secret_format");
      expect(await home.store.vault()).toBeUndefined();
    });

    test("a changed one replaces the old one, and every secret stays", async () => {
      const home = await open();
      const vault = await openVault(home);
      const record = await sealed(home, vault);
      const change = { from: PASSWORD, to: "another long password" };
      expect(await codeOf(vault.changePassword({ ...change, from: WRONG }, draft()))).toBe(
        "wrong_password",
      );
      await vault.changePassword(change, draft("vault.change-password"));
      const next = home.start();
      expect(await codeOf(next.unlock(PASSWORD, draft()))).toBe("wrong_password");
      await next.unlock(change.to, draft());
      expect(await next.secret(record)).toBe(SECRET);
    });

    test("with a pepper the database and the password are not enough", async () => {
      const home = await open();
      const pepper = utf8("a pepper of 24 characters");
      await openVault(home, { pepper });
      expect(await codeOf(home.start().unlock(PASSWORD, draft()))).toBe("misconfigured");
      const other = utf8("another pepper, as long!!");
      expect(await codeOf(home.start({ pepper: other }).unlock(PASSWORD, draft()))).toBe(
        "wrong_password",
      );
      await home.start({ pepper }).unlock(PASSWORD, draft());
    });
  });

  describe("secrets", () => {
    test("of a sealed one only four characters and a keyed fingerprint can be seen", async () => {
      const home = await open();
      const vault = await openVault(home);
      const [one, two] = [await sealed(home, vault), await sealed(home, vault, { id: "cred_2" })];
      expect(one.last4).toBe(SECRET.slice(-4));
      expect(one.fingerprint).toMatch(/^[0-9a-f]{16}$/);
      expect(two.fingerprint).toBe(one.fingerprint);
      expect(two.ciphertext).not.toBe(one.ciphertext);
      const other = await vault.seal(`${SECRET}2`, unsealed("cred_3"));
      expect(other.fingerprint).not.toBe(one.fingerprint);
    });

    test("neither they nor the password stand anywhere in the database", async () => {
      const home = await open();
      const vault = await openVault(home);
      await sealed(home, vault);
      await vault.rotate(draft("vault.rotate"));
      const text = await dump(home);
      for (const spelling of [PASSWORD, SECRET].flatMap(spellings))
        expect(text).not.toContain(spelling);
      expect(text).toContain("cred_1");
    });

    test("what cannot be a header's value is refused without being repeated", async () => {
      const vault = await openVault(await open());
      for (const bad of ["sk-line\nbreak-123", "sk-ünïcode-12345", "x", "y".repeat(5_000), "  "]) {
        const refused = vault.seal(bad, unsealed());
        await expect(refused).rejects.toMatchObject({ code: "invalid_secret_format" });
        await expect(refused).rejects.not.toThrow(bad.trim() || "never");
      }
      const record = await vault.seal(`  ${SECRET}\n`, unsealed());
      expect(await vault.secret(record)).toBe(SECRET);
    });

    test("nothing is encrypted with chance that is stuck", async () => {
      const home = await open();
      const randomBytes = (n: number) => new Uint8Array(n).fill(7);
      expect(await codeOf(home.start({ randomBytes }).init(PASSWORD, draft()))).toBe(
        "misconfigured",
      );
      await openVault(home);
      const stuck = home.start({ randomBytes });
      expect(await codeOf(stuck.unlock(PASSWORD, draft()))).toBe("misconfigured");
      let isStuck = false;
      const later = home.start({ randomBytes: (n) => (isStuck ? randomBytes(n) : chance(n)) });
      await later.unlock(PASSWORD, draft());
      isStuck = true;
      expect(await codeOf(later.seal(SECRET, unsealed()))).toBe("misconfigured");
    });

    test("no nonce comes twice", async () => {
      const vault = await openVault(await open());
      const records = await Promise.all(
        Array.from({ length: 500 }, (_, i) => vault.seal(SECRET, unsealed(`cred_${i}`))),
      );
      expect(new Set(records.map(({ iv }) => iv)).size).toBe(records.length);
    });
  });
}
