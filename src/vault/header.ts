/** The vault's one row as text: its shape, its bounds, and the checksum that tells damage from a wrong password. */
import { sha256 } from "@noble/hashes/sha2.js";
import { z } from "zod";
import type { VaultRow } from "../administration.ts";
import { TokenhubError } from "../errors.ts";
import type { KdfRules } from "./derive.ts";
import { type Bytes, fromBase64, toHex, utf8 } from "./encoding.ts";

/** Data keys in one header: the current one and those whose rows are still being sealed again. */
export const DATA_KEYS_MAX = 8;

const BASE64 = z.string().refine((text) => fromBase64(text) !== undefined);

const WRAPPED_KEY = z.strictObject({
  id: z.string().regex(/^dek_[0-9a-f]{16}$/),
  iv: BASE64,
  wrapped: BASE64,
  /** When another key took its place; null: it is the current one, always the last of the list. */
  retiredAtMs: z.int().nonnegative().nullable(),
});

const HEADER = z.strictObject({
  format: z.literal(1),
  vaultId: z.string().regex(/^vlt_[0-9a-f]{32}$/),
  /** The row's own epoch, so that neither can be moved alone. */
  epoch: z.int().positive(),
  kdf: z.strictObject({
    alg: z.literal("argon2id"),
    memoryKib: z.int(),
    passes: z.int(),
    lanes: z.literal(1),
    salt: BASE64,
  }),
  /** Was a pepper mixed in? */
  peppered: z.boolean(),
  /** HMAC of vault id and KDF: only the right password makes it. */
  check: BASE64,
  deks: z.array(WRAPPED_KEY).min(1).max(DATA_KEYS_MAX),
  /** HMAC of everything above. */
  mac: BASE64,
  /** SHA-256 of everything above, hex, without a key: tells a damaged row from a wrong password. */
  sum: z.string(),
});

/** As it is stored. */
export type Header = z.infer<typeof HEADER>;
/** One data key in it, encrypted. */
export type WrappedKey = z.infer<typeof WRAPPED_KEY>;
/** A header before it is authenticated. */
export type HeaderBody = Omit<Header, "mac" | "sum">;

/** The header's text; `mac` is made by whoever has the key. */
export function writeHeader(body: HeaderBody, mac: string): string {
  const unsummed = JSON.stringify({ ...ordered(body), mac });
  return JSON.stringify({ ...ordered(body), mac, sum: sumOf(unsummed) });
}

/**
 * Reads the row. Everything that is not exactly what `writeHeader` wrote, for this epoch, is refused here,
 * before any password is hashed.
 * @throws TokenhubError vault_tampered.
 */
export function readHeader(row: VaultRow, rules: KdfRules): Header {
  const parsed = HEADER.safeParse(jsonOf(row.header));
  if (!parsed.success) throw new TokenhubError("vault_tampered");
  const header = parsed.data;
  const { kdf, deks } = header;
  const isSound =
    writeHeader(header, header.mac) === row.header &&
    header.epoch === row.epoch &&
    kdf.memoryKib >= rules.memoryKibMin &&
    kdf.memoryKib <= rules.memoryKibMax &&
    kdf.passes >= 1 &&
    kdf.passes <= rules.passesMax &&
    deks.every(({ retiredAtMs }, i) => (retiredAtMs === null) === (i === deks.length - 1));
  if (!isSound) throw new TokenhubError("vault_tampered");
  return header;
}

/** What the header's MAC covers. */
export function bodyBytes(body: HeaderBody): Bytes {
  return utf8(JSON.stringify(ordered(body)));
}

/** The data key that new secrets are sealed with. */
export function currentKeyOf(header: HeaderBody): WrappedKey {
  const last = header.deks.at(-1);
  if (!last) throw new TokenhubError("vault_tampered");
  return last;
}

/** One order of members, whatever object they come from. */
function ordered(body: HeaderBody): HeaderBody {
  const { format, vaultId, epoch, peppered, check } = body;
  const { alg, memoryKib, passes, lanes, salt } = body.kdf;
  const kdf = { alg, memoryKib, passes, lanes, salt };
  const deks = body.deks.map(({ id, iv, wrapped, retiredAtMs }) => ({
    id,
    iv,
    wrapped,
    retiredAtMs,
  }));
  return { format, vaultId, epoch, kdf, peppered, check, deks };
}

function sumOf(text: string): string {
  return toHex(sha256(utf8(text)));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
