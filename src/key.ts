/** Consumer keys: `thk_live_` + 8-char public id + `_` + 43 base62 + 6-char CRC32 (docs/SECURITY.md). */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** What a key may be allowed to do; a route asks for one of them. */
export const SCOPES = ["chat", "plan", "embeddings", "models", "usage"] as const;
export type Scope = (typeof SCOPES)[number];

/** Whose words in a conversation may steer the gateway: users' and the system's, the system's only, nobody's. */
export const INBAND = ["user", "system", "off"] as const;
export type Inband = (typeof INBAND)[number];
/** What a key honours unless it says otherwise. */
export const INBAND_DEFAULT: Inband = "user";

/** As many asks as one request can make by any orchestration; a key may be held to fewer. */
export const FAN_OUT_MAX = 24;

/** A consumer key as the store holds it: its hash and what it may do, never the key. */
export interface KeyRecord {
  /** `key_` + the 8-char public part. */
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the whole key, hex. */
  readonly hash: string;
  readonly last4: string;
  /** Empty: may do nothing. */
  readonly scopes: readonly Scope[];
  /** Empty: all. */
  readonly allowedModels: readonly string[];
  /** Empty: all. */
  readonly allowedProviders: readonly string[];
  /** Labels that a provider must carry to serve this key. */
  readonly requiredLabels: readonly string[];
  /** The project whose budgets hold beside the key's own; undefined: the key stands alone. */
  readonly projectId: string | undefined;
  /** Integer nano-USD of one request, of a day, of a month; undefined: no limit. */
  readonly budgetRequestNanoUsd: number | undefined;
  readonly budgetDayNanoUsd: number | undefined;
  readonly budgetMonthNanoUsd: number | undefined;
  /** Requests and tokens per minute; undefined: unlimited. */
  readonly rpm: number | undefined;
  readonly tpm: number | undefined;
  /** Requests at once; undefined: unlimited. */
  readonly concurrency: number | undefined;
  /** Ceiling on output tokens of one request; undefined: none. */
  readonly maxTokens: number | undefined;
  /** Most asks that one request may make of models, 1–`FAN_OUT_MAX`; undefined: no limit of its own. */
  readonly fanOut: number | undefined;
  readonly defaultMode: string | undefined;
  /** Whose directives in the text of a conversation are honoured. */
  readonly inband: Inband;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  /** SHA-256 (hex) of the key before the last rotation, and until when it still opens. */
  readonly previousHash: string | undefined;
  readonly previousUntilMs: number | undefined;
}

/** Name of the ledger that counts what this key spends: its project's, else its own. */
export function ledgerOf({ id, projectId }: Pick<KeyRecord, "id" | "projectId">): string {
  return projectId ?? id;
}

/** Keys of one owner: their budgets hold beside each key's own. */
export interface ProjectRecord {
  /** `proj_` + ULID, or what the config file named it. */
  readonly id: string;
  readonly name: string;
  /** Integer nano-USD; undefined: no limit. */
  readonly budgetDayNanoUsd: number | undefined;
  readonly budgetMonthNanoUsd: number | undefined;
  /** IANA name by which its days and months begin; undefined: UTC. */
  readonly timeZone: string | undefined;
  /** Labels that a provider must carry to serve its keys. */
  readonly labels: readonly string[];
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX = "thk_live_";
const PUBLIC_CHARS = 8;
const SECRET_CHARS = 43;
const CHECK_CHARS = 6;
const BODY_CHARS = PREFIX.length + PUBLIC_CHARS + 1 + SECRET_CHARS;
const KEY_CHARS = BODY_CHARS + CHECK_CHARS;
const SHAPE = /^thk_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/;

/** A new key; `key` is shown once and kept nowhere. */
export interface NewKey {
  readonly key: string;
  /** `key_` + the public part. */
  readonly id: string;
  /** SHA-256 of the whole key, hex. */
  readonly hash: string;
  readonly last4: string;
}

/**
 * Makes a key of 256 bits from `bytes`, which answers that many cryptographically random bytes.
 * @throws when the bytes are so far from random that no key comes of them.
 */
export function makeKey(bytes: (n: number) => Uint8Array): NewKey {
  const random = base62(bytes, PUBLIC_CHARS + SECRET_CHARS);
  const publicPart = random.slice(0, PUBLIC_CHARS);
  const body = `${PREFIX}${publicPart}_${random.slice(PUBLIC_CHARS)}`;
  const key = body + checksum(body);
  return { key, id: `key_${publicPart}`, hash: hashKey(key), last4: key.slice(-4) };
}

/** The record of a new key that may do everything and is limited by nothing. */
export function unlimitedKey(
  { id, hash, last4 }: NewKey,
  given: { name: string; createdAtMs: number },
): KeyRecord {
  return {
    id,
    hash,
    last4,
    ...given,
    scopes: [...SCOPES],
    allowedModels: [],
    allowedProviders: [],
    requiredLabels: [],
    projectId: undefined,
    budgetRequestNanoUsd: undefined,
    budgetDayNanoUsd: undefined,
    budgetMonthNanoUsd: undefined,
    rpm: undefined,
    tpm: undefined,
    concurrency: undefined,
    maxTokens: undefined,
    fanOut: undefined,
    defaultMode: undefined,
    inband: INBAND_DEFAULT,
    expiresAtMs: undefined,
    revokedAtMs: undefined,
    previousHash: undefined,
    previousUntilMs: undefined,
  };
}

/**
 * The id of a well-formed key whose checksum holds; undefined for every other text. Tells typing errors
 * and noise from keys before anything is looked up; whether the key exists it cannot know.
 */
export function checkKey(text: string): string | undefined {
  if (text.length !== KEY_CHARS || !SHAPE.test(text)) return undefined;
  if (checksum(text.slice(0, BODY_CHARS)) !== text.slice(BODY_CHARS)) return undefined;
  return `key_${text.slice(PREFIX.length, PREFIX.length + PUBLIC_CHARS)}`;
}

/** SHA-256 of a key, 64 hex digits. Keys are found by it, so no secret is ever compared byte by byte. */
export function hashKey(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** Bytes from here on are thrown away: 62 does not divide 256. */
const BYTE_BOUND = 256 - (256 % ALPHABET.length);
/** One draw nearly always holds enough usable bytes (51 of 80, 97 % usable); true chance never needs more. */
const DRAW_BYTES = 80;
const DRAWS_MAX = 16;

function base62(bytes: (n: number) => Uint8Array, chars: number): string {
  let text = "";
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    for (const byte of bytes(DRAW_BYTES)) {
      if (byte < BYTE_BOUND) text += ALPHABET[byte % ALPHABET.length];
      if (text.length === chars) return text;
    }
  }
  throw new Error("The source of random bytes is broken: no key can be made.");
}

/** CRC-32 (IEEE 802.3, as in zip and PNG) by bytes. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let rest = index;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** CRC-32 of ASCII text as six base62 digits, most significant first. */
function checksum(text: string): string {
  let crc = 0xffffffff;
  for (let at = 0; at < text.length; at++) {
    crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ text.charCodeAt(at)) & 0xff] ?? 0);
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let digits = "";
  for (let place = 0; place < CHECK_CHARS; place++) {
    digits = (ALPHABET[rest % ALPHABET.length] ?? "") + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}
