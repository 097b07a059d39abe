/** Events that people must hear of, on their way to the webhooks: each once in a while, tried again when refused. */
import type { AlertEvent } from "../administration.ts";
import type { Actor } from "./actor.ts";

/** Something happened to something. */
export interface Alarm {
  readonly event: AlertEvent;
  /** What it happened to: a provider, a model at a provider, a key, …; never a secret. */
  readonly subject: string;
  readonly atMs: number;
  /** The same event of the same subject is told once in this time. */
  readonly quietMs: number;
}

/** An alarm as the page tells it. */
export type RecentAlarm = Alarm & {
  /** Grows by one with each alarm, from 1. */
  readonly seq: number;
};

/** An alarm that is to be delivered to one webhook, or to all while `webhookId` is undefined. */
export interface Delivery {
  readonly id: number;
  readonly alarm: Alarm;
  /** undefined: not shared out among the webhooks yet. */
  readonly webhookId: string | undefined;
  /** Failed tries so far. */
  readonly failures: number;
}

interface Waiting extends Delivery {
  readonly dueAtMs: number;
}

/** (event, subject) pairs whose last time is remembered. */
const KNOWN_MAX = 2_000;
/** Deliveries that wait; beyond it the oldest are lost. */
const WAITING_MAX = 1_000;
/** Alarms kept for the page. */
const RECENT_MAX = 100;
/** 5 s, 10 s, … between two tries of one delivery. */
const RETRY_MS = 5_000;
/** With doubling pauses the last try is some 20 minutes after the first. */
const TRIES_MAX = 9;

/** One for all. */
export class Alerts implements Actor {
  static readonly through = [] as const;
  static readonly reads = ["due", "recent"] as const;
  readonly version = 1;
  #toldAtMs = new Map<string, number>();
  #waiting: Waiting[] = [];
  #recent: RecentAlarm[] = [];
  #seq = 0;
  #nextId = 1;

  restore(snapshot: unknown): void {
    if (snapshot === undefined) return;
    const saved = structuredClone(snapshot) as {
      told: [string, number][];
      waiting: Waiting[];
      recent: RecentAlarm[];
      seq: number;
      nextId: number;
    };
    this.#toldAtMs = new Map(saved.told);
    this.#waiting = saved.waiting;
    this.#recent = saved.recent;
    this.#seq = saved.seq;
    this.#nextId = saved.nextId;
  }

  snapshot(): unknown {
    return structuredClone({
      told: [...this.#toldAtMs],
      waiting: this.#waiting,
      recent: this.#recent,
      seq: this.#seq,
      nextId: this.#nextId,
    });
  }

  wakeAtMs(): undefined {}

  wake(): void {}

  /** Takes alarms in; those told within their quiet time are dropped. Answers how many are new. */
  raise(alarms: readonly Alarm[]): number {
    let news = 0;
    for (const alarm of alarms) {
      const key = `${alarm.event}\n${alarm.subject}`;
      const before = this.#toldAtMs.get(key);
      // A clock that jumped back must not silence an event for good.
      if (before !== undefined && Math.abs(alarm.atMs - before) < alarm.quietMs) continue;
      this.#toldAtMs.delete(key);
      this.#toldAtMs.set(key, alarm.atMs);
      this.#recent.push({ ...alarm, seq: ++this.#seq });
      this.#wait({ alarm, webhookId: undefined, failures: 0, dueAtMs: alarm.atMs });
      news += 1;
    }
    const [oldest] = this.#toldAtMs.keys();
    if (this.#toldAtMs.size > KNOWN_MAX && oldest !== undefined) this.#toldAtMs.delete(oldest);
    this.#recent = this.#recent.slice(-RECENT_MAX);
    return news;
  }

  /** Deliveries whose time has come, oldest first; they stay until they are settled. */
  due(nowMs: number): readonly Delivery[] {
    return this.#waiting
      .filter(({ dueAtMs }) => dueAtMs <= nowMs)
      .map(({ dueAtMs, ...delivery }) => delivery);
  }

  /** Replaces a delivery to all by one for each of these webhooks. */
  share(id: number, webhookIds: readonly string[], nowMs: number): void {
    const whole = this.#take(id);
    if (!whole) return;
    for (const webhookId of webhookIds) {
      this.#wait({ alarm: whole.alarm, webhookId, failures: 0, dueAtMs: nowMs });
    }
  }

  /** A try is over. A failed one is repeated later, unless it was the last; answers whether it is given up. */
  settle(id: number, wasTaken: boolean, nowMs: number): boolean {
    const tried = this.#take(id);
    if (!tried || wasTaken) return false;
    const failures = tried.failures + 1;
    if (failures >= TRIES_MAX) return true;
    const dueAtMs = nowMs + RETRY_MS * 2 ** tried.failures;
    this.#waiting.push({ ...tried, failures, dueAtMs });
    return false;
  }

  /** Alarms after this one, oldest first, and the number of the newest; from the future: none. */
  recent(sinceSeq: number): { readonly seq: number; readonly alarms: readonly RecentAlarm[] } {
    return { seq: this.#seq, alarms: this.#recent.filter(({ seq }) => seq > sinceSeq) };
  }

  #wait(delivery: Omit<Waiting, "id">): void {
    this.#waiting.push({ ...delivery, id: this.#nextId });
    this.#nextId += 1;
    this.#waiting = this.#waiting.slice(-WAITING_MAX);
  }

  #take(id: number): Waiting | undefined {
    const found = this.#waiting.find((one) => one.id === id);
    this.#waiting = this.#waiting.filter((one) => one !== found);
    return found;
  }
}
