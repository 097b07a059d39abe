/** How much a provider shall think, in Anthropic's terms. */
import type { Conversation, Part, Turn } from "../../conversation.ts";
import type { JsonObject } from "../given.ts";

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
 * `thinking` of the body; undefined: the provider's default. Left out where a provider would refuse it: no room for
 * the least budget below `tokensMax`, an answer already begun, or a last answer with calls whose thinking does not
 * come back with it.
 */
export function writeThinking(
  { reasoning, turns }: Conversation,
  tokensMax: number,
): JsonObject | undefined {
  if (reasoning?.effort === "none") return { type: "disabled" };
  const budget = Math.min(budgetOf(reasoning) ?? 0, tokensMax - 1);
  if (budget < BUDGET_TOKENS_MIN || !mayThink(turns)) return undefined;
  const display = reasoning?.shown ? "summarized" : "omitted";
  return {
    type: "enabled",
    budget_tokens: budget,
    ...(reasoning?.shown !== undefined && { display }),
  };
}

/** Is thinking wished, and will the writer leave it in, as far as the client's own cap tells? */
export function willThink({ reasoning, turns, output }: Conversation): boolean {
  const budget = Math.min(budgetOf(reasoning) ?? 0, (output.tokensMax ?? Infinity) - 1);
  return budget >= BUDGET_TOKENS_MIN && mayThink(turns);
}

/** undefined: no thinking is wished, or in words that are not known here. */
function budgetOf(wish: Conversation["reasoning"]): number | undefined {
  if (wish === undefined || wish.effort === "none") return undefined;
  return wish.budgetTokens ?? BUDGETS.get(wish.effort ?? "");
}

function mayThink(turns: readonly Turn[]): boolean {
  const answer = lastAnswer(turns);
  if (answer === undefined) return false;
  const [first] = answer;
  const isProven = first?.kind === "reasoning" || first?.kind === "redacted";
  return isProven || !answer.some(({ kind }) => kind === "call");
}

/** The assistant's last words as one message, empty when it has not spoken; undefined: nobody spoke after them. */
function lastAnswer(turns: readonly Turn[]): readonly Part[] | undefined {
  let answer: readonly Part[] = [];
  let isOver = false;
  for (const { role, parts } of turns.toReversed()) {
    const written = parts.filter(isWritten);
    if (written.length === 0) continue;
    if (role === "assistant") {
      if (!isOver) return undefined;
      answer = [...written, ...answer];
    } else {
      if (answer.length > 0) return answer;
      isOver = true;
    }
  }
  return answer;
}

/** Is there a block of it in a message for a provider? */
function isWritten(part: Part): boolean {
  if (part.kind === "text" || part.kind === "refusal") return part.text.trim() !== "";
  if (part.kind === "reasoning" || part.kind === "redacted") return part.proof?.of === "anthropic";
  return true;
}
