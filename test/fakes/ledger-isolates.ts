/**
 * Isolates that speak the ledger's protocol by hand and badly: they crash, lose answers, send twice and late, and
 * their clocks jump. They keep count of what they really spend.
 */
import fc from "fast-check";
import { expect } from "vitest";
import type {
  Answer,
  ClosedLease,
  OpenHold,
  Report,
  SpendLimits,
} from "../../src/actors/ledger-terms.ts";
import { booksOf, keyReport, NOON_MS, type newLedger } from "./ledger.ts";

/** What may happen next; numbers choose whom, how much, and how late. */
export type Step = readonly [
  kind:
    | "ask"
    | "draw"
    | "settle"
    | "renew"
    | "crash"
    | "lose"
    | "repeat"
    | "wait"
    | "jump"
    | "wake",
  who: number,
  size: number,
];

/** Random steps; every kind of trouble is rarer than work. */
export const STEPS: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.tuple(
    fc.constantFrom<Step[0]>(
      ...([
        "ask",
        "ask",
        "ask",
        "draw",
        "draw",
        "draw",
        "settle",
        "settle",
        "renew",
        "renew",
      ] as const),
      ...(["crash", "lose", "repeat", "wait", "wait", "jump", "wake"] as const),
    ),
    fc.nat({ max: 3 }),
    fc.nat({ max: 100 }),
  ),
  { minLength: 20, maxLength: 120 },
);

interface Hold extends OpenHold {
  readonly keyId: string;
}
interface Leased {
  readonly id: number;
  readonly keyId: string;
  left: { nanoUsd: number; requests: number };
  spent: number;
  used: number;
  readonly open: Map<string, Hold>;
}
interface Isolate {
  readonly purse: string;
  seq: number;
  leases: Leased[];
  holds: Map<string, Hold>;
  settled: { id: string; nanoUsd: number; tokens: number; keyId: string }[];
  /** Its answer was lost: it must be sent again, the same, before anything else. */
  unanswered: Report | undefined;
}

const KEYS = ["key_a", "key_b"] as const;
const keyOf = (n: number) => KEYS[n % 2] ?? KEYS[0];

/** Plays steps against one ledger. `spent()`: what all isolates have really spent, by key. */
export function isolates(ledger: ReturnType<typeof newLedger>, limits: SpendLimits) {
  const spent = new Map<string, number>(KEYS.map((key) => [key, 0]));
  const sent: Report[] = [];
  /** A minute before midnight. */
  let nowMs = NOON_MS + 12 * 3_600_000 - 60_000;
  let ids = 0;
  const fresh = (): Isolate => {
    ids += 1;
    const purse = `purse_${ids}`;
    return { purse, seq: 0, leases: [], holds: new Map(), settled: [], unanswered: undefined };
  };
  const all = [fresh(), fresh(), fresh(), fresh()];
  const pay = (keyId: string, nanoUsd: number) =>
    spent.set(keyId, (spent.get(keyId) ?? 0) + nanoUsd);
  const call = (report: Report) =>
    ledger.call("ledger", "exchange", [JSON.parse(JSON.stringify(report)), nowMs]) as Answer;

  function build(
    isolate: Isolate,
    given: { keyId: string; hold?: Hold; want: number; all: boolean },
  ): Report {
    isolate.seq += 1;
    const keys = KEYS.map((keyId) => {
      const mine = isolate.leases.filter((lease) => lease.keyId === keyId);
      const closing = given.all ? mine : mine.slice(0, -1);
      isolate.leases = isolate.leases.filter((lease) => !closing.includes(lease));
      const closed = closing.map((lease): ClosedLease => {
        for (const [id, hold] of lease.open) isolate.holds.set(id, hold);
        const opened = [...lease.open.values()];
        return { id: lease.id, spentNanoUsd: lease.spent, requests: lease.used, tokens: 0, opened };
      });
      const settled = isolate.settled.filter((each) => each.keyId === keyId);
      const needs = given.hold && keyId === given.keyId ? [given.hold] : [];
      const want =
        keyId === given.keyId && given.want > 0
          ? { requests: given.want, nanoUsd: 10, tokens: 0, slots: 1 }
          : undefined;
      return keyReport({ keyId, limits, closed, settled, needs, want });
    });
    isolate.settled = [];
    const { purse, seq } = isolate;
    return { purse, seq, timeZone: undefined, keys };
  }

  function take(isolate: Isolate, report: Report, answer: Answer): void {
    for (const { keyId, refused, lease } of answer.keys) {
      const needs = report.keys.find((key) => key.keyId === keyId)?.needs ?? [];
      for (const hold of needs) {
        if (!refused.some(({ id }) => id === hold.id))
          isolate.holds.set(hold.id, { ...hold, keyId });
      }
      if (!lease) continue;
      const { id, nanoUsd, requests } = lease;
      const left = { nanoUsd, requests };
      isolate.leases.push({ id, keyId, left, spent: 0, used: 0, open: new Map() });
    }
  }

  function send(isolate: Isolate, report: Report, isLost: boolean): void {
    sent.push(report);
    const answer = call(report);
    isolate.unanswered = isLost ? report : undefined;
    if (!isLost) take(isolate, report, answer);
  }

  const newHold = (keyId: string, size: number): Hold => {
    ids += 1;
    const deadlineMs = nowMs + size * 1_000;
    return { id: `hold_${ids}`, keyId, nanoUsd: size, tokens: 1, requests: 1, deadlineMs };
  };

  /** Pays at most what was set aside. */
  function settle(isolate: Isolate, size: number): void {
    const leased = isolate.leases.find((lease) => lease.open.size > 0);
    const hold = leased?.open.values().next().value ?? isolate.holds.values().next().value;
    if (!hold) return;
    const nanoUsd = Math.min(hold.nanoUsd, size);
    pay(hold.keyId, nanoUsd);
    if (leased?.open.delete(hold.id)) {
      leased.spent += nanoUsd;
      leased.left.nanoUsd += hold.nanoUsd - nanoUsd;
    } else {
      isolate.holds.delete(hold.id);
      isolate.settled.push({ id: hold.id, nanoUsd, tokens: 1, keyId: hold.keyId });
    }
  }

  return {
    spent: () => spent,
    play([kind, who, size]: Step): void {
      const isolate = all[who] ?? fresh();
      const keyId = keyOf(size);
      if (kind === "wait") nowMs += size * 150;
      else if (kind === "jump") nowMs += (size % 2 ? 1 : -1) * (3_600_000 + size);
      else if (kind === "wake") ledger.wake(nowMs);
      else if (kind === "settle") settle(isolate, size);
      else if (kind === "crash") {
        // What it was doing is spent in full, and nobody tells.
        for (const { open } of isolate.leases)
          for (const hold of open.values()) pay(hold.keyId, hold.nanoUsd);
        for (const hold of isolate.holds.values()) pay(hold.keyId, hold.nanoUsd);
        all[who] = fresh();
      } else if (kind === "repeat") {
        ledger.wake(nowMs);
        const books = booksOf(ledger);
        const old = sent[(size * 7) % Math.max(1, sent.length)];
        if (!old || !books.purses.some(([purse]) => purse === old.purse)) return;
        call(old);
        const told = ({ purses, ...rest }: typeof books) => ({
          ...rest,
          purses: purses.map(([purse, { seq, leases }]) => ({ purse, seq, leases })),
        });
        expect(told(booksOf(ledger))).toEqual(told(books));
      } else if (kind === "draw") {
        const lease = isolate.leases.at(-1);
        const hold = newHold(lease?.keyId ?? keyId, size % 11);
        if (!lease || lease.left.nanoUsd < hold.nanoUsd || lease.left.requests < 1) return;
        lease.left.nanoUsd -= hold.nanoUsd;
        lease.left.requests -= 1;
        lease.used += 1;
        lease.open.set(hold.id, hold);
      } else if (isolate.unanswered) {
        send(isolate, isolate.unanswered, false);
      } else {
        const hold = kind === "renew" ? undefined : newHold(keyId, size);
        const given = { keyId, want: size % 8, all: kind === "ask", ...(hold && { hold }) };
        send(isolate, build(isolate, given), kind === "lose");
      }
    },
  };
}
