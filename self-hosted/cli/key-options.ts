/** The options of `key create`, and what of a key's record they describe. */
import type { Option } from "commander";
import {
  FAN_OUT_MAX,
  INBAND,
  INBAND_DEFAULT,
  type Inband,
  type KeyRecord,
  SCOPES,
  type Scope,
} from "../../src/key.ts";
import { KEY_MODES } from "../../src/routing/alias.ts";
import {
  option,
  parseCount,
  parseId,
  parseLabels,
  parseList,
  parseName,
  parseUsd,
  refuse,
} from "./option.ts";

/** As commander hands them over, parsed. */
export interface NewKeyOptions {
  readonly name: string;
  readonly project?: string;
  readonly scopes: readonly Scope[];
  readonly models: readonly string[];
  readonly providers: readonly string[];
  readonly labels: readonly string[];
  /** Integer nano-USD. */
  readonly budgetRequest?: number;
  readonly budgetDay?: number;
  readonly budgetMonth?: number;
  readonly rpm?: number;
  readonly tpm?: number;
  readonly concurrency?: number;
  readonly maxTokens?: number;
  readonly fanOut?: number;
  readonly mode?: string;
  readonly inband: Inband;
  /** Unix ms. */
  readonly expires?: number;
}

/** Values of options that are not given, and how the help tells them. */
const EVERY_SCOPE = { value: [...SCOPES], told: "all of them" };
const ALL = { value: [] as string[], told: "all" };
const ANY = { value: [] as string[], told: "any" };

/** The options, each with its own parser; the largest numbers are those that the admin API takes. */
export const NEW_KEY_OPTIONS: readonly Option[] = [
  option("--name <name>", "what it is for", parseName).makeOptionMandatory(),
  option("--project <id>", "whose budgets hold beside its own (default: none)", parseId),
  option("--scopes <list>", `of ${SCOPES.join(", ")}`, parseScopes, EVERY_SCOPE),
  option("--models <list>", "only these models", parseList, ALL),
  option("--providers <list>", "only these providers", parseList, ALL),
  option("--labels <list>", "only providers with all of these labels", parseLabels, ANY),
  option("--budget-request <usd>", "USD of one request (default: no limit)", parseUsd),
  option("--budget-day <usd>", "USD of a day (default: no limit)", parseUsd),
  option("--budget-month <usd>", "USD of a month (default: no limit)", parseUsd),
  option("--rpm <number>", "requests per minute (default: no limit)", upTo(1_000_000)),
  option("--tpm <number>", "tokens per minute (default: no limit)", upTo(1_000_000_000)),
  option("--concurrency <number>", "requests at once (default: no limit)", upTo(100_000)),
  option(
    "--max-tokens <number>",
    "output tokens per request (default: no limit)",
    upTo(10_000_000),
  ),
  option(
    "--fan-out <number>",
    `times that one request may ask a model, up to ${FAN_OUT_MAX} (default: no limit of its own)`,
    upTo(FAN_OUT_MAX),
  ),
  option("--mode <mode>", `default mode: ${KEY_MODES.join(", ")}`, parseMode),
  option(
    "--inband <who>",
    `whose @@tokenhub lines in a conversation count: ${INBAND.join(", ")}`,
    parseInband,
    { value: INBAND_DEFAULT, told: INBAND_DEFAULT },
  ),
  option("--expires <date>", "ISO 8601 date or time (default: never)", parseDate),
];

function upTo(max: number): (text: string) => number {
  return parseCount({ max });
}

function parseScopes(text: string): Scope[] {
  const names = new Set<string>(parseList(text));
  const scopes = SCOPES.filter((scope) => names.has(scope));
  return scopes.length === names.size ? scopes : refuse(`a list of ${SCOPES.join(", ")}`);
}

function parseMode(text: string): string {
  return KEY_MODES.find((mode) => mode === text) ?? refuse(`one of ${KEY_MODES.join(", ")}`);
}

function parseInband(text: string): Inband {
  return INBAND.find((who) => who === text) ?? refuse(`one of ${INBAND.join(", ")}`);
}

function parseDate(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  return Number.isNaN(ms) ? refuse("like 2027-01-31 or 2027-01-31T12:00:00Z") : ms;
}

/** A record of which the options say everything but who it is. */
export type KeyLimits = Omit<
  KeyRecord,
  ("id" | "hash" | "last4" | "createdAtMs" | "revokedAtMs") | ("previousHash" | "previousUntilMs")
>;

/** What the options say. */
export function keyLimits(options: NewKeyOptions): KeyLimits {
  return {
    name: options.name,
    projectId: options.project,
    scopes: options.scopes,
    allowedModels: options.models,
    allowedProviders: options.providers,
    requiredLabels: options.labels,
    budgetRequestNanoUsd: options.budgetRequest,
    budgetDayNanoUsd: options.budgetDay,
    budgetMonthNanoUsd: options.budgetMonth,
    rpm: options.rpm,
    tpm: options.tpm,
    concurrency: options.concurrency,
    maxTokens: options.maxTokens,
    fanOut: options.fanOut,
    defaultMode: options.mode,
    inband: options.inband,
    expiresAtMs: options.expires,
  };
}
