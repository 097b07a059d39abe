/** A vault with a database of its own, as the suites drive it in both runtimes. */
import type { AdminStore, AuditDraft, VaultRow } from "../../src/administration.ts";
import type { CredentialRecord } from "../../src/credential.ts";
import type { Unsealed, Vault } from "../../src/platform.ts";
import type { Sql } from "../../src/store/sql.ts";
import type { KdfRules } from "../../src/vault/derive.ts";
import type { RandomBytes } from "../../src/vault/randomness.ts";

/** What a test may change of a vault. */
export interface VaultChange {
  readonly randomBytes?: RandomBytes;
  readonly pepper?: Uint8Array<ArrayBuffer>;
  /** Stands between the vault and its store. */
  readonly store?: (store: AdminStore) => AdminStore;
}

export interface VaultHome {
  readonly store: AdminStore;
  readonly sql: Sql;
  readonly clock: { nowMs: number };
  /** The vault of a new process over the same database. */
  start(change?: VaultChange): Vault;
}

/** Hashing that costs nothing, for tests only. */
export const CHEAP_RULES: KdfRules = {
  cost: { memoryKib: 64, passes: 1, lanes: 1 },
  memoryKibMin: 64,
  memoryKibMax: 64,
  passesMax: 1,
};

export const PASSWORD = "correct horse battery";
export const SECRET = "sk-canary-0123456789abcdefXYZ";

export const chance: RandomBytes = (n) => crypto.getRandomValues(new Uint8Array(n));

/** What an admin's request hands in. */
export function draft(action = "vault.unlock", change: Partial<AuditDraft> = {}): AuditDraft {
  return {
    ...{ atMs: 1_000, actor: "token", action, target: "", outcome: "ok" },
    ...{ before: undefined, after: undefined, requestId: "req_1" },
    ...change,
  };
}

/** A credential to be sealed. */
export function unsealed(id = "cred_1", change: Partial<Unsealed> = {}): Unsealed {
  return {
    ...{ id, providerId: "p", label: "main", origin: "https://api.example.com" },
    ...{ sealVersion: 1, enabled: true, setAtMs: 1_000 },
    ...change,
  };
}

/** A vault that was initialised and unlocked with `PASSWORD`. */
export async function openVault(home: VaultHome, change?: VaultChange): Promise<Vault> {
  const vault = home.start(change);
  await vault.init(PASSWORD, draft("vault.init"));
  await vault.unlock(PASSWORD, draft());
  return vault;
}

/** Seals and stores. */
export async function sealed(
  { store }: VaultHome,
  vault: Vault,
  { id = "cred_1", secret = SECRET, change = {} as Partial<Unsealed> } = {},
): Promise<CredentialRecord> {
  const record = await vault.seal(secret, unsealed(id, change));
  await store.put("credential", record, { audit: draft("credential.put", { target: id }) });
  return record;
}

/** The code of the error it fails with. */
export async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === "function" ? work() : work);
    return "none";
  } catch (error) {
    return (error as { code?: string }).code ?? `other: ${error}`;
  }
}

/** Writes the vault's row past the vault. */
export async function overwrite({ sql }: VaultHome, { header, epoch }: VaultRow): Promise<void> {
  const params = [header, epoch];
  await sql.all({ sql: `update "vault" set "header" = ?, "epoch" = ?`, params });
}

/** The row as it stands. */
export async function rowOf({ store }: VaultHome): Promise<VaultRow> {
  const row = await store.vault();
  if (!row) throw new Error("there is no vault row");
  return row;
}

/** Everything in the database, as text. */
export async function dump({ sql }: VaultHome): Promise<string> {
  const tables = await sql.all({
    sql: `select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\'`,
    params: [],
  });
  const all = [];
  for (const [name] of tables) {
    all.push(await sql.all({ sql: `select * from "${name}"`, params: [] }));
  }
  return JSON.stringify(all);
}
