/**
 * The header's cryptography: password → keys → data keys, without a store and without a state
 * (docs/SECURITY.md, The vault).
 */
import type { VaultRow } from "../administration.ts";
import { TokenhubError } from "../errors.ts";
import { DATA_KEY_BYTES, IV_BYTES, type RawDataKey } from "./data-key.ts";
import { deriveKeys, type KdfRules, type PasswordKeys } from "./derive.ts";
import { type Bytes, fromBase64, lengthPrefixed, toBase64, toHex } from "./encoding.ts";
import {
  bodyBytes,
  currentKeyOf,
  type Header,
  type HeaderBody,
  readHeader,
  type WrappedKey,
  writeHeader,
} from "./header.ts";

const VAULT_ID_BYTES = 16;
const KEY_ID_BYTES = 8;
const SALT_BYTES = 16;

/** What every envelope is made with. */
export interface EnvelopeTools {
  readonly randomBytes: (n: number) => Bytes;
  readonly rules: KdfRules;
  /** Mixed into the keys, kept outside of the database; undefined: none. */
  readonly pepper: Bytes | undefined;
}

/** A header together with the keys that its password gave. */
export interface OpenHeader {
  readonly header: Header;
  readonly keys: PasswordKeys;
}

/** A new vault with one data key; the text is for epoch 1. */
export async function createEnvelope(password: Bytes, tools: EnvelopeTools): Promise<string> {
  const vaultId = `vlt_${toHex(tools.randomBytes(VAULT_ID_BYTES))}`;
  const dataKey = newDataKey(tools);
  const { text } = await enclose(password, { vaultId, epoch: 1, dataKeys: [dataKey], tools });
  dataKey.bytes.fill(0);
  return text;
}

/** A data key that no header has yet. */
export function newDataKey({ randomBytes }: Pick<EnvelopeTools, "randomBytes">): RawDataKey {
  return { id: `dek_${toHex(randomBytes(KEY_ID_BYTES))}`, bytes: randomBytes(DATA_KEY_BYTES) };
}

/**
 * Opens the row with a password.
 * @throws TokenhubError wrong_password; vault_tampered: damaged, or the password is right and the rest does
 * not belong to it; misconfigured: it was made with a pepper and there is none, or the other way round.
 */
export async function openEnvelope(
  row: VaultRow,
  password: Bytes,
  { rules, pepper }: Pick<EnvelopeTools, "rules" | "pepper">,
): Promise<OpenHeader> {
  const header = readHeader(row, rules);
  if (header.peppered !== (pepper !== undefined)) {
    const detail = header.peppered
      ? "The vault was made with a pepper, and none is set."
      : "A pepper is set, but the vault was made without one.";
    throw new TokenhubError("misconfigured", { detail });
  }
  const salt = bytesOf(header.kdf.salt);
  const keys = await deriveKeys(password, { cost: header.kdf, salt, pepper });
  if (!(await verified(keys.mac, header.check, checked(header)))) {
    throw new TokenhubError("wrong_password");
  }
  await assertAuthentic({ header, keys });
  return { header, keys };
}

/** @throws TokenhubError vault_tampered: these keys did not make this header. */
export async function assertAuthentic({ header, keys }: OpenHeader): Promise<void> {
  if (!(await verified(keys.mac, header.mac, bodyBytes(header)))) {
    throw new TokenhubError("vault_tampered");
  }
}

/** The bytes of every data key; wipe them after use. @throws TokenhubError vault_tampered. */
export async function unwrapAll({ header, keys }: OpenHeader): Promise<RawDataKey[]> {
  return Promise.all(header.deks.map((one) => unwrap(one, header.vaultId, keys)));
}

/** The same data keys under another password: the text for the next epoch. */
export async function rewrap(
  open: OpenHeader,
  password: Bytes,
  tools: EnvelopeTools,
): Promise<{ text: string; keys: PasswordKeys }> {
  const { vaultId, epoch, deks } = open.header;
  const dataKeys = await unwrapAll(open);
  const retiredAtMs = deks.map((one) => one.retiredAtMs);
  const made = await enclose(password, { vaultId, epoch: epoch + 1, dataKeys, retiredAtMs, tools });
  for (const { bytes } of dataKeys) bytes.fill(0);
  return made;
}

/** The header with other data keys: the text for the next epoch. */
export async function withKeys(
  { header, keys }: OpenHeader,
  change: {
    /** Ids of the keys to leave out; never the current one. */
    readonly drop: ReadonlySet<string>;
    /** From now on the current one; undefined: it stays. */
    readonly add?: RawDataKey;
    readonly randomBytes: (n: number) => Bytes;
    readonly nowMs: number;
  },
): Promise<string> {
  const { drop, add, randomBytes, nowMs } = change;
  const currentId = currentKeyOf(header).id;
  const deks = header.deks.filter(({ id }) => id === currentId || !drop.has(id));
  if (add) {
    const added = await wrapped(add, { vaultId: header.vaultId, keys, randomBytes });
    const retired = { ...currentKeyOf({ ...header, deks }), retiredAtMs: Math.floor(nowMs) };
    deks.splice(-1, 1, retired, { ...added, retiredAtMs: null });
  }
  return signed({ ...header, epoch: header.epoch + 1, deks }, keys);
}

async function enclose(
  password: Bytes,
  given: {
    vaultId: string;
    epoch: number;
    dataKeys: readonly RawDataKey[];
    retiredAtMs?: readonly (number | null)[];
    tools: EnvelopeTools;
  },
): Promise<{ text: string; keys: PasswordKeys }> {
  const { vaultId, epoch, dataKeys, retiredAtMs = [], tools } = given;
  const { randomBytes, rules, pepper } = tools;
  const salt = randomBytes(SALT_BYTES);
  const { memoryKib, passes } = rules.cost;
  const kdf = { alg: "argon2id", memoryKib, passes, lanes: 1, salt: toBase64(salt) } as const;
  const keys = await deriveKeys(password, { cost: rules.cost, salt, pepper });
  const deks = await Promise.all(
    dataKeys.map(async (one, i) => ({
      ...(await wrapped(one, { vaultId, keys, randomBytes })),
      retiredAtMs: retiredAtMs[i] ?? null,
    })),
  );
  const unchecked = { format: 1, vaultId, epoch, kdf, peppered: pepper !== undefined } as const;
  const check = toBase64(await hmac(keys.mac, checked(unchecked)));
  return { text: await signed({ ...unchecked, check, deks }, keys), keys };
}

async function signed(body: HeaderBody, keys: PasswordKeys): Promise<string> {
  return writeHeader(body, toBase64(await hmac(keys.mac, bodyBytes(body))));
}

/** What only the right password can authenticate, whatever happened to the rest of the header. */
function checked({ vaultId, kdf, peppered }: Omit<HeaderBody, "check" | "deks">): Bytes {
  const cost = [kdf.alg, kdf.memoryKib, kdf.passes, kdf.lanes, kdf.salt].map(String);
  return lengthPrefixed("tokenhub/check/v1", vaultId, ...cost, String(peppered));
}

async function wrapped(
  { id, bytes }: RawDataKey,
  by: { vaultId: string; keys: PasswordKeys; randomBytes: (n: number) => Bytes },
): Promise<Omit<WrappedKey, "retiredAtMs">> {
  const iv = by.randomBytes(IV_BYTES);
  const how = { name: "AES-GCM", iv, additionalData: wrapPlace(by.vaultId, id) };
  const text = await crypto.subtle.encrypt(how, by.keys.wrap, bytes);
  return { id, iv: toBase64(iv), wrapped: toBase64(new Uint8Array(text)) };
}

async function unwrap(
  { id, iv, wrapped }: WrappedKey,
  vaultId: string,
  keys: PasswordKeys,
): Promise<RawDataKey> {
  try {
    const how = { name: "AES-GCM", iv: bytesOf(iv), additionalData: wrapPlace(vaultId, id) };
    const bytes = new Uint8Array(await crypto.subtle.decrypt(how, keys.wrap, bytesOf(wrapped)));
    return { id, bytes };
  } catch {
    throw new TokenhubError("vault_tampered");
  }
}

function wrapPlace(vaultId: string, dekId: string): Bytes {
  return lengthPrefixed("tokenhub/dek/v1", vaultId, dekId);
}

async function hmac(key: CryptoKey, bytes: Bytes): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes));
}

function verified(key: CryptoKey, mac: string, bytes: Bytes): Promise<boolean> {
  return crypto.subtle.verify("HMAC", key, bytesOf(mac), bytes);
}

function bytesOf(base64: string): Bytes {
  const bytes = fromBase64(base64);
  if (!bytes) throw new TokenhubError("vault_tampered");
  return bytes;
}
