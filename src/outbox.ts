/**
 * What leaves the isolate behind the request: outcomes to the providers' objects, log rows to the
 * feed, metrics to the meter. Batched, bounded, never awaited by a request.
 */
import { actorRef } from "./actors/index.ts";
import type { Limits } from "./limits.ts";
import type { Outcome, Platform, RequestRow } from "./platform.ts";
import type { MeterRegistry } from "./telemetry.ts";

/** What waits to leave the isolate. */
export interface Outbox {
  observe(providerId: string, outcome: Outcome): void;
  record(row: RequestRow): void;
  /** Sends all that waits; what could not be sent (rows only) waits on, within its bound. */
  flush(): Promise<void>;
}

/** Where it goes, how much may wait, and what is counted. */
export interface OutboxInput {
  readonly platform: Platform;
  readonly limits: Limits;
  readonly meter: MeterRegistry;
}

/** One outbox per isolate. */
export function createOutbox({ platform, limits, meter }: OutboxInput): Outbox {
  let outcomes = new Map<string, Outcome[]>();
  let rows: RequestRow[] = [];
  /** Rows that no flush has tried to send; those that one could not send do not hurry the next. */
  let newRows = 0;
  let dueAtMs = 0;

  /** A deadline instead of a flag: on Workers the request that carried a flush may be cancelled with it. */
  function schedule(): void {
    const nowMs = platform.nowMs();
    if (newRows >= limits.flushRowsMax) platform.defer(sendRows());
    if (nowMs >= dueAtMs + limits.flushMs || dueAtMs > nowMs + 2 * limits.flushMs) {
      dueAtMs = nowMs + limits.flushMs;
      platform.defer(platform.after(limits.flushMs).then(flush));
    }
  }

  async function flush(): Promise<void> {
    const sending = { outcomes, meter: meter.take() };
    outcomes = new Map();
    dueAtMs = 0;
    const { actors } = platform;
    const nowMs = platform.nowMs();
    const calls: Promise<unknown>[] = [sendRows()];
    for (const [providerId, list] of sending.outcomes) {
      calls.push(actorRef(actors, "provider", providerId).observe(list, nowMs));
    }
    if (sending.meter) calls.push(actorRef(actors, "meter", "0").add(sending.meter));
    const failed = (await Promise.allSettled(calls)).find((c) => c.status === "rejected");
    if (failed) throw failed.reason;
  }

  async function sendRows(): Promise<void> {
    if (rows.length === 0) return;
    const sending = rows;
    rows = [];
    newRows = 0;
    try {
      tellLost(await actorRef(platform.actors, "feed", "0").append(sending));
    } catch (error) {
      keep(sending, error);
    }
  }

  function keep(unsent: readonly RequestRow[], error: unknown): never {
    rows = [...unsent, ...rows];
    const excess = rows.length - limits.pendingRowsMax;
    if (excess > 0) rows = rows.slice(excess);
    tellLost(Math.max(0, excess));
    throw error;
  }

  function tellLost(lostRows: number): void {
    if (lostRows === 0) return;
    platform.log({ type: "rows-dropped", level: "error", rows: lostRows });
    meter.count("tokenhub_log_rows_dropped_total", {}, lostRows);
  }

  return {
    observe(providerId, outcome) {
      const list = outcomes.get(providerId);
      if (list) list.push(outcome);
      else outcomes.set(providerId, [outcome]);
      schedule();
    },
    record(row) {
      rows.push(row);
      newRows += 1;
      schedule();
    },
    flush,
  };
}
