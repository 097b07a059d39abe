/** The options of `key create`, the key that they describe, and a key as one line of text. */
import { InvalidArgumentError, Option } from "commander";
import { type KeyRecord, makeKey, SCOPES, type Scope } from "../src/key.ts";
import { MODES } from "../src/policies/index.ts";

/** As commander hands them over, parsed. */
export interface NewKeyOptions {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly models: readonly string[];
  readonly providers: readonly string[];
  readonly labels: readonly string[];
  readonly rpm?: number;
  readonly maxTokens?: number;
  readonly mode?: string;
  /** Unix ms. */
  readonly expires?: number;
}

/** Values of options that are not given, and how the help tells them. */
const EVERY_SCOPE = { value: [...SCOPES], told: "all of them" };
const ALL = { value: [] as string[], told: "all" };
const ANY = { value: [] as string[], told: "any" };

/** The options, each with its own parser. */
export const NEW_KEY_OPTIONS: readonly Option[] = [
  option("--name <name>", "what it is for", parseName).makeOptionMandatory(),
  option("--scopes <list>", `of ${SCOPES.join(", ")}`, parseScopes, EVERY_SCOPE),
  option("--models <list>", "only these models", parseList, ALL),
  option("--providers <list>", "only these providers", parseList, ALL),
  option("--labels <list>", "only providers with all of these labels", parseList, ANY),
  option(
    "--rpm <number>",
    "requests per minute, per process or isolate (default: no limit)",
    parseCount,
  ),
  option("--max-tokens <number>", "output tokens per request (default: no limit)", parseCount),
  option("--mode <mode>", `default mode: ${MODES.join(", ")}`, parseMode),
  option("--expires <date>", "ISO 8601 date or time (default: never)", parseDate),
];

function option<T>(
  flags: string,
  text: string,
  parse: (text: string) => T,
  fallback?: { readonly value: T; readonly told: string },
): Option {
  const made = new Option(flags, text).argParser(parse);
  return fallback === undefined ? made : made.default(fallback.value, fallback.told);
}

function refuse(must: string): never {
  throw new InvalidArgumentError(`It must be ${must}.`);
}

function parseName(text: string): string {
  const name = text.trim();
  return /^[^\p{Cc}]{1,100}$/u.test(name) ? name : refuse("1–100 characters on one line");
}

function parseList(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  return items.every((item) => /^[\x21-\x7e]{1,256}$/.test(item))
    ? items
    : refuse("a comma-separated list");
}

function parseScopes(text: string): Scope[] {
  const names = new Set<string>(parseList(text));
  const scopes = SCOPES.filter((scope) => names.has(scope));
  return scopes.length === names.size ? scopes : refuse(`a list of ${SCOPES.join(", ")}`);
}

function parseCount(text: string): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : refuse("a whole number from 1");
}

function parseMode(text: string): string {
  return MODES.find((mode) => mode === text) ?? refuse(`one of ${MODES.join(", ")}`);
}

function parseDate(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  return Number.isNaN(ms) ? refuse("like 2027-01-31 or 2027-01-31T12:00:00Z") : ms;
}

/** A new key and its record. The key is in no other place. */
export function keyRecord(
  options: NewKeyOptions,
  from: { nowMs: number; bytes: (n: number) => Uint8Array },
): { record: KeyRecord; key: string } {
  const { key, id, hash, last4 } = makeKey(from.bytes);
  const record: KeyRecord = {
    id,
    name: options.name,
    hash,
    last4,
    scopes: options.scopes,
    allowedModels: options.models,
    allowedProviders: options.providers,
    requiredLabels: options.labels,
    rpm: options.rpm,
    maxTokens: options.maxTokens,
    defaultMode: options.mode,
    createdAtMs: from.nowMs,
    expiresAtMs: options.expires,
    revokedAtMs: undefined,
  };
  return { record, key };
}

/** Id, last four characters, state, scopes and name, separated by tabs. */
export function keyLine(key: KeyRecord, nowMs: number): string {
  const expired = key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs;
  const state = key.revokedAtMs !== undefined ? "revoked" : expired ? "expired" : "active";
  return [key.id, `…${key.last4}`, state, key.scopes.join(","), key.name].join("\t");
}
