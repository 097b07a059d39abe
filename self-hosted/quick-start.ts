/** What a first start needs and nobody has made yet: a key, and a curl to paste. */

import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeKey, unlimitedKey } from "../src/key.ts";
import type { Store } from "../src/platform.ts";

const KEY_FILE = "quick-start-key";

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
  keep(file, made.key);
  await store.putKey(unlimitedKey(made, { name: "quick start", createdAtMs: nowMs }));
  return { file, key: readFileSync(file, "utf8").trim() };
}

function keep(file: string, key: string): void {
  try {
    // The database, and with it the folder's own maker, may be elsewhere.
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${key}\n`, { mode: 0o600 });
    chmodSync(file, 0o600);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The first key cannot be kept in ${file}. Let this user write to the folder, or name another one with TOKENHUB_DATA_DIR. (${why})`,
    );
  }
}

/** A curl that works as it is pasted; as a stream it wants `-N`, or curl keeps the events back. */
export function curlOf(url: string, key: string, stream: boolean): string {
  const messages = [{ role: "user", content: "Say hello." }];
  const body = JSON.stringify({ request: stream ? { messages, stream } : { messages } });
  return `curl ${stream ? "-N " : ""}${url}/v1/chat -H "authorization: Bearer ${key}" -H "content-type: application/json" -d '${body}'`;
}
