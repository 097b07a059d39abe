/** What OpenAI-speaking servers say when they refuse, read from all the shapes they say it in. */
import { AttemptFault, type FaultClass } from "../errors.ts";
import type { Refusal } from "./provider.ts";

/** An error body, reduced; every field as the upstream gave it, undefined when it is absent or no text. */
export interface RefusalFields {
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly message: string | undefined;
  readonly param: string | undefined;
  /** A number in `code` or `status` (vLLM, llama.cpp): the HTTP status again. */
  readonly status: number | undefined;
}

/** Reads `{error: {…}}`, `{error: "text"}`, `{detail: "text"}` and the bare error object; never throws. */
export function readFields(body: unknown): RefusalFields {
  const outer = asRecord(body);
  const inner = asRecord(outer.error);
  const error = outer.error === undefined ? outer : inner;
  const code = error.code;
  return {
    code: text(code),
    type: text(error.type),
    message: text(error.message) ?? text(outer.error) ?? text(outer.detail),
    param: text(error.param),
    status: typeof code === "number" && code >= 400 && code < 600 ? code : undefined,
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** `error.code` or `error.type` → class. Values that no server derives from what the user wrote. */
const TYPED: ReadonlyMap<string, FaultClass> = new Map<string, FaultClass>([
  ["context_length_exceeded", "context_overflow"],
  ["exceed_context_size_error", "context_overflow"],
  ["insufficient_quota", "quota_exhausted"],
  ["billing_hard_limit_reached", "quota_exhausted"],
  ["billing_not_active", "quota_exhausted"],
  ["rate_limit_exceeded", "rate_limited"],
  ["overloaded_error", "rate_limited"],
  ["invalid_api_key", "credential_rejected"],
  ["account_deactivated", "credential_rejected"],
  ["model_not_found", "misconfigured_candidate"],
  ["DeploymentNotFound", "misconfigured_candidate"],
]);

/** Status → class where the body says nothing more exact; what is absent is `transient`. */
const BY_STATUS: Readonly<Record<number, FaultClass>> = {
  400: "fatal",
  401: "credential_rejected",
  402: "quota_exhausted",
  403: "credential_rejected",
  404: "misconfigured_candidate",
  405: "misconfigured_candidate",
  406: "misconfigured_candidate",
  410: "misconfigured_candidate",
  411: "misconfigured_candidate",
  413: "context_overflow",
  414: "misconfigured_candidate",
  415: "misconfigured_candidate",
  422: "fatal",
  429: "rate_limited",
  501: "misconfigured_candidate",
  529: "rate_limited",
};

/** llama.cpp answers 500 to an image that its model cannot see; asking again cannot help. */
const NO_IMAGES =
  /^image input is not supported(?: - hint: if this is unexpected, you may need to provide the mmproj)?$/;

/** The rules that every OpenAI-speaking server shares: typed codes first, then the status. */
export function classifyRefusal({ status, body }: Refusal): AttemptFault {
  const fields = readFields(body);
  for (const key of [fields.code, fields.type]) {
    const found = key === undefined ? undefined : TYPED.get(key);
    if (found) return new AttemptFault(found, key ?? "", { status });
  }
  if (status >= 300 && status < 400) return new AttemptFault("transient", "redirect", { status });
  if (status < 300) {
    const limited = fields.status === 429 || fields.status === 529;
    return new AttemptFault(limited ? "rate_limited" : "transient", "error-event", { status });
  }
  if (status === 404) return notFound(fields);
  const blind = status === 500 && NO_IMAGES.test(fields.message ?? "");
  const found = blind ? "misconfigured_candidate" : (BY_STATUS[status] ?? "transient");
  const param = found === "fatal" ? plainParam(fields.param) : undefined;
  return new AttemptFault(found, `http-${status}`, { status, param });
}

/**
 * A model or a route that is not there is our configuration. Only a typed refusal of the request itself
 * (OpenAI: something it refers to does not exist) is the client's.
 */
function notFound({ type, code, param }: RefusalFields): AttemptFault {
  const clients =
    type === "invalid_request_error" && param !== "model" && (code ?? param) !== undefined;
  return new AttemptFault(clients ? "fatal" : "misconfigured_candidate", "http-404", {
    status: 404,
    param: clients ? plainParam(param) : undefined,
  });
}

/** A path of the dialect itself; anything else could carry what the user wrote. */
const PARAM = /^[a-z_][a-z0-9_.[\]]{0,63}$/;

function plainParam(param: string | undefined): string | undefined {
  const path = param?.replace(/^body\./, "");
  return path !== undefined && PARAM.test(path) ? path : undefined;
}
