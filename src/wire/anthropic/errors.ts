/** Errors of the Anthropic dialect. */
import type { ErrorCode, TokenhubError } from "../../errors.ts";
import { frame } from "../sse.ts";

/** The dialect's own words for `error.type`. */
type ErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "billing_error"
  | "permission_error"
  | "not_found_error"
  | "request_too_large"
  | "rate_limit_error"
  | "timeout_error"
  | "overloaded_error"
  | "api_error";

/** Status → type; another 4xx is `invalid_request_error`, another 5xx `api_error`. */
const BY_STATUS: Readonly<Record<number, ErrorType>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
  504: "timeout_error",
};

const OVERFLOW: ErrorCode = "context_length_exceeded";

/**
 * `{type: "error", error: {type, message, details?}, request_id}`. The message begins with the path of the field,
 * where there is one, as the vendor's own do; `details.error_code` only where the vendor has such a code.
 */
export function errorBody(error: TokenhubError, requestId: string): Record<string, unknown> {
  const { errorCode, status } = error;
  const type = BY_STATUS[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
  const details = errorCode === undefined ? undefined : { error_code: errorCode };
  return {
    type: "error",
    error: { type, message: messageOf(error), ...(details && { details }) },
    request_id: requestId,
  };
}

/** Clients shorten their conversation on these very words, and read the numbers out of them. */
function messageOf({ code, message, param, tokens }: TokenhubError): string {
  if (code === OVERFLOW) {
    if (!tokens) return `prompt is too long. ${message}`;
    return `prompt is too long: ${tokens.promptTokens} tokens > ${tokens.tokensMax} maximum`;
  }
  return param === undefined ? message : `${param}: ${message}`;
}

/** The event on which the official SDKs throw. */
export function errorFrame(error: TokenhubError, requestId: string): string {
  return frame({ event: "error", data: JSON.stringify(errorBody(error, requestId)) });
}
