/** What every dialect of chat has in common, as far as routing and accounting need it. */

/** Abilities a model may have and a request may need. */
export const CAPABILITIES = ["tools", "vision", "json_schema", "reasoning", "planning"] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** JSON dialects of chat; one file each in `wire/`. */
export const DIALECTS = ["openai"] as const;
export type Dialect = (typeof DIALECTS)[number];

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

/** What routing must know of one request. */
export interface RequestFacts {
  readonly needs: readonly Capability[];
  readonly stream: boolean;
  /** Best estimate, for context and score. */
  readonly promptTokens: number;
  /** Conservative bound, for money. */
  readonly promptTokensUpper: number;
  /** The client's own cap on output tokens (per choice); undefined: none given. */
  readonly outputTokensMax: number | undefined;
  /** `n`; output is paid this many times. */
  readonly choices: number;
}
