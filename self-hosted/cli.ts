/** `npm run tokenhub -- …`: what an operator does from a terminal, in either home. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import { DrizzleQueryError } from "drizzle-orm";
import type { Store } from "../src/platform.ts";
import { MODES } from "../src/policies/index.ts";
import { readSettings, type Settings } from "../src/settings.ts";
import { createStore } from "../src/store/store.ts";
import { applyConfig, ConfigError, databaseFileOf, readConfig, readConfigFile } from "./config.ts";
import { keyLine, keyRecord, NEW_KEY_OPTIONS, type NewKeyOptions } from "./key-options.ts";
import { migrate } from "./migrate.ts";
import { openSqlite } from "./sqlite.ts";
import { type D1Place, migrateLocal, type Wrangler, wrangler, wranglerSql } from "./wrangler.ts";

const MIGRATIONS = path.join(import.meta.dirname, "../migrations");

/** What a command needs of the world. */
export interface CliWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly wrangler: Wrangler;
  /** What was asked for: a key, a list. */
  readonly answer: (line: string) => void;
  /** Everything else. */
  readonly tell: (line: string) => void;
  readonly nowMs: () => number;
}

/** Wrong input, told in one line. */
class InputError extends Error {}

interface PlaceOptions {
  readonly local?: boolean;
  readonly remote?: boolean;
  readonly persistTo?: string;
}

/** Runs one command line (without node and script) and answers the exit code: 0, 1 failed, 2 wrong input. */
export async function runCli(argv: readonly string[], world: CliWorld): Promise<number> {
  try {
    await program(world).parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has told its own errors, and help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    world.tell(`tokenhub: ${messageOf(error)}`);
    return error instanceof InputError || error instanceof ConfigError ? 2 : 1;
  }
}

/** Drizzle's own errors quote the query; why it failed is in their cause. */
function messageOf(error: unknown): string {
  const why = error instanceof DrizzleQueryError ? error.cause : error;
  return why instanceof Error ? why.message : "something failed that is no Error";
}

function program(world: CliWorld): Command {
  const root = new Command("tokenhub").exitOverride().configureOutput({
    writeOut: (text) => world.answer(text.trimEnd()),
    // Help, when it was not asked for.
    writeErr: (text) => world.tell(text.trimEnd()),
    outputError: (text) => world.tell(`tokenhub: ${oneLine(text)}`),
  });
  // A command inherits exit and output from the one that it is added to.
  placed(root.command("apply"))
    .argument("<file>", "config file whose providers, models, offers and aliases to write")
    .description("make the registry what a config file says")
    .action((file: string, options: PlaceOptions) => apply(world, file, options));
  const key = root.command("key").description("keys of those who use the gateway");
  const create = placed(key.command("create")).description("make a key and print it, once");
  for (const option of NEW_KEY_OPTIONS) create.addOption(option);
  create.action((options: PlaceOptions & NewKeyOptions) => createKey(world, options));
  placed(key.command("list"))
    .description("list the keys, newest first")
    .action((options: PlaceOptions) => listKeys(world, options));
  placed(key.command("revoke"))
    .argument("<id>", "key_…, as `key list` shows it")
    .description("end a key for good")
    .action((id: string, options: PlaceOptions) => revokeKey(world, id, options));
  return root;
}

function oneLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, "")
    .replaceAll("\n", " ");
}

function placed(command: Command): Command {
  return command
    .option("--local", "the database of wrangler dev on this machine")
    .option("--remote", "the database of the deployed Worker")
    .option("--persist-to <folder>", "with --local: where wrangler dev --persist-to keeps it");
}

async function apply(world: CliWorld, file: string, options: PlaceOptions): Promise<void> {
  const place = placeOf(options);
  const settings = settingsOf(world);
  const config = readConfigFile(file, place ? { declared: workerRows() } : settings);
  const { rows } = config;
  const home = {
    place,
    folder: options.persistTo,
    settings: applyConfig(settings, config),
  };
  await withStore(world, home, (store) => store.declare("config", rows));
  const counts = Object.entries(rows).map(([name, list]) => `${list.length} ${name}`);
  world.tell(`Applied ${file}: ${counts.join(", ")}.`);
}

/** What a Worker's secrets may declare; this machine's environment says nothing about them. */
function workerRows(): Settings["declared"] {
  const all = {
    TOKENHUB_OPENAI_API_KEY: "any",
    TOKENHUB_ANTHROPIC_API_KEY: "any",
    TOKENHUB_VLLM_ENDPOINTS: "https://vllm.invalid",
  };
  return readSettings(all, { modes: MODES }).settings.declared;
}

async function createKey(world: CliWorld, options: PlaceOptions & NewKeyOptions): Promise<void> {
  const { record, key } = keyRecord(options, {
    nowMs: world.nowMs(),
    bytes: (n) => randomBytes(n),
  });
  await withStore(world, homeOf(world, options), (store) => store.putKey(record));
  world.tell(`Made ${record.id}. The key is shown only this once:`);
  world.answer(key);
}

async function listKeys(world: CliWorld, options: PlaceOptions): Promise<void> {
  const keys = await withStore(world, homeOf(world, options), (store) => store.keys());
  for (const key of keys) world.answer(keyLine(key, world.nowMs()));
  if (keys.length === 0) world.tell("There are no keys.");
}

async function revokeKey(world: CliWorld, id: string, options: PlaceOptions): Promise<void> {
  if (!/^key_[0-9A-Za-z]{8}$/.test(id)) {
    throw new InputError("the id must be key_ and 8 letters or digits, as `key list` shows it");
  }
  await withStore(world, homeOf(world, options), async (store) => {
    const keys = await store.keys();
    if (!keys.some((key) => key.id === id)) throw new InputError("no key has this id");
    await store.revokeKey(id, world.nowMs());
  });
  world.tell(`Revoked ${id}.`);
}

interface Home {
  /** undefined: the self-hosted database. */
  readonly place: D1Place | undefined;
  /** Where wrangler keeps the local D1; undefined: at its own place. */
  readonly folder: string | undefined;
  readonly settings: Settings;
}

function homeOf(world: CliWorld, options: PlaceOptions): Home {
  const place = placeOf(options);
  const settings = settingsOf(world);
  return {
    place,
    folder: options.persistTo,
    settings: place ? settings : applyConfig(settings, readConfig(settings)),
  };
}

function placeOf({ local, remote, persistTo }: PlaceOptions): D1Place | undefined {
  if (local && remote) throw new InputError("give --local or --remote, not both");
  if (persistTo !== undefined && !local) throw new InputError("--persist-to goes with --local");
  return local ? "local" : remote ? "remote" : undefined;
}

function settingsOf(world: CliWorld): Settings {
  const { settings, problems } = readSettings(world.env, { modes: MODES });
  if (problems.length === 0) return settings;
  throw new InputError(problems.map(({ name, message }) => `${name} ${message}`).join("; "));
}

async function withStore<T>(
  world: CliWorld,
  { place, folder, settings }: Home,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  if (place) {
    const kept = folder === undefined ? [] : ["--persist-to", path.resolve(folder)];
    const run: Wrangler = (args) => world.wrangler([...args, ...kept]);
    if (place === "local") migrateLocal(run);
    return work(createStore(wranglerSql(place, run)));
  }
  const sqlite = openSqlite(databaseFileOf(settings));
  try {
    await migrate(sqlite, MIGRATIONS);
    return await work(createStore(sqlite));
  } finally {
    sqlite.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await runCli(process.argv.slice(2), {
    env: process.env,
    wrangler,
    answer: (line) => console.log(line),
    tell: (line) => console.error(line),
    nowMs: Date.now,
  });
}
