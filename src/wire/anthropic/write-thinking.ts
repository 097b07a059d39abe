/** How much a provider shall think, in Anthropic's terms. */
import type { ReasoningWish } from "../../conversation.ts";
import type { JsonObject } from "../given.ts";
import type { Message } from "./write-messages.ts";

/** Least that the dialect takes. */
const BUDGET_TOKENS_MIN = 1_024;
/** Effort has no fixed price; these are what common clients use for the same words. */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ["minimal", 1_024],
  ["low", 1_024],
  ["medium", 8_192],
  ["high", 16_384],
  ["xhigh", 32_000],
  ["max", 32_000],
]);

/**
 * `thinking` of the body; undefined: the provider's default. The budget stays below `tokensMax`. Left out where a
 * provider would refuse it: no room for the least budget, an answer already begun, or a last answer with calls whose
 * thinking does not come back with it.
 */
export function writeThinking(
  wish: ReasoningWish | undefined,
  { tokensMax, messages }: { tokensMax: number; messages: readonly Message[] },
): JsonObject | undefined {
  if (wish === undefined) return undefined;
  if (wish.effort === "none") return { type: "disabled" };
  const wanted = wish.budgetTokens ?? BUDGETS.get(wish.effort ?? "");
  if (wanted === undefined) return undefined;
  const budget = Math.min(wanted, tokensMax - 1);
  if (budget < BUDGET_TOKENS_MIN || !mayThink(messages)) return undefined;
  const display = wish.shown ? "summarized" : "omitted";
  return {
    type: "enabled",
    budget_tokens: budget,
    ...(wish.shown !== undefined && { display }),
  };
}

function mayThink(messages: readonly Message[]): boolean {
  const last = messages.findLast(({ role }) => role === "assistant");
  if (last === undefined) return true;
  if (last === messages.at(-1)) return false;
  const hasCalls = last.content.some(({ type }) => type === "tool_use");
  const first = last.content[0]?.type;
  return !hasCalls || first === "thinking" || first === "redacted_thinking";
}
