/** The edge's database from a terminal: D1 through wrangler, fed with what the store would have run. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { recordSql, type Sql, type Statement } from "../src/store/sql.ts";

/** Which D1: the one of `wrangler dev` on this machine, or the deployed one. */
export type D1Place = "local" | "remote";

/** Runs wrangler with these arguments and answers its stdout. @throws Error when it fails. */
export type Wrangler = (args: readonly string[]) => string;

const ROOT = path.join(import.meta.dirname, "..");
/** The binding of wrangler.toml. */
const BINDING = "DB";

/** Wrangler of this checkout; what it says goes to this process's stderr, and it asks nothing. */
export const wrangler: Wrangler = (args) => {
  const bin = path.join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const { status, stdout, error } = spawnSync(process.execPath, [bin, ...args], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" },
  });
  if (error || status !== 0) {
    throw new Error(
      `wrangler ${args.slice(0, 3).join(" ")} failed${told(stdout)}. Are you logged in, and are the migrations applied (npm run deploy)?`,
    );
  }
  return stdout;
};

/** With `--json` wrangler tells its errors on stdout. */
function told(stdout: string | null): string {
  const text = /"text":\s*"([^"]*)"/.exec(stdout ?? "")?.[1];
  return text === undefined ? "" : `: ${text}`;
}

/** Writes travel as one file, so that the shell and the process list never see them. */
export function wranglerSql(place: D1Place, run: Wrangler): Sql {
  const execute = (args: readonly string[]) =>
    run(["d1", "execute", BINDING, `--${place}`, "--yes", "--json", ...args]);
  return {
    async all(statement) {
      const answer: unknown = JSON.parse(execute(["--command", await textOf([statement])]));
      const [first] = answer as [{ results: Record<string, unknown>[] }];
      return first.results.map((row) => Object.values(row));
    },
    async batch(statements) {
      const folder = mkdtempSync(path.join(os.tmpdir(), "tokenhub-"));
      try {
        const file = path.join(folder, "statements.sql");
        writeFileSync(file, await textOf(statements), { mode: 0o600 });
        execute(["--file", file]);
        return statements.map(() => []);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

/**
 * The same where a batch that begins with an audit entry answers, as elsewhere, whether it was written: a file of
 * SQL answers no rows, so the entry is looked for by the id of its request, which no other batch may have.
 */
export function toldByEntry(sql: Sql, requestId: string): Sql {
  const entry = { sql: `select "seq" from "audit" where "request_id" = ?`, params: [requestId] };
  return {
    all: sql.all,
    async batch(statements) {
      const answers = await sql.batch(statements);
      const isAudited = /^insert into "audit"/.test(statements[0]?.sql ?? "");
      return isAudited ? [await sql.all(entry), ...answers.slice(1)] : answers;
    },
  };
}

/** Brings the database of `wrangler dev` up to date; the deployed one is `npm run deploy`'s. */
export function migrateLocal(run: Wrangler): void {
  run(["d1", "migrations", "apply", BINDING, "--local"]);
}

async function textOf(statements: readonly Statement[]): Promise<string> {
  const recorder = recordSql();
  await recorder.batch(statements);
  return recorder.text();
}
