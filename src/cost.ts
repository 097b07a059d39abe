/** Money in integer nano-USD: exact products of tokens and prices, rounded up once. */
import type { Prices } from "./catalog.ts";
import type { Usage } from "./chat.ts";

/** Prices are per this many tokens. */
const PRICED_TOKENS = 1_000_000;
const NANO_PER_USD = 1_000_000_000;

/*
 * tokens × price can pass 2^53. A price is split into whole nano-USD per token and the rest per million, so
 * that both sums stay exact for prices up to $1 per 1k tokens and a billion tokens.
 */
function wholeNanoUsd(tokens: number, price: number): number {
  return tokens * Math.floor(price / PRICED_TOKENS);
}

function millionths(tokens: number, price: number): number {
  return tokens * (price % PRICED_TOKENS);
}

function roundedUp(wholeNano: number, millionthNano: number): number {
  const over = millionthNano % PRICED_TOKENS;
  return wholeNano + (millionthNano - over) / PRICED_TOKENS + (over > 0 ? 1 : 0);
}

/**
 * What this usage costs, integer nano-USD rounded up. Reasoning is part of the completion; cached and
 * cache-write tokens are parts of the prompt, and what they claim beyond it is still paid.
 */
export function costNanoUsd(prices: Prices, usage: Usage): number {
  const { cachedTokens: cached, cacheWriteTokens: written, completionTokens: output } = usage;
  const fresh = Math.max(0, usage.promptTokens - cached - written);
  return roundedUp(
    wholeNanoUsd(fresh, prices.input) +
      wholeNanoUsd(cached, prices.cachedInput) +
      wholeNanoUsd(written, prices.cacheWriteInput) +
      wholeNanoUsd(output, prices.output),
    millionths(fresh, prices.input) +
      millionths(cached, prices.cachedInput) +
      millionths(written, prices.cacheWriteInput) +
      millionths(output, prices.output),
  );
}

function dearestInput(prices: Prices): number {
  return Math.max(prices.input, prices.cachedInput, prices.cacheWriteInput);
}

/**
 * No request within these tokens costs more, however its prompt is cached. `outputTokens` is the sum over all
 * choices.
 */
export function worstCaseNanoUsd(
  prices: Prices,
  tokens: { readonly promptTokensUpper: number; readonly outputTokens: number },
): number {
  const { promptTokensUpper, outputTokens } = tokens;
  const input = dearestInput(prices);
  return roundedUp(
    wholeNanoUsd(promptTokensUpper, input) + wholeNanoUsd(outputTokens, prices.output),
    millionths(promptTokensUpper, input) + millionths(outputTokens, prices.output),
  );
}

/**
 * The largest output cap per choice whose worst case stays within the budget. Infinity when output is free;
 * undefined when the budget does not even pay for the prompt.
 */
export function outputCapForBudget(input: {
  readonly prices: Prices;
  readonly promptTokensUpper: number;
  readonly choices: number;
  readonly budgetNanoUsd: number;
}): number | undefined {
  const { prices, promptTokensUpper, choices, budgetNanoUsd } = input;
  const worst = (cap: number) =>
    worstCaseNanoUsd(prices, { promptTokensUpper, outputTokens: cap * choices });
  if (worst(0) > budgetNanoUsd) return undefined;
  if (prices.output === 0) return Number.POSITIVE_INFINITY;

  const inputPrice = dearestInput(prices);
  const leftMillionths =
    (budgetNanoUsd - wholeNanoUsd(promptTokensUpper, inputPrice)) * PRICED_TOKENS -
    millionths(promptTokensUpper, inputPrice);
  // The division may be off by a rounding of doubles: start one above and step down to what really fits.
  let cap = Math.min(Math.floor(leftMillionths / (prices.output * choices)) + 1, CAP_MAX);
  while (worst(cap) > budgetNanoUsd) cap -= 1;
  return cap;
}

/** Far above any model's output, small enough for exact sums. */
const CAP_MAX = 100_000_000;

/** For people and JSON; never for sums. */
export function usdFromNano(nanoUsd: number): number {
  return nanoUsd / NANO_PER_USD;
}

/** Rounded to the nearest nano-USD. */
export function nanoFromUsd(usd: number): number {
  return Math.round(usd * NANO_PER_USD);
}
