/** The source of random bytes, distrusted. */
import { TokenhubError } from "../errors.ts";
import { type Bytes, toHex } from "./encoding.ts";

/** Answers that many random bytes. */
export type RandomBytes = (n: number) => Uint8Array;

const PROBE_BYTES = 32;

/**
 * The same source, after two draws that differ and are not one byte repeated. It cannot prove chance, it
 * catches a generator that is stuck, before anything is encrypted with what it gives.
 * @throws TokenhubError misconfigured.
 */
export function trusted(randomBytes: RandomBytes): (n: number) => Bytes {
  const [first, second] = [randomBytes(PROBE_BYTES), randomBytes(PROBE_BYTES)];
  const isStuck =
    toHex(first) === toHex(second) || [first, second].some((draw) => new Set(draw).size < 4);
  if (isStuck) {
    throw new TokenhubError("misconfigured", {
      detail: "The source of random bytes is broken, so nothing is encrypted.",
    });
  }
  return (n) => new Uint8Array(randomBytes(n));
}
