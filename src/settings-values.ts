/** How texts of environment and config file are read; undefined: cannot be read. */
import ipaddr from "ipaddr.js";
import { readGrant } from "./grant.ts";

/** Where to listen. Host undefined: on all interfaces. */
export interface ListenAddr {
  readonly host: string | undefined;
  readonly port: number;
}

/** `HOST:PORT`, `[IPV6]:PORT` or `:PORT`. */
export function parseListenAddr(text: string): ListenAddr | undefined {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  if (!parts || port > 65_535) return undefined;
  return { host: parts[1] || parts[2] || undefined, port };
}

/** The path in `file:PATH` or `file:///PATH`. */
export function parseDatabaseFile(text: string): string | undefined {
  return /^file:(?:\/\/(?=\/))?([^?#]+)$/.exec(text)?.[1];
}

/** A comma-separated list of grants (`grant.ts`). */
export function parseEgressList(text: string): string[] | undefined {
  const entries = text.split(",").map((entry) => entry.trim());
  return entries.every((entry) => readGrant(entry) !== undefined) ? entries : undefined;
}

/** A reader of decimal numbers within bounds. */
export function parseNumber(bound: { min: number; max: number; whole?: boolean }) {
  return (text: string): number | undefined => {
    if (!/^\d+(?:\.\d+)?$/.test(text)) return undefined;
    const value = Number(text);
    if (value < bound.min || value > bound.max) return undefined;
    return bound.whole && !Number.isInteger(value) ? undefined : value;
  };
}

/** `1/true/yes/on` or `0/false/no/off`, in any case; undefined: neither. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  return /^(?:0|false|no|off)$/i.test(text) ? false : undefined;
}

/** A reader of one of a few words. */
export function oneOf<const T extends string>(words: readonly T[]) {
  return (text: string): T | undefined => words.find((word) => word === text);
}

/** Below this a token can be guessed. */
export const ADMIN_TOKEN_CHARS_MIN = 32;

/** What examples, templates and unset variables leave behind in place of a secret. */
const PLACEHOLDER = /redacted|change[-_ ]?me|replace[-_ ]?me|placeholder|example|\$\{|\{\{|^<.*>$/i;

/** A secret that opens the admin API: printable ASCII, long, more than a few letters, and no placeholder. */
export function parseAdminToken(text: string): string | undefined {
  if (text.length < ADMIN_TOKEN_CHARS_MIN || !/^[\x21-\x7e]+$/.test(text)) return undefined;
  if (PLACEHOLDER.test(text)) return undefined;
  return new Set(text).size < 8 ? undefined : text;
}

/** An absolute http(s) URL, as its origin. */
export function parsePublicUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
  return url.pathname === "/" && url.search === "" && url.hash === "" ? url.origin : undefined;
}

/** A comma-separated list of addresses and CIDRs. */
export function parseProxies(text: string): string[] | undefined {
  const entries = text.split(",").map((entry) => entry.trim());
  const isPlace = (entry: string) => ipaddr.isValid(entry) || ipaddr.isValidCIDR(entry);
  return entries.every(isPlace) ? entries : undefined;
}
