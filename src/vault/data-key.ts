/** Data keys: each encrypts provider keys, bound to where they belong. */
import type { CredentialRecord } from "../credential.ts";
import type { Unsealed } from "../platform.ts";
import { importMac, subkey } from "./derive.ts";
import { type Bytes, fromBase64, lengthPrefixed, toBase64, toHex, utf8 } from "./encoding.ts";
import { last4Of } from "./rules.ts";

/** A data key in memory. */
export interface DataKey {
  readonly id: string;
  /** AES-256-GCM; cannot be exported. */
  readonly cipher: CryptoKey;
  /** HMAC-SHA-256, from the same bytes. */
  readonly fingerprint: CryptoKey;
}

/** The bytes of a data key with its name. */
export interface RawDataKey {
  readonly id: string;
  readonly bytes: Bytes;
}

/** Random, 96 bits (NIST SP 800-38D); at most 2^32 seals with one key, far beyond any number of providers. */
export const IV_BYTES = 12;
/** AES-256. */
export const DATA_KEY_BYTES = 32;
const FINGERPRINT_BYTES = 8;

/** The bytes stay as they are: wipe them when nobody else needs them. */
export async function importDataKey({ id, bytes }: RawDataKey): Promise<DataKey> {
  const usages = ["encrypt", "decrypt"] as const;
  const cipher = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, [...usages]);
  return { id, cipher, fingerprint: await importMac(subkey(bytes, "fingerprint")) };
}

/** Encrypts `secret` for this credential. */
export async function sealSecret(
  key: DataKey,
  given: { vaultId: string; secret: string; credential: Unsealed; iv: Bytes },
): Promise<CredentialRecord> {
  const { secret, credential, iv, vaultId } = given;
  const place = { ...credential, dekId: key.id };
  const how = { name: "AES-GCM", iv, additionalData: boundTo(vaultId, place) };
  const ciphertext = await crypto.subtle.encrypt(how, key.cipher, utf8(secret));
  const fingerprint = await crypto.subtle.sign("HMAC", key.fingerprint, utf8(secret));
  return {
    ...place,
    iv: toBase64(iv),
    ciphertext: toBase64(new Uint8Array(ciphertext)),
    last4: last4Of(secret),
    fingerprint: toHex(new Uint8Array(fingerprint).subarray(0, FINGERPRINT_BYTES)),
  };
}

/** undefined: the row is not what was sealed with this key. */
export async function openSecret(
  key: DataKey,
  given: { vaultId: string; credential: CredentialRecord },
): Promise<string | undefined> {
  const { vaultId, credential } = given;
  const [iv, ciphertext] = [fromBase64(credential.iv), fromBase64(credential.ciphertext)];
  if (iv?.length !== IV_BYTES || !ciphertext) return undefined;
  try {
    const how = { name: "AES-GCM", iv, additionalData: boundTo(vaultId, credential) };
    return new TextDecoder().decode(await crypto.subtle.decrypt(how, key.cipher, ciphertext));
  } catch {
    return undefined;
  }
}

/** What a seal covers beside the secret: a row that any of it was changed in cannot be decrypted. */
function boundTo(
  vaultId: string,
  place: Omit<Unsealed, "enabled" | "setAtMs"> & { readonly dekId: string },
): Bytes {
  const { dekId, providerId, id, label, origin, sealVersion } = place;
  const where = [vaultId, dekId, providerId, id, label, origin, String(sealVersion)];
  return lengthPrefixed("tokenhub/secret/v1", ...where);
}
