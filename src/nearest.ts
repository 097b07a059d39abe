import { closest, distance } from "fastest-levenshtein";

/** The word that was probably meant: at most a third of its letters differ. undefined: none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const candidate = closest(word, [...words]);
  return distance(word, candidate) <= Math.max(2, candidate.length / 3) ? candidate : undefined;
}
