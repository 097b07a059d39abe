import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { checkKey, hashKey, makeKey } from "../../src/key.ts";
import { runs } from "../fakes/long.ts";

const KEY = /^thk_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/;

/** Bytes that repeat, so that a key can be known beforehand. */
const repeat =
  (...pattern: number[]) =>
  (n: number) =>
    Uint8Array.from({ length: n }, (_, at) => pattern[at % pattern.length] ?? 0);

it("a key has the shape that docs/SECURITY.md tells, and its id and last four are its own", () => {
  const { key, id, hash, last4 } = makeKey(randomBytes);
  expect(key).toMatch(KEY);
  expect(id).toBe(`key_${key.slice(9, 17)}`);
  expect(last4).toBe(key.slice(-4));
  expect(hash).toBe(hashKey(key));
});

it("the last six characters are the CRC-32 of the rest in base62", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 80, maxLength: 80, max: 247 }), (bytes) => {
      const { key } = makeKey(() => bytes);
      const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
      let value = 0;
      for (const digit of key.slice(-6)) value = value * 62 + digits.indexOf(digit);
      expect(value).toBe(crc32(key.slice(0, -6)));
    }),
    { numRuns: runs(200, 20_000) },
  );
});

it("every key that is made is well-formed", () => {
  for (let n = 0; n < runs(200, 50_000); n++) {
    const { key, id } = makeKey(randomBytes);
    expect(checkKey(key)).toBe(id);
  }
});

it("one wrong character anywhere is noticed", () => {
  const { key } = makeKey(randomBytes);
  for (let at = 0; at < key.length; at++) {
    for (const other of "0Zz_ é") {
      if (other === key[at]) continue;
      expect(checkKey(key.slice(0, at) + other + key.slice(at + 1))).toBeUndefined();
    }
  }
});

it("text that is no key is refused, whatever it is", () => {
  const { key } = makeKey(randomBytes);
  const near = [`${key}\n`, ` ${key}`, key.slice(0, -1), `${key}0`, key.toUpperCase(), key + key];
  for (const text of ["", "thk_live_", ...near, "a".repeat(1_000_000)]) {
    expect(checkKey(text)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => checkKey(text) === undefined),
    { numRuns: runs(500, 100_000) },
  );
});

it("bytes that would make some characters likelier are thrown away", () => {
  const { key } = makeKey(repeat(255, 248, 0, 61, 247, 252));
  expect(key.slice(9, -6)).toBe(
    `${"0zz0zz0zz0zz0zz".slice(0, 8)}_${"z0zz0zz0zz0zz".padEnd(43, "0zz").slice(0, 43)}`,
  );
});

it("every character of the alphabet is equally likely", () => {
  const counts = new Map<string, number>();
  const keys = runs(1_000, 50_000);
  for (let n = 0; n < keys; n++) {
    const { key } = makeKey(randomBytes);
    for (const character of key.slice(9, 17) + key.slice(18, -6)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
  }
  const expected = (keys * 51) / 62;
  let chiSquared = 0;
  for (const count of counts.values()) chiSquared += (count - expected) ** 2 / expected;
  expect(counts.size).toBe(62);
  // 61 degrees of freedom: beyond 150 lies less than one run in 10⁸.
  expect(chiSquared).toBeLessThan(150);
});

it("a source of bytes that is stuck is an error, not a key", () => {
  expect(() => makeKey(repeat(255))).toThrow(/random bytes/);
});

it("the hash is SHA-256 in hex", () => {
  expect(hashKey("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
