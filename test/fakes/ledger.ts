/** Limits, holds and reports for what ledgers are asked; and the sums that must always hold in one. */
import { expect } from "vitest";
import { OBJECTS } from "../../src/actors/index.ts";
import type { Period } from "../../src/actors/ledger-account.ts";
import { newBooks, type SavedBooks, saveBooks } from "../../src/actors/ledger-state.ts";
import type { KeyReport, OpenHold, Report, SpendLimits } from "../../src/actors/ledger-terms.ts";
import { createObject } from "../../src/actors/object.ts";

export const NO_LIMITS: SpendLimits = {
  keyDayNanoUsd: undefined,
  keyMonthNanoUsd: undefined,
  projectDayNanoUsd: undefined,
  projectMonthNanoUsd: undefined,
  rpm: undefined,
  tpm: undefined,
  concurrency: undefined,
};

/** 24 November 2026, 12:00 UTC. */
export const NOON_MS = Date.UTC(2026, 10, 24, 12);

/** A hold of a request that costs 100 at most, due in a minute. */
export function need(id: string, given: Partial<OpenHold> = {}): OpenHold {
  return { id, nanoUsd: 100, tokens: 10, requests: 1, deadlineMs: NOON_MS + 60_000, ...given };
}

/** One key's part, with nothing in it but what is given. */
export function keyReport(given: Partial<KeyReport> = {}): KeyReport {
  return {
    keyId: "key_a",
    limits: NO_LIMITS,
    closed: [],
    settled: [],
    needs: [],
    want: undefined,
    ...given,
  };
}

/** A report of one purse. */
export function report(seq: number, ...keys: KeyReport[]): Report {
  return { purse: "purse_1", seq, timeZone: undefined, keys };
}

/** A ledger as a host runs it. */
export const newLedger = () => createObject(OBJECTS.ledger);

/** What a ledger has written down. */
export function booksOf(ledger: ReturnType<typeof newLedger>): SavedBooks {
  const saved = ledger.snapshots().ledger?.state as { books: SavedBooks } | undefined;
  return saved?.books ?? saveBooks(newBooks());
}

/** Every sum of the books, made again from the single leases and holds. */
export function expectExact(books: SavedBooks, limits: SpendLimits): void {
  const reserved = new Map<string, number>();
  const add = (account: string, day: string, nanoUsd: number) => {
    for (const id of [`${account}/${day}`, `${account}/${day.slice(0, 7)}`]) {
      reserved.set(id, (reserved.get(id) ?? 0) + nanoUsd);
    }
  };
  const parts = [
    ...books.holds.map(([, hold]) => hold),
    ...books.purses.flatMap(([, { leases }]) => leases),
  ];
  for (const { keyId, day, nanoUsd } of parts) {
    add(keyId, day, nanoUsd);
    add("project", day, nanoUsd);
  }
  const keySums = new Map<string, number>();
  const check = (account: string, periods: readonly [string, Period][], caps: Caps) => {
    for (const [id, { spentNanoUsd, reservedNanoUsd }] of periods) {
      expect(reservedNanoUsd).toBe(reserved.get(`${account}/${id}`) ?? 0);
      for (const amount of [spentNanoUsd, reservedNanoUsd]) {
        expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true);
      }
      const limit = (id.length === 7 ? caps.month : caps.day) ?? Number.MAX_SAFE_INTEGER;
      expect(spentNanoUsd + reservedNanoUsd).toBeLessThanOrEqual(limit);
      if (account !== "project") keySums.set(id, (keySums.get(id) ?? 0) + spentNanoUsd);
    }
  };
  for (const [id, { account }] of books.keys) {
    check(id, account, { day: limits.keyDayNanoUsd, month: limits.keyMonthNanoUsd });
  }
  const caps = { day: limits.projectDayNanoUsd, month: limits.projectMonthNanoUsd };
  check("project", books.project, caps);
  for (const [id, { spentNanoUsd }] of books.project) expect(keySums.get(id)).toBe(spentNanoUsd);
}

interface Caps {
  readonly day: number | undefined;
  readonly month: number | undefined;
}
