/** Bytes that came, or were made, in parts. */

/** The parts one after the other, copied once; `length` is the sum of theirs. */
export function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
