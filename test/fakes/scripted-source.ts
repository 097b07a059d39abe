/** Upstream answers by script: what each read brings, and what a cancelled one does. */
import type { Source, UpstreamReply } from "../../src/platform.ts";

/** What one read brings: bytes, a fault, the end (undefined), or nothing ever ("hang"). */
export type Step = Uint8Array | string | Error | undefined | "hang" | { readonly gate: Gate };

/** Waited for by a read before it goes on with the next step. */
export type Gate = () => Promise<unknown>;

/** A source that tells what became of it. */
export interface ScriptedSource extends Source {
  /** Reads so far. */
  reads(): number;
  cancelled(): boolean;
  /** Was it read to its good end? */
  ended(): boolean;
}

const encoder = new TextEncoder();

/** Answers read by read; text is sent as bytes. A step too many is the end. */
export function scriptedSource(steps: readonly Step[]): ScriptedSource {
  let at = 0;
  let reads = 0;
  let ended = false;
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined);
  let cancelled = false;

  async function next(): Promise<Uint8Array | undefined> {
    const step = steps[at];
    at += 1;
    if (step === "hang") return gone.promise;
    if (step instanceof Error) throw step;
    if (typeof step === "string") return encoder.encode(step);
    if (step === undefined) {
      ended = true;
      return undefined;
    }
    if (step instanceof Uint8Array) return step;
    await Promise.race([step.gate(), gone.promise]);
    return next();
  }

  return {
    async read() {
      reads += 1;
      if (cancelled) return gone.promise;
      return next();
    },
    cancel() {
      if (cancelled || ended) return;
      cancelled = true;
      gone.reject(Object.assign(new Error("cancelled"), { code: "ABORT_ERR" }));
    },
    reads: () => reads,
    cancelled: () => cancelled,
    ended: () => ended,
  };
}

/** A connection that was reset, as a transport tells it. */
export function reset(): Error {
  return Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
}

/** An answer of an upstream with this body. */
export function replyOf(
  body: Source,
  head: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): UpstreamReply {
  const headers: Readonly<Record<string, string>> = head.headers ?? EVENTS;
  return { status: head.status ?? 200, header: (name) => headers[name], body };
}

const EVENTS = { "content-type": "text/event-stream" };
