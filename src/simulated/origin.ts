/** The simulated provider as an upstream: OpenAI answers, streams and vectors, paced, with faults only by script. */
import type { Source } from "../platform.ts";
import { answer, type SimulatedRequest } from "./answer.ts";
import { embed, type SimulatedEmbedding } from "./embeddings.ts";
import { errorOf, framesOf, wholeOf } from "./openai-shape.ts";

/** How the simulated provider behaves; what a request says never changes it. */
export interface SimulatedScript {
  /** Pause before an answer and before each event of a stream; undefined: 5 ms. */
  readonly paceMs?: number;
  /** Refuses every request with this status. */
  readonly status?: number;
  /** Breaks every stream off after so many events. */
  readonly eventsMax?: number;
}

const PACE_MS = 5;
const JSON_HEADERS = { "content-type": "application/json" };
const STREAM_HEADERS = { "content-type": "text/event-stream" };

/** Answers in place of the network; fits `Origin` of the provider contract. */
export type SimulatedOrigin = (
  call: { readonly body: string; readonly signal: AbortSignal },
  after: (ms: number, signal?: AbortSignal) => Promise<void>,
) => Promise<{ status: number; headers: Readonly<Record<string, string>>; body: Source }>;

/** An origin that keeps to this script. It rejects with the signal's reason once that is aborted. */
export function createOrigin(script: SimulatedScript = {}): SimulatedOrigin {
  const paceMs = script.paceMs ?? PACE_MS;
  return async ({ body, signal }, after) => {
    const pause = async () => {
      await after(paceMs, signal);
      signal.throwIfAborted();
    };
    const json = (status: number, value: unknown) => ({
      status,
      headers: JSON_HEADERS,
      body: sourceOf([JSON.stringify(value)], { pause: undefined, broken: false }),
    });
    await pause();
    if (script.status !== undefined) return json(script.status, errorOf(script.status));
    const request = readRequest(body);
    if (!request) return json(400, errorOf(400));
    if (!("messages" in request)) return json(200, embed(request));
    const said = answer(request);
    if (request.stream !== true) return json(200, wholeOf(request, said, idOf(body)));
    const frames = framesOf(request, said, idOf(body));
    const kept = frames.slice(0, script.eventsMax);
    const broken = kept.length < frames.length;
    return { status: 200, headers: STREAM_HEADERS, body: sourceOf(kept, { pause, broken }) };
  };
}

/** Only the body tells which route was asked. */
function readRequest(body: string): SimulatedRequest | SimulatedEmbedding | undefined {
  try {
    const value = JSON.parse(body);
    if (Array.isArray(value?.messages)) return value;
    const { input, messages } = value;
    return messages === undefined && (typeof input === "string" || Array.isArray(input))
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

/** FNV-1a of the request: the same request has the same id. */
function idOf(body: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < body.length; at += 1) {
    hash = Math.imul(hash ^ body.charCodeAt(at), 0x01000193);
  }
  return `chatcmpl-simulated-${(hash >>> 0).toString(16).padStart(8, "0")}`;
}

const encoder = new TextEncoder();

function sourceOf(
  texts: readonly string[],
  how: { pause: (() => Promise<void>) | undefined; broken: boolean },
): Source {
  let at = 0;
  let cancelled = false;
  return {
    async read() {
      const text = texts[at];
      at += 1;
      if (cancelled) throw failure("ABORT_ERR");
      if (text === undefined) {
        if (how.broken) throw failure("ECONNRESET");
        return undefined;
      }
      await how.pause?.();
      return encoder.encode(text);
    },
    cancel() {
      cancelled = true;
    },
  };
}

/** As a transport fails, for `egress.ts` to class. */
function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
