/** Text that is kept for a while, sealed with a data key and bound to what it belongs to. */
import { type DataKey, IV_BYTES } from "./data-key.ts";
import { type Bytes, fromBase64, lengthPrefixed, toBase64, utf8 } from "./encoding.ts";

/** First field of every sealed text: how the others are to be read. */
const FORM = "t1";

/** As it is stored: form, id of the data key, nonce, ciphertext, with a full stop between them. */
export async function sealWithKey(
  key: DataKey,
  given: { vaultId: string; text: string; context: string; iv: Bytes },
): Promise<string> {
  const { vaultId, text, context, iv } = given;
  const how = { name: "AES-GCM", iv, additionalData: boundTo(vaultId, key.id, context) };
  const ciphertext = await crypto.subtle.encrypt(how, key.cipher, utf8(text));
  return [FORM, key.id, toBase64(iv), toBase64(new Uint8Array(ciphertext))].join(".");
}

/** Id of the data key that sealed it; undefined: this is no sealed text. */
export function keyIdOf(sealed: string): string | undefined {
  const [form, id] = sealed.split(".", 2);
  return form === FORM ? id : undefined;
}

/** undefined: it was not sealed with this key, for this context. */
export async function openWithKey(
  key: DataKey,
  given: { vaultId: string; sealed: string; context: string },
): Promise<string | undefined> {
  const [form, id, nonce = "", body = "", ...more] = given.sealed.split(".");
  const [iv, ciphertext] = [fromBase64(nonce), fromBase64(body)];
  if (form !== FORM || id !== key.id || more.length > 0) return undefined;
  if (iv?.length !== IV_BYTES || !ciphertext) return undefined;
  try {
    const additionalData = boundTo(given.vaultId, id, given.context);
    const how = { name: "AES-GCM", iv, additionalData };
    return new TextDecoder().decode(await crypto.subtle.decrypt(how, key.cipher, ciphertext));
  } catch {
    return undefined;
  }
}

/** What a seal covers beside the text. */
function boundTo(vaultId: string, dekId: string, context: string): Bytes {
  return lengthPrefixed("tokenhub/text/v1", vaultId, dekId, context);
}
