/** Bytes as text and parts as bytes, each in exactly one way. */
import { joined } from "../bytes.ts";

/** What WebCrypto takes: bytes in memory of their own. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** As many as may safely be arguments of one call. */
const STRETCH_BYTES = 8_192;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Standard alphabet, padded. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += STRETCH_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, at + STRETCH_BYTES));
  }
  return btoa(text);
}

/** undefined: this is not how `toBase64` writes any bytes. */
export function fromBase64(text: string): Bytes | undefined {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : undefined;
}

/** UTF-8. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text) as Bytes;
}

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Texts as one run of bytes that no other texts share: each is preceded by its length (32 bits, big-endian),
 * so nothing can move from one field into its neighbour.
 */
export function lengthPrefixed(...texts: readonly string[]): Bytes {
  const parts = texts.flatMap((text) => {
    const bytes = utf8(text);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, bytes.length);
    return [length, bytes];
  });
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return joined(parts, length) as Bytes;
}
