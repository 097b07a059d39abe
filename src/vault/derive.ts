/** From the password to two keys: one wraps data keys, one authenticates the header. */
import { argon2idAsync } from "@noble/hashes/argon2.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Bytes } from "./encoding.ts";
import { utf8 } from "./encoding.ts";

/** What hashing one password costs. */
export interface KdfCost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** What is written into new headers, and what is accepted when one is read. */
export interface KdfRules {
  readonly cost: KdfCost;
  readonly memoryKibMin: number;
  readonly memoryKibMax: number;
  readonly passesMax: number;
}

/**
 * Argon2id as the OWASP Password Storage Cheat Sheet names it first (19 MiB, two passes, one lane). Whoever
 * can write the database can neither weaken the next wrap nor order a hash that exhausts the process.
 */
export const KDF_RULES: KdfRules = {
  cost: { memoryKib: 19_456, passes: 2, lanes: 1 },
  memoryKibMin: 8 * 1024,
  memoryKibMax: 64 * 1024,
  passesMax: 4,
};

/** Milliseconds of hashing at a stretch; between them the process answers others. */
const STRETCH_MS = 10;
const KEY_BYTES = 32;

/** Keys that come of a password; neither can be exported. */
export interface PasswordKeys {
  /** AES-256-GCM. */
  readonly wrap: CryptoKey;
  /** HMAC-SHA-256. */
  readonly mac: CryptoKey;
}

/** `pepper` is mixed in as HKDF's salt; the password's bytes are wiped. */
export async function deriveKeys(
  password: Bytes,
  given: { cost: KdfCost; salt: Bytes; pepper: Bytes | undefined },
): Promise<PasswordKeys> {
  const { memoryKib: m, passes: t, lanes: p } = given.cost;
  const options = { m, t, p, dkLen: KEY_BYTES, asyncTick: STRETCH_MS };
  const hashed = await argon2idAsync(password, given.salt, options);
  password.fill(0);
  const expand = (info: string) =>
    hkdf(sha256, hashed, given.pepper, utf8(`tokenhub/vault/${info}/v1`), KEY_BYTES) as Bytes;
  const [wrapBytes, macBytes] = [expand("wrap"), expand("mac")];
  hashed.fill(0);
  const wrap = await crypto.subtle.importKey("raw", wrapBytes, "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  const mac = await importMac(macBytes);
  wrapBytes.fill(0);
  return { wrap, mac };
}

/** An HMAC-SHA-256 key that cannot be exported; the bytes are wiped. */
export async function importMac(bytes: Bytes): Promise<CryptoKey> {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes, hmac, false, ["sign", "verify"]);
  bytes.fill(0);
  return key;
}

/** A key for another purpose out of a random one. */
export function subkey(bytes: Bytes, info: string): Bytes {
  return hkdf(sha256, bytes, undefined, utf8(`tokenhub/vault/${info}/v1`), KEY_BYTES) as Bytes;
}
