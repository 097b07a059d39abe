/** Requests of the embeddings dialect: checked where Tokenhub acts on them, patched in their own text. */
import { estimateTokensOfAll, upperTokens } from "../../tokens.ts";
import type { ChatRequest } from "../chat-request.ts";
import { isGiven, readModel, refuse } from "../given.ts";
import { type JsonDocument, spliceBody } from "../json.ts";
import type { RequestPatch } from "../wire.ts";

/** OpenAI's own bound on the inputs of one request. */
const INPUTS_MAX = 2_048;
/** Models after BERT put one token before and one after each input, and count them. */
const TOKENS_AROUND = 2;
const ENCODINGS: ReadonlySet<unknown> = new Set(["float", "base64"]);

/** Texts, or token ids; never both. */
type Inputs =
  | { readonly texts: readonly string[] }
  | { readonly ids: readonly (readonly number[])[] };

/**
 * Null counts as absent for every optional field, as in the dialect.
 * @throws TokenhubError invalid_value with the path of the field; model_not_found for a name longer than any id.
 */
export function readRequest(document: JsonDocument): ChatRequest {
  const body = document.value;
  const target = readModel(body.model);
  const inputs = readInputs(body.input);
  const { encoding_format: encoding, dimensions } = body;
  if (isGiven(encoding) && !ENCODINGS.has(encoding)) refuse("encoding_format");
  if (isGiven(dimensions) && !(Number.isSafeInteger(dimensions) && Number(dimensions) > 0)) {
    refuse("dimensions");
  }
  // Vectors come whole; a stream could not be read.
  if (isGiven(body.stream) && body.stream !== false) refuse("stream");
  const { count, tokens, longest } = sizeOf(inputs);
  return {
    document,
    target,
    facts: {
      kind: "embedding",
      needs: [],
      stream: false,
      promptTokens: tokens,
      longestTokens: longest,
      promptTokensUpper: upperTokens(tokens + TOKENS_AROUND * count),
      outputTokensMax: 0,
      choices: 1,
    },
    usageWanted: true,
    control: body.tokenhub,
  };
}

/** The body for a provider: nothing but the model's name changes, since no output has to be capped. */
export function writeRequest(request: ChatRequest, patch: RequestPatch): string | Uint8Array {
  const model = JSON.stringify(patch.upstreamName);
  return spliceBody(request.document, { model, tokenhub: undefined });
}

/** What the first item is, all are. */
function readInputs(input: unknown): Inputs {
  if (typeof input === "string") return { texts: [readText(input, "input")] };
  if (!Array.isArray(input) || input.length === 0) return refuse("input");
  if (typeof input[0] === "number") return { ids: [readIds(input, "input")] };
  if (input.length > INPUTS_MAX) return refuse("input");
  return typeof input[0] === "string"
    ? { texts: input.map((text, at) => readText(text, `input.${at}`)) }
    : { ids: input.map((ids, at) => readIds(ids, `input.${at}`)) };
}

function readText(text: unknown, param: string): string {
  return typeof text === "string" && text !== "" ? text : refuse(param);
}

function readIds(ids: unknown, param: string): readonly number[] {
  if (!Array.isArray(ids) || ids.length === 0) return refuse(param);
  const wrong = ids.findIndex((id) => !Number.isSafeInteger(id) || id < 0);
  return wrong < 0 ? ids : refuse(`${param}.${wrong}`);
}

function sizeOf(inputs: Inputs): { count: number; tokens: number; longest: number } {
  if ("texts" in inputs) {
    const { texts } = inputs;
    const longest = texts.reduce((most, text) => (text.length > most.length ? text : most), "");
    const whole = estimateTokensOfAll(texts);
    return {
      count: texts.length,
      tokens: whole,
      longest: texts.length === 1 ? whole : Math.min(whole, estimateTokensOfAll([longest])),
    };
  }
  const lengths = inputs.ids.map((ids) => ids.length);
  return {
    count: lengths.length,
    tokens: lengths.reduce((sum, length) => sum + length, 0),
    longest: Math.max(...lengths),
  };
}
