/** Why an answer ended, in the words of this dialect. */
import type { Finish } from "../../conversation.ts";

const FINISHES: ReadonlyMap<unknown, Finish> = new Map([
  ["stop", "stop"],
  ["length", "length"],
  ["tool_calls", "calls"],
  ["function_call", "calls"],
  ["content_filter", "refusal"],
]);

/** Also the words that other dialects end with, by the nearest one there is. */
export const FINISH_REASONS = {
  stop: "stop",
  "stop-sequence": "stop",
  length: "length",
  calls: "tool_calls",
  refusal: "content_filter",
  pause: "stop",
  context: "length",
} as const satisfies Record<Finish, string>;

/**
 * A reason that is not known counts as `stop`. An answer that calls ends for its calls, whatever it says: a choice
 * of one named tool ends with `stop`. vLLM tells the stop sequence that was met as `stop_reason`.
 */
export function readFinish(
  choice: Readonly<Record<string, unknown>>,
  hasCalls: boolean,
): { finish: Finish; stopSequence: string | undefined } {
  const finish = FINISHES.get(choice.finish_reason) ?? "stop";
  if (finish !== "stop") return { finish, stopSequence: undefined };
  if (hasCalls) return { finish: "calls", stopSequence: undefined };
  const { stop_reason: met } = choice;
  if (typeof met !== "string" || met === "") return { finish, stopSequence: undefined };
  return { finish: "stop-sequence", stopSequence: met };
}
