/** One entry of `TOKENHUB_PRIVATE_EGRESS`: a host, an address, a CIDR or a base URL, with or without a port. */
import ipaddr from "ipaddr.js";

/** What an entry allows; exactly one of `host` and `range` is set. */
export interface Grant {
  /** Lower case; undefined: a range. */
  readonly host: string | undefined;
  readonly range: [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined;
  /** undefined: any. */
  readonly port: number | undefined;
  /** It names this machine itself, so every spelling of loopback is granted with it. */
  readonly loopback: boolean;
}

const cache = new WeakMap<readonly string[], readonly Grant[]>();

/** The entries, parsed once per list; an entry that cannot be read grants nothing. */
export function grantsOf(entries: readonly string[]): readonly Grant[] {
  const known = cache.get(entries);
  if (known) return known;
  const grants = entries.flatMap((entry) => readGrant(entry) ?? []);
  cache.set(entries, grants);
  return grants;
}

/** Bracketed IPv6 (with or without prefix length) or anything without a colon, then maybe a port. */
const ENTRY = /^(?:\[([^\]]+)\]|([^:\s[\]]+))(?::(\d{1,5}))?$/;
const HOST = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/** undefined: not an entry. */
export function readGrant(text: string): Grant | undefined {
  const entry = text.trim().toLowerCase();
  if (entry.includes("://")) return readUrl(entry);
  const bare = readRange(entry);
  if (bare) return ofRange(bare, undefined);
  const match = ENTRY.exec(entry);
  const name = match?.[1] ?? match?.[2];
  if (!match || name === undefined) return undefined;
  const port = match[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && (port === 0 || port > 65_535)) return undefined;
  const range = readRange(name);
  if (range) return ofRange(range, port);
  const host = name.replace(/\.$/, "");
  // A name of digits and dots is a mistyped address, never a host.
  if (!HOST.test(host) || /^[\d.]+$/.test(host)) return undefined;
  return { host, range: undefined, port, loopback: host === "localhost" };
}

/** A base URL grants its own host and port. */
function readUrl(entry: string): Grant | undefined {
  try {
    const url = new URL(entry);
    const port = url.port || (url.protocol === "https:" ? "443" : "80");
    return readGrant(`${url.hostname}:${port}`);
  } catch {
    return undefined;
  }
}

function readRange(text: string): Grant["range"] {
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
  if (isAddress) {
    const address = ipaddr.parse(text);
    return [address, address.kind() === "ipv4" ? 32 : 128];
  }
  const isRange = ipaddr.IPv4.isValidCIDRFourPartDecimal(text) || ipaddr.IPv6.isValidCIDR(text);
  return isRange ? ipaddr.parseCIDR(text) : undefined;
}

function ofRange(range: NonNullable<Grant["range"]>, port: number | undefined): Grant {
  return { host: undefined, range, port, loopback: range[0].range() === "loopback" };
}
