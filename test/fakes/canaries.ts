/** Secrets that are planted, and the search for them in whatever a gateway gives out, in every spelling. */
import { existsSync, readFileSync } from "node:fs";
import { spellings } from "../../src/secret.ts";
import type { Home } from "./homes.ts";

/** Where a canary was found. */
export interface Leak {
  readonly canary: string;
  readonly output: string;
  /** What stands around it. */
  readonly around: string;
}

/** Every place in these outputs where one of the canaries stands: as it is, base64, base64url, hex, URL-encoded. */
export function leaks(
  outputs: Readonly<Record<string, string>>,
  canaries: Readonly<Record<string, string>>,
): Leak[] {
  return Object.entries(outputs).flatMap(([output, text]) =>
    Object.entries(canaries).flatMap(([canary, secret]) =>
      formsOf(secret)
        .map((form) => text.indexOf(form))
        .filter((at) => at >= 0)
        .map((at) => ({ canary, output, around: text.slice(Math.max(0, at - 60), at + 12) })),
    ),
  );
}

/** A secret inside of longer base64 starts at one of three places; the ends of each may depend on neighbours. */
function formsOf(secret: string): readonly string[] {
  const shifted = [1, 2].map((before) => {
    const encoded = Buffer.from(" ".repeat(before) + secret).toString("base64");
    return encoded.replace(/=+$/, "").slice(4, -2);
  });
  const urlSafe = shifted.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
  const whole = spellings(secret).map((form, at) => (at === 1 ? form.slice(0, -2) : form));
  return [...new Set([...whole, ...shifted, ...urlSafe])];
}

/** Every row of every table, as JSON. */
export async function tablesOf({ sql }: Pick<Home, "sql">): Promise<string> {
  const tables = await sql.all({
    sql: "select name from sqlite_master where type = 'table' and name not like '\\_%' escape '\\'",
    params: [],
  });
  const rows: unknown[] = [];
  for (const [table] of tables) {
    rows.push([table, await sql.all({ sql: `select * from "${table}"`, params: [] })]);
  }
  return JSON.stringify(rows);
}

/** On Node the database's files as bytes: also what was deleted, and what is not in the file yet. */
export async function filesOf({ name, sql }: Pick<Home, "name" | "sql">): Promise<string> {
  if (name !== "node") return "";
  const [main] = await sql.all({ sql: "pragma database_list", params: [] });
  const file = String(main?.[2]);
  const beside = [file, `${file}-wal`, `${file}-shm`, `${file}.vault-epoch`];
  return beside
    .filter((each) => existsSync(each))
    .map((each) => readFileSync(each, "latin1"))
    .join("");
}
