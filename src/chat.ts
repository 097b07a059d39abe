/** What every dialect of chat has in common, as far as routing and accounting need it. */

/** Abilities a model may have and a request may need. */
export const CAPABILITIES = ["tools", "vision", "json_schema", "reasoning", "planning"] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** JSON dialects that clients and providers speak; one folder each in `wire/`. */
export const DIALECTS = ["openai", "anthropic", "responses", "embeddings"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** What a model makes of a request: an answer, or vectors. */
export const MODEL_KINDS = ["chat", "embedding"] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/** Tokens as the upstream counted them; each a non-negative integer. */
export interface Usage {
  /** All prompt tokens, cached ones included. */
  readonly promptTokens: number;
  /** All output tokens, reasoning included. */
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
}

/** Of requests that make no model say anything. */
export const NO_USAGE: Usage = {
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};

/** What routing must know of one request. */
export interface RequestFacts {
  /** Only models of this kind can answer. */
  readonly kind: ModelKind;
  readonly needs: readonly Capability[];
  readonly stream: boolean;
  /** Best estimate, for context and score. */
  readonly promptTokens: number;
  /** Of several inputs that each fill a context of their own, the longest; undefined: one context holds all. */
  readonly longestTokens?: number | undefined;
  /** Conservative bound, for money. */
  readonly promptTokensUpper: number;
  /** The client's own cap on output tokens (per choice), 0 where nothing is written; undefined: none given. */
  readonly outputTokensMax: number | undefined;
  /** `n`; output is paid this many times. */
  readonly choices: number;
}
