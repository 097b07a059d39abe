/** What may be a vault password, and what a provider key. */
import { TokenhubError } from "../errors.ts";
import { type Bytes, utf8 } from "./encoding.ts";

/** NIST SP 800-63B asks for 15 without a second factor, OWASP for 8 with one; the admin token is the second here. */
const PASSWORD_CHARS_MIN = 12;
/** Enough for any phrase, too little to make hashing a burden. */
const PASSWORD_BYTES_MAX = 1024;
/** Shorter ones can be guessed, and are mostly a mistake of pasting. */
const SECRET_CHARS_MIN = 8;
/** A header line of 16 KiB has to hold it. */
const SECRET_CHARS_MAX = 4096;
/** What fits in a header as it is. */
const SECRET = /^[\x21-\x7e]+$/;
/** With fewer characters the last four would tell too much. */
const LAST4_CHARS_MIN = 12;

/**
 * The password in the one form that is hashed: Unicode NFKC, UTF-8.
 * @throws TokenhubError invalid_value: empty, longer than 1024 bytes, with a NUL.
 */
export function passwordBytes(password: string, param = "admin_password"): Bytes {
  const bytes = utf8(password.normalize("NFKC"));
  if (bytes.length === 0 || bytes.length > PASSWORD_BYTES_MAX || bytes.includes(0)) {
    throw new TokenhubError("invalid_value", {
      param,
      detail: `A password has 1 to ${PASSWORD_BYTES_MAX} bytes and no NUL.`,
    });
  }
  return bytes;
}

/**
 * The same for a password that is being set.
 * @throws TokenhubError also invalid_secret_format: shorter than 12 characters.
 */
export function newPasswordBytes(password: string, param = "admin_password"): Bytes {
  const bytes = passwordBytes(password, param);
  if ([...password.normalize("NFKC")].length < PASSWORD_CHARS_MIN) {
    throw new TokenhubError("invalid_secret_format", {
      param,
      detail: `A vault password has at least ${PASSWORD_CHARS_MIN} characters.`,
    });
  }
  return bytes;
}

/**
 * A provider key without the white space around it.
 * @throws TokenhubError invalid_secret_format: not 8 to 4096 visible ASCII characters.
 */
export function readSecret(given: string): string {
  const secret = given.trim();
  const fits = secret.length >= SECRET_CHARS_MIN && secret.length <= SECRET_CHARS_MAX;
  if (!fits || !SECRET.test(secret)) {
    throw new TokenhubError("invalid_secret_format", {
      param: "secret",
      detail: `A provider key has ${SECRET_CHARS_MIN} to ${SECRET_CHARS_MAX} visible ASCII characters.`,
    });
  }
  return secret;
}

/** What is shown of a provider key; empty: it is too short to show anything. */
export function last4Of(secret: string): string {
  return secret.length < LAST4_CHARS_MIN ? "" : secret.slice(-4);
}
