/**
 * What response headers say about a provider's limits, by strict grammars only: a value that does not
 * fit whole is as good as absent (order and clamps: docs/ROUTING.md, Attempts).
 */
import { httpDateMs, isoDateMs } from "./http-date.ts";
import type { RateSignals } from "./platform.ts";

type Header = (name: string) => string | undefined;

/** A dimension of a vendor's limit and where its three numbers stand. */
interface Dimension {
  readonly of: "requests" | "tokens";
  readonly remaining: string;
  readonly limit: string;
  readonly reset: string;
  readonly resetMs: (text: string, baseMs: number) => number | undefined;
}

interface Seen {
  readonly of: Dimension["of"];
  readonly remaining: number;
  readonly limit: number | undefined;
  readonly resetMs: number | undefined;
}

const WAIT_MS_MIN = 250;
const WAIT_MS_MAX = 3_600_000;
/** Nobody means a longer wait: such a value is another unit or a mistake. */
const SENSE_MS_MAX = 24 * 3_600_000;
const VALUE_CHARS_MAX = 64;

const NOTHING: RateSignals = Object.freeze({});

const DIMENSIONS: readonly Dimension[] = [
  openai("requests", "-requests"),
  openai("tokens", "-tokens"),
  openai("requests", ""),
  anthropic("requests", "requests"),
  anthropic("tokens", "tokens"),
  anthropic("tokens", "input-tokens"),
  anthropic("tokens", "output-tokens"),
];

/**
 * `header` answers by lower-case name. Never throws; an answer without such headers gives an empty
 * object. Dates in the headers are compared with their own `date`, so that our clock may be off.
 */
export function readRateSignals(header: Header, nowMs: number): RateSignals {
  const baseMs = () => httpDateMs(header("date") ?? "") ?? nowMs;
  const retryAfterMs = readRetryAfter(header, baseMs);
  const seen: Seen[] = [];
  for (const dimension of DIMENSIONS) {
    const remaining = wholeNumber(header(dimension.remaining));
    if (remaining === undefined) continue;
    const limit = wholeNumber(header(dimension.limit));
    // Only an exhausted limit holds anything back until it refills.
    const reset = remaining === 0 ? short(header(dimension.reset)) : undefined;
    const resetMs = reset === undefined ? undefined : wait(dimension.resetMs(reset, baseMs()));
    seen.push({ of: dimension.of, remaining, limit, resetMs });
  }
  if (seen.length === 0) return retryAfterMs === undefined ? NOTHING : { retryAfterMs };
  const requests = tightest(seen, "requests");
  const tokens = tightest(seen, "tokens");
  const resets = seen.flatMap((each) => each.resetMs ?? []);
  return {
    retryAfterMs,
    requestsRemaining: requests?.remaining,
    requestsLimit: requests?.limit,
    tokensRemaining: tokens?.remaining,
    tokensLimit: tokens?.limit,
    resetMs: resets.length > 0 ? Math.max(...resets) : undefined,
  };
}

function readRetryAfter(header: Header, baseMs: () => number): number | undefined {
  for (const name of ["retry-after-ms", "x-ms-retry-after-ms"]) {
    const text = short(header(name));
    if (text && /^\d{1,9}(\.\d+)?$/.test(text)) return wait(Number(text));
  }
  const text = short(header("retry-after"));
  if (!text) return undefined;
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return wait(Number(text) * 1_000);
  const atMs = httpDateMs(text);
  return atMs === undefined ? undefined : wait(atMs - baseMs());
}

/** Clamped to what a throttle may last; undefined for what makes no sense. */
function wait(ms: number | undefined): number | undefined {
  if (ms === undefined || !(ms >= 0 && ms <= SENSE_MS_MAX)) return undefined;
  return Math.max(WAIT_MS_MIN, Math.min(WAIT_MS_MAX, ms));
}

function tightest(seen: readonly Seen[], of: Dimension["of"]): Seen | undefined {
  let found: Seen | undefined;
  for (const each of seen) {
    if (each.of === of && (!found || share(each) < share(found))) found = each;
  }
  return found;
}

function share({ remaining, limit }: Seen): number {
  return remaining === 0 ? 0 : remaining / (limit || remaining);
}

function short(text: string | undefined): string | undefined {
  return text !== undefined && text.length <= VALUE_CHARS_MAX ? text.trim() : undefined;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function openai(of: Dimension["of"], suffix: string): Dimension {
  return {
    of,
    remaining: `x-ratelimit-remaining${suffix}`,
    limit: `x-ratelimit-limit${suffix}`,
    reset: `x-ratelimit-reset${suffix}`,
    resetMs: durationOrEpochMs,
  };
}

function anthropic(of: Dimension["of"], kind: string): Dimension {
  return {
    of,
    remaining: `anthropic-ratelimit-${kind}-remaining`,
    limit: `anthropic-ratelimit-${kind}-limit`,
    reset: `anthropic-ratelimit-${kind}-reset`,
    resetMs: (text, baseMs) => {
      const atMs = isoDateMs(text);
      return atMs === undefined ? undefined : atMs - baseMs;
    },
  };
}

const UNIT_MS = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** Go's duration (`6m0s`, `12ms`), bare seconds, or Unix seconds or milliseconds by magnitude. */
function durationOrEpochMs(text: string, baseMs: number): number | undefined {
  if (/^\d{1,13}(\.\d{1,9})?$/.test(text)) {
    const value = Number(text);
    // Azure sends 0 where it does not know.
    if (value === 0) return undefined;
    if (value >= 1e12) return value - baseMs;
    return value >= 1e9 ? value * 1_000 - baseMs : value * 1_000;
  }
  if (!/^(\d{1,9}(\.\d{1,9})?(ms|h|m|s))+$/.test(text)) return undefined;
  let sumMs = 0;
  for (const [, amount, , unit] of text.matchAll(/(\d{1,9}(\.\d{1,9})?)(ms|h|m|s)/g)) {
    sumMs += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return sumMs === 0 ? undefined : sumMs;
}
