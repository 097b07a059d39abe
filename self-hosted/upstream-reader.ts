/** One answer of undici, pulled: undici pushes into it, a `Source` reads out of it, a bound holds between. */
import type { Dispatcher } from "undici";
import type { Source, UpstreamReply } from "../src/platform.ts";

/** Bytes kept for a slow reader before the socket is left unread. */
const QUEUE_BYTES_MAX = 64 * 1024;

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A dispatch handler in undici's raw form (headers as they came, no object is built) and the `Source` of
 * the body. `reply` gets the answer's head, or why there is none.
 */
export class UpstreamReader implements Dispatcher.DispatchHandler, Source {
  readonly #reply: Waiting<UpstreamReply>;
  readonly #signal: AbortSignal;
  #abort: ((error?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #paused = false;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #reader: Waiting<Uint8Array | undefined> | undefined;
  #ended = false;
  #error: unknown;

  constructor(reply: Waiting<UpstreamReply>, signal: AbortSignal) {
    this.#reply = reply;
    this.#signal = signal;
    if (signal.aborted) this.#give(signal.reason);
    else signal.addEventListener("abort", this);
  }

  /** The signal's listener is the reader itself: no closure per request. */
  handleEvent(): void {
    this.#give(this.#signal.reason);
  }

  onConnect(abort: (error?: Error) => void): void {
    if (this.#ended) abort();
    else this.#abort = abort;
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean {
    // 1xx comes before the answer.
    if (status < 200) return true;
    this.#resume = resume;
    this.#reply.resolve({ status, header: (name) => headerOf(raw, name), body: this });
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.#reader) {
      const { resolve } = this.#reader;
      this.#reader = undefined;
      resolve(chunk);
      return true;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    this.#paused = this.#queuedBytes > QUEUE_BYTES_MAX;
    return !this.#paused;
  }

  onComplete(): void {
    this.#over();
    this.#reader?.resolve(undefined);
  }

  onError(error: Error): void {
    if (this.#ended) return;
    this.#over();
    this.#error = error;
    this.#reply.reject(error);
    this.#reader?.reject(error);
  }

  read(): Promise<Uint8Array | undefined> {
    const chunk = this.#queue.shift();
    if (chunk) {
      this.#queuedBytes -= chunk.length;
      if (this.#paused && this.#queuedBytes <= QUEUE_BYTES_MAX) {
        this.#paused = false;
        this.#resume?.();
      }
      return Promise.resolve(chunk);
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  cancel(): void {
    if (!this.#ended) this.#give(cancelled());
    this.#queue = [];
    this.#error ??= cancelled();
  }

  /** Gives the request up and closes its connection. */
  #give(reason: unknown): void {
    this.#queue = [];
    this.#over();
    this.#error = reason ?? cancelled();
    this.#reply.reject(this.#error);
    this.#reader?.reject(this.#error);
    this.#abort?.();
  }

  #over(): void {
    this.#ended = true;
    this.#signal.removeEventListener("abort", this);
  }
}

function cancelled(): Error {
  return Object.assign(new Error("cancelled"), { code: "ABORT_ERR" });
}

/** The first header of this lower-case name, from undici's flat list of names and values. */
function headerOf(raw: readonly Buffer[], name: string): string | undefined {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const key = raw[at];
    if (key?.length === name.length && key.toString("latin1").toLowerCase() === name) {
      return raw[at + 1]?.toString("latin1");
    }
  }
  return undefined;
}
