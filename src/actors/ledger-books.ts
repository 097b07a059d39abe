/** The single steps by which money moves in a ledger's books; each keeps every sum exact. */
import { type Account, forget, leftNanoUsd, move } from "./ledger-account.ts";
import type { Room } from "./ledger-grant.ts";
import { monthOf } from "./ledger-period.ts";
import { newRate, type Rate, refill, take } from "./ledger-rate.ts";
import type { Books, HoldState, KeyState, LeaseState, PurseState } from "./ledger-state.ts";
import type { ClosedLease, OpenHold, Settlement, SpendLimits } from "./ledger-terms.ts";

/** When something happens: inner time, the day it is charged to, and inner minus the purse's time. */
export interface Moment {
  readonly innerMs: number;
  readonly day: string;
  readonly offsetMs: number;
}

/** No request, not even one that runs in the background, is open longer: a hold must not stay for ever. */
const HOLD_MS_MAX = 24 * 3_600_000;

const accountsOf = (books: Books, key: KeyState): readonly Account[] => [
  key.account,
  books.project,
];

/** The key with the limits that hold now; its buckets are refilled. */
export function keyWith(
  books: Books,
  { keyId, limits }: { keyId: string; limits: SpendLimits },
  { innerMs }: Moment,
): KeyState {
  const key = books.keys.get(keyId) ?? {
    account: new Map(),
    limits,
    rpm: undefined,
    tpm: undefined,
  };
  books.keys.set(keyId, key);
  key.limits = limits;
  key.rpm = rateOf(key.rpm, limits.rpm, innerMs);
  key.tpm = rateOf(key.tpm, limits.tpm, innerMs);
  return key;
}

function rateOf(
  rate: Rate | undefined,
  perMinute: number | undefined,
  innerMs: number,
): Rate | undefined {
  if (perMinute === undefined) return undefined;
  if (!rate) return newRate(perMinute, innerMs);
  refill(rate, perMinute, innerMs);
  return rate;
}

/** Sets money aside for a request. The same id opens once. */
export function open(
  books: Books,
  given: { key: KeyState; keyId: string; hold: OpenHold },
  at: Moment,
) {
  const { key, keyId, hold } = given;
  if (books.holds.has(hold.id)) return;
  const { nanoUsd, tokens, requests } = hold;
  const dueMs = hold.deadlineMs + at.offsetMs;
  const untilMs = Math.min(Math.max(dueMs, at.innerMs), at.innerMs + HOLD_MS_MAX);
  books.holds.set(hold.id, { keyId, nanoUsd, tokens, requests, untilMs, day: at.day });
  move(accountsOf(books, key), at.day, { reserved: nanoUsd, spent: 0 });
}

/** Takes requests and tokens off the key's rates; negative: gives back. */
export function takeRates(key: KeyState, taken: { requests: number; tokens: number }): void {
  if (key.rpm) take(key.rpm, key.limits.rpm ?? 0, taken.requests);
  if (key.tpm) take(key.tpm, key.limits.tpm ?? 0, taken.tokens);
}

/** Charges what was really taken and frees the rest. What is not open any more was charged already. */
export function settle(books: Books, { id, nanoUsd, tokens }: Settlement): void {
  const hold = books.holds.get(id);
  if (!hold) return;
  books.holds.delete(id);
  const key = books.keys.get(hold.keyId);
  if (!key) return;
  move(accountsOf(books, key), hold.day, { reserved: -hold.nanoUsd, spent: nanoUsd });
  takeRates(key, { requests: 0, tokens: tokens - hold.tokens });
}

/** Charges an open hold in full. */
export function charge(books: Books, id: string, hold: HoldState): void {
  settle(books, { id, nanoUsd: hold.nanoUsd, tokens: hold.tokens });
}

/** Sets a lease aside. */
export function lend(books: Books, purse: PurseState, lease: LeaseState): void {
  const key = books.keys.get(lease.keyId);
  if (!key) return;
  purse.leases.push(lease);
  move(accountsOf(books, key), lease.day, { reserved: lease.nanoUsd, spent: 0 });
  takeRates(key, lease);
}

/** Charges a lost lease in full: its money may have been spent, all of it. */
export function lose(books: Books, purse: PurseState, lease: LeaseState): void {
  const key = books.keys.get(lease.keyId);
  purse.leases = purse.leases.filter((each) => each !== lease);
  if (!key) return;
  const { nanoUsd } = lease;
  move(accountsOf(books, key), lease.day, { reserved: -nanoUsd, spent: nanoUsd });
}

/** Takes a lease back; what was drawn from a lost one is paid already. */
export function close(
  books: Books,
  { purse, key, closed }: { purse: PurseState; key: KeyState; closed: ClosedLease },
  at: Moment,
): void {
  const lease = purse.leases.find(
    ({ id, keyId }) => id === closed.id && books.keys.get(keyId) === key,
  );
  if (!lease) return;
  purse.leases = purse.leases.filter((each) => each !== lease);
  const { spentNanoUsd, requests, tokens, opened } = closed;
  move(accountsOf(books, key), lease.day, { reserved: -lease.nanoUsd, spent: spentNanoUsd });
  takeRates(key, { requests: requests - lease.requests, tokens: tokens - lease.tokens });
  for (const hold of opened)
    open(books, { key, keyId: lease.keyId, hold }, { ...at, day: lease.day });
}

/** Requests of a key in work, as far as they are known, and slots lent. */
export function slotsInUse(books: Books, keyId: string): number {
  let slots = 0;
  for (const hold of books.holds.values()) if (hold.keyId === keyId) slots += hold.requests;
  for (const { leases } of books.purses.values()) {
    for (const lease of leases) if (lease.keyId === keyId) slots += lease.slots;
  }
  return slots;
}

/** What is left of every limit of a key. */
export function roomOf(books: Books, at: { key: KeyState; day: string; slotsUsed: number }): Room {
  const { key, day, slotsUsed } = at;
  const { limits, account, rpm, tpm } = key;
  const month = monthOf(day);
  return {
    keyDayNanoUsd: leftNanoUsd(account, day, limits.keyDayNanoUsd),
    keyMonthNanoUsd: leftNanoUsd(account, month, limits.keyMonthNanoUsd),
    projectDayNanoUsd: leftNanoUsd(books.project, day, limits.projectDayNanoUsd),
    projectMonthNanoUsd: leftNanoUsd(books.project, month, limits.projectMonthNanoUsd),
    rpm,
    tpm,
    slots: limits.concurrency === undefined ? undefined : limits.concurrency - slotsUsed,
  };
}

/** Keys of a project that are remembered though they spend nothing this month. */
const IDLE_KEYS_MAX = 1_000;

/** Forgets old periods, and keys that have spent nothing this month when there are very many. */
export function tidy(books: Books, day: string): void {
  forget(books.project, day);
  for (const { account } of books.keys.values()) forget(account, day);
  if (books.keys.size <= IDLE_KEYS_MAX) return;
  const isIdle = ({ account }: KeyState) =>
    [...account].every(([id, { reservedNanoUsd, spentNanoUsd }]) => {
      return reservedNanoUsd === 0 && (spentNanoUsd === 0 || !id.startsWith(monthOf(day)));
    });
  for (const [id, key] of books.keys) if (isIdle(key)) books.keys.delete(id);
}
