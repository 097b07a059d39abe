import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { migrate } from "../../self-hosted/migrate.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { epochFileOf, nodeVault, readPepper } from "../../self-hosted/vault.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import { vaultSuite } from "../contracts/vault.suite.ts";
import { vaultHarmSuite } from "../contracts/vault-harm.suite.ts";
import { vaultRotationSuite } from "../contracts/vault-rotation.suite.ts";
import { vaultTextSuite } from "../contracts/vault-text.suite.ts";
import {
  CHEAP_RULES,
  chance,
  draft,
  openVault,
  overwrite,
  PASSWORD,
  rowOf,
  sealed,
  type VaultHome,
} from "../fakes/vault-home.ts";

const MIGRATIONS = path.join(import.meta.dirname, "../../migrations");
const folder = mkdtempSync(path.join(tmpdir(), "tokenhub-vault-"));
const opened: { close(): void }[] = [];
let homes = 0;
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function open(): Promise<VaultHome & { epochFile: string }> {
  const sql = openSqlite(":memory:");
  opened.push(sql);
  await migrate(sql, MIGRATIONS);
  const store = createAdminStore(sql);
  const clock = { nowMs: 1_800_000_000_000 };
  homes += 1;
  const epochFile = path.join(folder, `${homes}.epoch`);
  return {
    ...{ store, sql, clock, epochFile },
    start: ({ randomBytes = chance, pepper, store: between } = {}) =>
      nodeVault({
        ...{ epochFile, pepper, randomBytes, rules: CHEAP_RULES, nowMs: () => clock.nowMs },
        store: between ? between(store) : store,
      }),
  };
}

describe("the vault of a Node process", () => {
  vaultSuite(open);
  vaultHarmSuite(open);
  vaultRotationSuite(open);
  vaultTextSuite(open);

  test("answers at once what it decrypted before, and nothing once it is locked", async () => {
    const home = await open();
    const vault = await openVault(home);
    const record = await sealed(home, vault);
    const first = vault.secret(record);
    expect(first).toBeInstanceOf(Promise);
    expect(vault.secret(record)).toBeInstanceOf(Promise);
    const secret = await first;
    expect(vault.secret(record)).toBe(secret);
    await vault.lock(draft("vault.lock"));
    await expect(async () => vault.secret(record)).rejects.toMatchObject({ code: "vault_sealed" });
  });

  test("keeps the highest epoch in a file of its owner's, so a restored database is noticed", async () => {
    const home = await open();
    const vault = await openVault(home);
    const [older, notes] = [await rowOf(home), await home.store.actorState("vault", "0")];
    await vault.changePassword({ from: PASSWORD, to: "another long password" }, draft());
    expect(readFileSync(home.epochFile, "utf8")).toBe("2\n");
    expect(statSync(home.epochFile).mode & 0o777).toBe(0o600);
    await overwrite(home, older);
    await home.store.putActorStates(notes);
    expect(await home.start().status()).toMatchObject({ rollbackSuspected: true });
  });
});

test("a database in memory has no file beside it", () => {
  expect(epochFileOf(":memory:")).toBeUndefined();
  expect(epochFileOf("/data/tokenhub.db")).toBe("/data/tokenhub.db.vault-epoch");
});

describe("the pepper's file", () => {
  const file = path.join(folder, "pepper");

  test("is read without the white space around it", () => {
    writeFileSync(file, "0123456789abcdef\n");
    expect(new TextDecoder().decode(readPepper(file))).toBe("0123456789abcdef");
    expect(readPepper(undefined)).toBeUndefined();
  });

  test("that is short or missing is refused by name, not by content", () => {
    writeFileSync(file, "short-pepper\n");
    expect(() => readPepper(file)).toThrow(/TOKENHUB_VAULT_PEPPER_FILE.*at least 16/);
    expect(() => readPepper(file)).not.toThrow(/short-pepper/);
    expect(() => readPepper(`${file}.none`)).toThrow(/cannot be read \(ENOENT\)/);
  });
});
