/**
 * An isolate's line to one ledger: what waits to be told and asked, one exchange at a time, and the same one again
 * until it is answered.
 */
import { actorRef } from "./actors/index.ts";
import type { Answer, BudgetAlert, OpenHold, Refusal, Report } from "./actors/ledger-terms.ts";
import type { Platform } from "./platform.ts";
import {
  hasNews,
  noteBegin,
  type Part,
  type Pocket,
  putLease,
  settlePart,
  tell,
} from "./pocket.ts";

/** An exchange without an answer for so long belongs to a request that has gone: the next one asks again. */
const ANSWER_MS_MAX = 2_000;
/** Needs of one exchange; more wait for the next. */
const NEEDS_MAX = 256;

/** Somebody who waits for money. */
export interface Waiter {
  readonly pocket: Pocket;
  readonly need: OpenHold;
  granted(part: Part): void;
  refused(refusal: Refusal): void;
  /** The ledger cannot be reached. */
  failed(): void;
}

/** The line to one ledger. */
export interface Till {
  /** Also the ledger's name. */
  readonly name: string;
  /** By key id. */
  readonly pockets: Map<string, Pocket>;
  timeZone: string | undefined;
  /** An id that no other hold has. */
  newHoldId(): string;
  /** Asks for one hold, together with all others that wait. */
  ask(waiter: Waiter): void;
  /** Tells what there is to tell; `isLast`: and keeps no lease. Rejects with what the exchange throws. */
  flush(isLast: boolean): Promise<void>;
  hasNews(): boolean;
  /** Forgets keys that were not used of late; true: nothing is left. */
  tidy(): boolean;
}

/** What purse and till ask of the world. */
export type PursePlatform = Pick<
  Platform,
  "actors" | "nowMs" | "after" | "timer" | "newId" | "defer"
>;

/** What a till is made from. */
export interface TillInput {
  readonly platform: PursePlatform;
  readonly name: string;
  /** Something will have to be told. */
  readonly onNews: () => void;
  readonly onAlert: (alert: BudgetAlert) => void;
}

/** A report until it is answered. */
interface Sending {
  readonly report: Report;
  readonly askedAtMs: number;
}

/** Nothing is sent yet. */
export function openTill({ platform, name, onNews, onAlert }: TillInput): Till {
  const purse = platform.newId("purse");
  const pockets = new Map<string, Pocket>();
  const waiting = new Map<string, Waiter>();
  let holds = 0;
  let seq = 0;
  let unanswered: Sending | undefined;
  /** Who exchanges now; another object: somebody took over. */
  let turn: object | undefined;
  let turnAtMs = 0;
  let running: Promise<void> = Promise.resolve();

  function begin(first: "needs" | "news" | "last"): Promise<void> {
    const work = take(first);
    running = work.catch(() => undefined);
    return work;
  }

  /** One answer after the other while anybody waits. */
  async function take(first: "needs" | "news" | "last"): Promise<void> {
    const mine = {};
    turn = mine;
    turnAtMs = platform.nowMs();
    try {
      // Whatever is asked for in the same moment goes together.
      await undefined;
      let what = first;
      while (turn === mine && (what !== "needs" || waiting.size > 0)) {
        // What was sent before and is now repeated says nothing of what is new.
        const isRepeated = unanswered !== undefined;
        await exchange(mine, what);
        if (!isRepeated) what = "needs";
      }
    } catch (error) {
      if (turn !== mine) return;
      for (const waiter of [...waiting.values()]) waiter.failed();
      waiting.clear();
      throw error;
    } finally {
      if (turn === mine) turn = undefined;
    }
  }

  async function exchange(mine: object, what: "needs" | "news" | "last"): Promise<void> {
    const sending = unanswered ?? { report: build(what), askedAtMs: platform.nowMs() };
    unanswered = sending;
    turnAtMs = platform.nowMs();
    const ledger = actorRef(platform.actors, "ledger", name);
    const answer = await answered(ledger.exchange(sending.report, turnAtMs));
    if (turn !== mine || unanswered !== sending) return;
    unanswered = undefined;
    apply(sending, answer);
  }

  /** Rejects when the ledger takes too long. */
  function answered(work: Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const stop = platform.timer(ANSWER_MS_MAX, () => reject(new Error("The ledger is silent.")));
      work.then(resolve, reject).finally(stop);
    });
  }

  function build(what: "needs" | "news" | "last"): Report {
    const needs = new Map<Pocket, OpenHold[]>();
    for (const { pocket, need } of waiting.values()) {
      const list = needs.get(pocket) ?? [];
      needs.set(pocket, list);
      if (list.length < NEEDS_MAX) list.push(need);
    }
    const told = [...till.pockets.values()].filter((pocket) => {
      return needs.has(pocket) || (what !== "needs" && hasNews(pocket));
    });
    seq += 1;
    const keys = told.map((pocket) => tell(pocket, needs.get(pocket) ?? [], what === "last"));
    return { purse, seq, timeZone: till.timeZone, keys };
  }

  function apply({ report, askedAtMs }: Sending, answer: Answer): void {
    const answers = new Map(answer.keys.map((each) => [each.keyId, each]));
    for (const { keyId, needs } of report.keys) {
      const pocket = pockets.get(keyId);
      const told = answers.get(keyId);
      if (!pocket || !told) {
        // Never so, unless another one speaks in this purse's name; nobody may wait for ever.
        for (const { id } of needs) waiting.get(id)?.failed();
        for (const { id } of needs) waiting.delete(id);
        continue;
      }
      pocket.levels = told.levels;
      pocket.levelsAtMs = platform.nowMs();
      if (told.lease) putLease(pocket, told.lease, askedAtMs);
      const refusals = new Map(told.refused.map((each) => [each.id, each]));
      for (const need of needs) settleNeed(pocket, need, refusals.get(need.id));
    }
    for (const alert of answer.alerts) onAlert(alert);
    if (till.hasNews()) onNews();
  }

  function settleNeed(pocket: Pocket, need: OpenHold, refusal: Refusal | undefined): void {
    const waiter = waiting.get(need.id);
    waiting.delete(need.id);
    if (refusal) {
      waiter?.refused(refusal);
      return;
    }
    noteBegin(pocket, need);
    const part: Part = { ...need, lease: undefined };
    if (waiter) waiter.granted(part);
    else settlePart(pocket, part, { nanoUsd: 0, tokens: 0 });
  }

  /** Sees to it that somebody exchanges. */
  function start(): void {
    if (isTaken()) return;
    platform.defer(begin("needs"));
  }

  function isTaken(): boolean {
    return turn !== undefined && platform.nowMs() - turnAtMs < ANSWER_MS_MAX;
  }

  const till: Till = {
    name,
    pockets,
    timeZone: undefined,
    newHoldId() {
      holds += 1;
      return `${purse}/${holds}`;
    },
    ask(waiter) {
      const { id } = waiter.need;
      let tries = 0;
      let stop: () => void = () => undefined;
      // The exchange may belong to a request that was cancelled together with it: watched from this one.
      const watch = () => {
        stop = platform.timer(ANSWER_MS_MAX, () => {
          if (!waiting.has(id)) return;
          tries += 1;
          if (tries === 1) {
            start();
            watch();
          } else {
            waiting.delete(id);
            waiter.failed();
          }
        });
      };
      waiting.set(id, {
        ...waiter,
        granted: (part) => {
          stop();
          waiter.granted(part);
        },
        refused: (refusal) => {
          stop();
          waiter.refused(refusal);
        },
        failed: () => {
          stop();
          waiter.failed();
        },
      });
      watch();
      start();
    },
    async flush(isLast) {
      if (isLast) await running;
      else if (isTaken()) return;
      if (till.hasNews()) await begin(isLast ? "last" : "news");
    },
    tidy() {
      if (turn !== undefined || waiting.size > 0) return false;
      for (const [keyId, pocket] of pockets) {
        const isIdle = pocket.inWork === 0 && pocket.recent.requests === 0;
        if (isIdle && !hasNews(pocket)) pockets.delete(keyId);
      }
      return pockets.size === 0 && unanswered === undefined;
    },
    hasNews: () => unanswered !== undefined || [...pockets.values()].some(hasNews),
  };
  return till;
}
