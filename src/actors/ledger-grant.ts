/** Who gets what: one need against every limit at once, and how much more may be leased. Pure. */
import { type Rate, waitMs } from "./ledger-rate.ts";
import type { OpenHold, Refusal, SpendLimits, Want } from "./ledger-terms.ts";

/** What is left of every limit now. */
export interface Room {
  readonly keyDayNanoUsd: number;
  readonly keyMonthNanoUsd: number;
  readonly projectDayNanoUsd: number;
  readonly projectMonthNanoUsd: number;
  /** undefined: unlimited. */
  readonly rpm: Rate | undefined;
  readonly tpm: Rate | undefined;
  /** Requests that may begin beside those in work; undefined: unlimited. */
  readonly slots: number | undefined;
}

/** What a purse may draw beside what it needs now. */
export interface Spare {
  readonly nanoUsd: number;
  readonly requests: number;
  readonly tokens: number;
  readonly slots: number;
}

/** At most this share of what is left lies in one lease: near a limit it is less than a request, so nothing. */
const SHARE = 1 / 20;
/** Slots come back with every request that ends; a larger share only makes another purse wait. */
const SLOT_SHARE = 1 / 2;
/** Requests of one lease: more than an isolate serves in 2 s. */
const REQUESTS_MAX = 10_000;
/** A request that holds a slot may end at any time. */
const SLOT_RETRY_MS = 1_000;

const BUDGETS = [
  ["keyDayNanoUsd", "budget_key_day"],
  ["keyMonthNanoUsd", "budget_key_month"],
  ["projectDayNanoUsd", "budget_project_day"],
  ["projectMonthNanoUsd", "budget_project_month"],
] as const;

/** Why a need cannot be granted; undefined: it can. */
export function refusalOf(
  need: OpenHold,
  room: Room,
  limits: SpendLimits,
): Omit<Refusal, "id"> | undefined {
  for (const [budget, reason] of BUDGETS) {
    if (need.nanoUsd > room[budget]) return { reason, retryAfterMs: undefined };
  }
  if (need.requests === 0) return undefined;
  if (room.slots !== undefined && room.slots < 1) {
    return { reason: "concurrency", retryAfterMs: SLOT_RETRY_MS };
  }
  const rpmMs = room.rpm && waitMs(room.rpm, limits.rpm ?? 0, 1);
  if (rpmMs !== undefined) return { reason: "rpm", retryAfterMs: rpmMs };
  const tpmMs = room.tpm && waitMs(room.tpm, limits.tpm ?? 0, need.tokens);
  if (tpmMs !== undefined) return { reason: "tpm", retryAfterMs: tpmMs };
  return undefined;
}

/** How much of what is wanted may be leased; undefined: nothing, every request has to ask. */
export function spareOf(want: Want, room: Room): Spare | undefined {
  const moneyLeft = Math.min(...BUDGETS.map(([budget]) => room[budget]));
  const requests = Math.min(
    want.requests,
    REQUESTS_MAX,
    fitting(moneyLeft, want.nanoUsd),
    room.rpm ? fitting(room.rpm.level, 1) : REQUESTS_MAX,
    room.tpm ? fitting(room.tpm.level, want.tokens) : REQUESTS_MAX,
  );
  const slots =
    room.slots === undefined
      ? want.slots
      : Math.min(want.slots, Math.floor(room.slots * SLOT_SHARE));
  if (requests < 1 || slots < 1) return undefined;
  return { nanoUsd: requests * want.nanoUsd, requests, tokens: requests * want.tokens, slots };
}

/** How many of this size are in the share of what is left. */
function fitting(left: number, size: number): number {
  return size > 0 ? Math.floor((left * SHARE) / size) : REQUESTS_MAX;
}
