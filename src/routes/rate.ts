/**
 * Requests per minute of a key, counted in this process or isolate only: a token bucket that holds
 * one minute's worth and refills evenly.
 */
import { TokenhubError } from "../errors.ts";
import type { KeyRecord } from "../key.ts";

const MINUTE_MS = 60_000;
/** Keys remembered; beyond that the longest unseen starts with a full bucket again. */
const KEYS_MAX = 10_000;

/** The buckets of all keys. */
export interface RateGate {
  /**
   * Takes one request off the key's bucket and tells the dialect's rate headers; undefined: no limit.
   * @throws TokenhubError rate_limited, with the same headers
   */
  take(key: KeyRecord, nowMs: number): Readonly<Record<string, string>> | undefined;
}

/** All buckets full. */
export function createRateGate(): RateGate {
  const buckets = new Map<string, { level: number; atMs: number }>();
  return {
    take(key, nowMs) {
      if (key.rpm === undefined) return undefined;
      const known = buckets.get(key.id) ?? { level: key.rpm, atMs: nowMs };
      const passedMs = Math.max(0, nowMs - known.atMs);
      const level = Math.min(key.rpm, known.level + (passedMs * key.rpm) / MINUTE_MS);
      const oneMs = MINUTE_MS / Math.max(key.rpm, 1);
      buckets.delete(key.id);
      if (buckets.size >= KEYS_MAX) forgetOldest(buckets);
      const left = level < 1 ? level : level - 1;
      buckets.set(key.id, { level: left, atMs: nowMs });
      const headers = {
        "x-ratelimit-limit-requests": String(key.rpm),
        "x-ratelimit-remaining-requests": String(Math.floor(left)),
        "x-ratelimit-reset-requests": `${Math.ceil(((key.rpm - left) * oneMs) / 1000)}s`,
      };
      if (level >= 1) return headers;
      const retryAfterMs = (1 - level) * oneMs;
      throw new TokenhubError("rate_limited", { retryAfterMs, shouldRetry: true, headers });
    },
  };
}

function forgetOldest(buckets: Map<string, unknown>): void {
  const oldest = buckets.keys().next().value;
  if (oldest !== undefined) buckets.delete(oldest);
}
