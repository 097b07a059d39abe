/** Cheaper plans, in the one order all modes keep: candidates, rounds, critic, a single ask. */
import { CANDIDATES_MIN, type Orchestration } from "../orchestration.ts";
import type { Mode, Trim } from "./mode.ts";

type Trimmed = ReturnType<Mode["trim"]>;

const STEPS = {
  candidates: (options) =>
    options.candidates > CANDIDATES_MIN
      ? { ...options, candidates: options.candidates - 1 }
      : undefined,
  rounds: (options) =>
    options.iterations > 1 ? { ...options, iterations: options.iterations - 1 } : undefined,
  critic: (options) => (options.isReviewCheap ? undefined : { ...options, isReviewCheap: true }),
  single: (options) => ({ ...options, isSingle: true }),
} as const satisfies Record<Trim, (options: Orchestration) => Orchestration | undefined>;

/** The next cheaper plan by the first of `steps` that can be taken; undefined: it is one ask already. */
export function trimmed(options: Orchestration, steps: readonly Trim[]): Trimmed {
  if (options.isSingle) return undefined;
  for (const step of steps) {
    const next = STEPS[step](options);
    if (next) return { options: next, trimmed: step };
  }
  return undefined;
}
