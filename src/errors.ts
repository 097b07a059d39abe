/**
 * Every error a client can see (`ERRORS`) and every way an attempt can fail (`FAULTS`).
 * Texts are fixed: they never carry upstream text, a secret, a host name or a rejected value.
 */

interface ErrorRow {
  readonly status: number;
  /** OpenAI's `error.type`, by which its SDKs choose their exception class. */
  readonly type: string;
  readonly meaning: string;
}

/** code → status, type, and what to do about it. */
export const ERRORS = {
  invalid_json: {
    status: 400,
    type: "invalid_request_error",
    meaning: "The body is not one JSON object in valid UTF-8.",
  },
  json_too_deep: {
    status: 400,
    type: "invalid_request_error",
    meaning: "The body nests deeper than 64 levels.",
  },
  invalid_field: {
    status: 400,
    type: "invalid_request_error",
    meaning: "A field is unknown or not allowed here.",
  },
  invalid_value: {
    status: 400,
    type: "invalid_request_error",
    meaning: "A field has the wrong type or is out of range.",
  },
  unsupported_parameter: {
    status: 400,
    type: "invalid_request_error",
    meaning: "No candidate can honour this parameter.",
  },
  context_length_exceeded: {
    status: 400,
    type: "invalid_request_error",
    meaning:
      "The request is larger than the context of every eligible model. Shorten it or lower max_tokens.",
  },
  missing_or_invalid_key: {
    status: 401,
    type: "authentication_error",
    meaning: "The API key is missing or not valid. Send it as Authorization: Bearer thk_…",
  },
  budget_exceeded: {
    status: 402,
    type: "budget_exceeded_error",
    meaning:
      "The budget cannot pay for any candidate. Raise max_budget_usd, lower max_tokens, or allow a cheaper model.",
  },
  insufficient_scope: {
    status: 403,
    type: "permission_error",
    meaning: "This key may not use this route.",
  },
  model_not_found: {
    status: 404,
    type: "not_found_error",
    meaning:
      "The model does not exist or this key may not use it. GET /v1/models lists what it may use.",
  },
  not_found: { status: 404, type: "not_found_error", meaning: "There is nothing at this path." },
  method_not_allowed: {
    status: 405,
    type: "invalid_request_error",
    meaning: "This path does not take this method.",
  },
  timeout: {
    status: 408,
    type: "timeout_error",
    meaning: "The request body did not arrive in time.",
  },
  too_large: {
    status: 413,
    type: "request_too_large",
    meaning: "The body is larger than allowed.",
  },
  unsupported_media_type: {
    status: 415,
    type: "invalid_request_error",
    meaning: "Send application/json in UTF-8, without content-encoding.",
  },
  no_eligible_model: {
    status: 422,
    type: "invalid_request_error",
    meaning: "The policy of this request excludes every model.",
  },
  headers_too_large: {
    status: 431,
    type: "invalid_request_error",
    meaning: "The request's headers are larger than 16 KiB.",
  },
  rate_limited: {
    status: 429,
    type: "rate_limit_error",
    meaning: "Too many requests. Wait as Retry-After says.",
  },
  internal: { status: 500, type: "api_error", meaning: "Tokenhub failed. Report the request id." },
  bad_upstream_response: {
    status: 502,
    type: "api_error",
    meaning: "The provider's answer was not usable.",
  },
  upstream_error: { status: 502, type: "api_error", meaning: "Every provider tried failed." },
  no_provider: { status: 503, type: "api_error", meaning: "No provider can take the request now." },
  egress_denied: {
    status: 503,
    type: "api_error",
    meaning: "The provider's address is not allowed by this gateway's egress policy.",
  },
  overloaded: {
    status: 503,
    type: "overloaded_error",
    meaning: "The gateway is full. Try again shortly.",
  },
  misconfigured: {
    status: 503,
    type: "api_error",
    meaning: "The gateway is not set up correctly. Its log names the setting.",
  },
  deadline_exceeded: {
    status: 504,
    type: "timeout_error",
    meaning: "The request's own deadline passed.",
  },
} as const satisfies Record<string, ErrorRow>;

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
  fatal: { failover: false, breaker: false, excludeMs: 0, scope: "none" },
} as const satisfies Record<string, FaultRow>;

export type FaultClass = keyof typeof FAULTS;

interface ErrorDetail {
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

  get status(): number {
    return ERRORS[this.code].status;
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
