/**
 * What one isolate may spend: money, requests and tokens are set aside here before they are used, from memory while
 * a lease has room, else with one exchange with the key's ledger (docs/decisions/0011-money-leases.md).
 */
import { newRate, type Rate, refill, take, waitMs } from "./actors/ledger-rate.ts";
import type {
  BudgetAlert,
  Levels,
  OpenHold,
  Refusal,
  RefusalReason,
} from "./actors/ledger-terms.ts";
import { recent } from "./actors/recent.ts";
import { TokenhubError } from "./errors.ts";
import { type KeyRecord, ledgerOf, type ProjectRecord } from "./key.ts";
import { draw, leftNanoUsd, newPocket, type Part, type Pocket, settlePart } from "./pocket.ts";
import { hasBudget, limitsReader } from "./spend-limits.ts";
import { openTill, type PursePlatform, type Till } from "./till.ts";

/** The worst that a request can take. */
export interface Ask {
  /** Integer. */
  readonly nanoUsd: number;
  /** Prompt and output together. */
  readonly tokens: number;
  /** Not settled by then, Unix ms: charged in full. */
  readonly deadlineMs: number;
}

/** What a request really took. */
export interface Took {
  readonly nanoUsd: number;
  readonly tokens: number;
}

/** Money set aside for one request. It must be settled or released. */
export interface Hold {
  /** Everything set aside so far, integer; 0 where nothing is limited. */
  readonly nanoUsd: number;
}

/** One isolate's purse. */
export interface Purse {
  /**
   * At once while a lease has room, and for a key without limits; else it is asked for.
   * @throws TokenhubError (or rejects with it) budget_exceeded, rate_limited with `retryAfterMs`, no_provider when
   * the ledger cannot be reached.
   */
  hold(key: KeyRecord, project: ProjectRecord | undefined, ask: Ask): Hold | Promise<Hold>;
  /**
   * Sets more money aside for a request that turned out dearer. false: the budget does not pay for it, and nothing
   * has changed. Rejects with no_provider as `hold` does.
   */
  topUp(hold: Hold, nanoUsd: number): boolean | Promise<boolean>;
  /** The first time it charges what was taken and frees the rest; after that it changes nothing. */
  settle(hold: Hold, took: Took): void;
  /** Nothing was taken. */
  release(hold: Hold): void;
  /** Does anything limit this key? Else every hold is free and nothing is counted. */
  counts(key: KeyRecord, project: ProjectRecord | undefined): boolean;
  /** What the budgets still pay for, nano-USD; undefined: there are none, or the ledger was not asked of late. */
  remaining(key: KeyRecord, project: ProjectRecord | undefined): number | undefined;
  /** As the ledger told last; undefined: it was not asked of late. */
  levels(key: KeyRecord): Levels | undefined;
  /** Tells every ledger what there is to tell; rejects with the first failure. */
  flush(): Promise<void>;
  /** The same, and gives every lease back: before the process ends. */
  close(): Promise<void>;
}

/** What a purse is made from. */
export interface PurseInput {
  readonly platform: PursePlatform;
  /** A budget has passed 80 or 100 %; `ledger` is the project's id, or the key's. */
  readonly onAlert?: (alert: BudgetAlert & { readonly ledger: string }) => void;
}

/** A hold as its purse sees it. */
interface Held {
  nanoUsd: number;
  readonly deadlineMs: number;
  readonly till: Till;
  readonly pocket: Pocket;
  readonly parts: Part[];
  isSettled: boolean;
}

/** For whatever is limited by nothing. */
const FREE: Hold = { nanoUsd: 0 };

/** Leases are renewed and ledgers told this often: half of a lease's life. */
const FLUSH_MS = 1_000;
/** While a ledger is away, this share of a rate is let through by each isolate. */
const AWAY_SHARE = 0.5;
const AWAY_KEYS_MAX = 10_000;
/** No request is open longer. */
const HOLD_MS_MAX = 24 * 3_600_000;
const NOTHING: Took = { nanoUsd: 0, tokens: 0 };

const DETAILS: Readonly<Record<Exclude<RefusalReason, "late">, string>> = {
  budget_key_day: "The key's budget of this day is used up.",
  budget_key_month: "The key's budget of this month is used up.",
  budget_project_day: "The project's budget of this day is used up.",
  budget_project_month: "The project's budget of this month is used up.",
  rpm: "The key's requests per minute are used up.",
  tpm: "The key's tokens per minute are used up.",
  concurrency: "The key has too many requests at once.",
};

/** One purse per isolate. */
export function createPurse({ platform, onAlert }: PurseInput): Purse {
  const tills = new Map<string, Till>();
  const away = new Map<string, Rate>();
  const limitsOf = limitsReader();
  let dueAtMs = 0;

  /** A deadline instead of a flag: on Workers the request that carried a flush may be cancelled with it. */
  function schedule(): void {
    const nowMs = platform.nowMs();
    if (nowMs < dueAtMs + FLUSH_MS && dueAtMs <= nowMs + 2 * FLUSH_MS) return;
    dueAtMs = nowMs + FLUSH_MS;
    platform.defer(platform.after(FLUSH_MS).then(() => flush()));
  }

  async function flush(isLast = false): Promise<void> {
    dueAtMs = 0;
    const done = await Promise.allSettled([...tills.values()].map((till) => till.flush(isLast)));
    for (const [name, till] of tills) if (till.tidy()) tills.delete(name);
    if (!isLast && [...tills.values()].some((till) => till.hasNews())) schedule();
    const failed = done.find((each) => each.status === "rejected");
    if (failed) throw failed.reason;
  }

  function tillOf(key: KeyRecord, project: ProjectRecord | undefined): Till {
    const name = ledgerOf(key);
    const found = tills.get(name);
    const told = (alert: BudgetAlert) => onAlert?.({ ...alert, ledger: name });
    const till = found ?? openTill({ platform, name, onNews: schedule, onAlert: told });
    if (!found) tills.set(name, till);
    till.timeZone = project?.timeZone;
    return till;
  }

  function ask(at: { till: Till; pocket: Pocket }, need: OpenHold): Promise<Part | undefined> {
    const { till, pocket } = at;
    return new Promise((resolve, reject) => {
      till.ask({
        pocket,
        need,
        granted: resolve,
        refused: (refusal) => reject(errorOf(refusal)),
        failed: () => {
          if (!hasBudget(pocket.limits) && passesAway(pocket)) resolve(undefined);
          else reject(new TokenhubError("no_provider", { detail: "Its ledger does not answer." }));
        },
      });
    });
  }

  /** Keys with rates only are served on while their ledger is away, at half their rate. */
  function passesAway({ keyId, limits: { rpm } }: Pocket): boolean {
    if (rpm === undefined) return true;
    const nowMs = platform.nowMs();
    const share = Math.max(1, rpm * AWAY_SHARE);
    const make = () => newRate(share, nowMs);
    const rate = recent(away, keyId, { max: AWAY_KEYS_MAX, make });
    refill(rate, share, nowMs);
    if (rpm === 0 || waitMs(rate, share, 1) !== undefined) return false;
    take(rate, share, 1);
    return true;
  }

  function needOf(till: Till, requests: 0 | 1, asked: Ask): OpenHold {
    const { nanoUsd, tokens } = asked;
    if (!Number.isSafeInteger(nanoUsd) || nanoUsd < 0) throw new RangeError("This is no amount.");
    const deadlineMs = Math.min(asked.deadlineMs, platform.nowMs() + HOLD_MS_MAX);
    return {
      id: till.newHoldId(),
      requests,
      nanoUsd,
      tokens: Math.max(0, Math.ceil(tokens)),
      deadlineMs,
    };
  }

  function held(at: { till: Till; pocket: Pocket }, part: Part, { deadlineMs }: Ask): Held {
    const { nanoUsd } = part;
    return { ...at, nanoUsd, deadlineMs, parts: [part], isSettled: false };
  }

  const purse: Purse = {
    hold(key, project, asked) {
      const limits = limitsOf(key, project);
      if (!limits) return FREE;
      const till = tillOf(key, project);
      const pocket = till.pockets.get(key.id) ?? newPocket(key.id, limits);
      till.pockets.set(key.id, pocket);
      pocket.limits = limits;
      const need = needOf(till, 1, asked);
      const at = { till, pocket };
      const part = draw(pocket, need, platform.nowMs());
      if (part) {
        schedule();
        return held(at, part, asked);
      }
      return ask(at, need).then((granted) => (granted ? held(at, granted, asked) : FREE));
    },
    topUp(hold, nanoUsd) {
      if (hold === FREE || nanoUsd <= 0) return true;
      const mine = hold as Held;
      const { till, pocket, deadlineMs } = mine;
      const need = needOf(till, 0, { nanoUsd, tokens: 0, deadlineMs });
      const add = (part: Part | undefined) => {
        if (!part) return true;
        mine.parts.push(part);
        mine.nanoUsd += nanoUsd;
        // The client may have left while more was asked for.
        if (mine.isSettled) settlePart(pocket, part, NOTHING);
        schedule();
        return true;
      };
      const part = draw(pocket, need, platform.nowMs());
      return part ? add(part) : ask({ till, pocket }, need).then(add, isBeyondBudget);
    },
    settle(hold, took) {
      if (hold === FREE) return;
      const mine = hold as Held;
      if (mine.isSettled) return;
      mine.isSettled = true;
      let { nanoUsd, tokens } = took;
      for (const [index, part] of mine.parts.entries()) {
        const isLast = index === mine.parts.length - 1;
        const paid = isLast ? nanoUsd : Math.min(nanoUsd, part.nanoUsd);
        settlePart(mine.pocket, part, { nanoUsd: paid, tokens });
        nanoUsd -= paid;
        tokens = 0;
      }
      schedule();
    },
    release: (hold) => purse.settle(hold, NOTHING),
    counts: (key, project) => limitsOf(key, project) !== undefined,
    remaining(key, project) {
      const limits = limitsOf(key, project);
      const pocket = limits && tills.get(ledgerOf(key))?.pockets.get(key.id);
      return pocket && leftNanoUsd(pocket, limits, platform.nowMs());
    },
    levels: (key) => tills.get(ledgerOf(key))?.pockets.get(key.id)?.levels,
    flush: () => flush(),
    close: () => flush(true),
  };
  return purse;
}

/** Of a top-up that was refused: false; of every other failure: thrown again. */
function isBeyondBudget(error: unknown): false {
  if (error instanceof TokenhubError && error.code === "budget_exceeded") return false;
  throw error;
}

function errorOf({ reason, retryAfterMs }: Refusal): TokenhubError {
  if (reason === "late") return new TokenhubError("deadline_exceeded");
  const detail = DETAILS[reason];
  return reason.startsWith("budget_")
    ? new TokenhubError("budget_exceeded", { detail })
    : new TokenhubError("rate_limited", {
        detail,
        shouldRetry: true,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
}
