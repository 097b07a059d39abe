import { argon2id } from "@noble/hashes/argon2.js";
import { expect, test } from "vitest";
import { deriveKeys, KDF_RULES } from "../../../src/vault/derive.ts";
import { fromBase64, lengthPrefixed, toBase64, toHex, utf8 } from "../../../src/vault/encoding.ts";
import { createEnvelope, openEnvelope, unwrapAll } from "../../../src/vault/envelope.ts";
import { trusted } from "../../../src/vault/randomness.ts";
import { chance, PASSWORD } from "../../fakes/vault-home.ts";

const TOOLS = { randomBytes: trusted(chance), rules: KDF_RULES, pepper: undefined };

test("the cost of a password in production is 19 MiB and two passes", async () => {
  expect(KDF_RULES.cost).toEqual({ memoryKib: 19_456, passes: 2, lanes: 1 });
  const text = await createEnvelope(utf8(PASSWORD), TOOLS);
  const { kdf } = JSON.parse(text);
  expect(kdf).toMatchObject({ alg: "argon2id", memoryKib: 19_456, passes: 2, lanes: 1 });
  expect(fromBase64(kdf.salt)).toHaveLength(16);
  const open = await openEnvelope({ header: text, epoch: 1 }, utf8(PASSWORD), TOOLS);
  expect((await unwrapAll(open))[0]?.bytes).toHaveLength(32);
});

test("Argon2id is the one of RFC 9106", () => {
  const hash = argon2id(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), {
    ...{ m: 32, t: 3, p: 4, dkLen: 32 },
    key: new Uint8Array(8).fill(3),
    personalization: new Uint8Array(12).fill(4),
  });
  expect(toHex(hash)).toBe("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
});

test("the password's keys cannot be exported, and its bytes are wiped", async () => {
  const password = utf8(PASSWORD);
  const cost = { memoryKib: 64, passes: 1, lanes: 1 };
  const keys = await deriveKeys(password, {
    cost,
    salt: utf8("0123456789abcdef"),
    pepper: undefined,
  });
  for (const key of [keys.wrap, keys.mac]) {
    await expect(crypto.subtle.exportKey("raw", key)).rejects.toThrow();
  }
  expect(password.every((byte) => byte === 0)).toBe(true);
});

test("fields cannot lend bytes to each other, and base64 has one spelling", () => {
  expect(lengthPrefixed("ab", "c")).not.toEqual(lengthPrefixed("a", "bc"));
  expect(lengthPrefixed("a", "")).not.toEqual(lengthPrefixed("a"));
  expect(toBase64(new Uint8Array([255]))).toBe("/w==");
  for (const other of ["/x==", "/w", "/w=", "_w==", "/w==\n"])
    expect(fromBase64(other)).toBeUndefined();
});

test("chance that repeats itself is refused", () => {
  expect(() => trusted((n) => new Uint8Array(n))).toThrow(/broken/);
  const draw = chance(32);
  expect(() => trusted((n) => draw.slice(0, n))).toThrow(/broken/);
  expect(trusted(chance)(7)).toHaveLength(7);
});
