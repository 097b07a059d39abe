/** How texts of environment and config file are read; undefined: cannot be read. */
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
