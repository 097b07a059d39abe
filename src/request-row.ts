/** One row of the request log; written behind, never read on the request path. */
export interface RequestRow {
  readonly id: string;
  readonly clientRequestId: string | undefined;
  readonly atMs: number;
  readonly keyId: string;
  readonly door: string;
  readonly mode: string;
  readonly modelId: string | undefined;
  readonly providerId: string | undefined;
  /** HTTP status the client saw, or 499 when it left. */
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly stream: boolean;
  readonly attempts: number;
  readonly promptTokens: number | undefined;
  readonly completionTokens: number | undefined;
  readonly costNanoUsd: number | undefined;
  readonly costIsEstimate: boolean;
  readonly latencyMs: number;
  readonly ttftMs: number | undefined;
  readonly overheadMs: number;
  readonly reason: string;
  /** The whole decision, JSON text. */
  readonly decision: string;
  /** Labels the client gave in `meta`, JSON text. */
  readonly meta: string | undefined;
}
