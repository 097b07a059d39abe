/** Anthropic's `stop_reason`. */
import type { Finish } from "../../conversation.ts";

const REASONS = {
  stop: "end_turn",
  "stop-sequence": "stop_sequence",
  length: "max_tokens",
  calls: "tool_use",
  refusal: "refusal",
  pause: "pause_turn",
  context: "model_context_window_exceeded",
} as const satisfies Record<Finish, string>;

const FINISHES = new Map<unknown, Finish>(
  (Object.keys(REASONS) as Finish[]).map((finish) => [REASONS[finish], finish]),
);

/** An unknown reason is a plain stop; with calls, a plain stop waits for their results. */
export function readFinish(reason: unknown, hasCalls: boolean): Finish {
  const finish = FINISHES.get(reason) ?? "stop";
  return finish === "stop" && hasCalls ? "calls" : finish;
}

/** Clients run their tools only on `tool_use`, which other dialects do not say with every call. */
export function writeFinish(finish: Finish, hasCalls: boolean): string {
  return finish === "stop" && hasCalls ? REASONS.calls : REASONS[finish];
}
