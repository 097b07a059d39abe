/**
 * Carries one upstream stream to the client: decodes events, lets their path patch or translate them, and
 * sends frames that are always re-serialised, so that upstream bytes never choose an event's name.
 * Nothing is kept but what one read brought.
 */
import type { Usage } from "./chat.ts";
import { AttemptFault, TokenhubError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { Platform, Source } from "./platform.ts";
import type { ProviderKind } from "./providers/provider.ts";
import { createSseDecoder, type SseEvent } from "./wire/sse.ts";
import type { EventPath } from "./wire/wire.ts";

/** One stream to carry, and who is told how it went. */
export interface RelayInput {
  readonly platform: Pick<Platform, "nowMs" | "timer">;
  readonly limits: Limits;
  /** What a failed read of the body means. */
  readonly faultOf: (error: unknown) => AttemptFault;
  /** From the provider's dialect to the client's. */
  readonly path: EventPath;
  readonly kind: ProviderKind;
  readonly body: Source;
  readonly requestId: string;
  /** The client's: when it left, a broken upstream is our own doing. */
  readonly signal: AbortSignal;
  /** When the attempt was sent. */
  readonly sentAtMs: number;
  /** Called once, when the stream is over for whatever reason. */
  readonly onEnd: (end: RelayEnd) => void;
}

/** What a stream came to. */
export interface RelayEnd {
  /** How the provider broke it; undefined: it did not. */
  readonly fault: AttemptFault | undefined;
  /** Why we broke it off (deadline, shutdown); undefined: we did not. */
  readonly interruption: TokenhubError | undefined;
  /** The client left, or read nothing for so long that it counts as gone. */
  readonly aborted: boolean;
  readonly usage: Usage | undefined;
  readonly finish: string | undefined;
  readonly outputChars: number;
  readonly ttftMs: number | undefined;
}

/** One stream on its way to the client. */
export interface Relay {
  /**
   * Reads up to the first meaningful event and keeps what came; until it resolves nothing was sent.
   * @throws AttemptFault
   */
  open(): Promise<void>;
  /** Everything, from the first event on; ends with the terminator, or with an error frame and without. */
  readonly source: Source;
  /** Id of the message, once it was told; undefined: the dialect has none. */
  messageId(): string | undefined;
  /** Text that goes before the terminator of a good stream; set before the first read. */
  beforeTerminator: (() => string) | undefined;
  /** Breaks the stream off with an error event (deadline, shutdown). */
  interrupt(error: TokenhubError): void;
}

const encoder = new TextEncoder();

/** A relay that has read nothing yet; `open` comes first. */
export function createRelay(input: RelayInput): Relay {
  const { platform, limits, path, body } = input;
  const decoder = createSseDecoder({ lineBytesMax: limits.sseLineBytesMax });
  let pending = "";
  let bytes = 0;
  let badEvents = 0;
  let usage: Usage | undefined;
  let finish: string | undefined;
  let messageId: string | undefined;
  let outputChars = 0;
  let ttftMs: number | undefined;
  /** The frames that end a good stream, once they are due. */
  let terminator: string | undefined;
  let over = false;
  let broken: AttemptFault | undefined;
  let interruption: TokenhubError | undefined;
  let closed = false;
  let stalled = false;
  /** Does the client wait for us? Else we wait for it, and the provider is not to blame. */
  let reading = false;
  /** When the last event came, or the client began to wait for the next. */
  let sinceMs = input.sentAtMs;
  let stopWatch: (() => void) | undefined;

  function end(how: Partial<Pick<RelayEnd, "fault" | "interruption" | "aborted">>): void {
    if (over) return;
    over = true;
    stopWatch?.();
    const { fault, interruption, aborted = false } = how;
    input.onEnd({ fault, interruption, aborted, usage, finish, outputChars, ttftMs });
  }

  /** One timer per idle period, not per event: it looks when the last event came and goes back to sleep. */
  function watch(waitMs: number): void {
    stopWatch = platform.timer(waitMs, () => {
      if (over) return;
      const boundMs = reading ? limits.idleMs : limits.writeStallMs;
      const leftMs = boundMs - (platform.nowMs() - sinceMs);
      if (leftMs > 1) return watch(leftMs);
      if (reading) broken = new AttemptFault("transient", "idle-timeout");
      else stalled = true;
      body.cancel();
      if (stalled) end({ aborted: true });
    });
  }

  function take(event: SseEvent): void {
    const facts = path.push(event);
    if (facts.kind === "invalid") {
      badEvents += 1;
      if (badEvents > limits.badEventsMax) throw new AttemptFault("transient", "bad-events");
      return;
    }
    if (facts.kind === "error") {
      throw input.kind.classify({
        status: 200,
        header: () => undefined,
        body: { error: facts.error },
      });
    }
    if (facts.usage) usage = facts.usage;
    if (facts.finish) finish = facts.finish;
    if (facts.id) messageId = facts.id;
    if (facts.kind === "terminator") {
      // Nothing was said; a reason to end is an answer all the same (a filter, a cap).
      if (ttftMs === undefined && !facts.finish) {
        throw new AttemptFault("transient", "empty-stream");
      }
      ttftMs ??= platform.nowMs() - input.sentAtMs;
      terminator = facts.frame;
      return;
    }
    outputChars += facts.outputChars;
    if (ttftMs === undefined && (facts.kind === "content" || facts.kind === "finish")) {
      ttftMs = platform.nowMs() - input.sentAtMs;
    }
    pending += facts.frame;
  }

  /** What one read of the upstream brought. @throws AttemptFault */
  function accept(chunk: Uint8Array | undefined): void {
    if (broken) throw broken;
    if (chunk === undefined) throw new AttemptFault("transient", "ended-early");
    bytes += chunk.length;
    if (bytes > limits.streamBytesMax) throw new AttemptFault("transient", "stream-too-large");
    const events = decoder.push(chunk);
    if (events.length > 0) sinceMs = platform.nowMs();
    for (const event of events) {
      take(event);
      if (terminator !== undefined) return;
    }
  }

  /** Why a read failed; a reason of ours goes before what the transport made of it. */
  function faultOf(error: unknown): AttemptFault {
    return broken ?? (error instanceof AttemptFault ? error : input.faultOf(error));
  }

  function drain(): Uint8Array {
    const bytesOut = encoder.encode(pending);
    pending = "";
    return bytesOut;
  }

  /** Lets the upstream close by itself, so that its connection can be used again; not for long. */
  async function release(): Promise<void> {
    const stop = platform.timer(RELEASE_MS, () => body.cancel());
    try {
      while (await body.read());
    } catch {
      // The answer is complete; how its connection ends is no longer of interest.
    } finally {
      stop();
    }
  }

  function fail(fault: AttemptFault): Uint8Array {
    body.cancel();
    const shown = interruption ?? new TokenhubError("upstream_error", { detail: BROKE_OFF });
    pending += path.errorFrame(shown, input.requestId);
    const aborted = input.signal.aborted;
    end({ fault: aborted || interruption ? undefined : fault, interruption, aborted });
    return drain();
  }

  const relay: Relay = {
    beforeTerminator: undefined,
    messageId: () => messageId,
    async open() {
      try {
        while (ttftMs === undefined) accept(await body.read());
      } catch (error) {
        throw faultOf(error);
      }
      watch(Math.min(limits.idleMs, limits.writeStallMs));
    },
    interrupt(error) {
      if (over) return;
      interruption = error;
      broken = new AttemptFault("transient", "interrupted");
      body.cancel();
    },
    source: {
      async read() {
        if (closed) return undefined;
        // Not an end that a late reader could take for a good one.
        if (stalled) throw new Error("the client did not read");
        if (over) {
          closed = true;
          if (terminator !== undefined) await release();
          return undefined;
        }
        try {
          reading = true;
          sinceMs = platform.nowMs();
          while (pending === "" && terminator === undefined) accept(await body.read());
        } catch (error) {
          if (over) return undefined;
          return fail(faultOf(error));
        } finally {
          reading = false;
        }
        if (terminator !== undefined) {
          end({});
          pending += (relay.beforeTerminator?.() ?? "") + terminator;
        }
        return drain();
      },
      cancel() {
        body.cancel();
        end({ aborted: true });
        closed = true;
      },
    },
  };
  return relay;
}

/** How long an upstream may take to close after its terminator. */
const RELEASE_MS = 250;
const BROKE_OFF =
  "The provider broke off in the middle of its answer; what came so far is incomplete.";
