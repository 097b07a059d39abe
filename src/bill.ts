/** What one ask was tried and cost: its attempts, and the answer that came of them. */
import { NO_USAGE, type Usage } from "./chat.ts";
import { costNanoUsd, usdFromNano } from "./cost.ts";
import { attemptView } from "./decision-view.ts";
import type { AttemptRecord } from "./failover.ts";
import type { RelayEnd } from "./relay.ts";
import type { Ranked } from "./routing/decision.ts";

/** OpenAI's rule of thumb, for answers whose upstream told no usage. */
const CHARS_PER_TOKEN = 4;

/** Written to as the ask goes on. */
export interface Bill {
  attempt(made: AttemptRecord): void;
  /** A good answer; usage undefined: estimated from its length. */
  settle(answer: { usage: Usage | undefined; outputChars: number; ttftMs?: number }): void;
  /** A stream is over, `latencyMs` after its first content. Answers its attempt as it ended. */
  end(end: RelayEnd, latencyMs: number): AttemptRecord | undefined;
  /** There is no answer; what was read without one is still paid. */
  fail(): void;
  readonly attempts: readonly AttemptRecord[];
  /** The attempt that answers, or began to; always the last. */
  answering(): AttemptRecord | undefined;
  served(): Ranked | undefined;
  usage(): Usage | undefined;
  /** undefined: unpriced, or nothing yet. */
  costNanoUsd(): number | undefined;
  /** Of prompts that were read without an answer for it, as of now. */
  inVainNanoUsd(): number;
  isEstimate(): boolean;
  ttftMs(): number | undefined;
  /** Every attempt, as the decision shows it. */
  view(): readonly Record<string, unknown>[];
}

/** The bill of one ask with a prompt of so many tokens, by our own estimate. */
export function createBill(promptTokens: number): Bill {
  const attempts: AttemptRecord[] = [];
  let answering: AttemptRecord | undefined;
  let usage: Usage | undefined;
  let costNano: number | undefined;
  let isEstimate = true;
  let ttftMs: number | undefined;

  function price(outputChars: number): void {
    const ranked = answering?.ranked;
    const prices = ranked?.candidate.prices;
    if (!ranked) return;
    isEstimate = usage === undefined;
    const counted = usage ?? {
      promptTokens,
      completionTokens: Math.ceil(outputChars / CHARS_PER_TOKEN),
      cachedTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
    };
    costNano = prices && costNanoUsd(prices, counted) + inVainNanoUsd();
  }

  function inVainNanoUsd(): number {
    let nanoUsd = 0;
    for (const made of attempts) {
      const { prices } = made.ranked.candidate;
      if (made !== answering && prices && wasRead(made)) {
        nanoUsd += costNanoUsd(prices, { ...NO_USAGE, promptTokens });
      }
    }
    return nanoUsd;
  }

  /** What the attempt that answered came to. */
  function spent(): Record<string, unknown> {
    return {
      ttft_ms: ttftMs === undefined ? undefined : Math.round(ttftMs),
      prompt_tokens: usage?.promptTokens,
      completion_tokens: usage?.completionTokens,
      cost_usd: costNano === undefined ? undefined : usdFromNano(costNano),
    };
  }

  return {
    attempts,
    attempt(made) {
      attempts.push(made);
      if (made.result === "ok") answering = made;
    },
    settle(answer) {
      usage = answer.usage;
      ttftMs = answer.ttftMs;
      price(answer.outputChars);
    },
    end(end, latencyMs) {
      usage = end.usage;
      ttftMs = end.ttftMs;
      price(end.outputChars);
      if (!answering) return undefined;
      answering = { ...answering, ...howEnded(end), latencyMs: answering.latencyMs + latencyMs };
      attempts[attempts.length - 1] = answering;
      return answering;
    },
    fail() {
      costNano = inVainNanoUsd() || undefined;
    },
    answering: () => answering,
    served: () => answering?.ranked,
    usage: () => usage,
    costNanoUsd: () => costNano,
    inVainNanoUsd,
    isEstimate: () => isEstimate,
    ttftMs: () => ttftMs,
    view: () =>
      attempts.map((made) =>
        made === answering ? { ...attemptView(made), ...spent() } : attemptView(made),
      ),
  };
}

/** A stream's end as the result of its attempt. */
function howEnded(end: RelayEnd): Pick<AttemptRecord, "result" | "what"> {
  if (end.fault) return { result: end.fault.class, what: end.fault.what };
  if (end.aborted) return { result: "aborted", what: "aborted" };
  if (end.interruption) return { result: "aborted", what: "interrupted" };
  return { result: "ok", what: "ok" };
}

/** Clocks of ours that ring while the provider is at work. */
const AT_WORK: ReadonlySet<string> = new Set(["first-content-timeout", "answer-timeout"]);

/** Did the provider take the request, as far as can be told, so that it may bill the prompt? */
function wasRead({ result, status, what }: AttemptRecord): boolean {
  return result === "aborted" || (result === "transient" && (status === 200 || AT_WORK.has(what)));
}
