/** How long an attempt may take: its own bound, the request's deadline, and the client that may leave, in one signal. */
import { AttemptFault, TokenhubError } from "./errors.ts";
import type { Platform } from "./platform.ts";

/** What a fault says whose attempt was cut by the request's own deadline. */
export const DEADLINE = "deadline";

/** Whose time it is. */
export interface ClockInput {
  readonly platform: Pick<Platform, "nowMs" | "timer">;
  /** The client's signal. */
  readonly signal: AbortSignal;
  /** Absolute; Infinity when the request has none. */
  readonly deadlineMs: number;
}

/** The clock of one attempt. */
export interface Clock {
  /** Aborts the upstream: client gone, first content late, or deadline. */
  readonly signal: AbortSignal;
  /** Which clock rang, if one did. */
  fault(): AttemptFault | undefined;
  /** First content came: only the deadline and the client's leaving still count. */
  disarm(onDeadline: (error: TokenhubError) => void): void;
  stop(): void;
}

/** Starts it: one timer for the attempt (the nearer of its own clock and the deadline) and the client's signal. */
export function startClock(input: ClockInput, own: { ms: number; what: string }): Clock {
  const { platform, signal, deadlineMs } = input;
  const controller = new AbortController();
  let rang: AttemptFault | undefined;
  const leftMs = deadlineMs - platform.nowMs();
  let cancel = platform.timer(Math.max(0, Math.min(own.ms, leftMs)), () => {
    rang = new AttemptFault("transient", leftMs < own.ms ? DEADLINE : own.what);
    controller.abort();
  });
  const leave = () => controller.abort();
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  return {
    signal: controller.signal,
    fault: () => rang,
    disarm(onDeadline) {
      cancel();
      if (deadlineMs === Number.POSITIVE_INFINITY) return;
      cancel = platform.timer(Math.max(0, deadlineMs - platform.nowMs()), () =>
        onDeadline(new TokenhubError("deadline_exceeded")),
      );
    },
    stop() {
      cancel();
      signal.removeEventListener("abort", leave);
    },
  };
}
