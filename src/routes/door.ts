/** What all doors share: authenticate, take the body in, run the gateway, answer. */
import type { Context } from "hono";
import { TokenhubError } from "../errors.ts";
import { handle } from "../gateway.ts";
import type { Gateway } from "../isolate.ts";
import type { KeyRecord, Scope } from "../key.ts";
import type { GatewayRequest, Understood } from "../request.ts";
import { type JsonDocument, parseDocument } from "../wire/json.ts";
import { authenticate, type Header } from "./auth.ts";
import type { RateGate, RateHeaders } from "./rate.ts";
import { handleTurn } from "./stored-turn.ts";

/** Variables that `app.ts` puts into hono's context. */
export interface AppEnv {
  Variables: { requestId: string };
}

/** How a door reads a document; throws TokenhubError with the path of what it refuses. */
export type Understand = (document: JsonDocument, header: Header, key: KeyRecord) => Understood;

/** One door: who may enter, and how it reads. */
export interface DoorPlan {
  readonly scope: Scope;
  readonly understand: Understand;
  /** Rate headers in the words of its dialect. */
  readonly rateHeaders: RateHeaders;
}

/** The handler of one door. */
export function openDoor(gateway: Gateway, rate: RateGate, plan: DoorPlan) {
  const { platform, limits } = gateway;
  const { scope, understand, rateHeaders: words } = plan;
  return async (c: Context<AppEnv>): Promise<Response> => {
    const arrivedAtMs = platform.nowMs();
    const requestId = platform.newId("req");
    // For the error's answer, should there be one.
    c.set("requestId", requestId);
    const exchange = platform.exchange(c.req.raw, c.env);
    const { header } = exchange;
    refuseForm(header, limits.bodyBytesMax);
    const known = authenticate(gateway, header, scope);
    const key = known instanceof Promise ? await known : known;
    const rateHeaders = rate.take(key, { nowMs: arrivedAtMs, words });
    const bytes = await exchange.receive({
      bytesMax: limits.bodyBytesMax,
      timeoutMs: limits.bodyTimeoutMs,
    });
    const document = parseDocument(bytes, limits);
    const receivedAtMs = platform.nowMs();
    const understood = understand(document, header, key);
    const asked: GatewayRequest = {
      ...understood,
      exchange,
      requestId,
      // The client's upload is not our overhead; the deadline too counts from here.
      startedAtMs: receivedAtMs,
      key,
      clientRequestId: understood.clientRequestId ?? clientId(header),
    };
    const answering = asked.request.turn ? handleTurn(gateway, asked) : handle(gateway, asked);
    const { head, body } = await answering;
    if (rateHeaders === undefined) return exchange.reply(head, body);
    return exchange.reply(
      { status: head.status, headers: { ...head.headers, ...rateHeaders } },
      body,
    );
  };
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
