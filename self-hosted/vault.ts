/** The vault of one Node process: its keeper, what it remembers on disk, and the pepper. */
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { AdminStore } from "../src/administration.ts";
import type { CredentialRecord } from "../src/credential.ts";
import type { Platform, Vault } from "../src/platform.ts";
import type { KdfRules } from "../src/vault/derive.ts";
import { type KeeperPorts, VaultKeeper } from "../src/vault/keeper.ts";
import { type NotesPort, readNotes } from "../src/vault/notes.ts";

/** What the vault of a process is made from. */
export interface NodeVaultInput extends Pick<Platform, "nowMs" | "randomBytes"> {
  readonly store: KeeperPorts["store"] & Pick<AdminStore, "actorState" | "putActorStates">;
  /** Keeps the highest epoch seen, outside of the database; undefined: nowhere. */
  readonly epochFile: string | undefined;
  /** See `readPepper`. */
  readonly pepper: Uint8Array<ArrayBuffer> | undefined;
  /** Only tests hash cheaper. */
  readonly rules?: KdfRules;
}

const PEPPER_BYTES_MIN = 16;
const NOTES_ROW = { object: "vault", name: "0", actor: "notes", version: 1 } as const;

/** Sealed until a password opens it. Decrypted keys stay in memory until it is locked. */
export function nodeVault(input: NodeVaultInput): Vault {
  const { store, nowMs, randomBytes, pepper, rules } = input;
  const notes = notesOf(input);
  const keeper = new VaultKeeper({
    ...{ name: "process", store, notes, nowMs, randomBytes, pepper, rules },
  });
  /** By row object: a row that was read anew is decrypted anew. */
  let opened = new WeakMap<CredentialRecord, string>();

  async function decrypt(credential: CredentialRecord): Promise<string> {
    const before = opened;
    const secret = await keeper.secret(credential);
    // Into the map of before: a lock meanwhile has thrown it away.
    before.set(credential, secret);
    return secret;
  }

  return {
    secret: (credential) => opened.get(credential) ?? decrypt(credential),
    isOpen: () => keeper.isOpen(),
    status: () => keeper.status(),
    init: (password, by) => keeper.init(password, by),
    unlock: (password, by) => keeper.unlock(password, by),
    lock(by) {
      opened = new WeakMap();
      return keeper.lock(by);
    },
    verify: (password) => keeper.verify(password),
    changePassword: (change, by) => keeper.changePassword(change, by),
    rotate: (by) => keeper.rotate(by),
    seal: (secret, credential) => keeper.seal(secret, credential),
    sealText: (text, context) => keeper.sealText(text, context),
    openText: (sealed, context) => keeper.openText(sealed, context),
  };
}

/**
 * The pepper in this file, without white space around it; undefined: no file is named.
 * @throws Error with a sentence for the operator.
 */
export function readPepper(file: string | undefined): Uint8Array<ArrayBuffer> | undefined {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    const { code } = error as { code?: string };
    throw new Error(`TOKENHUB_VAULT_PEPPER_FILE: ${file} cannot be read (${code}).`);
  }
  const bytes = new Uint8Array(new TextEncoder().encode(text));
  if (bytes.length < PEPPER_BYTES_MIN) {
    const need = `at least ${PEPPER_BYTES_MIN} characters`;
    throw new Error(`TOKENHUB_VAULT_PEPPER_FILE: ${file} has to hold ${need}.`);
  }
  return bytes;
}

/** Beside the database; undefined: that is in memory only. */
export function epochFileOf(databaseFile: string): string | undefined {
  return databaseFile === ":memory:" ? undefined : `${databaseFile}.vault-epoch`;
}

/** Failure counters in the database; the highest epoch also in a file that a restored database leaves alone. */
function notesOf({ store, epochFile }: NodeVaultInput): NotesPort {
  return {
    async read() {
      const [row] = await store.actorState(NOTES_ROW.object, NOTES_ROW.name);
      const notes = readNotes(row && JSON.parse(row.state));
      return { ...notes, epochSeen: Math.max(notes.epochSeen, readEpoch(epochFile)) };
    },
    async write(notes) {
      if (epochFile !== undefined && notes.epochSeen !== readEpoch(epochFile)) {
        writeEpoch(epochFile, notes.epochSeen);
      }
      await store.putActorStates([{ ...NOTES_ROW, state: JSON.stringify(notes) }]);
    },
  };
}

/** 0: there is no file, or nothing legible in it. */
function readEpoch(file: string | undefined): number {
  if (file === undefined) return 0;
  try {
    const epoch = Number(readFileSync(file, "utf8"));
    return Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0;
  } catch {
    return 0;
  }
}

/** Whole or not at all. */
function writeEpoch(file: string, epoch: number): void {
  const beside = `${file}.new`;
  writeFileSync(beside, `${epoch}\n`, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, file);
}
