/**
 * The budgets and rates of one project's keys. Money is set aside before it can be spent: in leases, from which
 * isolates draw without asking, and in holds of single requests. For every budget, day and month, of the key and of
 * the project, spent + reserved ≤ limit (docs/decisions/0011-money-leases.md).
 */
import type { Actor } from "./actor.ts";
import { type Clock, newClock, tick } from "./clock.ts";
import {
  charge,
  close,
  keyWith,
  lend,
  lose,
  type Moment,
  open,
  roomOf,
  settle,
  slotsInUse,
  takeRates,
  tidy,
} from "./ledger-books.ts";
import { checkReport } from "./ledger-check.ts";
import { refusalOf, spareOf } from "./ledger-grant.ts";
import { alertsOf, levelsOf } from "./ledger-levels.ts";
import { dayOf } from "./ledger-period.ts";
import {
  type Books,
  copyAnswer,
  type KeyState,
  loadBooks,
  newBooks,
  type PurseState,
  type SavedBooks,
  saveBooks,
} from "./ledger-state.ts";
import type { Answer, KeyReport, Lease, Levels, Refusal, Report } from "./ledger-terms.ts";

/** A lease may be drawn from this long. */
export const LEASE_MS = 2_000;
/** … and is given up only after this much more: a slow answer or a busy isolate loses no money by it. */
export const GRACE_MS = 30_000;
/** A purse without a lease that was not heard of for this long has ended. */
const PURSE_MS_MAX = 10 * 60_000;

/** To a report that was overtaken by a later one: it has been answered before. */
const OVERTAKEN: Answer = { keys: [], alerts: [] };

/** A message that was on its way too long: who sent it has gone. */
const LATE = { reason: "late", retryAfterMs: undefined } as const;

/** One per project, named by its id; one per key that has no project, named by the key's. */
export class Ledger implements Actor {
  static readonly through = ["exchange"] as const;
  static readonly reads = ["usage"] as const;
  readonly version = 1;
  #clock: Clock = newClock();
  #books: Books = newBooks();

  restore(snapshot: unknown): void {
    if (snapshot === undefined) return;
    const { clock, books } = snapshot as { clock: Clock; books: SavedBooks };
    this.#books = loadBooks(books);
    this.#clock = { ...clock };
  }

  snapshot(): unknown {
    return { clock: { ...this.#clock }, books: saveBooks(this.#books) };
  }

  wakeAtMs(): number | undefined {
    let innerMs = Number.POSITIVE_INFINITY;
    for (const { untilMs } of this.#books.holds.values()) innerMs = Math.min(innerMs, untilMs);
    for (const { leases, atMs } of this.#books.purses.values()) {
      if (leases.length === 0) innerMs = Math.min(innerMs, atMs + PURSE_MS_MAX);
      for (const { untilMs } of leases) innerMs = Math.min(innerMs, untilMs);
    }
    return innerMs === Number.POSITIVE_INFINITY ? undefined : innerMs - this.#clock.offsetMs;
  }

  wake(nowMs: number): void {
    this.#sweep(tick(this.#clock, nowMs));
  }

  /**
   * Takes in what an isolate did since it last asked, and grants what it asks for. A repeated exchange changes
   * nothing and is answered as the first time.
   * @throws RangeError when a number is none; then nothing has changed.
   */
  exchange(report: Report, nowMs: number): Answer {
    checkReport(report, nowMs);
    const innerMs = tick(this.#clock, nowMs);
    this.#sweep(innerMs);
    const purse = this.#purse(report.purse);
    if (report.seq < purse.seq) return copyAnswer(OVERTAKEN);
    purse.atMs = innerMs;
    if (report.seq === purse.seq) return copyAnswer(purse.answer);

    this.#books.timeZone = report.timeZone;
    const day = dayOf(nowMs, report.timeZone);
    const at: Moment = { innerMs, day, offsetMs: innerMs - nowMs };
    // First all that comes back, of every key: what one frees is there for another.
    const asked = report.keys.map((told) => ({ told, key: this.#takeIn(told, purse, at) }));
    const needed = asked.map((each) => ({ ...each, refused: this.#fill(each, at) }));
    const granted = needed.map((each) => {
      return { ...each, lease: this.#lease(each, { purse, id: report.seq, at }) };
    });
    purse.seq = report.seq;
    purse.answer = {
      keys: granted.map(({ told: { keyId }, key, refused, lease }) => {
        return { keyId, refused, lease, levels: levelsOf(this.#books, key, nowMs) };
      }),
      alerts: asked.flatMap(({ told, key }) => alertsOf(this.#books, { told, key, day })),
    };
    tidy(this.#books, day);
    return copyAnswer(purse.answer);
  }

  /** How a key and its project stand, with the limits that were told last. Changes nothing. */
  usage(keyId: string, nowMs: number): Levels {
    return levelsOf(this.#books, this.#books.keys.get(keyId), nowMs);
  }

  #takeIn(told: KeyReport, purse: PurseState, at: Moment): KeyState {
    const key = keyWith(this.#books, told, at);
    for (const closed of told.closed) close(this.#books, { purse, key, closed }, at);
    for (const settlement of told.settled) settle(this.#books, settlement);
    return key;
  }

  /** Opens every need that there is room for; answers the others. */
  #fill({ told, key }: Asked, at: Moment): Refusal[] {
    const { keyId, needs, limits } = told;
    const refused: Refusal[] = [];
    let slotsUsed = needs.length > 0 ? this.#slotsUsed(told) : 0;
    for (const hold of needs) {
      const room = roomOf(this.#books, { key, day: at.day, slotsUsed });
      const isLate = hold.deadlineMs + at.offsetMs <= at.innerMs;
      const refusal = isLate ? LATE : refusalOf(hold, room, limits);
      if (refusal) {
        refused.push({ id: hold.id, ...refusal });
        continue;
      }
      open(this.#books, { key, keyId, hold }, at);
      takeRates(key, hold);
      slotsUsed += hold.requests;
    }
    return refused;
  }

  /** Lends what the key is expected to need next, while there is plenty. */
  #lease(
    { told, key }: Asked,
    { purse, id, at }: { purse: PurseState; id: number; at: Moment },
  ): Lease | undefined {
    const { keyId, want } = told;
    if (!want) return undefined;
    const room = roomOf(this.#books, { key, day: at.day, slotsUsed: this.#slotsUsed(told) });
    const spare = spareOf(want, room);
    if (!spare) return undefined;
    const untilMs = at.innerMs + LEASE_MS + GRACE_MS;
    lend(this.#books, purse, { ...spare, id, keyId, untilMs, day: at.day });
    return { ...spare, id, validMs: LEASE_MS };
  }

  /** Counted only where a limit asks for it. */
  #slotsUsed({ keyId, limits }: KeyReport): number {
    return limits.concurrency === undefined ? 0 : slotsInUse(this.#books, keyId);
  }

  #purse(id: string): PurseState {
    const found = this.#books.purses.get(id);
    if (found) return found;
    const made: PurseState = { seq: 0, answer: OVERTAKEN, atMs: 0, leases: [] };
    this.#books.purses.set(id, made);
    return made;
  }

  /** Charges what was not settled or closed in time, and forgets purses that have ended. */
  #sweep(innerMs: number): void {
    const { holds, purses } = this.#books;
    for (const [id, hold] of holds) if (hold.untilMs <= innerMs) charge(this.#books, id, hold);
    for (const [id, purse] of purses) {
      for (const lease of purse.leases) {
        if (lease.untilMs <= innerMs) lose(this.#books, purse, lease);
      }
      const isOver = purse.leases.length === 0 && purse.atMs + PURSE_MS_MAX <= innerMs;
      if (isOver) purses.delete(id);
    }
  }
}

/** One key's report and its state. */
interface Asked {
  readonly told: KeyReport;
  readonly key: KeyState;
}
