/** What all chat doors share: authenticate, take the body in, run the gateway, answer. */
import type { Context } from "hono";
import { TokenhubError } from "../errors.ts";
import { handle } from "../gateway.ts";
import type { Gateway } from "../isolate.ts";
import type { KeyRecord } from "../key.ts";
import type { Exchange } from "../platform.ts";
import type { GatewayRequest } from "../request.ts";
import { type JsonDocument, parseDocument } from "../wire/json.ts";
import { authenticate, type Header } from "./auth.ts";
import type { RateGate } from "./rate.ts";

/** Variables that `app.ts` puts into hono's context. */
export interface AppEnv {
  Variables: { requestId: string };
}

/** What a door makes of a document: everything of a GatewayRequest that is its own. */
export type Understood = Omit<
  GatewayRequest,
  "exchange" | "requestId" | "startedAtMs" | "key" | "clientRequestId"
> & { readonly clientRequestId?: string | undefined };

/** How a door reads a document; throws TokenhubError with the path of what it refuses. */
export type Understand = (document: JsonDocument, header: Header, key: KeyRecord) => Understood;

/** The handler of one chat door. */
export function chatDoor(gateway: Gateway, rate: RateGate, understand: Understand) {
  const { platform, limits } = gateway;
  return async (c: Context<AppEnv>): Promise<Response> => {
    const arrivedAtMs = platform.nowMs();
    const requestId = platform.newId("req");
    // For the error's answer, should there be one.
    c.set("requestId", requestId);
    const exchange = platform.exchange(c.req.raw, c.env);
    const { header } = exchange;
    refuseForm(header, limits.bodyBytesMax);
    const key = await authenticate(gateway, header, "chat");
    const rateHeaders = rate.take(key, arrivedAtMs);
    const document = await receive(gateway, exchange);
    const receivedAtMs = platform.nowMs();
    const understood = understand(document, header, key);
    const { head, body } = await handle(gateway, {
      ...understood,
      exchange,
      requestId,
      // The client's upload is not our overhead; the deadline too counts from here.
      startedAtMs: receivedAtMs,
      key,
      clientRequestId: understood.clientRequestId ?? clientId(header),
    });
    if (rateHeaders === undefined) return exchange.reply(head, body);
    return exchange.reply(
      { status: head.status, headers: { ...head.headers, ...rateHeaders } },
      body,
    );
  };
}

async function receive(gateway: Gateway, exchange: Exchange): Promise<JsonDocument> {
  const { limits } = gateway;
  const bytes = await exchange.receive({
    bytesMax: limits.bodyBytesMax,
    timeoutMs: limits.bodyTimeoutMs,
  });
  return parseDocument(bytes, limits);
}

/** @throws TokenhubError unsupported_media_type, too_large: what the headers alone tell. */
function refuseForm(header: Header, bytesMax: number): void {
  const type = header("content-type") ?? "";
  const good = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type);
  const encoding = header("content-encoding");
  if (!good || (encoding !== undefined && encoding.toLowerCase() !== "identity")) {
    throw new TokenhubError("unsupported_media_type");
  }
  if (Number(header("content-length") ?? 0) > bytesMax) throw new TokenhubError("too_large");
}

/** The client's own id for the request, for the log: printable, short, or not at all. */
function clientId(header: Header): string | undefined {
  const id = header("x-client-request-id") ?? header("x-request-id");
  return id !== undefined && /^[\x21-\x7e]{1,128}$/.test(id) ? id : undefined;
}
