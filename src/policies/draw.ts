/** Chance without state: one number per (seed, text), so that no candidate's draw depends on another's. */

/**
 * Uniform in the open interval (0, 1); the same for the same seed and text. `seed` is an unsigned 32 bit
 * integer; uses that must not be correlated xor it with constants of their own.
 * FNV-1a (Fowler, Noll, Vo) started from the seed, finished by the mixer of MurmurHash3.
 */
export function draw(seed: number, text: string): number {
  let hash = mix(seed ^ 0x811c9dc5);
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return ((mix(hash) >>> 0) + 0.5) / 2 ** 32;
}

function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
