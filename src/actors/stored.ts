/** Answers that a client asked to be stored, so that a later request may go on from one by its id. */
import type { Actor, Rest } from "./actor.ts";

/** Of one key; beyond it the oldest go. */
const RESPONSES_MAX = 1_000;
/** Characters of sealed text of one key: what one object may hold in memory. Beyond it the oldest go, too. */
const CHARS_MAX = 8 * 1024 * 1024;
/** Characters of one response; a larger one is not stored. */
export const STORED_CHARS_MAX = 1024 * 1024;
/** As long as OpenAI keeps them. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1_000;
/** Ids are ours or a vendor's; a longer one is nobody's. */
const ID_CHARS_MAX = 256;

type Row = readonly [id: string, text: string, atMs: number];

/** One per key, named by its id, so that no key finds another's. Texts are sealed by whoever hands them in. */
export class Stored implements Actor {
  static readonly through = ["put", "remove"] as const;
  static readonly reads = ["get"] as const;
  readonly version = 1;
  /** Oldest first. */
  #responses = new Map<string, { readonly text: string; readonly atMs: number }>();
  #chars = 0;

  restore(snapshot: unknown): void {
    for (const [id, text, atMs] of (snapshot ?? []) as readonly Row[]) this.#add(id, text, atMs);
  }

  snapshot(): unknown {
    return [...this.#responses].map(([id, { text, atMs }]) => [id, text, atMs]);
  }

  wakeAtMs(): number | undefined {
    const oldest = this.#responses.values().next().value;
    return oldest && oldest.atMs + KEPT_MS;
  }

  wake(nowMs: number): void {
    for (const [id, { atMs }] of this.#responses) {
      if (isKept(atMs, nowMs)) break;
      this.#drop(id);
    }
  }

  rest(): Rest {
    return this.#responses.size === 0 ? "gone" : "resting";
  }

  /** Stores a response, or stores it anew. False: it is too large (`STORED_CHARS_MAX`). */
  put(responseId: string, text: string, nowMs: number): boolean {
    this.wake(nowMs);
    if (text.length > STORED_CHARS_MAX || responseId.length > ID_CHARS_MAX) return false;
    this.#drop(responseId);
    this.#add(responseId, text, nowMs);
    for (const id of this.#responses.keys()) {
      if (this.#responses.size <= RESPONSES_MAX && this.#chars <= CHARS_MAX) break;
      this.#drop(id);
    }
    return true;
  }

  /** undefined: not this key's, removed, or forgotten. */
  get(responseId: string, nowMs: number): string | undefined {
    const found = this.#responses.get(responseId);
    return found && isKept(found.atMs, nowMs) ? found.text : undefined;
  }

  /** True: it was there. */
  remove(responseId: string, nowMs: number): boolean {
    this.wake(nowMs);
    return this.#drop(responseId);
  }

  #add(id: string, text: string, atMs: number): void {
    this.#responses.set(id, { text, atMs });
    this.#chars += text.length;
  }

  #drop(id: string): boolean {
    this.#chars -= this.#responses.get(id)?.text.length ?? 0;
    return this.#responses.delete(id);
  }
}

function isKept(atMs: number, nowMs: number): boolean {
  return nowMs < atMs + KEPT_MS;
}
