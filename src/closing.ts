/** How a request ended: the status and code of its log row, and what an error's answer tells of it. */
import { ERRORS, type ErrorCode, TokenhubError } from "./errors.ts";
import { ClientGone } from "./failover.ts";
import type { RelayEnd } from "./relay.ts";

/** What the log row says. */
export interface Closing {
  readonly status: number;
  /** undefined: it ended well. */
  readonly errorCode: string | undefined;
}

/** A whole answer, or a stream that came to its end. */
export const GOOD: Closing = { status: 200, errorCode: undefined };

/** nginx writes 499 for a client that left. */
const CLIENT_GONE: Closing = { status: 499, errorCode: "client_gone" };

/** Of a stream whose head had left. */
export function closingOf(end: RelayEnd): Closing {
  if (end.aborted) return CLIENT_GONE;
  const errorCode = end.interruption?.code ?? (end.fault && "upstream_error");
  return { status: 200, errorCode };
}

/** Of a request without an answer, or, when the head of a stream had left, without one that was good. */
export function failureOf(error: unknown, headSent: boolean): Closing {
  if (error instanceof ClientGone) return CLIENT_GONE;
  const code: ErrorCode = error instanceof TokenhubError ? error.code : "internal";
  return { status: headSent ? 200 : ERRORS[code].status, errorCode: code };
}

/** The error with what its answer tells of the attempts before it. */
export function withAttempts(
  error: unknown,
  told: { attempts(): number; reason(): string },
): unknown {
  if (!(error instanceof TokenhubError)) return error;
  return error.with({
    "x-tokenhub-attempts": String(told.attempts()),
    "x-tokenhub-reason": told.reason(),
  });
}
