/** What a first start needs and nobody has made yet: an admin token, a key, and a curl to paste. */

import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeKey, unlimitedKey } from "../src/key.ts";
import type { Store } from "../src/platform.ts";
import { parseAdminToken } from "../src/settings-values.ts";

const KEY_FILE = "quick-start-key";
/** In the data folder: the admin token of a first start. */
export const TOKEN_FILE = "admin-token";
const TOKEN_BYTES = 32;

/** The admin token, and where it is kept. */
export interface AdminToken {
  readonly token: string;
  /** undefined: the environment gave it. */
  readonly file: string | undefined;
  /** Made by this start: it is shown once. */
  readonly isNew: boolean;
}

/**
 * The token of the environment, else the one in the data folder, which a first start makes.
 * @throws Error with a sentence for the operator when the file cannot be used.
 */
export function adminToken(given: string | undefined, dataDir: string): AdminToken {
  if (given !== undefined) return { token: given, file: undefined, isNew: false };
  const file = path.join(dataDir, TOKEN_FILE);
  if (existsSync(file)) {
    const token = parseAdminToken(readFileSync(file, "utf8").trim());
    if (token !== undefined) return { token, file, isNew: false };
    throw new Error(
      `${file} holds no admin token. Remove the file to have one made, or set TOKENHUB_ADMIN_TOKEN.`,
    );
  }
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  keep(file, token, "admin token");
  return { token, file, isNew: true };
}

/** The key of a first start: told once on the terminal, kept in a file of the owner's only. */
export interface QuickStart {
  readonly file: string;
  /** undefined: it was made at an earlier start and is not printed again. */
  readonly key: string | undefined;
}

/**
 * Makes the quick-start key when the store has no key at all; undefined: keys were made otherwise.
 * @throws Error with a sentence for the operator when the data folder cannot be written.
 */
export async function quickStart(
  store: Store,
  dataDir: string,
  nowMs: number,
): Promise<QuickStart | undefined> {
  const file = path.join(dataDir, KEY_FILE);
  const keys = await store.keys();
  if (keys.length > 0) return existsSync(file) ? { file, key: undefined } : undefined;
  const made = makeKey((n) => randomBytes(n));
  // The file first: a key that nobody can read again is worse than a file without its key.
  keep(file, made.key, "first key");
  await store.putKey(unlimitedKey(made, { name: "quick start", createdAtMs: nowMs }));
  return { file, key: readFileSync(file, "utf8").trim() };
}

function keep(file: string, text: string, what: string): void {
  try {
    // The database, and with it the folder's own maker, may be elsewhere.
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
    chmodSync(file, 0o600);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The ${what} cannot be kept in ${file}. Let this user write to the folder, or name another one with TOKENHUB_DATA_DIR. (${why})`,
    );
  }
}

/** A curl that works as it is pasted; as a stream it wants `-N`, or curl keeps the events back. */
export function curlOf(url: string, key: string, stream: boolean): string {
  const messages = [{ role: "user", content: "Say hello." }];
  const body = JSON.stringify({ request: stream ? { messages, stream } : { messages } });
  return `curl ${stream ? "-N " : ""}${url}/v1/chat -H "authorization: Bearer ${key}" -H "content-type: application/json" -d '${body}'`;
}
