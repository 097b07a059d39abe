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

async function misbehave(
  res: ServerResponse,
  said: Said,
  { fault, script }: { fault: Fault; script: Script },
): Promise<void> {
  const bytes = script.pieces ? Buffer.concat(script.pieces) : Buffer.from(said.frames.join(""));
  const head = (headers: Record<string, string | number> = said.headers, status = said.status) => {
    res.writeHead(status, headers);
    res.flushHeaders();
    return script.firstGate;
  };
  const upTo = async (atByte: number) => {
    await head();
    return atByte === 0 || write(res, bytes.subarray(0, atByte));
  };
  const html = { "content-type": "text/html" };
  switch (fault.kind) {
    case "silent":
      return;
    case "reset":
      if (fault.atByte !== undefined) await upTo(fault.atByte);
      res.socket?.resetAndDestroy();
      return;
    case "drop":
      await upTo(fault.atByte);
      res.socket?.end();
      return;
    case "end":
      await upTo(fault.atByte);
      res.end();
      return;
    case "stall":
      await upTo(fault.atByte);
      return;
    case "garbage":
      await upTo(fault.atByte);
      res.end(Buffer.from('\u0000}{\n\ndata: {"choices":[{\n\n\ufffddata: nonsense\n\n'));
      return;
    case "error-event": {
      await head();
      const event = { error: { message: "Internal failure.", type: "server_error", code: 500 } };
      const before = said.frames.slice(0, fault.afterEvents);
      res.end(before.join("") + frame(JSON.stringify(event)));
      return;
    }
    case "html":
      await head(html, 200);
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
      await head({ ...said.headers, "content-length": bytes.length + fault.by });
      await write(res, bytes);
      res.socket?.end();
      return;
    case "redirect":
      await head({ location: fault.to }, fault.status ?? 302);
      res.end();
      return;
    case "gzip-bomb":
      await head({ ...said.headers, "content-encoding": "gzip" });
      res.end(gzipSync(Buffer.alloc(fault.bytes, " ")));
  }
}

/** Writes until so many bytes went, or the client did; as fast as it reads, never faster. */
async function endless(res: ServerResponse, piece: string, bytesMax: number): Promise<void> {
  for (let sent = 0; sent < bytesMax; sent += piece.length) if (!(await write(res, piece))) return;
}
