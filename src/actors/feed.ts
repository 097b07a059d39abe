/** Rows of the request log on their way to the store: they wait here while it does not take them. */
import { LIMITS } from "../limits.ts";
import type { RequestRow, Store } from "../platform.ts";
import type { Actor } from "./actor.ts";
import type { ActorObject } from "./object.ts";

/** Decisions are the larger part of a row; this many characters of rows may wait (memory of one object). */
const PENDING_CHARS_MAX = 16 * 1024 * 1024;
/** Rows given to the store at once. */
const BATCH_ROWS = 50;
/** Rows that the live view may still ask for, without their decisions. */
const RECENT_ROWS = 200;

/** A row as the live view tells it; the decision is read from the store. */
export type RecentRow = Omit<RequestRow, "decision" | "meta"> & {
  /** Grows by one with each row, from 1; begins anew with the object. */
  readonly seq: number;
};

/** One, or as many as there are shards. */
export class Feed implements Actor {
  static readonly through = [] as const;
  static readonly reads = ["take", "recent"] as const;
  readonly version = 1;
  #rows = new Map<string, RequestRow>();
  #chars = 0;
  /** Not kept: who comes after a restart has missed nothing that the store does not have. */
  #recent: RecentRow[] = [];
  #seq = 0;

  restore(snapshot: unknown): void {
    if (snapshot !== undefined) this.append(structuredClone(snapshot) as RequestRow[]);
    this.#recent = [];
  }

  snapshot(): unknown {
    return [...this.#rows.values()];
  }

  wakeAtMs(): undefined {}

  wake(): void {}

  /** Takes rows in, the same id once. Answers how many of the oldest were lost to the bound. */
  append(rows: readonly RequestRow[]): number {
    for (const row of rows) {
      if (this.#rows.has(row.id)) continue;
      this.#rows.set(row.id, row);
      this.#chars += charsOf(row);
      const { decision, meta, ...rest } = row;
      this.#recent.push({ ...rest, seq: ++this.#seq });
    }
    this.#recent = this.#recent.slice(-RECENT_ROWS);
    let lost = 0;
    for (const id of this.#rows.keys()) {
      if (this.#rows.size <= LIMITS.pendingRowsMax && this.#chars <= PENDING_CHARS_MAX) break;
      this.drop([id]);
      lost += 1;
    }
    return lost;
  }

  /** Rows that came after this one, oldest first, and the number of the newest; from the future: all that is kept. */
  recent(sinceSeq: number): { readonly seq: number; readonly rows: readonly RecentRow[] } {
    const since = sinceSeq > this.#seq ? 0 : sinceSeq;
    return { seq: this.#seq, rows: this.#recent.filter(({ seq }) => seq > since) };
  }

  /** The oldest rows, at most `max`; they stay until dropped. */
  take(max: number): RequestRow[] {
    const rows: RequestRow[] = [];
    for (const row of this.#rows.values()) {
      if (rows.length === max) break;
      rows.push(row);
    }
    return rows;
  }

  /** Forgets rows that the store has taken; unknown ids change nothing. */
  drop(ids: readonly string[]): void {
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (!row) continue;
      this.#rows.delete(id);
      this.#chars -= charsOf(row);
    }
  }
}

/**
 * Moves every waiting row of a feed's object into the store, in batches.
 * @throws what the store throws; the rows it did not take stay.
 */
export async function drainFeed(
  object: ActorObject,
  store: Pick<Store, "appendRequests">,
): Promise<void> {
  const take = () => object.call("feed", "take", [BATCH_ROWS]) as ReturnType<Feed["take"]>;
  for (let rows = take(); rows.length > 0; rows = take()) {
    await store.appendRequests(rows);
    object.call("feed", "drop", [rows.map((row) => row.id)]);
  }
}

/** Its two free texts, and a flat amount for the other twenty fields. */
function charsOf(row: RequestRow): number {
  return row.decision.length + (row.meta?.length ?? 0) + 512;
}
