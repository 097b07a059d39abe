/** What one attempt at a candidate is expected to take, and the output cap that keeps its price in bounds. */
import type { Candidate, Model } from "../catalog.ts";
import { costNanoUsd, outputCapForBudget, worstCaseNanoUsd } from "../cost.ts";
import type { PulseView } from "../platform.ts";
import type { Estimate, RoutingInput } from "./decision.ts";

/** Output of a chat answer when nothing is known (docs/decisions/0008-token-estimate.md). */
const OUTPUT_TOKENS_DEFAULT = 300;
/** A cap of ours below this would cut answers to nothing: the candidate is refused instead. */
const OUTPUT_CAP_MIN = 256;
/** Of a key with a budget that asks without a cap: else one request would hold the price of a whole book. */
const OUTPUT_CAP_METERED = 8_192;
/** Cap for a model of which neither context nor output is known: what nearly every model takes. */
const OUTPUT_CAP_UNKNOWN = 4_096;
/** Room for what the estimate of the prompt misses (docs/ROUTING.md, Hard constraints). */
export const CONTEXT_MARGIN = 1.15;
/** Best time to first token and per token measured among hosted models, so that new ones get tried. */
const OPTIMISTIC_TTFT_MS = 400;
const OPTIMISTIC_TOKEN_MS = 5;

/** Tokens of one attempt at a candidate, before it is priced. */
export interface Outlook {
  /** Best estimate, corrected by what this candidate's answers taught. */
  readonly promptTokens: number;
  /** Expected output of one choice before any cap for money. */
  readonly outputTokens: number;
  /** Cap to send; undefined: leave the client's, or none. */
  readonly outputTokensCap: number | undefined;
  /** False: no output worth having keeps the worst case within the budget. */
  readonly affordable: boolean;
}

/** Tokens and cap of one attempt. */
export function expect(
  input: RoutingInput,
  { candidate, pulse }: Pick<Prospect, "candidate" | "pulse">,
): Outlook {
  const { facts, key } = input;
  const correction = pulse?.promptCorrection;
  const promptTokens = correction
    ? Math.max(0, correction.offset + correction.slope * facts.promptTokens)
    : facts.promptTokens;
  const ceiling = Math.min(
    key.maxTokens ?? Number.POSITIVE_INFINITY,
    candidate.model.maxOutputTokens ?? Number.POSITIVE_INFINITY,
  );
  const likely = facts.outputTokensMax ?? median(pulse) ?? OUTPUT_TOKENS_DEFAULT;
  return {
    promptTokens,
    outputTokens: Math.min(likely, ceiling),
    ...(facts.outputTokensMax === undefined
      ? capOfOurs(input, { candidate, promptTokens })
      : capOfClient(input, { candidate, cap: Math.min(facts.outputTokensMax, ceiling) })),
  };
}

/** A few short answers must not make a model look cheaper than one that nobody has asked yet. */
const MEDIAN_SAMPLES_MIN = 20;

function median(pulse: PulseView | undefined): number | undefined {
  return pulse && pulse.samples >= MEDIAN_SAMPLES_MIN ? pulse.outputTokensP50 : undefined;
}

type Cap = Pick<Outlook, "outputTokensCap" | "affordable">;

/** The client gave a cap: it is only ever lowered to what the key and the model allow, never for money. */
function capOfClient(
  input: RoutingInput,
  { candidate, cap }: { readonly candidate: Candidate; readonly cap: number },
): Cap {
  const { prices } = candidate;
  const { facts, policy } = input;
  const outputTokensCap = cap === facts.outputTokensMax ? undefined : cap;
  if (policy.budgetNanoUsd === undefined || !prices) return { outputTokensCap, affordable: true };
  const worst = worstCaseNanoUsd(prices, {
    promptTokensUpper: facts.promptTokensUpper,
    outputTokens: cap * facts.choices,
  });
  return { outputTokensCap, affordable: worst <= policy.budgetNanoUsd };
}

/**
 * The client gave none: one is injected where the key or a budget needs it, and only below what the model itself
 * cannot pass, since upstreams refuse caps that are too large.
 */
function capOfOurs(
  input: RoutingInput,
  { candidate, promptTokens }: { readonly candidate: Candidate; readonly promptTokens: number },
): Cap {
  const { model } = candidate;
  const keyMax = input.key.maxTokens ?? Number.POSITIVE_INFINITY;
  const modelMax = Math.min(
    model.maxOutputTokens ?? Number.POSITIVE_INFINITY,
    model.maxContextTokens ?? Number.POSITIVE_INFINITY,
  );
  const paid = paidFor(input, candidate);
  if (paid === undefined || paid < Math.min(OUTPUT_CAP_MIN, keyMax, modelMax)) {
    return { outputTokensCap: undefined, affordable: false };
  }
  const metered = input.policy.isMetered ? OUTPUT_CAP_METERED : Number.POSITIVE_INFINITY;
  const limit = Math.min(keyMax, paid, metered);
  return {
    outputTokensCap: limit < modelMax ? Math.min(limit, sendable(model, promptTokens)) : undefined,
    affordable: true,
  };
}

/** Output tokens that the budget pays for; Infinity without a budget, undefined when not even the prompt. */
function paidFor({ facts, policy }: RoutingInput, { prices }: Candidate): number | undefined {
  const { budgetNanoUsd } = policy;
  // A missing price under a budget is excluded by a constraint of its own.
  if (budgetNanoUsd === undefined || !prices) return Number.POSITIVE_INFINITY;
  const { promptTokensUpper, choices } = facts;
  return outputCapForBudget({ prices, promptTokensUpper, choices, budgetNanoUsd });
}

/** The largest cap that the upstream is likely to take. */
function sendable({ maxOutputTokens, maxContextTokens }: Model, promptTokens: number): number {
  if (maxContextTokens === undefined) return maxOutputTokens ?? OUTPUT_CAP_UNKNOWN;
  const room = Math.max(1, Math.floor(maxContextTokens - promptTokens * CONTEXT_MARGIN));
  return Math.min(room, maxOutputTokens ?? Number.POSITIVE_INFINITY);
}

/** A candidate with what is known of it now. */
export interface Prospect {
  readonly candidate: Candidate;
  readonly pulse: PulseView | undefined;
  readonly outlook: Outlook;
}

/** Money and time of one attempt. An unpriced candidate's cost is told as 0; its `prices` are undefined. */
export function estimate({ candidate, pulse, outlook }: Prospect, choices: number): Estimate {
  const { outputTokensCap } = outlook;
  const outputTokens = Math.min(outlook.outputTokens, outputTokensCap ?? outlook.outputTokens);
  const usage = {
    promptTokens: Math.ceil(outlook.promptTokens),
    completionTokens: Math.ceil(outputTokens) * choices,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
  };
  return {
    outputTokens,
    costNanoUsd: candidate.prices ? costNanoUsd(candidate.prices, usage) : 0,
    latencyMs: latencyMs({ candidate, pulse }, outputTokens),
    outputTokensCap,
    capped: outputTokensCap !== undefined,
  };
}

/** TTFT + tokens × inter-token time as measured, else the operator's prior, else optimism. */
function latencyMs(
  { candidate, pulse }: Pick<Prospect, "candidate" | "pulse">,
  outputTokens: number,
): number {
  const ttftMs = pulse?.ttftP50Ms ?? OPTIMISTIC_TTFT_MS;
  if (pulse?.tokenP50Ms !== undefined) return ttftMs + outputTokens * pulse.tokenP50Ms;
  return candidate.expectedLatencyMs ?? ttftMs + outputTokens * OPTIMISTIC_TOKEN_MS;
}
