/** What Anthropic says when it refuses. */
import { AttemptFault, type FaultClass } from "../errors.ts";
import type { Refusal } from "./provider.ts";
import { classifyRefusal, readFields } from "./refusal.ts";

/** `error.type` → class. A type that is absent is classed by its status. */
const TYPED: ReadonlyMap<string, FaultClass> = new Map<string, FaultClass>([
  ["authentication_error", "credential_rejected"],
  ["permission_error", "credential_rejected"],
  ["billing_error", "quota_exhausted"],
  ["rate_limit_error", "rate_limited"],
  ["overloaded_error", "rate_limited"],
  ["not_found_error", "misconfigured_candidate"],
  ["request_too_large", "context_overflow"],
  ["invalid_request_error", "fatal"],
  ["timeout_error", "transient"],
  ["api_error", "transient"],
]);

/** Overflow and an empty account have no type of their own; the whole message must be the vendor's. */
const INVALID: readonly { readonly text: RegExp; readonly found: FaultClass }[] = [
  { text: /^prompt is too long: \d+ tokens > \d+ maximum$/, found: "context_overflow" },
  {
    text: /^input length and `max_tokens` exceed context limit: \d+ \+ \d+ > \d+, decrease input length or `max_tokens` and try again$/,
    found: "context_overflow",
  },
  {
    text: /^Your credit balance is too low to access the (?:Anthropic|Claude) API\. Please go to Plans & Billing to upgrade or purchase credits\.$/,
    found: "quota_exhausted",
  },
];

/** Why a message thread cannot go on: the client's to know, in the vendor's own word. */
const THREAD_CODE = /^thread_[a-z_]{1,40}$/;

/** The field at the beginning of a message: one of the dialect's, then positions in it. */
const FIELD =
  /^((?:model|messages|system|tools|tool_choice|max_tokens|thinking|stop_sequences|temperature|top_p|top_k|metadata|service_tier|output_config|output_format|context_management|mcp_servers|container)(?:\.(?:\d{1,4}|content|role|type|text|source))*)[.:]/;

/** Typed errors first, then the rules that every server shares. A thread that cannot go on is told by its code. */
export function classifyAnthropic(refusal: Refusal): AttemptFault {
  const { status, body } = refusal;
  const thread = threadCode(body);
  if (thread) return new AttemptFault("fatal", thread, { status, param: "thread" });
  const { type, message = "" } = readFields(body);
  const found = type === undefined ? undefined : TYPED.get(type);
  if (type === undefined || found === undefined) return classifyRefusal(refusal);
  if (found !== "fatal") return new AttemptFault(found, type, { status });
  const known = INVALID.find(({ text }) => text.test(message));
  if (known) return new AttemptFault(known.found, type, { status });
  if (status !== 200 && status !== 400) return classifyRefusal(refusal);
  return new AttemptFault("fatal", type, { status, param: FIELD.exec(message)?.[1] });
}

function threadCode(body: unknown): string | undefined {
  const code = member(member(member(body, "error"), "details"), "error_code");
  return typeof code === "string" && THREAD_CODE.test(code) ? code : undefined;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}
