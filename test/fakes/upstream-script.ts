/** How one request is answered by the scripted upstream, and the faults that it can be given. */
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { error, frame, json, type Said } from "./upstream-chat.ts";

/** Bytes are counted in the body, from its first byte. */
export type Fault =
  /** RST. Without `atByte`: before any byte of an answer. */
  | { readonly kind: "reset"; readonly atByte?: number }
  /** FIN in the middle of the HTTP message. */
  | { readonly kind: "drop"; readonly atByte: number }
  /** The HTTP message ends well, the answer in it does not. */
  | { readonly kind: "end"; readonly atByte: number }
  | { readonly kind: "garbage"; readonly atByte: number }
  | { readonly kind: "error-event"; readonly afterEvents: number }
  /** So far and no further, until the client gives up. */
  | { readonly kind: "stall"; readonly atByte: number }
  /** Not even headers. */
  | { readonly kind: "silent" }
  | { readonly kind: "html" }
  | { readonly kind: "long-line"; readonly bytes: number }
  | { readonly kind: "whitespace" }
  /** One byte at a time. */
  | { readonly kind: "trickle"; readonly everyMs: number }
  /** `content-length` says this much more than there is. */
  | { readonly kind: "wrong-length"; readonly by: number }
  | { readonly kind: "redirect"; readonly to: string; readonly status?: number }
  | { readonly kind: "gzip-bomb"; readonly bytes: number };

export interface Script {
  /** Answers so in place of the generated answer. */
  readonly said?: Said;
  /** What the model says. */
  readonly text?: string;
  /** The same, by the body that it was asked with; before `text`. */
  readonly says?: (body: string) => string;
  /** Written as they are, one write each, in place of the answer's frames. */
  readonly pieces?: readonly Uint8Array[];
  /** Waited for before the head. */
  readonly gate?: Promise<unknown>;
  /** Waited for between head and first byte: a slow first token. */
  readonly firstGate?: Promise<unknown>;
  readonly delayMs?: number;
  readonly fault?: Fault;
}

/** Ready refusals. */
export const REFUSALS = {
  rateLimited: error(
    429,
    { message: "Rate limit reached.", type: "requests", code: "rate_limit_exceeded" },
    { "retry-after": "2", "x-ratelimit-remaining-requests": "0" },
  ),
  quota: error(429, {
    message: "You exceeded your current quota.",
    type: "insufficient_quota",
    code: "insufficient_quota",
  }),
  unauthorized: error(401, {
    message: "Incorrect API key provided: sk-leak.",
    type: "invalid_request_error",
    code: "invalid_api_key",
  }),
  overflow: error(400, {
    message: "This model's maximum context length is 128000 tokens.",
    type: "invalid_request_error",
    param: "messages",
    code: "context_length_exceeded",
  }),
  invalid: error(400, {
    message: "Invalid value for 'temperature'.",
    type: "invalid_request_error",
    param: "temperature",
  }),
  serverError: json(500, { error: { message: "The server had an error.", type: "server_error" } }),
  unavailable: { status: 503, headers: { "content-type": "text/html" }, frames: ["<h1>503</h1>"] },
} as const satisfies Record<string, Said>;

/** Answers one request as the script says; resolves when there is nothing more to write. */
export async function play(res: ServerResponse, said: Said, script: Script): Promise<void> {
  await script.gate;
  if (script.delayMs) await new Promise((resolve) => setTimeout(resolve, script.delayMs));
  const { fault } = script;
  if (fault) return misbehave(res, said, { fault, script });
  res.writeHead(said.status, said.headers);
  res.flushHeaders();
  await script.firstGate;
  for (const piece of script.pieces ?? said.frames) if (!(await write(res, piece))) return;
  res.end();
}

/** False when the client is gone. */
function write(res: ServerResponse, piece: string | Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (res.destroyed) return resolve(false);
    const gone = () => resolve(false);
    res.once("close", gone);
    res.write(piece, (failed) => {
      res.off("close", gone);
      resolve(!failed);
    });
  });
}

type Cut = Extract<Fault, { atByte?: number }>;

interface Played<F extends Fault> {
  readonly res: ServerResponse;
  readonly said: Said;
  readonly bytes: Buffer;
  readonly fault: F;
  readonly firstGate: Promise<unknown> | undefined;
}

async function misbehave(
  res: ServerResponse,
  said: Said,
  { fault, script }: { fault: Fault; script: Script },
): Promise<void> {
  const bytes = script.pieces ? Buffer.concat(script.pieces) : Buffer.from(said.frames.join(""));
  const { firstGate } = script;
  if (CUTS.has(fault.kind)) {
    return cut({ res, said, bytes, fault: fault as Cut, firstGate });
  }
  return distort({ res, said, bytes, fault: fault as Exclude<Fault, Cut>, firstGate });
}

const CUTS: ReadonlySet<Fault["kind"]> = new Set(["reset", "drop", "end", "stall", "garbage"]);
const GARBAGE = '\u0000}{\n\ndata: {"choices":[{\n\n\ufffddata: nonsense\n\n';

/** A good answer up to a byte, and then what the fault says. */
async function cut({ res, said, bytes, fault, firstGate }: Played<Cut>): Promise<void> {
  if (fault.atByte !== undefined) {
    res.writeHead(said.status, said.headers);
    res.flushHeaders();
    await firstGate;
    if (fault.atByte > 0) await write(res, bytes.subarray(0, fault.atByte));
  }
  if (fault.kind === "reset") res.socket?.resetAndDestroy();
  if (fault.kind === "drop") res.socket?.end();
  if (fault.kind === "end") res.end();
  if (fault.kind === "garbage") res.end(GARBAGE);
}

/** An answer that is wrong as a whole. */
async function distort(played: Played<Exclude<Fault, Cut>>): Promise<void> {
  const { res, said, bytes, fault } = played;
  const head = (headers: Record<string, string | number> = {}, status = said.status) => {
    res.writeHead(status, { ...said.headers, ...headers });
    res.flushHeaders();
    return played.firstGate;
  };
  switch (fault.kind) {
    case "silent":
      return;
    case "error-event": {
      await head();
      const event = { error: { message: "Internal failure.", type: "server_error", code: 500 } };
      const before = said.frames.slice(0, fault.afterEvents);
      res.end(before.join("") + (said.errorFrame ?? frame(JSON.stringify(event))));
      return;
    }
    case "html":
      await head({ "content-type": "text/html" }, 200);
      res.end("<!doctype html><title>Sign in</title>");
      return;
    case "long-line":
      await head();
      await endless(res, `data: ${"x".repeat(65_536)}`, fault.bytes);
      res.end();
      return;
    case "whitespace":
      await head();
      return endless(res, " \n".repeat(8_192), Number.POSITIVE_INFINITY);
    case "trickle":
      await head();
      for (let at = 0; at < bytes.length; at += 1) {
        if (!(await write(res, bytes.subarray(at, at + 1)))) return;
        await new Promise((resolve) => setTimeout(resolve, fault.everyMs));
      }
      res.end();
      return;
    case "wrong-length":
      await head({ "content-length": bytes.length + fault.by });
      await write(res, bytes);
      res.socket?.end();
      return;
    case "redirect":
      await head({ location: fault.to }, fault.status ?? 302);
      res.end();
      return;
    case "gzip-bomb":
      await head({ "content-encoding": "gzip" });
      res.end(gzipSync(Buffer.alloc(fault.bytes, " ")));
  }
}

/** Writes until so many bytes went, or the client did; as fast as it reads, never faster. */
async function endless(res: ServerResponse, piece: string, bytesMax: number): Promise<void> {
  for (let sent = 0; sent < bytesMax; sent += piece.length) if (!(await write(res, piece))) return;
}
