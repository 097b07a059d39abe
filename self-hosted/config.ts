/** The config file (docs/PROVIDERS.md, docs/OPERATIONS.md): YAML, strict; every problem at once, each with line and path. */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { NO_ROWS, type RegistryRows } from "../src/catalog.ts";
import type { Limits } from "../src/limits.ts";
import { MODES } from "../src/policies/index.ts";
import type { PolicyDefaults } from "../src/policy.ts";
import { type Problem, problemsOf } from "../src/problem.ts";
import { PROVIDERS } from "../src/providers/index.ts";
import { parseRegistry, privateEndpoints, REGISTRY_SECTIONS } from "../src/registry.ts";
import { DATABASE_URL, LOG_LEVELS, type LogLevel, type Settings } from "../src/settings.ts";
import { type ListenAddr, parseDatabaseFile, parseListenAddr } from "../src/settings-values.ts";
import { readYaml, YAML_BYTES_MAX, YamlError, type YamlText } from "../src/yaml-text.ts";

/** What a config file says; undefined: nothing. */
export interface Config {
  readonly listenAddr: ListenAddr | undefined;
  readonly logLevel: LogLevel | undefined;
  readonly databaseFile: string | undefined;
  readonly routing: {
    readonly defaults: Partial<PolicyDefaults>;
    readonly limits: Partial<Pick<Limits, "attemptsMax" | "backoffBaseMs">>;
  };
  readonly rows: RegistryRows;
  /** Endpoints in private networks that the file names and thereby allows. */
  readonly privateEgress: readonly string[];
}

/** What no config file says. */
export const NO_CONFIG: Config = {
  listenAddr: undefined,
  logLevel: undefined,
  databaseFile: undefined,
  routing: { defaults: {}, limits: {} },
  rows: NO_ROWS,
  privateEgress: [],
};

/** A file that cannot be used. `message` has one line per problem: `file:line:column path message`. */
export class ConfigError extends Error {
  constructor(lines: readonly string[]) {
    super(lines.join("\n"));
    this.name = "ConfigError";
  }
}

function read<T>(parse: (text: string) => T | undefined, must: string) {
  return z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue(`must be ${must}`);
    return z.NEVER;
  });
}

const databaseShape = z.strictObject({ dsn: read(parseDatabaseFile, DATABASE_URL).optional() });

const routingShape = z.strictObject({
  default_mode: z.enum(MODES).optional(),
  default_max_budget_usd: z.number().min(0).max(100).optional(),
  default_max_latency_ms: z.int().min(1).max(600_000).optional(),
  max_retries: z.int().min(0).max(3).optional(),
  retry_backoff_ms: z.int().min(1).max(4_000).optional(),
});

const fileShape = z.strictObject({
  listen_addr: read(parseListenAddr, "HOST:PORT or :PORT").optional(),
  log_level: z.enum(LOG_LEVELS).optional(),
  db: databaseShape.nullish(),
  routing: routingShape.nullish(),
});

const SHAPES: Readonly<Record<string, z.ZodObject>> = { db: databaseShape, routing: routingShape };

function keysAt(path: readonly PropertyKey[]): string[] {
  const [section] = path;
  if (section !== undefined) return Object.keys(SHAPES[String(section)]?.shape ?? {});
  return [...Object.keys(fileShape.shape), ...REGISTRY_SECTIONS];
}

/**
 * Reads the file; its rows may name those `declared` by the environment.
 * @throws ConfigError with every problem.
 */
export function readConfigFile(
  file: string,
  { declared }: { declared: RegistryRows } = { declared: NO_ROWS },
): Config {
  const placed = (lines: readonly string[]) =>
    new ConfigError(lines.map((line) => `${file}${/^\d/.test(line) ? ":" : " "}${line}`));
  let text: YamlText;
  try {
    text = readYaml(readText(file));
  } catch (error) {
    throw error instanceof YamlError ? placed(error.lines) : error;
  }
  const { config, problems } = understand(text.data, declared);
  if (problems.length === 0) return config;
  throw placed(text.tell(problems));
}

/**
 * The config of the file that was named, else of `config/config.yaml` when it is there, else none.
 * @throws ConfigError with every problem.
 */
export function readConfig(settings: Settings): Config {
  const usual = path.join("config", "config.yaml");
  const file = settings.configFile ?? (existsSync(usual) ? usual : undefined);
  return file === undefined ? NO_CONFIG : readConfigFile(file, settings);
}

/** The SQLite file that holds. */
export function databaseFileOf(settings: Settings): string {
  return settings.databaseFile ?? path.join(settings.dataDir, "tokenhub.db");
}

/** Environment over file over default. `routing.limits` and `rows` are for the caller. */
export function applyConfig(settings: Settings, config: Config): Settings {
  return {
    ...settings,
    listenAddr: settings.listenAddr ?? config.listenAddr,
    logLevel: settings.logLevel ?? config.logLevel,
    databaseFile: settings.databaseFile ?? config.databaseFile,
    defaults: { ...settings.defaults, ...config.routing.defaults, ...settings.defaultsGiven },
    privateEgress: [...settings.privateEgress, ...config.privateEgress],
  };
}

function readText(file: string): string {
  try {
    if (statSync(file).size > YAML_BYTES_MAX)
      throw new ConfigError([`${file} is larger than 1 MiB`]);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "does not exist" : code === "EISDIR" ? "is a folder" : "cannot be read";
    throw new ConfigError([error instanceof TypeError ? `${file} is not UTF-8` : `${file} ${why}`]);
  }
}

function understand(
  data: Readonly<Record<string, unknown>>,
  declared: RegistryRows,
): { config: Config; problems: readonly Problem[] } {
  const sections = Object.entries(data).filter(([key]) => REGISTRY_SECTIONS.includes(key));
  const rest = Object.entries(data).filter(([key]) => !REGISTRY_SECTIONS.includes(key));
  const registry = parseRegistry(Object.fromEntries(sections), { kinds: PROVIDERS, declared });
  const parsed = fileShape.safeParse(Object.fromEntries(rest));
  const problems = [...problemsOf(parsed.error?.issues ?? [], [], keysAt), ...registry.problems];
  const { routing, db, ...top } = parsed.data ?? {};
  const config: Config = {
    listenAddr: top.listen_addr,
    logLevel: top.log_level,
    databaseFile: db?.dsn,
    routing: {
      defaults: given({
        mode: routing?.default_mode,
        maxBudgetUsd: routing?.default_max_budget_usd,
        maxLatencyMs: routing?.default_max_latency_ms,
      }),
      limits: given({
        attemptsMax: routing?.max_retries === undefined ? undefined : routing.max_retries + 1,
        backoffBaseMs: routing?.retry_backoff_ms,
      }),
    },
    rows: registry.rows,
    privateEgress: privateEndpoints(registry.rows.providers),
  };
  return { config, problems };
}

function given<T extends object>(values: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
