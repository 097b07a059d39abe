/** A small actor for what hosts do with actors. */
import type { Actor } from "../../src/actors/actor.ts";

/** An actor that counts, and wants to be woken a minute after its count. */
export function counterActor(through: readonly string[]) {
  return class implements Actor {
    static readonly through = through;
    static readonly reads = ["read"];
    readonly version = 1;
    #count = 0;
    restore(snapshot: unknown): void {
      if (typeof snapshot !== "number") throw new Error("not a number");
      this.#count = snapshot;
    }
    snapshot(): unknown {
      return this.#count;
    }
    wakeAtMs(): number {
      return this.#count + 60_000;
    }
    wake(nowMs: number): void {
      this.#count += nowMs;
    }
    add(n: number): number {
      this.#count += n;
      return this.#count;
    }
    read(): number {
      return this.#count;
    }
  };
}
