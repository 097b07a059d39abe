/** What the log, the statistics and the audit chain answer. USD and milliseconds; what may be absent is optional. */

/** A row of the request log. */
export interface RequestRow {
  readonly id: string;
  readonly client_request_id?: string;
  readonly at: string | number;
  readonly key_id: string;
  readonly door: string;
  readonly mode: string;
  readonly model_id?: string;
  readonly provider_id?: string;
  readonly status: number;
  readonly error_code?: string;
  readonly stream?: boolean;
  readonly attempts: number;
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly cost_usd?: number;
  readonly cost_is_estimate?: boolean;
  readonly latency_ms: number;
  readonly ttft_ms?: number;
  readonly overhead_ms?: number;
  readonly reason: string;
  readonly decision?: Decision;
  readonly meta?: unknown;
}

/** One candidate of a decision. */
export interface Candidate {
  readonly model: string;
  readonly provider: string;
  readonly upstream_model?: string;
  readonly eligible: boolean;
  readonly score?: number;
  readonly terms?: Readonly<Record<string, number>>;
  readonly estimate?: {
    readonly output_tokens: number;
    readonly cost_usd: number | null;
    readonly latency_ms: number;
  };
  readonly reason?: string;
  readonly detail?: string;
  readonly until_ms?: number;
}

/** One model call of an orchestrated request. */
export interface Stage {
  readonly role: string;
  /** From 0. */
  readonly round: number;
  /** Among those of the same role and round, from 0. */
  readonly index: number;
  /** Absent: nobody could be asked. */
  readonly model?: string;
  readonly provider?: string;
  /** ok, failed, dropped; running where the row was written before it ended. */
  readonly status: string;
  /** Why it has no answer. */
  readonly failure?: string;
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly cost_usd?: number;
  readonly latency_ms?: number;
  /** 0–1. */
  readonly score?: number;
  readonly attempts?: readonly Readonly<Record<string, unknown>>[];
}

/** How several model calls made one answer. */
export interface Orchestration {
  readonly mode: string;
  readonly why?: string;
  readonly trimmed?: readonly string[];
  readonly stopped?: string;
  readonly reserved_usd?: number;
  readonly stages: readonly Stage[];
}

/** What was decided, tried and spent. */
export interface Decision {
  readonly mode?: string;
  readonly degraded?: boolean;
  readonly candidates?: readonly Candidate[];
  /** Absent of an orchestrated request: each stage has its own. */
  readonly attempts?: readonly Readonly<Record<string, unknown>>[];
  readonly orchestration?: Orchestration;
  readonly policy?: Readonly<Record<string, unknown>>;
  readonly reasons?: readonly string[];
  readonly cost_usd?: number;
  readonly cost_is_estimate?: boolean;
}

/** One step of a time series. */
export interface StatsPoint {
  readonly at: string | number;
  readonly requests: number;
  readonly errors: number;
  readonly cost_usd: number;
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly latency_mean_ms: number;
  readonly latency_max_ms: number;
}

/** An entry of the audit chain. */
export interface AuditEntry {
  readonly seq: number;
  readonly at: string | number;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly hash: string;
}
