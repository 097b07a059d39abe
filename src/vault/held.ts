/** The data keys that one keeper has in memory. */
import { type DataKey, importDataKey, type RawDataKey } from "./data-key.ts";
import type { Bytes } from "./encoding.ts";

/** All that a sibling needs to be open too. Never stored, never logged, never sent to anything but a keeper. */
export interface SharedKeys {
  readonly vaultId: string;
  readonly epoch: number;
  readonly generation: number;
  readonly dataKeys: readonly RawDataKey[];
}

/** Where they are held; the bytes themselves stay only where keepers share them. */
export class HeldKeys {
  readonly vaultId: string;
  readonly #keys = new Map<string, DataKey>();
  readonly #bytes: Map<string, Bytes> | undefined;

  constructor(vaultId: string, isShareable: boolean) {
    this.vaultId = vaultId;
    this.#bytes = isShareable ? new Map() : undefined;
  }

  get(id: string): DataKey | undefined {
    return this.#keys.get(id);
  }

  /** Takes the bytes over: they are kept to be shared, or wiped. */
  async add(dataKeys: readonly RawDataKey[]): Promise<void> {
    for (const one of dataKeys) {
      this.#keys.set(one.id, await importDataKey(one));
      if (this.#bytes) this.#bytes.set(one.id, one.bytes);
      else one.bytes.fill(0);
    }
  }

  drop(ids: ReadonlySet<string>): void {
    for (const id of ids) {
      this.#keys.delete(id);
      this.#bytes?.get(id)?.fill(0);
      this.#bytes?.delete(id);
    }
  }

  /** Wipes what can be wiped. */
  clear(): void {
    this.drop(new Set(this.#keys.keys()));
  }

  /** Copies of the bytes; undefined: this keeper does not share. */
  raw(): RawDataKey[] | undefined {
    if (!this.#bytes) return undefined;
    return [...this.#bytes].map(([id, bytes]) => ({ id, bytes: bytes.slice() }));
  }
}
