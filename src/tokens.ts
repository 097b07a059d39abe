/** Estimates of token counts, for routing and for money. */
import { weigh } from "./token-classes.ts";

/** Texts longer than this together are judged by evenly spread windows: routing must not cost more than relaying. */
const SAMPLE_CHARS = 4 * 1024;
const SAMPLE_WINDOWS = 32;
const WINDOW_CHARS = SAMPLE_CHARS / SAMPLE_WINDOWS;

/** Covers the worst scripts measured against o200k, and tokenizers that split finer than it. */
const UPPER_FACTOR = 1.5;
/** Covers what chat templates add to a short prompt. */
const UPPER_TOKENS = 64;

/** Tokens of a text, best estimate; a non-negative integer, 0 only for the empty text. */
export function estimateTokens(text: string): number {
  return Math.ceil(weigh(text));
}

/** Tokens of many texts together; beyond 4 Ki characters sampled, so that the work stays bounded (about 15 µs). */
export function estimateTokensOfAll(texts: readonly string[]): number {
  let chars = 0;
  for (const text of texts) chars += text.length;
  let tokens = 0;
  if (chars <= SAMPLE_CHARS) {
    for (const text of texts) tokens += weigh(text);
    return Math.ceil(tokens);
  }
  const stride = Math.floor(chars / SAMPLE_WINDOWS);
  let sampled = 0;
  let start = 0;
  for (const text of texts) {
    const end = start + text.length;
    for (let at = start - (start % stride); at < end; at += stride) {
      const piece = text.slice(
        Math.max(start, at) - start,
        Math.max(start, at + WINDOW_CHARS) - start,
      );
      tokens += weigh(piece);
      sampled += piece.length;
    }
    start = end;
  }
  return Math.ceil((tokens * chars) / sampled);
}

/**
 * Conservative bound for money on a best estimate: 1.5 times it and 64. Holds for o200k and its like in every script
 * measured; an older tokenizer can exceed it in Indic or Greek text until the model's own correction is learned.
 */
export function upperTokens(best: number): number {
  return Math.ceil(best * UPPER_FACTOR) + UPPER_TOKENS;
}
