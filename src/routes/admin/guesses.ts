/**
 * How often a secret may be guessed: failures per client and of all together, then a wait that grows.
 * In this process or isolate only; there is no lockout for good.
 */
import ipaddr from "ipaddr.js";
import { TokenhubError } from "../../errors.ts";

const MINUTE_MS = 60_000;
/** The first wait; it doubles with each further one … */
const WAIT_MS = MINUTE_MS;
/** … up to this. */
const WAIT_MAX_MS = 15 * MINUTE_MS;
/** Quiet for this long, and the waits begin anew. */
const FORGET_MS = 60 * MINUTE_MS;
/** Clients remembered; beyond that the longest unseen starts afresh. */
const CLIENTS_MAX = 1_000;

interface Tally {
  sinceMs: number;
  failures: number;
  waits: number;
  untilMs: number;
  seenAtMs: number;
}

/** Failures in a minute, after which the next ones wait. */
export interface GuessBounds {
  readonly perClientMax: number;
  /** undefined: strangers never wait for each other. */
  readonly ofAllMax: number | undefined;
}

/** The count of failures. */
export interface Guesses {
  /** @throws TokenhubError rate_limited: this client, or everybody who never got in before, has to wait. */
  check(address: string | undefined, nowMs: number): void;
  fail(address: string | undefined, nowMs: number): void;
  /** It got in: the failures of others are not held against it for a while. */
  succeed(address: string | undefined, nowMs: number): void;
}

/** Nobody has failed yet. */
export function createGuesses({ perClientMax, ofAllMax }: GuessBounds): Guesses {
  const clients = new Map<string, Tally>();
  const known = new Map<string, number>();
  let all = fresh(0);

  function refuse(untilMs: number, nowMs: number): void {
    if (nowMs < untilMs) throw new TokenhubError("rate_limited", { retryAfterMs: untilMs - nowMs });
  }

  return {
    check(address, nowMs) {
      const client = clientOf(address);
      refuse(clients.get(client)?.untilMs ?? 0, nowMs);
      if (nowMs - (known.get(client) ?? Number.NEGATIVE_INFINITY) > FORGET_MS) {
        refuse(all.untilMs, nowMs);
      }
    },
    fail(address, nowMs) {
      const client = clientOf(address);
      const tally = counted(clients.get(client) ?? fresh(nowMs), perClientMax, nowMs);
      remember(clients, client, tally);
      if (ofAllMax !== undefined) all = counted(all, ofAllMax, nowMs);
    },
    succeed(address, nowMs) {
      remember(known, clientOf(address), nowMs);
    },
  };
}

function fresh(nowMs: number): Tally {
  return { sinceMs: nowMs, failures: 0, waits: 0, untilMs: 0, seenAtMs: nowMs };
}

function counted(before: Tally, max: number, nowMs: number): Tally {
  const tally = nowMs - before.seenAtMs > FORGET_MS ? fresh(nowMs) : before;
  if (nowMs - tally.sinceMs >= MINUTE_MS && nowMs >= tally.untilMs) {
    tally.sinceMs = nowMs;
    tally.failures = 0;
  }
  tally.failures += 1;
  tally.seenAtMs = nowMs;
  if (tally.failures >= max && nowMs >= tally.untilMs) {
    tally.untilMs = nowMs + Math.min(WAIT_MAX_MS, WAIT_MS * 2 ** tally.waits);
    tally.waits += 1;
    // After the wait one guess at a time: each further failure waits again.
    tally.failures = max - 1;
    tally.sinceMs = tally.untilMs;
  }
  return tally;
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  const oldest = map.size >= CLIENTS_MAX ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}

/** One house has a whole /64 of IPv6. */
function clientOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return "unknown";
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return parsed.parts.slice(0, 4).join(":");
}
