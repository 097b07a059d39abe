/**
 * The vault's state machine: uninitialised → sealed → unsealed. It alone holds the keys, in memory. It has
 * no I/O but its ports; one keeper runs in each process (Node) or vault object (edge).
 */
import type { AdminStore, AuditDraft } from "../administration.ts";
import type { CredentialRecord } from "../credential.ts";
import { TokenhubError } from "../errors.ts";
import type { Unsealed, VaultStatus } from "../platform.ts";
import { IV_BYTES, openSecret, sealSecret } from "./data-key.ts";
import type { PasswordKeys } from "./derive.ts";
import { assertAuthentic, createEnvelope, type OpenHeader, rewrap, unwrapAll } from "./envelope.ts";
import { Gate, type GatePorts } from "./gate.ts";
import { currentKeyOf } from "./header.ts";
import { HeldKeys, type SharedKeys } from "./held.ts";
import { trusted } from "./randomness.ts";
import { rotateKeys } from "./rotation.ts";
import { newPasswordBytes, passwordBytes, readSecret } from "./rules.ts";
import { keyIdOf, openWithKey, sealWithKey } from "./text.ts";

/** What a keeper asks of its home. */
export interface KeeperPorts extends GatePorts {
  readonly store: Pick<AdminStore, "vault" | "putVault" | "list" | "put" | "audit">;
  /** Edge: the other keepers. undefined: this keeper is alone, and no bytes of a data key stay in memory. */
  readonly siblings?: {
    /** Gives them what this keeper holds; rejects when one of them may not have got it. */
    spread(keys: SharedKeys): Promise<void>;
    /** Asks them for what they hold, and has it adopted. */
    gather(): Promise<void>;
  };
}

/** See `Vault` in platform.ts for what the methods promise. */
export class VaultKeeper {
  readonly #ports: KeeperPorts;
  readonly #gate: Gate;
  #held: HeldKeys | undefined;
  /** Keys of the password, for what changes the header; undefined: no password was given to this keeper. */
  #password: (PasswordKeys & { check: string }) | undefined;
  #isRotating = false;
  #initialising: Promise<void> = Promise.resolve();
  /** Counts locks: an unlock during which one came does not open. */
  #closings = 0;

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
    this.#gate = new Gate(ports);
  }

  isOpen(): boolean {
    return this.#held !== undefined;
  }

  async status(): Promise<VaultStatus> {
    const { row, isTampered, isLocked, ...rest } = await this.#gate.status();
    const isOpen = this.isOpen();
    const whole = isOpen ? "unsealed" : "sealed";
    const state = row ? (isTampered ? "tampered" : whole) : "uninitialised";
    const why = isLocked ? "locked" : "start";
    return {
      ...rest,
      state,
      epoch: row?.epoch ?? 0,
      keepers: [{ name: this.#ports.name, isOpen }],
      sealedReason: state === "sealed" ? why : undefined,
    };
  }

  /** Whatever races, one wins; the vault stays sealed. */
  async init(password: string, by: AuditDraft): Promise<void> {
    const bytes = newPasswordBytes(password);
    const running = this.#initialising.then(() => this.#init(bytes, by));
    this.#initialising = running.catch(() => undefined);
    await running;
  }

  async #init(password: ReturnType<typeof newPasswordBytes>, by: AuditDraft): Promise<void> {
    const { store } = this.#ports;
    if (await store.vault()) throw new TokenhubError("vault_already_initialised");
    const text = await this.#gate.deriving((tools) => createEnvelope(password, tools));
    const isFirst = await store.putVault(text, undefined, { ...by, outcome: "ok" });
    if (!isFirst) throw new TokenhubError("vault_already_initialised");
    await this.#gate.notes.change((notes) => ({ ...notes, epochSeen: 1, rollbackEpoch: 0 }));
  }

  async unlock(password: string, by: AuditDraft): Promise<void> {
    const closings = this.#closings;
    const open = await this.#gate.guess(passwordBytes(password), by);
    const held = this.#hands(open.header.vaultId);
    await held.add(await this.#unwrapped(open));
    // What cannot be audited does not happen.
    await this.#ports.store.audit({ ...by, outcome: "ok" });
    if (closings !== this.#closings) throw new TokenhubError("conflict");
    this.#held = held;
    this.#remember(open);
    await this.#gate.notes.change((notes) => ({
      ...notes,
      generation: notes.generation + 1,
      isLocked: false,
    }));
    // A sibling that cannot be reached now asks by itself when it is back.
    await this.#spread().catch(() => undefined);
  }

  /** Whether open or not; a keeper that is open keeps the password's keys for `rotate`. */
  async verify(password: string): Promise<void> {
    const open = await this.#gate.guess(passwordBytes(password), undefined);
    if (this.isOpen()) this.#remember(open);
  }

  async lock(by: AuditDraft): Promise<void> {
    this.#close();
    await this.#gate.notes.change((notes) => ({
      ...notes,
      generation: notes.generation + 1,
      isLocked: true,
    }));
    await this.#ports.store.audit({ ...by, outcome: "ok" });
  }

  /** One row is replaced, so at every moment exactly one password opens it. */
  async changePassword(change: { from: string; to: string }, by: AuditDraft): Promise<void> {
    const next = newPasswordBytes(change.to, "new_password");
    const open = await this.#gate.guess(passwordBytes(change.from), by);
    const { epoch } = open.header;
    const made = await this.#gate.suspecting(epoch, () =>
      this.#gate.deriving((tools) => rewrap(open, next, tools)),
    );
    const isWritten = await this.#ports.store.putVault(made.text, epoch, { ...by, outcome: "ok" });
    if (!isWritten) throw new TokenhubError("conflict");
    const row = { header: made.text, epoch: epoch + 1 };
    if (this.isOpen()) this.#remember({ header: this.#gate.read(row), keys: made.keys });
    await this.#gate.see(row);
  }

  /**
   * @throws TokenhubError also step_up_required: no password was given to this keeper since it started;
   * `verify` is enough.
   */
  async rotate(by: AuditDraft): Promise<{ readonly resealed: number }> {
    const held = this.#mustHold();
    if (this.#isRotating) throw new TokenhubError("conflict");
    this.#isRotating = true;
    try {
      const header = await this.#gate.header();
      const keys = this.#password;
      if (keys?.check !== header.check) throw new TokenhubError("step_up_required");
      const open = { header, keys };
      await this.#gate.suspecting(header.epoch, () => assertAuthentic(open));
      await held.add(await this.#unwrapped(open));
      const { store, nowMs, randomBytes } = this.#ports;
      const rotated = await rotateKeys({
        ...{ open, held, by, store, nowMs },
        randomBytes: trusted(randomBytes),
        read: (row) => this.#gate.read(row),
        spread: () => this.#spread(),
      });
      const { epoch } = rotated.header;
      await this.#gate.notes.change((now) => ({
        ...now,
        epochSeen: Math.max(now.epochSeen, epoch),
      }));
      await this.#spread();
      return { resealed: rotated.resealed };
    } finally {
      this.#isRotating = false;
    }
  }

  async seal(given: string, credential: Unsealed): Promise<CredentialRecord> {
    const secret = readSecret(given);
    const sealing = await this.#sealing(this.#mustHold());
    return sealSecret(sealing.key, { ...sealing, secret, credential });
  }

  async secret(credential: CredentialRecord): Promise<string> {
    const held = await this.#opened();
    const key = await this.#key(held, credential.dekId);
    const secret = key && (await openSecret(key, { vaultId: held.vaultId, credential }));
    if (secret === undefined) throw new TokenhubError("credential_unreadable");
    return secret;
  }

  async sealText(text: string, context: string): Promise<string> {
    const sealing = await this.#sealing(await this.#opened());
    return sealWithKey(sealing.key, { ...sealing, text, context });
  }

  async openText(sealed: string, context: string): Promise<string> {
    const held = await this.#opened();
    const id = keyIdOf(sealed);
    const key = id === undefined ? undefined : await this.#key(held, id);
    const text = key && (await openWithKey(key, { vaultId: held.vaultId, sealed, context }));
    if (text === undefined) throw new TokenhubError("credential_unreadable");
    return text;
  }

  /** For sibling keepers only; undefined: sealed, or alone. */
  async shareKeys(): Promise<SharedKeys | undefined> {
    const { generation, epochSeen } = await this.#gate.notes.read();
    const dataKeys = this.#held?.raw();
    if (!this.#held || !dataKeys) return undefined;
    return { vaultId: this.#held.vaultId, epoch: epochSeen, generation, dataKeys };
  }

  /** From a sibling keeper only. False: this keeper was locked after those keys were given out. */
  async adoptKeys({ vaultId, epoch, generation, dataKeys }: SharedKeys): Promise<boolean> {
    const closings = this.#closings;
    const held = this.#hands(vaultId);
    const missing = dataKeys.filter(({ id }) => !held.get(id));
    await held.add(missing.map(({ id, bytes }) => ({ id, bytes: new Uint8Array(bytes) })));
    const notes = await this.#gate.notes.read();
    if (generation < notes.generation || closings !== this.#closings) return false;
    this.#held = held;
    await this.#gate.notes.change((now) => ({
      ...now,
      generation: Math.max(now.generation, generation),
      isLocked: false,
      epochSeen: Math.max(now.epochSeen, epoch),
    }));
    return true;
  }

  /** As a sibling was locked; a lock older than the last unlock changes nothing. */
  async closeKeys(generation: number): Promise<void> {
    const notes = await this.#gate.notes.read();
    if (generation < notes.generation) return;
    this.#close();
    await this.#gate.notes.change((now) => ({ ...now, generation, isLocked: true }));
  }

  /** Which unlock or lock this keeper knows as the last. */
  async generation(): Promise<number> {
    return (await this.#gate.notes.read()).generation;
  }

  /** The current data key, and a nonce that was never used before. */
  async #sealing(held: HeldKeys) {
    const iv = trusted(this.#ports.randomBytes)(IV_BYTES);
    // Read each time: a key that was retired meanwhile must not seal anything any more.
    const header = await this.#gate.header();
    const { id } = currentKeyOf(header);
    const key = header.vaultId === held.vaultId ? await this.#key(held, id) : undefined;
    if (!key) throw new TokenhubError("vault_sealed");
    return { vaultId: held.vaultId, key, iv };
  }

  /** A data key by id, also one that came after this keeper was opened, when another process rotated. */
  async #key(held: HeldKeys, id: string) {
    const known = held.get(id);
    if (known) return known;
    await this.#ports.siblings?.gather();
    const gathered = this.#held?.get(id);
    if (gathered) return gathered;
    const header = await this.#gate.header();
    const keys = this.#password;
    const isOurs = keys?.check === header.check && header.vaultId === held.vaultId;
    if (!isOurs || !header.deks.some((one) => one.id === id)) return undefined;
    await held.add(await this.#unwrapped({ header, keys }));
    return held.get(id);
  }

  #unwrapped(open: OpenHeader) {
    return this.#gate.suspecting(open.header.epoch, () => unwrapAll(open));
  }

  async #spread(): Promise<void> {
    const keys = await this.shareKeys();
    if (keys) await this.#ports.siblings?.spread(keys);
  }

  /** The hands that hold this vault's keys already, else empty ones: what is known is never forgotten here. */
  #hands(vaultId: string): HeldKeys {
    if (this.#held?.vaultId === vaultId) return this.#held;
    return new HeldKeys(vaultId, this.#ports.siblings !== undefined);
  }

  #remember({ header, keys }: OpenHeader): void {
    this.#password = { ...keys, check: header.check };
  }

  #close(): void {
    this.#closings++;
    this.#held?.clear();
    this.#held = undefined;
    this.#password = undefined;
  }

  /** @throws TokenhubError vault_sealed, vault_uninitialised. */
  async #opened(): Promise<HeldKeys> {
    if (this.#held) return this.#held;
    const row = await this.#ports.store.vault();
    throw new TokenhubError(row ? "vault_sealed" : "vault_uninitialised");
  }

  #mustHold(): HeldKeys {
    if (!this.#held) throw new TokenhubError("vault_sealed");
    return this.#held;
  }
}
