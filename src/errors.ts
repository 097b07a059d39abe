/**
 * Every error a client can see (`ERRORS`) and every way an attempt can fail (`FAULTS`).
 * Texts are fixed: they never carry upstream text, a secret, a host name or a rejected value.
 */
import { ERRORS } from "./error-table.ts";

export { ERRORS };

export type ErrorCode = keyof typeof ERRORS;

interface FaultRow {
  /** Try another candidate? */
  readonly failover: boolean;
  /** Does the breaker count it: is it the provider's fault? */
  readonly breaker: boolean;
  /** How long the candidate is left out, ms; 0: by the breaker or a header only. */
  readonly excludeMs: number;
  /** What is left out: one (credential, model), a whole credential, one offer. */
  readonly scope: "none" | "credential-model" | "credential" | "offer";
}

const MINUTE_MS = 60_000;

/** Fault class of one attempt → what follows (docs/ROUTING.md, Attempts). */
export const FAULTS = {
  context_overflow: { failover: true, breaker: false, excludeMs: 0, scope: "none" },
  rate_limited: { failover: true, breaker: false, excludeMs: 5_000, scope: "credential-model" },
  quota_exhausted: {
    failover: true,
    breaker: false,
    excludeMs: 15 * MINUTE_MS,
    scope: "credential",
  },
  transient: { failover: true, breaker: true, excludeMs: 0, scope: "none" },
  credential_rejected: {
    failover: true,
    breaker: false,
    excludeMs: 5 * MINUTE_MS,
    scope: "credential",
  },
  misconfigured_candidate: {
    failover: true,
    breaker: false,
    excludeMs: 15 * MINUTE_MS,
    scope: "offer",
  },
  /** Its dialect cannot say what the request asks; another candidate's may. */
  unsupported: { failover: true, breaker: false, excludeMs: 0, scope: "none" },
  /** A key of the vault cannot be used now: it is sealed, or the stored key is unreadable. */
  credential_unavailable: { failover: true, breaker: false, excludeMs: 0, scope: "none" },
  fatal: { failover: false, breaker: false, excludeMs: 0, scope: "none" },
} as const satisfies Record<string, FaultRow>;

export type FaultClass = keyof typeof FAULTS;

interface ErrorDetail {
  /** In place of the table's: the same refusal, met elsewhere. */
  readonly status?: number;
  /** Path of the field, `messages.3.content`; never its value. */
  readonly param?: string;
  /** Added to the fixed meaning; our own words only. */
  readonly detail?: string;
  readonly retryAfterMs?: number;
  /** Tells SDKs whether their own retry can help; undefined: say nothing. */
  readonly shouldRetry?: boolean;
  /** Extra response headers (`allow`, …). */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of an overflow: what was asked, and the most that any model takes. */
  readonly tokens?: { readonly promptTokens: number; readonly tokensMax: number };
  /** Anthropic's `error.details.error_code`, where that dialect has one. */
  readonly errorCode?: string;
}

/** The one error class. Only `app.ts` makes responses of it. */
export class TokenhubError extends Error {
  readonly code: ErrorCode;
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly shouldRetry: boolean | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly tokens: ErrorDetail["tokens"];
  readonly errorCode: string | undefined;
  readonly status: number;

  constructor(code: ErrorCode, detail: ErrorDetail = {}) {
    super(detail.detail ? `${ERRORS[code].meaning} ${detail.detail}` : ERRORS[code].meaning);
    this.name = "TokenhubError";
    this.code = code;
    this.param = detail.param;
    this.retryAfterMs = detail.retryAfterMs;
    this.shouldRetry = detail.shouldRetry;
    this.headers = detail.headers ?? {};
    this.tokens = detail.tokens;
    this.errorCode = detail.errorCode;
    this.status = detail.status ?? ERRORS[code].status;
  }

  /** The same error with more response headers. */
  with(headers: Readonly<Record<string, string>>): TokenhubError {
    const copy = new TokenhubError(this.code, {
      ...this,
      headers: { ...headers, ...this.headers },
    });
    copy.message = this.message;
    return copy;
  }
}

/** One failed attempt. Caught by `attempt.ts`; never reaches a client. */
export class AttemptFault extends Error {
  readonly class: FaultClass;
  /** Upstream status; 0 when there was no answer. */
  readonly status: number;
  /** A word for the decision and the log: `connect`, `first-content-timeout`, `http-503`, … */
  readonly what: string;
  readonly retryAfterMs: number | undefined;
  /** For `fatal`: the field the upstream named, when it is one of the dialect's own; for `unsupported`: ours. */
  readonly param: string | undefined;

  constructor(
    faultClass: FaultClass,
    what: string,
    detail: { status?: number; retryAfterMs?: number; param?: string } = {},
  ) {
    super(`${faultClass}: ${what}`);
    this.name = "AttemptFault";
    this.class = faultClass;
    this.what = what;
    this.status = detail.status ?? 0;
    this.retryAfterMs = detail.retryAfterMs;
    this.param = detail.param;
  }
}

/** The numbers of an overflow; undefined: no model's context is known. The prompt counts as larger than any. */
export function overflow(
  promptTokens: number,
  contexts: readonly (number | undefined)[],
): ErrorDetail["tokens"] {
  const tokensMax = contexts.reduce<number>((most, tokens) => Math.max(most, tokens ?? 0), 0);
  if (tokensMax === 0) return undefined;
  return { promptTokens: Math.max(promptTokens, tokensMax + 1), tokensMax };
}
