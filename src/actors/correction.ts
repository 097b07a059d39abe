/**
 * What a provider adds to a prompt that no tokenizer sees (chat template, tool preamble): offset and
 * slope of its own count over our estimate, by recursive least squares with forgetting
 * (measured on 1 700 tool prompts of ten models: docs/decisions/0008-token-estimate.md).
 */

export interface Correction {
  offset: number;
  slope: number;
  /** Covariance, symmetric. */
  p00: number;
  p01: number;
  p11: number;
  samples: number;
}

const FORGETTING = 0.995;
const PRIOR = { offset: 8, slope: 1, p00: 1e4, p01: 0, p11: 10 };
/** Before that many samples the prior is the better guess. */
const SAMPLES_MIN = 8;
/** A count beyond these is no text (images, audio) or no count at all. */
const RATIO_MAX = 5;
const OFFSET_MAX = 20_000;
const OFFSET_MIN = -1_000;

/** The prior: a chat template of eight tokens, no slope. */
export function newCorrection(): Correction {
  return { ...PRIOR, samples: 0 };
}

/** Learns from one prompt; each weighs by its relative error. Implausible pairs are ignored. */
export function learn(
  correction: Correction,
  prompt: { estimated: number; counted: number },
): void {
  const { estimated: h, counted: y } = prompt;
  if (!(h > 0 && y > 0) || y > RATIO_MAX * h + OFFSET_MAX || y * RATIO_MAX < h) return;
  const c = correction;
  const px0 = c.p00 + c.p01 * h;
  const px1 = c.p01 + c.p11 * h;
  const scale = FORGETTING * h * h + px0 + px1 * h;
  const error = y - (c.offset + c.slope * h);
  c.offset += (px0 / scale) * error;
  c.slope += (px1 / scale) * error;
  const p00 = c.p00 - (px0 * px0) / scale;
  const p11 = c.p11 - (px1 * px1) / scale;
  // Prompts that are all alike teach one direction only; forgetting the other would grow without end.
  const bounded = p00 / FORGETTING > PRIOR.p00 || p11 / FORGETTING > PRIOR.p11;
  const forget = bounded ? 1 : FORGETTING;
  c.p01 = (c.p01 - (px0 * px1) / scale) / forget;
  c.p00 = Math.max(0, p00 / forget);
  c.p11 = Math.max(0, p11 / forget);
  c.samples += 1;
}

/** Clamped to what can be; undefined until enough was seen. */
export function correctionView(
  correction: Correction,
): { readonly offset: number; readonly slope: number } | undefined {
  if (correction.samples < SAMPLES_MIN) return undefined;
  return {
    offset: Math.max(OFFSET_MIN, Math.min(OFFSET_MAX, correction.offset)),
    slope: Math.max(1 / RATIO_MAX, Math.min(RATIO_MAX, correction.slope)),
  };
}
