/** The command line in a folder of its own: no terminal, no network, no wrangler but what a test gives it. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { AdminTransport } from "../../self-hosted/admin-client.ts";
import { runCli } from "../../self-hosted/cli/program.ts";
import { type SecretSource, secretInput } from "../../self-hosted/cli/secret-input.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import { createStore } from "../../src/store/store.ts";

/** A fixed time of all commands. */
export const NOW_MS = Date.UTC(2026, 10, 24);

/** One run of wrangler. */
export interface WranglerCall {
  readonly args: readonly string[];
  /** Of the SQL file, at the time of the call. */
  readonly sql: string | undefined;
  readonly mode: number | undefined;
}

/** What a command may meet. */
export interface CliGiven {
  readonly env?: Readonly<Record<string, string>>;
  readonly wrangler?: (args: readonly string[]) => string;
  readonly transport?: AdminTransport;
  /** Lines of standard input, in order. */
  readonly secrets?: readonly string[];
  /** A person types them. */
  readonly isTyped?: boolean;
  /** In place of `secrets`: standard input itself. */
  readonly source?: SecretSource;
}

/** What came of a command. */
export interface CliResult {
  readonly code: number;
  /** Standard output. */
  readonly answers: readonly string[];
  /** Standard error. */
  readonly told: readonly string[];
  readonly calls: readonly WranglerCall[];
  /** What a person was asked. */
  readonly prompts: readonly string[];
}

/** A folder with its database, and commands in it. */
export interface CliFolder {
  readonly path: string;
  /** Answers the file's path. */
  write(name: string, text: string): string;
  run(line: string | readonly string[], given?: CliGiven): Promise<CliResult>;
  /** Everything that the data folder's database holds. */
  stored(): ReturnType<typeof read>;
  remove(): void;
}

/** An empty one. */
export function cliFolder(): CliFolder {
  const folder = mkdtempSync(path.join(os.tmpdir(), "tokenhub-cli-"));
  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  return {
    path: folder,
    write,
    stored: () => read(folder),
    remove: () => rmSync(folder, { recursive: true }),
    async run(line, given = {}) {
      const answers: string[] = [];
      const told: string[] = [];
      const calls: WranglerCall[] = [];
      const prompts: string[] = [];
      const secrets = [...(given.secrets ?? [])];
      const code = await runCli(typeof line === "string" ? line.split(" ") : line, {
        env: { TOKENHUB_DATA_DIR: folder, TOKENHUB_CONFIG: write("empty.yaml", ""), ...given.env },
        wrangler(args) {
          calls.push(wranglerCall(args));
          return given.wrangler?.(args) ?? "[]";
        },
        transport: given.transport ?? (() => Promise.reject(new Error("there is no network"))),
        secrets: given.source
          ? secretInput(given.source, (text) => prompts.push(text))
          : {
              isTyped: given.isTyped ?? false,
              async line(prompt) {
                prompts.push(prompt);
                return secrets.shift() ?? "";
              },
            },
        answer: (text) => answers.push(text),
        tell: (text) => told.push(text),
        nowMs: () => NOW_MS,
      });
      return { code, answers, told, calls, prompts };
    },
  };
}

function wranglerCall(args: readonly string[]): WranglerCall {
  const at = args.indexOf("--file");
  const file = at < 0 ? undefined : args[at + 1];
  return {
    args,
    sql: file === undefined ? undefined : readFileSync(file, "utf8"),
    mode: file === undefined ? undefined : statSync(file).mode & 0o777,
  };
}

async function read(folder: string) {
  const sqlite = openSqlite(path.join(folder, "tokenhub.db"));
  const store = createStore(sqlite);
  const admin = createAdminStore(sqlite);
  const all = {
    registry: await store.registry(),
    keys: await store.keys(),
    audit: await admin.auditFrom(0, 100),
  };
  sqlite.close();
  return all;
}
