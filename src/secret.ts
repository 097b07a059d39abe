/** A secret in memory that nothing prints by accident, and the removal of secrets from text. */

const HIDDEN = "[secret]";

/** Holds a text that leaves only through `use`: printed, logged or serialised it shows as `[secret]`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Hands the text to `fn` and answers what that answers. */
  use<T>(fn: (text: string) => T): T {
    return fn(this.#text);
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  /** What `console.log` and `util.inspect` of Node show. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return HIDDEN;
  }
}

/** Shorter texts are found by chance everywhere. */
const CHARS_MIN = 8;

/** How a secret may look in text: as it is, base64 (also URL-safe), hex, URL-encoded, JSON. */
export function spellings(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const base64 = btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [
    ...new Set([
      secret,
      base64,
      base64.replaceAll("+", "-").replaceAll("/", "_"),
      hex,
      hex.toUpperCase(),
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
    ]),
  ];
}

/** A function that writes `[secret]` wherever one of these stands in a text, in any of its spellings. */
export function scrubber(secrets: readonly string[]): (text: string) => string {
  const all = secrets
    .filter((secret) => secret.length >= CHARS_MIN)
    .flatMap(spellings)
    // The longest first: one spelling may contain another.
    .sort((a, b) => b.length - a.length);
  if (all.length === 0) return (text) => text;
  const any = new RegExp(
    all.map((one) => one.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|"),
    "g",
  );
  return (text) => text.replace(any, HIDDEN);
}

/** Names of variables whose values are secrets. */
const SECRET_NAME = /(?:KEY|TOKEN|SECRET|PASSWORD|PEPPER)$/i;

/** What of an environment must never be printed. */
export function secretsOf(env: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    SECRET_NAME.test(name) && typeof value === "string" ? [value] : [],
  );
}
