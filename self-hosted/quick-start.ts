/** What a first start needs and nobody has made yet: a key, and a curl to paste. */

import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeKey, SCOPES } from "../src/key.ts";
import type { Store } from "../src/platform.ts";

const KEY_FILE = "quick-start-key";

/** The key of a first start: told once on the terminal, kept in a file of the owner's only. */
export interface QuickStart {
  readonly file: string;
  /** undefined: it was made at an earlier start and is not printed again. */
  readonly key: string | undefined;
}

/** Makes the quick-start key when the store has no key at all; undefined: keys were made otherwise. */
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
  writeFileSync(file, `${made.key}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  await store.putKey({
    id: made.id,
    name: "quick start",
    hash: made.hash,
    last4: made.last4,
    scopes: [...SCOPES],
    allowedModels: [],
    allowedProviders: [],
    requiredLabels: [],
    rpm: undefined,
    maxTokens: undefined,
    defaultMode: undefined,
    createdAtMs: nowMs,
    expiresAtMs: undefined,
    revokedAtMs: undefined,
  });
  return { file, key: readFileSync(file, "utf8").trim() };
}

/** A curl that works as it is pasted. */
export function curlOf(url: string, key: string): string {
  const body = `{"request":{"messages":[{"role":"user","content":"Say hello."}]}}`;
  return `curl ${url}/v1/chat -H "authorization: Bearer ${key}" -H "content-type: application/json" -d '${body}'`;
}
