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
  take(
    key: KeyRecord,
    at: { nowMs: number; words: RateHeaders },
  ): Readonly<Record<string, string>> | undefined;
}

/** How full a bucket is. */
export interface RateLevel {
  readonly limit: number;
  readonly remaining: number;
  /** Until it is full again, and when that is. */
  readonly resetMs: number;
  readonly resetAtMs: number;
}

/** A dialect's words for it. */
export type RateHeaders = (level: RateLevel) => Readonly<Record<string, string>>;

/** OpenAI's. */
export const openaiRateHeaders: RateHeaders = ({ limit, remaining, resetMs }) => ({
  "x-ratelimit-limit-requests": String(limit),
  "x-ratelimit-remaining-requests": String(remaining),
  "x-ratelimit-reset-requests": `${Math.ceil(resetMs / 1000)}s`,
});

/** Anthropic's. */
export const anthropicRateHeaders: RateHeaders = ({ limit, remaining, resetAtMs }) => ({
  "anthropic-ratelimit-requests-limit": String(limit),
  "anthropic-ratelimit-requests-remaining": String(remaining),
  "anthropic-ratelimit-requests-reset": new Date(Math.ceil(resetAtMs / 1000) * 1000)
    .toISOString()
    .replace(".000", ""),
});

/** All buckets full. */
export function createRateGate(): RateGate {
  const buckets = new Map<string, { level: number; atMs: number }>();
  return {
    take(key, { nowMs, words }) {
      if (key.rpm === undefined) return undefined;
      const known = buckets.get(key.id) ?? { level: key.rpm, atMs: nowMs };
      const passedMs = Math.max(0, nowMs - known.atMs);
      const level = Math.min(key.rpm, known.level + (passedMs * key.rpm) / MINUTE_MS);
      const oneMs = MINUTE_MS / Math.max(key.rpm, 1);
      buckets.delete(key.id);
      if (buckets.size >= KEYS_MAX) forgetOldest(buckets);
      const left = level < 1 ? level : level - 1;
      buckets.set(key.id, { level: left, atMs: nowMs });
      const resetMs = (key.rpm - left) * oneMs;
      const headers = words({
        limit: key.rpm,
        remaining: Math.floor(left),
        resetMs,
        resetAtMs: nowMs + resetMs,
      });
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
