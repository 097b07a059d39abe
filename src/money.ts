/**
 * What a request may spend, and the hold on it: the worst case of the first choice is held before anything is
 * sent, topped up when a dearer candidate is tried, and settled once by the account.
 */
import { worstCaseNanoUsd } from "./cost.ts";
import { TokenhubError } from "./errors.ts";
import type { Gateway } from "./isolate.ts";
import type { KeyRecord, ProjectRecord } from "./key.ts";
import type { Hold } from "./purse.ts";
import type { GatewayRequest } from "./request.ts";
import type { Decision, Ranked } from "./routing/decision.ts";

/** A hold outlives its request's deadline by this much; then it is charged in full. */
const GRACE_MS = 60_000;
/** Of a request without a deadline: longer than any answer takes. */
const LONGEST_MS = 30 * 60_000;

/** The project of a key; undefined: it stands alone, or its project is gone. */
export function projectOf(gateway: Gateway, key: KeyRecord): ProjectRecord | undefined {
  return key.projectId === undefined ? undefined : gateway.snapshot.project(key.projectId);
}

/** The most that the key may spend on one request now, as far as this isolate knows; undefined: no budget. */
export function spendableNanoUsd(gateway: Gateway, key: KeyRecord): number | undefined {
  const project = projectOf(gateway, key);
  const limits = [
    key.budgetRequestNanoUsd,
    key.budgetDayNanoUsd,
    key.budgetMonthNanoUsd,
    project?.budgetDayNanoUsd,
    project?.budgetMonthNanoUsd,
  ].filter((limit) => limit !== undefined);
  if (limits.length === 0) return undefined;
  const left = gateway.purse.remaining(key, project);
  return Math.max(0, Math.min(...limits, left ?? Number.POSITIVE_INFINITY));
}

/** A decision whose first choice is paid for. */
export interface Paid {
  readonly decision: Decision;
  /** undefined: nothing of this key is counted. */
  readonly hold: Hold | undefined;
}

/**
 * Holds the worst case of the first choice. When the budget has less than that left, decides again within what
 * is left, once. At once where no call is needed.
 * @throws TokenhubError budget_exceeded, rate_limited, no_provider (the ledger cannot be reached).
 */
export function pay(
  gateway: Gateway,
  asked: GatewayRequest,
  choice: {
    readonly decision: Decision;
    readonly again: () => Decision;
    /** The request's own; Infinity: it has none. */
    readonly deadlineMs: number;
  },
): Paid | Promise<Paid> {
  const { key } = asked;
  const project = projectOf(gateway, key);
  const { decision } = choice;
  if (!gateway.purse.counts(key, project)) return { decision, hold: undefined };
  const hold = (chosen: Decision) =>
    gateway.purse.hold(
      key,
      project,
      wanted(gateway, asked, { decision: chosen, deadlineMs: choice.deadlineMs }),
    );
  const paid = (made: Hold, chosen: Decision): Paid => ({ decision: chosen, hold: made });
  try {
    const made = hold(decision);
    if (!(made instanceof Promise)) return paid(made, decision);
    return made.then(
      (one) => paid(one, decision),
      (error) => cheaper(error),
    );
  } catch (error) {
    return cheaper(error);
  }

  async function cheaper(error: unknown): Promise<Paid> {
    if (!(error instanceof TokenhubError) || error.code !== "budget_exceeded") throw error;
    const next = choice.again();
    if (next.ranked.length === 0) throw error;
    return paid(await hold(next), next);
  }
}

/**
 * Holds the worst case of a whole plan as one sum; undefined: nothing of this key is counted.
 * @throws TokenhubError (or rejects with it) as `pay`.
 */
export function holdPlan(
  gateway: Gateway,
  { key, request: { facts } }: GatewayRequest,
  plan: { readonly nanoUsd: number; readonly deadlineMs: number },
): Hold | undefined | Promise<Hold> {
  const project = projectOf(gateway, key);
  if (!gateway.purse.counts(key, project)) return undefined;
  return gateway.purse.hold(key, project, {
    nanoUsd: Math.ceil(plan.nanoUsd),
    tokens: facts.promptTokens,
    deadlineMs: Math.min(plan.deadlineMs, gateway.platform.nowMs() + LONGEST_MS) + GRACE_MS,
  });
}

/** Makes sure that this candidate is paid for too; false: the budget does not pay for it. */
export function afford(
  gateway: Gateway,
  asked: GatewayRequest,
  paid: { readonly hold: Hold | undefined; readonly ranked: Ranked },
): boolean | Promise<boolean> {
  const { hold, ranked } = paid;
  if (!hold) return true;
  const missing = worstNanoUsd(asked, ranked) - hold.nanoUsd;
  if (missing <= 0) return true;
  return gateway.purse.topUp(hold, missing);
}

function wanted(
  gateway: Gateway,
  asked: GatewayRequest,
  {
    decision: {
      ranked: [first],
    },
    deadlineMs,
  }: { decision: Decision; deadlineMs: number },
) {
  const { facts } = asked.request;
  return {
    nanoUsd: first ? worstNanoUsd(asked, first) : 0,
    tokens: Math.ceil(facts.promptTokens + (first?.estimate.outputTokens ?? 0) * facts.choices),
    deadlineMs: Math.min(deadlineMs, gateway.platform.nowMs() + LONGEST_MS) + GRACE_MS,
  };
}

/** The worst case of one attempt; an unpriced or free one costs nothing. */
export function worstNanoUsd(
  { door, request: { facts } }: Pick<GatewayRequest, "door" | "request">,
  ranked: Ranked,
): number {
  const { candidate, estimate } = ranked;
  if (!candidate.prices || door.isFree) return 0;
  const cap = estimate.outputTokensCap ?? facts.outputTokensMax ?? candidate.model.maxOutputTokens;
  return worstCaseNanoUsd(candidate.prices, {
    promptTokensUpper: facts.promptTokensUpper,
    outputTokens: (cap ?? Math.ceil(estimate.outputTokens)) * facts.choices,
  });
}
