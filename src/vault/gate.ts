/** The way to the vault's row: who may open it, how often passwords are tried, and whether it can be trusted. */
import type { AdminStore, AuditDraft, VaultRow } from "../administration.ts";
import { TokenhubError } from "../errors.ts";
import { KDF_RULES, type KdfRules } from "./derive.ts";
import type { Bytes } from "./encoding.ts";
import { type EnvelopeTools, type OpenHeader, openEnvelope } from "./envelope.ts";
import { failed, NO_GUESSES, refusedForMs } from "./guesses.ts";
import { type Header, readHeader } from "./header.ts";
import { Notebook, type Notes, type NotesPort } from "./notes.ts";
import { type RandomBytes, trusted } from "./randomness.ts";

/** What the gate asks of its home. */
export interface GatePorts {
  /** In audit entries and in the status. */
  readonly name: string;
  readonly store: Pick<AdminStore, "vault" | "putVault" | "audit">;
  readonly notes: NotesPort;
  readonly nowMs: () => number;
  readonly randomBytes: RandomBytes;
  /** Kept outside of the database and mixed into the keys; undefined: none. */
  readonly pepper?: Bytes | undefined;
  /** Edge: another keeper sees the same row and tells of a rollback. */
  readonly isQuiet?: boolean;
  /** Only tests hash cheaper. */
  readonly rules?: KdfRules;
}

/** How the row stands; see `VaultStatus`. */
export interface RowStatus {
  readonly row: VaultRow | undefined;
  readonly isTampered: boolean;
  readonly isLocked: boolean;
  readonly failures: number;
  readonly refusedUntilMs: number;
  /** The row is older than one seen before: somebody restored a backup, or cheated. */
  readonly rollbackSuspected: boolean;
}

/** One per keeper. */
export class Gate {
  readonly notes: Notebook;
  readonly #ports: GatePorts;
  readonly #rules: KdfRules;
  #isDeriving = false;
  /** Epoch of a row that the right password could not open. */
  #tamperedEpoch = 0;

  constructor(ports: GatePorts) {
    this.#ports = ports;
    this.#rules = ports.rules ?? KDF_RULES;
    this.notes = new Notebook(ports.notes);
  }

  async status(): Promise<RowStatus> {
    const row = await this.#ports.store.vault();
    const { guesses, isLocked, epochSeen } = await this.see(row);
    const isRefused = refusedForMs(guesses, this.#ports.nowMs()) > 0;
    return {
      row,
      isLocked,
      isTampered: row !== undefined && !this.#isSound(row),
      failures: guesses.failures,
      refusedUntilMs: isRefused ? guesses.refusedUntilMs : 0,
      rollbackSuspected: (row?.epoch ?? 0) < epochSeen,
    };
  }

  /** @throws TokenhubError vault_uninitialised, vault_tampered. */
  async header(): Promise<Header> {
    return this.read(await this.#row());
  }

  /** @throws TokenhubError vault_tampered. */
  read(row: VaultRow): Header {
    return readHeader(row, this.#rules);
  }

  /**
   * One try of a password, counted; what fails is audited with `by`.
   * @throws TokenhubError vault_uninitialised, kdf_busy, rate_limited, wrong_password, vault_tampered.
   */
  guess(password: Bytes, by: AuditDraft | undefined): Promise<OpenHeader> {
    return this.deriving(async (tools) => {
      const row = await this.#row();
      const { guesses } = await this.see(row);
      const retryAfterMs = refusedForMs(guesses, this.#ports.nowMs());
      if (retryAfterMs > 0) throw new TokenhubError("rate_limited", { retryAfterMs });
      try {
        const open = await openEnvelope(row, password, tools);
        await this.notes.change((notes) => ({ ...notes, guesses: NO_GUESSES }));
        return open;
      } catch (error) {
        await this.#failed(error, row, by);
        throw error;
      }
    });
  }

  /**
   * One password is hashed at a time: memory and processor are bounded, whoever asks.
   * @throws TokenhubError kdf_busy; misconfigured: the source of random bytes is broken.
   */
  async deriving<T>(derive: (tools: EnvelopeTools) => Promise<T>): Promise<T> {
    if (this.#isDeriving) throw new TokenhubError("kdf_busy", { retryAfterMs: 1000 });
    this.#isDeriving = true;
    try {
      const { randomBytes, pepper } = this.#ports;
      return await derive({ randomBytes: trusted(randomBytes), rules: this.#rules, pepper });
    } finally {
      this.#isDeriving = false;
    }
  }

  /** Runs what may find out that the row of this epoch was changed by somebody else, and remembers it. */
  async suspecting<T>(epoch: number, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (isCode(error, "vault_tampered")) this.#tamperedEpoch = epoch;
      throw error;
    }
  }

  /** Remembers the highest epoch; a row that is older is told of, once. */
  async see(row: VaultRow | undefined): Promise<Notes> {
    const notes = await this.notes.read();
    const epoch = row?.epoch ?? 0;
    if (epoch > notes.epochSeen) {
      return this.notes.change((now) => ({ ...now, epochSeen: Math.max(now.epochSeen, epoch) }));
    }
    if (!row || epoch === notes.epochSeen || epoch === notes.rollbackEpoch) return notes;
    if (this.#ports.isQuiet) return notes;
    await this.#ports.store.audit({
      atMs: this.#ports.nowMs(),
      actor: "system",
      action: "vault.rollback-suspected",
      target: this.#ports.name,
      outcome: "error",
      before: JSON.stringify({ epoch: notes.epochSeen }),
      after: JSON.stringify({ epoch }),
      requestId: "",
    });
    return this.notes.change((now) => ({ ...now, rollbackEpoch: epoch }));
  }

  async #row(): Promise<VaultRow> {
    const row = await this.#ports.store.vault();
    if (!row) throw new TokenhubError("vault_uninitialised");
    return row;
  }

  #isSound(row: VaultRow): boolean {
    if (row.epoch === this.#tamperedEpoch) return false;
    try {
      this.read(row);
      return true;
    } catch {
      return false;
    }
  }

  async #failed(error: unknown, row: VaultRow, by: AuditDraft | undefined): Promise<void> {
    if (isCode(error, "vault_tampered")) this.#tamperedEpoch = row.epoch;
    const isWrong = isCode(error, "wrong_password");
    const nowMs = this.#ports.nowMs();
    if (isWrong) {
      await this.notes.change((notes) => ({ ...notes, guesses: failed(notes.guesses, nowMs) }));
    }
    if (by) await this.#ports.store.audit({ ...by, outcome: isWrong ? "denied" : "error" });
  }
}

function isCode(error: unknown, code: TokenhubError["code"]): boolean {
  return error instanceof TokenhubError && error.code === code;
}
