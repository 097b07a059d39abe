/** What a client is told when no candidate answered. */
import { type AttemptFault, overflow, TokenhubError } from "./errors.ts";

/** The client's own mistake, told in our words with the field the upstream named. */
export function fatal(fault: AttemptFault): TokenhubError {
  if (fault.param === "thread") return threadError(fault.what);
  return new TokenhubError("invalid_value", {
    param: fault.param,
    detail: "The provider refused the request as invalid.",
    shouldRetry: false,
  });
}

/** In the forms on which the official SDKs go on without the thread, or send all of it again. */
export function threadError(errorCode: string): TokenhubError {
  const more = { param: "thread", errorCode, shouldRetry: false } as const;
  if (errorCode !== "thread_not_found") return new TokenhubError("unsupported_parameter", more);
  return new TokenhubError("not_found", { ...more, detail: THREAD_UNKNOWN });
}

const THREAD_UNKNOWN = "The thread is not known here; send the whole conversation.";

/** All attempts failed: the error that a client can act on soonest. */
export function exhausted(
  faults: readonly AttemptFault[],
  asked: { readonly promptTokens: number; readonly contexts: readonly (number | undefined)[] },
): TokenhubError {
  const throttled = faults.filter((f) => f.class === "rate_limited");
  if (throttled.length === faults.length && throttled.length > 0) {
    const retryAfterMs = Math.min(...throttled.map((f) => f.retryAfterMs ?? 5_000));
    return new TokenhubError("rate_limited", { retryAfterMs, shouldRetry: true });
  }
  if (faults.every((f) => f.class === "context_overflow") && faults.length > 0) {
    return new TokenhubError("context_length_exceeded", {
      shouldRetry: false,
      tokens: overflow(asked.promptTokens, asked.contexts),
    });
  }
  if (faults.every((f) => f.class === "unsupported") && faults.length > 0) {
    const [{ param } = {}] = faults;
    const errorCode = param === "thread" ? "thread_unsupported_request" : undefined;
    return new TokenhubError("unsupported_parameter", { param, errorCode, shouldRetry: false });
  }
  if (faults.every((f) => f.what === "egress-denied") && faults.length > 0) {
    return new TokenhubError("egress_denied", { shouldRetry: false });
  }
  const kept = faults.filter((f) => f.class === "credential_unavailable");
  if (kept.length === faults.length && kept.length > 0) return unavailable(kept);
  const usable = faults.some((f) => f.class === "transient");
  if (!usable) return new TokenhubError("no_provider", { shouldRetry: false });
  const answered = faults.every((f) => f.class !== "transient" || f.status === 200);
  return new TokenhubError(answered ? "bad_upstream_response" : "upstream_error", {
    shouldRetry: false,
  });
}

/** An admin needs about this long to open the vault. */
const SEALED_RETRY_MS = 30_000;

/** What keeps the vault from giving a key to anybody. */
function unavailable(faults: readonly AttemptFault[]): TokenhubError {
  const words = faults.map(({ what }) => what);
  if (words.includes("vault-sealed")) {
    return new TokenhubError("vault_sealed", { retryAfterMs: SEALED_RETRY_MS });
  }
  const code = (
    {
      "vault-tampered": "vault_tampered",
      "credential-unreadable": "credential_unreadable",
      "origin-mismatch": "credential_origin_mismatch",
    } as const
  )[words[0] ?? ""];
  return new TokenhubError(code ?? "no_provider", { shouldRetry: false });
}
