/** The config file (docs/PROVIDERS.md, docs/OPERATIONS.md): YAML, strict; every problem at once, each with line and path. */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
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

/** A registry of thousands of rows fits; anything larger is the wrong file. */
const BYTES_MAX = 1024 * 1024;
/** Uses of an anchor, nested ones multiplied: a bomb ends here. */
const ALIASES_MAX = 100;

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
  const lines = new LineCounter();
  const document = parseDocument(readText(file), {
    lineCounter: lines,
    uniqueKeys: true,
    strict: true,
    version: "1.2",
    logLevel: "error",
    // The plain messages: pretty ones quote the file.
    prettyErrors: false,
  });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    throw new ConfigError(faults.map(({ pos, message }) => `${place(pos[0])} ${message}`));
  }
  const { config, problems } = understand(plain(file, document), declared);
  if (problems.length === 0) return config;
  throw new ConfigError(
    problems
      .map(({ path, message }) => ({ offset: offsetOf(document, path), path, message }))
      .sort((a, b) => a.offset - b.offset)
      .map(({ offset, path, message }) => `${place(offset)} ${path.join(".")} ${message}`),
  );
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
    if (statSync(file).size > BYTES_MAX) throw new ConfigError([`${file} is larger than 1 MiB`]);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "does not exist" : code === "EISDIR" ? "is a folder" : "cannot be read";
    throw new ConfigError([error instanceof TypeError ? `${file} is not UTF-8` : `${file} ${why}`]);
  }
}

/** The document as plain data; an empty file is an empty object. */
function plain(file: string, document: Document.Parsed): Record<string, unknown> {
  if (document.contents === null) return {};
  if (!isMap(document.contents)) {
    throw new ConfigError([`${file}:1:1 must be a map of settings`]);
  }
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch {
    throw new ConfigError([`${file} uses too many aliases, or one inside itself`]);
  }
}

function understand(
  data: Record<string, unknown>,
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

/** Where the path stands; where there is nothing (a key is missing), where what should hold it stands. */
function offsetOf(document: Document.Parsed, path: Problem["path"]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const offset = keyOffset(document, path.slice(0, depth));
    if (offset !== undefined) return offset;
  }
  return 0;
}

/** A key's own offset rather than its value's; a list item's. undefined: nothing is there. */
function keyOffset(document: Document.Parsed, path: Problem["path"]): number | undefined {
  const holder = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  const node = isMap(holder)
    ? holder.items.find(({ key }) => isScalar(key) && String(key.value) === String(last))?.key
    : isSeq(holder)
      ? holder.items[Number(last)]
      : undefined;
  return isNode(node) ? node.range?.[0] : undefined;
}
