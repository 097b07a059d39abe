/** What a ledger remembers, and how it is saved. */
import type { Account, Period } from "./ledger-account.ts";
import type { Rate } from "./ledger-rate.ts";
import type { Answer, SpendLimits } from "./ledger-terms.ts";

/** A lease as its ledger sees it: reserved in full until it is closed. Times are inner (`clock.ts`). */
export interface LeaseState {
  readonly id: number;
  readonly keyId: string;
  readonly nanoUsd: number;
  readonly requests: number;
  readonly tokens: number;
  readonly slots: number;
  /** Not closed by then: lost, and charged in full. */
  readonly untilMs: number;
  /** To whose day and month it is charged. */
  readonly day: string;
}

/** An open hold. */
export interface HoldState {
  readonly keyId: string;
  readonly nanoUsd: number;
  readonly tokens: number;
  readonly requests: 0 | 1;
  readonly untilMs: number;
  readonly day: string;
}

/** One isolate's purse. */
export interface PurseState {
  /** Of the last exchange, and what it was answered: a repeated one gets the same. */
  seq: number;
  answer: Answer;
  atMs: number;
  leases: LeaseState[];
}

/** One key. */
export interface KeyState {
  readonly account: Account;
  /** As they were told last. */
  limits: SpendLimits;
  /** undefined: unlimited. */
  rpm: Rate | undefined;
  tpm: Rate | undefined;
}

/** Everything but the clock. */
export interface Books {
  timeZone: string | undefined;
  readonly project: Account;
  readonly keys: Map<string, KeyState>;
  readonly holds: Map<string, HoldState>;
  readonly purses: Map<string, PurseState>;
}

type SavedKey = Omit<KeyState, "account"> & { account: [string, Period][] };

/** The same as JSON. */
export interface SavedBooks {
  readonly timeZone: string | undefined;
  readonly project: readonly [string, Period][];
  readonly keys: readonly [string, SavedKey][];
  readonly holds: readonly [string, HoldState][];
  readonly purses: readonly [string, PurseState][];
}

/** Nobody has spent anything. */
export function newBooks(): Books {
  return {
    timeZone: undefined,
    project: new Map(),
    keys: new Map(),
    holds: new Map(),
    purses: new Map(),
  };
}

/** A copy. What is never changed in place is shared; cloning all of it would cost more than every exchange. */
export function saveBooks(books: Books): SavedBooks {
  return {
    timeZone: books.timeZone,
    project: copyAccount(books.project),
    keys: [...books.keys].map(([id, key]) => [id, copyKey(key)]),
    holds: [...books.holds],
    purses: [...books.purses].map(([id, purse]) => [
      id,
      { ...purse, answer: copyAnswer(purse.answer), leases: [...purse.leases] },
    ]),
  };
}

/** A copy for whoever asked. */
export function copyAnswer({ keys, alerts }: Answer): Answer {
  return {
    keys: keys.map((key) => ({ ...key, refused: [...key.refused] })),
    alerts: [...alerts],
  };
}

function copyKey({ account, limits, rpm, tpm }: KeyState): SavedKey {
  return {
    account: copyAccount(account),
    limits,
    rpm: rpm && { ...rpm },
    tpm: tpm && { ...tpm },
  };
}

function copyAccount(account: Account): [string, Period][] {
  return [...account].map(([id, period]) => [id, { ...period }]);
}

/** The books again, from a copy of what was saved. */
export function loadBooks(saved: SavedBooks): Books {
  const { timeZone, project, keys, holds, purses } = structuredClone(saved);
  return {
    timeZone,
    project: new Map(project),
    keys: new Map(keys.map(([id, key]) => [id, { ...key, account: new Map(key.account) }])),
    holds: new Map(holds),
    purses: new Map(purses),
  };
}
