/** `platform.send` on undici: one pool per origin and network, the address checked where it is connected. */
import { type LookupAddress, lookup as resolveName } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { Pool } from "undici";
import type { Connection } from "../src/address.ts";
import { TokenhubError } from "../src/errors.ts";
import type { Platform, UpstreamCall, UpstreamReply } from "../src/platform.ts";
import { UpstreamReader } from "./upstream-reader.ts";

export interface SendOptions {
  readonly connectTimeoutMs: number;
  /** Asked for every address before it is connected to; one refusal refuses the name. */
  readonly isAllowed: (to: Connection) => boolean;
}

export interface Sender {
  /** @throws what the transport throws, the signal's reason, or TokenhubError `egress_denied`. */
  readonly send: Platform["send"];
  /** Lets what is in flight finish, then closes every connection. */
  close(): Promise<void>;
}

/** Origins × networks in use; beyond it the oldest pool is closed once its requests are done. */
const POOLS_MAX = 256;

export function createSend(options: SendOptions): Sender {
  const pools = new Map<string, Pool>();

  function poolOf(origin: string, network: UpstreamCall["network"]): Pool {
    // A connection made for one network is never used for the other.
    const key = `${network} ${origin}`;
    const known = pools.get(key);
    if (known) return known;
    const pool = createPool(origin, network, options);
    pools.set(key, pool);
    const [oldest] = pools;
    if (pools.size > POOLS_MAX && oldest) {
      pools.delete(oldest[0]);
      void oldest[1].close();
    }
    return pool;
  }

  return {
    send: (call) =>
      new Promise<UpstreamReply>((resolve, reject) => {
        const pathStart = call.url.indexOf("/", call.url.indexOf("://") + 3);
        const pool = poolOf(call.url.slice(0, pathStart), call.network);
        pool.dispatch(
          {
            path: call.url.slice(pathStart),
            method: call.method,
            headers: call.headers as Record<string, string>,
            body: call.body,
          },
          new UpstreamReader({ resolve, reject }, call.signal),
        );
      }),
    async close() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.close()));
    },
  };
}

/** @throws TokenhubError `egress_denied` when the origin is an address that is not allowed. */
function createPool(origin: string, network: UpstreamCall["network"], options: SendOptions): Pool {
  const { hostname, port: given, protocol } = new URL(origin);
  const port = Number(given) || (protocol === "https:" ? 443 : 80);
  const host = hostname.replace(/^\[|\]$|\.+$/g, "");
  const isAllowed = (address: string) => options.isAllowed({ host, address, port, network });
  // `lookup` is not called for literals.
  if (isIP(host) && !isAllowed(host)) throw new TokenhubError("egress_denied");
  return new Pool(origin, {
    // The gateway has clocks of its own; undici's would cut long thoughts at five minutes.
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
    connect: { timeout: options.connectTimeoutMs, lookup: checkedLookup(isAllowed) },
  });
}

/** Resolves once and answers only what was checked, so that no second answer can differ. */
function checkedLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, []);
      if (!addresses.every(({ address }) => isAllowed(address))) {
        return callback(new TokenhubError("egress_denied"), []);
      }
      const [first] = addresses;
      if (options.all || !first) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}
