/** What an isolate sees that people must hear of; collected, and told to the actor behind the request. */
import type { Alarm } from "./actors/alerts.ts";
import { actorRef, FIRST } from "./actors/index.ts";
import type { AlertEvent } from "./administration.ts";
import { FAULTS } from "./errors.ts";
import type { Outcome, Platform, PulseView } from "./platform.ts";

/** Where alarms are raised. */
export interface Alarms {
  /** Never throws, never waits. */
  raise(event: AlertEvent, subject: string): void;
  /** What an attempt told about its provider, where that, or what follows for its health, is an alarm. */
  observe(providerId: string, outcome: Outcome, pulse: PulseView | undefined): void;
}

/** The same event of the same subject is told once in this time. */
const QUIET_MS = {
  "vault-sealed": 60 * 60_000,
  "credential-rejected": 60 * 60_000,
  "quota-exhausted": 60 * 60_000,
  "breaker-open": 5 * 60_000,
  // The ledger tells each crossing once; a day's and a month's are different subjects.
  "budget-80": 0,
  "budget-100": 0,
  "candidate-misconfigured": 60 * 60_000,
  "rollback-suspected": 24 * 60 * 60_000,
} as const satisfies Record<AlertEvent, number>;

/** Result of an attempt → event, and what it is about. */
const TOLD: Partial<Record<Outcome["result"], AlertEvent>> = {
  credential_rejected: "credential-rejected",
  quota_exhausted: "quota-exhausted",
  misconfigured_candidate: "candidate-misconfigured",
};

/** (event, subject) pairs of this isolate that need not be told again yet. */
const KNOWN_MAX = 500;

/** One per isolate. */
export function createAlarms(platform: Pick<Platform, "actors" | "nowMs" | "defer">): Alarms {
  const toldAtMs = new Map<string, number>();

  function raise(event: AlertEvent, subject: string): void {
    const atMs = platform.nowMs();
    const quietMs = QUIET_MS[event];
    const key = `${event}\n${subject}`;
    const before = toldAtMs.get(key);
    if (before !== undefined && Math.abs(atMs - before) < quietMs) return;
    if (toldAtMs.size >= KNOWN_MAX) toldAtMs.clear();
    toldAtMs.set(key, atMs);
    const alarm: Alarm = { event, subject, atMs, quietMs };
    platform.defer(actorRef(platform.actors, "alerts", FIRST).raise([alarm]));
  }

  return {
    raise,
    observe(providerId, { result, credential, modelId }, pulse) {
      if (result === "ok" || result === "aborted") return;
      if (FAULTS[result].breaker && pulse?.breaker === "open") {
        raise("breaker-open", `${providerId}/${modelId}`);
      }
      const event = TOLD[result];
      if (event === undefined) return;
      const what = event === "candidate-misconfigured" ? modelId : credential;
      raise(event, `${providerId}/${what}`);
    },
  };
}
