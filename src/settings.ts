/**
 * Settings by environment (docs/OPERATIONS.md): `process.env` on Node, vars and secrets of a Worker.
 * Every name starts with `TOKENHUB_`. An empty value is an absent one. Values never reach a message.
 */
import { normalBaseUrl } from "./base-url.ts";
import { NO_ROWS, type ProviderRecord, type RegistryRows } from "./catalog.ts";
import { nearest } from "./nearest.ts";
import type { PolicyDefaults } from "./policy.ts";
import { networkOfAll, privateEndpoints } from "./registry.ts";
import {
  ADMIN_TOKEN_CHARS_MIN,
  type ListenAddr,
  oneOf,
  parseAdminToken,
  parseBoolean,
  parseDatabaseFile,
  parseEgressList,
  parseListenAddr,
  parseNumber,
  parseProxies,
  parsePublicUrl,
} from "./settings-values.ts";
import { SIMULATED_REGISTRY } from "./simulated-registry.ts";

const PREFIX = "TOKENHUB_";

/** Every known name, without its prefix. */
export const SETTING_NAMES = [
  "LISTEN_ADDR",
  "PORT",
  "CONFIG",
  "DATA_DIR",
  "DATABASE_URL",
  "DB_DSN",
  "PRIVATE_EGRESS",
  "VLLM_ENDPOINTS",
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_BASE_URL",
  "DEFAULT_MODE",
  "DEFAULT_MAX_BUDGET_USD",
  "DEFAULT_MAX_LATENCY_MS",
  "LOG_LEVEL",
  "LOG_FORMAT",
  "METRICS_TOKEN",
  "ADMIN_TOKEN",
  "PUBLIC_URL",
  "URL",
  "TRUST_PROXY",
  "VAULT_ENABLED",
  "VAULT_PEPPER_FILE",
  "SIMULATED",
  // Set by `npm start` itself; not for people.
  "START",
] as const;
type SettingName = (typeof SETTING_NAMES)[number];

/** These are also read without the prefix, when the prefixed name is absent: other tools set them. */
const ALSO_BARE: readonly SettingName[] = [
  "PORT",
  ...(["OPENAI_API_KEY", "OPENAI_BASE_URL"] as const),
  ...(["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"] as const),
];

/** Vendors that a key alone registers. */
const VENDORS = [
  { id: "openai", name: "OPENAI", baseUrl: "https://api.openai.com/v1" },
  { id: "anthropic", name: "ANTHROPIC", baseUrl: "https://api.anthropic.com/v1" },
] as const;

/** Least severe level that is logged. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Policy of `/v1/chat` where neither environment nor config file says anything. */
const POLICY_DEFAULTS: PolicyDefaults = {
  mode: "normal",
  maxBudgetUsd: 0.05,
  maxLatencyMs: 20_000,
};

/** Where self-hosted listens when nothing says otherwise. */
export const DEFAULT_LISTEN_ADDR: ListenAddr = { host: "127.0.0.1", port: 8080 };

/** What the environment says; undefined: nothing, so config file or default decide. */
export interface Settings {
  readonly listenAddr: ListenAddr | undefined;
  readonly configFile: string | undefined;
  /** Default `./data`. */
  readonly dataDir: string;
  /** Path of the SQLite file; undefined: in `dataDir`. */
  readonly databaseFile: string | undefined;
  /** What providers of network `private` may reach (`grant.ts`); declared endpoints included. */
  readonly privateEgress: readonly string[];
  readonly defaults: PolicyDefaults;
  /** The part of `defaults` that the environment gave. */
  readonly defaultsGiven: Partial<PolicyDefaults>;
  readonly logLevel: LogLevel | undefined;
  /** undefined: pretty on a terminal, else json. */
  readonly logFormat: "pretty" | "json" | undefined;
  readonly metricsToken: string | undefined;
  /** Opens the admin API; undefined: Node makes one at its first start, a Worker refuses every admin route. */
  readonly adminToken: string | undefined;
  /** Origin under which people reach the admin page: `https://gateway.example.com`. */
  readonly publicUrl: string | undefined;
  /** Addresses and CIDRs of proxies whose `X-Forwarded-…` headers are believed. */
  readonly trustProxy: readonly string[];
  readonly vaultEnabled: boolean;
  /** File whose content is mixed into the vault's key; Node only. */
  readonly vaultPepperFile: string | undefined;
  /** Names of the settings that the environment gave, as it spells them. */
  readonly given: readonly string[];
  /** Providers `openai` and `vllm`, when their variables are set; their models come by discovery. */
  readonly declared: RegistryRows;
  /** The simulated provider, when it was asked for. */
  readonly simulated: RegistryRows | undefined;
  /** True: the simulated provider must not stand in either. */
  readonly simulatedRefused: boolean;
  /** Started by `npm start`: with an empty registry the simulated provider stands in. */
  readonly quickStart: boolean;
}

/** A setting that cannot be used, without its value. */
export interface SettingProblem {
  readonly name: string;
  readonly message: string;
}

/** A `TOKENHUB_…` name that is none of ours, and the known name that was probably meant. */
export interface UnknownSetting {
  readonly name: string;
  readonly nearest: string | undefined;
}

/** Reads every setting; `modes` are the values that a mode may have. Only strings of `env` are looked at. */
export function readSettings(
  env: Readonly<Record<string, unknown>>,
  { modes }: { modes: readonly string[] },
): {
  settings: Settings;
  problems: readonly SettingProblem[];
  unknown: readonly UnknownSetting[];
} {
  const problems: SettingProblem[] = [];
  const read = <T>(setting: SettingName, parse: (text: string) => T | undefined, must: string) => {
    const found = find(env, setting);
    if (!found) return undefined;
    const value = parse(found.value);
    if (value === undefined) problems.push({ name: found.name, message: `must be ${must}` });
    return value;
  };
  const text = (setting: SettingName) => find(env, setting)?.value;
  const port = read("PORT", parseNumber({ min: 0, max: 65_535, whole: true }), "a port number");
  const simulated = read("SIMULATED", parseBoolean, "1 or 0");
  const declared: RegistryRows = {
    ...NO_ROWS,
    providers: [...VENDORS.flatMap((vendor) => keyed(env, read, vendor)), ...vllm(read)],
  };
  const defaultsGiven = given<PolicyDefaults>({
    mode: read("DEFAULT_MODE", oneOf(modes), `one of ${modes.join(", ")}`),
    maxBudgetUsd: read(
      "DEFAULT_MAX_BUDGET_USD",
      parseNumber({ min: 0, max: 100 }),
      "a number from 0 to 100",
    ),
    maxLatencyMs: read(
      "DEFAULT_MAX_LATENCY_MS",
      parseNumber({ min: 1, max: 600_000, whole: true }),
      "a whole number from 1 to 600000",
    ),
  });
  const settings: Settings = {
    listenAddr:
      read("LISTEN_ADDR", parseListenAddr, "HOST:PORT or :PORT") ??
      (port === undefined ? undefined : { host: undefined, port }),
    configFile: text("CONFIG"),
    dataDir: text("DATA_DIR") ?? "./data",
    databaseFile:
      read("DATABASE_URL", parseDatabaseFile, DATABASE_URL) ??
      read("DB_DSN", parseDatabaseFile, DATABASE_URL),
    privateEgress: [
      ...(read(
        "PRIVATE_EGRESS",
        parseEgressList,
        "a comma-separated list of CIDRs, hosts or base URLs",
      ) ?? []),
      ...privateEndpoints(declared.providers),
    ],
    defaults: { ...POLICY_DEFAULTS, ...defaultsGiven },
    defaultsGiven,
    logLevel: read("LOG_LEVEL", oneOf(LOG_LEVELS), `one of ${LOG_LEVELS.join(", ")}`),
    logFormat: read("LOG_FORMAT", oneOf(["pretty", "json"]), "pretty or json"),
    metricsToken: text("METRICS_TOKEN"),
    adminToken: read("ADMIN_TOKEN", parseAdminToken, ADMIN_TOKEN),
    publicUrl: read("PUBLIC_URL", parsePublicUrl, "an http(s) URL without a path"),
    trustProxy:
      read("TRUST_PROXY", parseProxies, "a comma-separated list of addresses and CIDRs") ?? [],
    vaultEnabled: read("VAULT_ENABLED", parseBoolean, "true or false") ?? true,
    vaultPepperFile: text("VAULT_PEPPER_FILE"),
    given: SETTING_NAMES.flatMap((name) => find(env, name)?.name ?? []),
    declared,
    simulated: simulated ? SIMULATED_REGISTRY : undefined,
    simulatedRefused: simulated === false,
    quickStart: text("START") === "npm",
  };
  return { settings, problems, unknown: unknownNames(env) };
}

const ADMIN_TOKEN = `at least ${ADMIN_TOKEN_CHARS_MIN} printable characters, and no placeholder`;

/** What a database setting must be in this version. */
export const DATABASE_URL = "file:PATH (an SQLite file); Postgres is not supported";

type Read = <T>(
  setting: SettingName,
  parse: (text: string) => T | undefined,
  must: string,
) => T | undefined;

function find(
  env: Readonly<Record<string, unknown>>,
  setting: SettingName,
): { name: string; value: string } | undefined {
  const names = [PREFIX + setting, ...(ALSO_BARE.includes(setting) ? [setting] : [])];
  for (const name of names) {
    const value = env[name];
    if (typeof value === "string" && value.trim() !== "") return { name, value: value.trim() };
  }
  return undefined;
}

/** The provider behind a vendor's key; without a key there is none. */
function keyed(
  env: Readonly<Record<string, unknown>>,
  read: Read,
  { id, name, baseUrl }: (typeof VENDORS)[number],
): ProviderRecord[] {
  const url = read(`${name}_BASE_URL`, normalBaseUrl, BASE_URL) ?? baseUrl;
  const keyName = `${name}_API_KEY` as const;
  const key = read(keyName, printable, "printable ASCII without spaces");
  if (key === undefined) return [];
  return [provider({ id, baseUrls: [url], envKeyName: find(env, keyName)?.name })];
}

const BASE_URL = "an http(s) URL without user info, query or fragment";

/** One provider for all endpoints; vLLM servers of one operator take no key. */
function vllm(read: Read): ProviderRecord[] {
  const baseUrls = read("VLLM_ENDPOINTS", parseBaseUrls, "a comma-separated list of http(s) URLs");
  return baseUrls ? [provider({ id: "vllm", baseUrls, envKeyName: undefined })] : [];
}

function provider(row: {
  id: (typeof VENDORS)[number]["id"] | "vllm";
  baseUrls: readonly [string, ...string[]];
  envKeyName: string | undefined;
}): ProviderRecord {
  return {
    id: row.id,
    kind: row.id,
    baseUrl: row.baseUrls[0],
    endpoints: row.baseUrls.length > 1 ? row.baseUrls : [],
    dialects: undefined,
    credentialSource: row.envKeyName === undefined ? "none" : "env",
    envKeyName: row.envKeyName,
    network: networkOfAll(row.baseUrls),
    headers: {},
    labels: [],
    enabled: true,
  };
}

function parseBaseUrls(text: string): [string, ...string[]] | undefined {
  const urls = text.split(",").map(normalBaseUrl);
  const [first, ...rest] = urls.filter((url) => url !== undefined);
  return first === undefined || rest.length + 1 < urls.length ? undefined : [first, ...rest];
}

/** A key with a line break would break out of its header. */
function printable(text: string): string | undefined {
  return /^[\x21-\x7e]+$/.test(text) ? text : undefined;
}

function given<T extends object>(values: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  const set = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as Partial<T>;
}

function unknownNames(env: Readonly<Record<string, unknown>>): UnknownSetting[] {
  const known = SETTING_NAMES.map((name) => PREFIX + name);
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => ({ name, nearest: nearest(name, known) }));
}
