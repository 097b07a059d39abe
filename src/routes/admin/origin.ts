/** Where an admin's request comes from, and which host names this gateway answers the admin API for. */
import ipaddr from "ipaddr.js";
import { TokenhubError } from "../../errors.ts";
import { readGrant } from "../../grant.ts";
import type { Exchange } from "../../platform.ts";
import type { Settings } from "../../settings.ts";
import type { Origin } from "./route.ts";

/** What is known of a request before anything is believed. */
export interface Arrival {
  readonly exchange: Pick<Exchange, "peer" | "header">;
  readonly url: string;
}

type Fronts = Pick<Settings, "publicUrl" | "trustProxy">;

/**
 * Who asks, judged by the connection; `X-Forwarded-…` counts only from proxies that the operator trusts.
 * @throws TokenhubError misdirected_request: a name that is neither loopback nor ours (DNS rebinding).
 */
export function originOf({ exchange, url }: Arrival, settings: Fronts): Origin {
  const { peer, header } = exchange;
  const asked = new URL(url);
  const hostHeader = header("host") ?? asked.host;
  const host = nameOf(hostHeader);
  const front = settings.publicUrl === undefined ? undefined : new URL(settings.publicUrl);
  const isEdge = peer === undefined;
  for (const name of [host, asked.hostname]) {
    const known = isLoopback(name) || name === front?.hostname || (isEdge && isWorkersDev(name));
    if (name === undefined || !known) throw new TokenhubError("misdirected_request");
  }
  const proxied = isProxied(peer, settings);
  const forwarded = proxied ? header("x-forwarded-proto")?.trim() : undefined;
  const byFront = front !== undefined && host === front.hostname;
  const isHttps =
    asked.protocol === "https:" ||
    forwarded === "https" ||
    (byFront && front.protocol === "https:");
  const isHere = peer === undefined ? isLoopback(host) : isLoopback(peer);
  const isSafe = isHttps || isHere || (byFront && isLoopback(front.hostname));
  const own = [`${asked.protocol}//${hostHeader}`];
  if (forwarded === "https") own.push(`https://${hostHeader}`);
  if (byFront) own.push(front.origin);
  return { address: addressOf(exchange, proxied), isSafe, isHttps, host: host ?? "", own };
}

/** This machine, by name or address. */
export function isLoopback(text: string | undefined): boolean {
  if (text === undefined) return false;
  const bare = text.replace(/^\[|\]$/g, "");
  if (bare === "localhost" || bare.endsWith(".localhost")) return true;
  if (ipaddr.isValid(bare)) return ipaddr.process(bare).range() === "loopback";
  return readGrant(bare)?.loopback ?? false;
}

/** The host without its port; undefined: no host name. */
function nameOf(hostHeader: string): string | undefined {
  return URL.parse(`http://${hostHeader}`)?.hostname;
}

function isWorkersDev(host: string | undefined): boolean {
  return host?.endsWith(".workers.dev") ?? false;
}

function isTrusted(peer: string, proxies: readonly string[]): boolean {
  if (!ipaddr.isValid(peer)) return false;
  const address = ipaddr.process(peer);
  return proxies.some((entry) => {
    const range = ipaddr.isValidCIDR(entry) ? ipaddr.parseCIDR(entry) : undefined;
    if (!range) return ipaddr.process(entry).toString() === address.toString();
    return range[0].kind() === address.kind() && address.match(range);
  });
}

/** Whose guesses are counted together: the client's address as far as it can be believed; undefined: unknown. */
export function clientAddress(
  exchange: Arrival["exchange"],
  settings: Pick<Settings, "trustProxy">,
): string | undefined {
  return addressOf(exchange, isProxied(exchange.peer, settings));
}

function isProxied(
  peer: string | undefined,
  { trustProxy }: Pick<Settings, "trustProxy">,
): peer is string {
  return peer !== undefined && isTrusted(peer, trustProxy);
}

/** The last hop before the trusted proxy; on Workers what Cloudflare says. */
function addressOf({ peer, header }: Arrival["exchange"], proxied: boolean): string | undefined {
  if (peer === undefined) return header("cf-connecting-ip");
  const last = proxied ? header("x-forwarded-for")?.split(",").at(-1)?.trim() : undefined;
  return last !== undefined && ipaddr.isValid(last) ? last : peer;
}
