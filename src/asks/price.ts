/** What a plan may cost before it runs, and what is given up so that it fits. */
import { worstCaseNanoUsd } from "../cost.ts";
import { TokenhubError } from "../errors.ts";
import type { Gateway } from "../isolate.ts";
import type { Bound, Mode, Trim } from "../modes/mode.ts";
import type { Orchestration } from "../orchestration.ts";
import type { GatewayRequest } from "../request.ts";
import { createRouter } from "../router.ts";
import { resolveTarget } from "../routing/alias.ts";
import { addressed, narrowing } from "./choose.ts";

/** Output that is asked for where neither the client nor the mode gives a cap and money is limited. */
export const OUTPUT_TOKENS_LIMITED = 4_096;
/** A request never makes more asks. */
export const ASKS_MAX = 24;
/** Tokens per character in the worst case of the scripts measured: one per byte of UTF-8 in two. */
const TOKENS_PER_CHAR = 0.75;
/** Tokens of one model may be more in another's. */
const RETOKENISED = 1.5;

/** A plan that fits. */
export interface Priced {
  readonly options: Orchestration;
  readonly trimmed: readonly Trim[];
  /** The worst case of the whole plan; 0 where nobody in it has a price. */
  readonly nanoUsd: number;
}

/**
 * The plan, trimmed until it fits the ceiling (Infinity: none) and the number of asks that the key may make.
 * @throws TokenhubError budget_exceeded when not even one ask does; why nobody can be asked, where nobody can.
 */
export function pricePlan(
  gateway: Gateway,
  asked: GatewayRequest,
  plan: {
    readonly mode: Mode;
    readonly options: Orchestration;
    readonly ceilingNanoUsd: number;
    /** Asks of the engine itself beside the mode's. */
    readonly extraAsks: number;
  },
): Priced {
  const { mode, ceilingNanoUsd } = plan;
  const asksMax = Math.min(ASKS_MAX, asked.key.fanOut ?? ASKS_MAX);
  const trimmed: Trim[] = [];
  let { options } = plan;
  for (;;) {
    const bounds = mode.bound(options);
    const asks = bounds.reduce((sum, { count }) => sum + count, plan.extraAsks);
    const nanoUsd = sum(gateway, asked, bounds, plan);
    if (nanoUsd <= ceilingNanoUsd && asks <= asksMax) return { options, trimmed, nanoUsd };
    const less = mode.trim(options);
    if (!less) {
      // One ask is cut to what there is: routing caps its output, or says that nobody can be paid.
      if (asks - plan.extraAsks <= asksMax) return { options, trimmed, nanoUsd: ceilingNanoUsd };
      throw new TokenhubError("budget_exceeded", {
        detail: "The key may not make so many model calls for one request.",
      });
    }
    trimmed.push(less.trimmed);
    ({ options } = less);
  }
}

function sum(
  gateway: Gateway,
  asked: GatewayRequest,
  bounds: readonly Bound[],
  plan: { readonly ceilingNanoUsd: number; readonly extraAsks: number },
): number {
  let nanoUsd = 0;
  let dearest = 0;
  for (const bound of bounds) {
    const one = priceOf(gateway, asked, bound, plan.ceilingNanoUsd);
    nanoUsd += one * bound.count;
    dearest = Math.max(dearest, one);
  }
  return plan.extraAsks === 0 ? nanoUsd : nanoUsd + dearest * plan.extraAsks;
}

/**
 * One ask of it in the worst case: of the first whom the first fulfillable wish finds. 0: nobody has a price, or
 * nobody may be asked; Infinity: nobody can be paid.
 */
function priceOf(
  gateway: Gateway,
  asked: GatewayRequest,
  bound: Bound,
  ceilingNanoUsd: number,
): number {
  const { facts } = asked.request;
  const isLimited = Number.isFinite(ceilingNanoUsd);
  const own = facts.outputTokensMax ?? (isLimited ? OUTPUT_TOKENS_LIMITED : undefined);
  const cap = bound.outputTokensMax ?? own;
  const held = bound.answersHeld * RETOKENISED * (own ?? OUTPUT_TOKENS_LIMITED);
  const added = Math.ceil(bound.promptChars * TOKENS_PER_CHAR + held);
  const priced = {
    ...facts,
    promptTokens: facts.promptTokens + added,
    promptTokensUpper: facts.promptTokensUpper + added,
    outputTokensMax: cap,
    needs: bound.isFinal ? facts.needs : facts.needs.filter((need) => need !== "tools"),
  };
  const request = { ...asked, request: { ...asked.request, facts: priced } };
  let isTooDear = false;
  for (const wish of bound.wishes) {
    const router = createRouter(
      gateway,
      addressed(request, bound.role, wish),
      narrowing(wish, ceilingNanoUsd),
    );
    const { ranked, excluded } = router.decide();
    const [first] = ranked;
    if (!first) {
      isTooDear ||= excluded.some(({ reason }) => reason === "budget");
      continue;
    }
    const { prices, model } = first.candidate;
    if (!prices) return 0;
    const output =
      priced.outputTokensMax ?? first.estimate.outputTokensCap ?? model.maxOutputTokens;
    return worstCaseNanoUsd(prices, {
      promptTokensUpper: priced.promptTokensUpper,
      outputTokens: output ?? Math.ceil(first.estimate.outputTokens),
    });
  }
  return isTooDear ? Number.POSITIVE_INFINITY : 0;
}

/** Every model that a plan names must be one that the key may use. @throws TokenhubError model_not_found. */
export function checkNames(gateway: Gateway, asked: GatewayRequest, options: Orchestration): void {
  const { primaryModelId, reviewModelId, candidateModelIds } = options;
  const catalog = gateway.snapshot.catalog();
  for (const [field, modelId] of [
    ["primary_model_id", primaryModelId],
    ["review_model_id", reviewModelId],
    ...candidateModelIds.map((id) => ["candidate_model_ids", id] as const),
  ] as const) {
    if (modelId === undefined) continue;
    try {
      resolveTarget({ catalog, target: modelId, key: asked.key });
    } catch (error) {
      if (!(error instanceof TokenhubError)) throw error;
      throw new TokenhubError(error.code, { param: `orchestration.${field}` });
    }
  }
}
