/** Where a command works: at a running gateway, on the self-hosted database, or on D1. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { ulid } from "ulid";
import type { AdminStore } from "../../src/administration.ts";
import type { Store } from "../../src/platform.ts";
import { MODES } from "../../src/policies/index.ts";
import { readSettings, type Settings } from "../../src/settings.ts";
import { parseAdminToken, parsePublicUrl } from "../../src/settings-values.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import { createStore } from "../../src/store/store.ts";
import { applyConfig, databaseFileOf, readConfig } from "../config.ts";
import { migrate } from "../migrate.ts";
import { TOKEN_FILE } from "../quick-start.ts";
import { openSqlite } from "../sqlite.ts";
import {
  type D1Place,
  migrateLocal,
  toldByEntry,
  type Wrangler,
  wranglerSql,
} from "../wrangler.ts";
import { InputError } from "./input-error.ts";
import type { CliWorld } from "./world.ts";

const MIGRATIONS = path.join(import.meta.dirname, "../../migrations");

/** Where a running gateway is, when no `--url` says so. */
const URL_SETTING = "TOKENHUB_URL";

/** As commander hands them over. */
export interface PlaceOptions {
  readonly url?: string;
  readonly local?: boolean;
  readonly remote?: boolean;
  readonly persistTo?: string;
}

/** A running gateway, and what opens its admin API. */
export interface GatewayPlace {
  /** Origin, without trailing slash. */
  readonly url: string;
  readonly token: string;
}

/** A database: D1 through wrangler, or the self-hosted one (`d1` undefined). */
export interface DatabasePlace {
  readonly d1: D1Place | undefined;
  /** Where wrangler keeps the local D1; undefined: at its own place. */
  readonly folder: string | undefined;
  readonly settings: Settings;
}

/** The stores of one database, and an id for the one change that is made through them. */
export interface Stores {
  readonly store: Store;
  readonly admin: AdminStore;
  readonly requestId: string;
}

/** Adds the options of a database to a command. */
export function onDatabase(command: Command): Command {
  return command
    .option("--local", "the database of wrangler dev on this machine")
    .option("--remote", "the database of the deployed Worker")
    .option("--persist-to <folder>", "with --local: where wrangler dev --persist-to keeps it");
}

/** Adds the option of a running gateway to a command. */
export function onGateway(command: Command): Command {
  return command.option("--url <url>", `a running gateway (default: ${URL_SETTING})`);
}

/** The running gateway that was named. @throws InputError: none was, or it may not be asked. */
export function gatewayOf(world: CliWorld, options: PlaceOptions): GatewayPlace {
  const found = namedGateway(world, options);
  if (found) return found;
  throw new InputError(
    `this needs a running gateway: name it with --url (for example ${usualUrl(world)}) or ${URL_SETTING}`,
  );
}

/** The running gateway that was named; undefined: none was. @throws InputError. */
export function namedGateway(world: CliWorld, options: PlaceOptions): GatewayPlace | undefined {
  const isDatabase = options.local || options.remote || options.persistTo !== undefined;
  if (options.url !== undefined && isDatabase) {
    throw new InputError("give --url, --local or --remote, not several");
  }
  const given = options.url ?? (isDatabase ? undefined : world.env[URL_SETTING]?.trim());
  if (given === undefined || (options.url === undefined && given === "")) return undefined;
  const url = parsePublicUrl(given);
  // Its text may hold a password.
  if (url === undefined) throw new InputError("the gateway's URL must be http(s)://HOST[:PORT]");
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:" && !isLoopback(hostname)) {
    throw new InputError("the gateway's URL must be https: the admin token would travel in clear");
  }
  return { url, token: tokenFor(world, hostname) };
}

/** As `URL` spells them. */
function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/** Of the environment; for a gateway on this machine also the one that its first start made. */
function tokenFor(world: CliWorld, hostname: string): string {
  const { adminToken, dataDir } = settingsOf(world);
  if (adminToken !== undefined) return adminToken;
  const file = path.join(dataDir, TOKEN_FILE);
  if (isLoopback(hostname) && existsSync(file)) {
    const token = parseAdminToken(readFileSync(file, "utf8").trim());
    if (token !== undefined) return token;
    throw new InputError(`${file} holds no admin token; set TOKENHUB_ADMIN_TOKEN`);
  }
  throw new InputError("set TOKENHUB_ADMIN_TOKEN to the gateway's admin token");
}

/** Where this machine's settings say that a gateway listens. */
function usualUrl(world: CliWorld): string {
  const { listenAddr } = settingsOf(world);
  return `http://127.0.0.1:${listenAddr?.port || 8080}`;
}

/** The database that the options name. @throws InputError, ConfigError. */
export function databaseOf(world: CliWorld, options: PlaceOptions): DatabasePlace {
  const { local, remote, persistTo } = options;
  if (local && remote) throw new InputError("give --local or --remote, not both");
  if (persistTo !== undefined && !local) throw new InputError("--persist-to goes with --local");
  const d1 = local ? "local" : remote ? "remote" : undefined;
  return { d1, folder: persistTo, settings: settingsOf(world) };
}

/** With what the config file says. @throws ConfigError. */
export function configured(place: DatabasePlace): DatabasePlace {
  if (place.d1) return place;
  return { ...place, settings: applyConfig(place.settings, readConfig(place.settings)) };
}

function settingsOf(world: CliWorld): Settings {
  const { settings, problems } = readSettings(world.env, { modes: MODES });
  if (problems.length === 0) return settings;
  throw new InputError(problems.map(({ name, message }) => `${name} ${message}`).join("; "));
}

/** Opens the database, brings it up to date, and closes it behind the work. */
export async function withStores<T>(
  world: CliWorld,
  { d1, folder, settings }: DatabasePlace,
  work: (stores: Stores) => Promise<T>,
): Promise<T> {
  const requestId = `cli_${ulid(world.nowMs())}`;
  if (d1) {
    const kept = folder === undefined ? [] : ["--persist-to", path.resolve(folder)];
    const run: Wrangler = (args) => world.wrangler([...args, ...kept]);
    if (d1 === "local") migrateLocal(run);
    const sql = wranglerSql(d1, run);
    const admin = createAdminStore(toldByEntry(sql, requestId));
    return work({ store: createStore(sql), admin, requestId });
  }
  const sqlite = openSqlite(databaseFileOf(settings));
  try {
    await migrate(sqlite, MIGRATIONS);
    const admin = createAdminStore(sqlite);
    return await work({ store: createStore(sqlite), admin, requestId });
  } finally {
    sqlite.close();
  }
}
