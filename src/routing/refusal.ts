/** What a client is told when no candidate is left: the error it can act on soonest (docs/ROUTING.md). */
import { CAPABILITIES, type Capability } from "../chat.ts";
import { FAULTS, overflow, TokenhubError } from "../errors.ts";
import { VIRTUAL_MODELS } from "./alias.ts";
import { type Decision, EXCLUSIONS, type Excluded, type RoutingInput } from "./decision.ts";

/** A wait up to this long is worth asking the client for. */
const WAIT_MAX_MS = 60_000;

/** An admin needs about this long to open the vault. */
const SEALED_RETRY_MS = 30_000;

/** Capability → the field of the request that asks for it. */
const FIELDS = {
  tools: "tools",
  vision: "messages",
  json_schema: "response_format",
  reasoning: "reasoning_effort",
  planning: "capabilities.planning",
} as const satisfies Record<Capability, string>;

/**
 * The error for a decision without `ranked`. When candidates fell out for different reasons: 429 if waiting
 * at most 60 s helps, else 402, else 503, else 400 `context_length_exceeded`, else 422; a pinned model that
 * lacks only a capability is 400 `unsupported_parameter`. Disabled candidates count for nothing beside others.
 */
export function emptyError(
  decision: Decision,
  input: Pick<RoutingInput, "nowMs" | "pinned" | "target" | "facts"> & {
    /** Where the client's dialect names fields in its own way. */
    readonly needFields?: Readonly<Partial<Record<Capability, string>>> | undefined;
  },
): TokenhubError {
  const told = decision.excluded.filter(({ reason }) => reason !== "disabled");
  const has = (...reasons: readonly Excluded["reason"][]) =>
    told.some(({ reason }) => reasons.includes(reason));
  const detail = counted(decision.excluded);
  const waitMs = soonestMs(told, input.nowMs);

  if (waitMs !== undefined && waitMs <= WAIT_MAX_MS) {
    return new TokenhubError("rate_limited", { detail, retryAfterMs: waitMs, shouldRetry: true });
  }
  if (has("unpriced", "budget")) return new TokenhubError("budget_exceeded", { detail });
  const lacks = told.filter(({ reason }) => reason === "credential");
  if (lacks.length > 0 && lacks.length === told.length) {
    const code = lackCode(lacks.map((one) => one.detail));
    if (code) return new TokenhubError(code, { retryAfterMs: SEALED_RETRY_MS });
  }
  if (told.length === 0 || has("credential", "throttled", "quota")) {
    return new TokenhubError("no_provider", { detail, retryAfterMs: waitMs });
  }
  if (has("context")) {
    const { facts } = input;
    const small = told.filter(({ reason }) => reason === "context");
    const contexts = small.map(({ candidate }) => candidate.model.maxContextTokens);
    const tokens = overflow(facts.longestTokens ?? facts.promptTokens, contexts);
    return new TokenhubError("context_length_exceeded", { detail, tokens });
  }
  if (isNamed(input) && told.every(({ reason }) => reason === "capability")) {
    return new TokenhubError("unsupported_parameter", {
      param: fieldOf(told, input.needFields),
      detail,
    });
  }
  return new TokenhubError("no_eligible_model", { detail });
}

/** What the vault keeps from every candidate; undefined: something else does. */
function lackCode(lacks: readonly (string | undefined)[]) {
  if (lacks.includes("vault-sealed")) return "vault_sealed";
  return lacks.every((lack) => lack === "origin-mismatch")
    ? "credential_origin_mismatch"
    : undefined;
}

/** Time until the first of them is free again; undefined: for none does waiting help. */
function soonestMs(excluded: readonly Excluded[], nowMs: number): number | undefined {
  const waits = excluded
    .filter(({ reason }) => reason === "throttled" || reason === "quota")
    // A full limit whose refill nobody told is tried again like a 429 without Retry-After.
    .map(({ untilMs }) => (untilMs ?? nowMs + FAULTS.rate_limited.excludeMs) - nowMs);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}

function isNamed({ pinned, target }: Pick<RoutingInput, "pinned" | "target">): boolean {
  return pinned && target !== undefined && target !== "*" && !VIRTUAL_MODELS.has(target);
}

function fieldOf(
  excluded: readonly Excluded[],
  names: Readonly<Partial<Record<Capability, string>>> = {},
): string {
  const lacking = excluded[0]?.detail?.split(",")[0];
  const need = CAPABILITIES.find((capability) => capability === lacking);
  // What is no ability is the kind of the model.
  return need === undefined ? "model" : (names[need] ?? FIELDS[need]);
}

/** `Left out: capability 2, weight 1.`; undefined when there was no candidate at all. */
function counted(excluded: readonly Excluded[]): string | undefined {
  const counts = EXCLUSIONS.map((reason) => ({
    reason,
    count: excluded.filter((one) => one.reason === reason).length,
  })).filter(({ count }) => count > 0);
  if (counts.length === 0) return undefined;
  return `Left out: ${counts.map(({ reason, count }) => `${reason} ${count}`).join(", ")}.`;
}
