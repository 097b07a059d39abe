/** One client connection on Node: body in from the raw request, answer out to the raw response. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { TokenhubError } from "../src/errors.ts";
import type { Exchange, ReplyHead, Source } from "../src/platform.ts";

/** What the HTTP server hands to the app as its environment. */
export interface NodeBindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** A client that reads nothing for `writeStallMs` is given up. */
export function nodeExchange({ incoming, outgoing }: NodeBindings, writeStallMs: number): Exchange {
  const controller = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) controller.abort();
  });
  return {
    signal: controller.signal,
    peer: incoming.socket.remoteAddress,
    header(name) {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    receive: (limit) => receive(incoming, limit),
    reply(head, body) {
      if (typeof body === "string") {
        const headers = { ...head.headers, "content-length": Buffer.byteLength(body) };
        outgoing.writeHead(head.status, headers);
        outgoing.end(body);
      } else {
        void pump(head, body, { outgoing, stallMs: writeStallMs });
      }
      return RESPONSE_ALREADY_SENT;
    },
  };
}

/**
 * Collects the body; stops at the first byte too many. What still comes is read and dropped by the node
 * server, for a moment: a connection closed before would take the answer with it.
 */
function receive(
  incoming: IncomingMessage,
  limit: { bytesMax: number; timeoutMs: number },
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const late = setTimeout(() => finish(new TokenhubError("timeout", CLOSE)), limit.timeoutMs);
    function finish(error?: TokenhubError): void {
      clearTimeout(late);
      incoming.off("data", take).off("end", end).off("close", cut);
      if (error) reject(error);
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    }
    function take(chunk: Buffer): void {
      bytes += chunk.length;
      if (bytes > limit.bytesMax) finish(new TokenhubError("too_large"));
      else chunks.push(chunk);
    }
    function end(): void {
      finish();
    }
    function cut(): void {
      finish(new TokenhubError("invalid_json", { detail: "The body ended early." }));
    }
    incoming.on("data", take).once("end", end).once("close", cut);
  });
}

/** The rest of the body may never come, so the connection cannot be used again. */
const CLOSE = { headers: { connection: "close" } };

/** Writes as fast as the client reads and no faster. */
async function pump(
  head: ReplyHead,
  source: Source,
  to: { outgoing: ServerResponse; stallMs: number },
): Promise<void> {
  const { outgoing } = to;
  const leave = () => source.cancel();
  outgoing.once("close", leave);
  try {
    outgoing.writeHead(head.status, head.headers);
    for (;;) {
      const chunk = await source.read();
      if (outgoing.destroyed) return;
      if (chunk === undefined) break;
      if (!outgoing.write(chunk)) await drained(outgoing, to.stallMs);
    }
    outgoing.off("close", leave);
    outgoing.end();
  } catch {
    // A source that throws has no honest end: break the connection instead of ending it well.
    outgoing.destroy();
  }
}

function drained(outgoing: ServerResponse, stallMs: number): Promise<void> {
  return new Promise((resolve) => {
    const stalled = setTimeout(() => outgoing.destroy(), stallMs);
    const go = () => {
      clearTimeout(stalled);
      outgoing.off("drain", go).off("close", go);
      resolve();
    };
    outgoing.once("drain", go).once("close", go);
  });
}
