/** Failed asks as values, and what they mean for a run. */
import { AskError, type Outcome } from "./mode.ts";

/** What a promise comes to, or the AskError it fails with. @throws everything else it fails with. */
export async function tried<T>(asked: Promise<T>): Promise<T | AskError> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AskError) return error;
    throw error;
  }
}

/** Did one of these end the plan early? The first that did; undefined: none. */
export function stoppedBy(failures: readonly AskError[]): Outcome["stopped"] {
  for (const { reason } of failures) {
    if (reason === "budget" || reason === "deadline") return reason;
  }
  return undefined;
}

/** Failures in words, for `Outcome.why`. */
const SPOKEN = {
  budget: "the money ran out",
  deadline: "the time ran out",
  failed: "it failed",
  dropped: "it was not waited for",
} as const satisfies Record<AskError["reason"], string>;

/** Why there is no answer, as half a sentence: "the money ran out". */
export function spoken(failure: AskError): string {
  return SPOKEN[failure.reason];
}
