/** One command line from its words to its exit code. */
import { Command, CommanderError } from "commander";
import { DrizzleQueryError } from "drizzle-orm";
import { RefusedError } from "../admin-client.ts";
import { ConfigError } from "../config.ts";
import { GROUPS } from "./index.ts";
import { InputError } from "./input-error.ts";
import { wrongLine } from "./no-secrets.ts";
import type { CliWorld } from "./world.ts";

/** Runs one command line (without node and script) and answers the exit code: 0, 1 failed, 2 wrong input. */
export async function runCli(argv: readonly string[], world: CliWorld): Promise<number> {
  try {
    await program(world).parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has told its own errors, and help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    for (const line of messageOf(error).split("\n")) world.tell(`tokenhub: ${line}`);
    return isWrongInput(error) ? 2 : 1;
  }
}

/** Drizzle's own errors quote the query; why it failed is in their cause. */
function messageOf(error: unknown): string {
  const why = error instanceof DrizzleQueryError ? error.cause : error;
  return why instanceof Error ? why.message : "something failed that is no Error";
}

/** What a gateway answers where the request itself is wrong, not who asks or how it stands. */
const WRONG_INPUT: ReadonlySet<number> = new Set([400, 404, 409, 412, 413, 422]);

function isWrongInput(error: unknown): boolean {
  if (error instanceof RefusedError) return WRONG_INPUT.has(error.status);
  return error instanceof InputError || error instanceof ConfigError;
}

function program(world: CliWorld): Command {
  const root = new Command("tokenhub").exitOverride().configureOutput({
    writeOut: (text) => world.answer(text.trimEnd()),
    // Help, when it was not asked for.
    writeErr: (text) => world.tell(text.trimEnd()),
    outputError: (text) => world.tell(`tokenhub: ${wrongLine(text)}`),
  });
  // A command inherits exit and output from the one that it is added to.
  for (const add of GROUPS) add(root, world);
  return root;
}
