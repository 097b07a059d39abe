/** One key's money and rates in the memory of one isolate: leases that are drawn from without asking. Pure. */
import type {
  ClosedLease,
  KeyReport,
  Lease,
  Levels,
  OpenHold,
  Settlement,
  SpendLimits,
  Want,
} from "./actors/ledger-terms.ts";
import { hasBudget } from "./spend-limits.ts";

/** A lease with what is left of it. */
export interface PocketLease {
  readonly id: number;
  readonly untilMs: number;
  nanoUsd: number;
  requests: number;
  tokens: number;
  slots: number;
  spentNanoUsd: number;
  usedRequests: number;
  usedTokens: number;
  readonly open: Set<Part>;
}

/** One amount set aside; a hold has one, and one more for each time it was topped up. */
export interface Part extends OpenHold {
  /** Where it was drawn from; undefined: its ledger knows it as an open hold. */
  lease: PocketLease | undefined;
}

/** One key. */
export interface Pocket {
  readonly keyId: string;
  limits: SpendLimits;
  /** Oldest first. */
  leases: PocketLease[];
  /** Of holds that the ledger knows, not told yet. */
  settled: Settlement[];
  /** As they were told last; undefined: not yet. */
  levels: Levels | undefined;
  levelsAtMs: number;
  /** Requests in work, and what was asked for since the last report. */
  inWork: number;
  recent: Want;
}

const NOTHING: Want = { requests: 0, nanoUsd: 0, tokens: 0, slots: 0 };

/** Twice as many requests as came since the last report: a growing load asks less often. */
const GROWTH = 2;
/** The whole answer of one key stays small. */
const WANT_MAX = 10_000;

/** An empty one. */
export function newPocket(keyId: string, limits: SpendLimits): Pocket {
  return {
    keyId,
    limits,
    leases: [],
    settled: [],
    levels: undefined,
    levelsAtMs: 0,
    inWork: 0,
    recent: NOTHING,
  };
}

/** Takes it out of the first lease with room; undefined: the ledger has to be asked. */
export function draw(pocket: Pocket, need: OpenHold, nowMs: number): Part | undefined {
  for (const lease of pocket.leases) {
    if (nowMs >= lease.untilMs || !hasRoom(lease, need, pocket.limits)) continue;
    lease.nanoUsd -= need.nanoUsd;
    lease.requests -= need.requests;
    lease.usedRequests += need.requests;
    lease.slots -= need.requests;
    lease.tokens -= need.tokens;
    lease.usedTokens += need.tokens;
    const part = { ...need, lease };
    lease.open.add(part);
    noteBegin(pocket, need);
    return part;
  }
  return undefined;
}

function hasRoom(lease: PocketLease, need: OpenHold, limits: SpendLimits): boolean {
  if (need.nanoUsd > lease.nanoUsd && hasBudget(limits)) return false;
  if (need.requests === 0) return true;
  if (lease.requests < 1) return false;
  if (limits.concurrency !== undefined && lease.slots < 1) return false;
  return limits.tpm === undefined || need.tokens <= lease.tokens;
}

/** Remembers what was asked for, so that the next lease fits. */
export function noteBegin(pocket: Pocket, need: OpenHold): void {
  pocket.inWork += need.requests;
  const { requests, nanoUsd, tokens, slots } = pocket.recent;
  pocket.recent = {
    requests: requests + need.requests,
    nanoUsd: Math.max(nanoUsd, need.nanoUsd),
    tokens: Math.max(tokens, need.tokens),
    slots: Math.max(slots, pocket.inWork),
  };
}

/** A part is done: what it did not take can be drawn again, or is told to the ledger. */
export function settlePart(
  pocket: Pocket,
  part: Part,
  took: { nanoUsd: number; tokens: number },
): void {
  pocket.inWork -= part.requests;
  const { lease } = part;
  if (!lease) {
    pocket.settled.push({ id: part.id, ...took });
    return;
  }
  lease.open.delete(part);
  lease.spentNanoUsd += took.nanoUsd;
  lease.nanoUsd = Math.max(0, lease.nanoUsd + part.nanoUsd - took.nanoUsd);
  lease.usedTokens += took.tokens - part.tokens;
  lease.tokens = Math.max(0, lease.tokens + part.tokens - took.tokens);
  lease.slots += part.requests;
}

/** A granted lease. `askedAtMs`: when the purse sent for it. */
export function putLease(pocket: Pocket, lease: Lease, askedAtMs: number): void {
  const { id, validMs, nanoUsd, requests, tokens, slots } = lease;
  pocket.leases.push({
    ...{ id, nanoUsd, requests, tokens, slots, untilMs: askedAtMs + validMs },
    ...{ spentNanoUsd: 0, usedRequests: 0, usedTokens: 0, open: new Set() },
  });
}

/**
 * What the ledger is told of the key. With needs, or when nothing was asked for of late, every lease is given back;
 * else the newest stays, so that requests go on while the ledger answers.
 */
export function tell(pocket: Pocket, needs: readonly OpenHold[], isLast: boolean): KeyReport {
  const { keyId, limits, recent, settled } = pocket;
  const isIdle = recent.requests === 0;
  const keep = needs.length === 0 && !isIdle && !isLast ? pocket.leases.slice(-1) : [];
  const closed = pocket.leases.filter((lease) => !keep.includes(lease)).map(closeLease);
  pocket.leases = keep;
  pocket.settled = [];
  pocket.recent = NOTHING;
  const requests = Math.min(WANT_MAX, recent.requests * GROWTH);
  const want = isIdle || isLast ? undefined : { ...recent, requests };
  return { keyId, limits, closed, settled, needs, want };
}

function closeLease(lease: PocketLease): ClosedLease {
  const opened = [...lease.open].map((part): OpenHold => {
    part.lease = undefined;
    const { id, nanoUsd, tokens, requests, deadlineMs } = part;
    return { id, nanoUsd, tokens, requests, deadlineMs };
  });
  const { id, spentNanoUsd, usedRequests, usedTokens } = lease;
  return { id, spentNanoUsd, requests: usedRequests, tokens: Math.max(0, usedTokens), opened };
}

/** Is there anything to tell? */
export function hasNews({ leases, settled }: Pocket): boolean {
  return leases.length > 0 || settled.length > 0;
}

/** What was told longer ago says nothing: others have spent since, and limits may have been raised. */
const LEVELS_MS_MAX = 2_000;

/**
 * What every budget still pays for, own leases included; undefined: there is no budget, or it was not told of late.
 * A period that has ended since counts as unspent.
 */
export function leftNanoUsd(
  pocket: Pocket,
  limits: SpendLimits,
  nowMs: number,
): number | undefined {
  const { levels, levelsAtMs, leases } = pocket;
  if (!levels || Math.abs(nowMs - levelsAtMs) > LEVELS_MS_MAX) return undefined;
  const budgets = [
    [limits.keyDayNanoUsd, levels.keyDay],
    [limits.keyMonthNanoUsd, levels.keyMonth],
    [limits.projectDayNanoUsd, levels.projectDay],
    [limits.projectMonthNanoUsd, levels.projectMonth],
  ] as const;
  const left = budgets.flatMap(([limit, { spentNanoUsd, reservedNanoUsd, resetAtMs }]) => {
    if (limit === undefined) return [];
    return [nowMs < resetAtMs ? Math.max(0, limit - spentNanoUsd - reservedNanoUsd) : limit];
  });
  if (left.length === 0) return undefined;
  return leases.reduce((sum, { nanoUsd }) => sum + nanoUsd, Math.min(...left));
}
