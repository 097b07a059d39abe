/** Simulated vectors: the same text and model, the same vector. They mean nothing. */
import { seeded } from "../seeded.ts";

/** The members of an embeddings request that the simulation looks at; anything may be missing or wrong. */
export interface SimulatedEmbedding {
  readonly model?: unknown;
  readonly input: unknown;
  readonly encoding_format?: unknown;
  readonly dimensions?: unknown;
}

/** The rule by which tokens of a text are counted: four characters each, rounded up. */
const CHARS_PER_TOKEN = 4;
const DIMENSIONS = 8;
const DIMENSIONS_MAX = 4_096;
/** What every answer carries, so that nobody takes it for a model's. */
const FINGERPRINT = "simulated";

/** A list of unit vectors, as numbers or as base64 of little-endian 32-bit floats. */
export function embed(request: SimulatedEmbedding): unknown {
  const model = String(request.model ?? "simulated");
  const inputs = inputsOf(request.input);
  const promptTokens = inputs.reduce<number>((sum, input) => sum + tokensOf(input), 0);
  return {
    object: "list",
    data: inputs.map((input, index) => {
      const vector = vectorOf(JSON.stringify([model, input]), sizeOf(request.dimensions));
      const embedding = request.encoding_format === "base64" ? base64(vector) : vector;
      return { object: "embedding", index, embedding };
    }),
    model,
    system_fingerprint: FINGERPRINT,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  };
}

/** A text or a list of token ids is one input. */
function inputsOf(input: unknown): readonly unknown[] {
  return Array.isArray(input) && typeof input[0] !== "number" ? input : [input];
}

function tokensOf(input: unknown): number {
  return Array.isArray(input) ? input.length : Math.ceil(String(input).length / CHARS_PER_TOKEN);
}

function sizeOf(dimensions: unknown): number {
  if (typeof dimensions !== "number" || !(dimensions >= 1)) return DIMENSIONS;
  return Math.min(Math.floor(dimensions), DIMENSIONS_MAX);
}

/** Of length 1, each number exact in 32 bits, so that both encodings say the same. */
function vectorOf(seed: string, size: number): readonly number[] {
  let hash = 0x811c9dc5;
  for (let at = 0; at < seed.length; at += 1) {
    hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193);
  }
  const draw = seeded(hash);
  const raw = Array.from({ length: size }, () => 2 * draw() - 1);
  const length = Math.hypot(...raw) || 1;
  return raw.map((one) => Math.fround(one / length));
}

function base64(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  vector.forEach((one, at) => {
    view.setFloat32(at * 4, one, true);
  });
  let binary = "";
  for (const byte of new Uint8Array(view.buffer)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
