/** Rows of the admin API as this page uses them. USD and milliseconds; what may be absent is optional. */

/** What every row carries. */
export interface Row {
  readonly id: string;
  readonly version: number;
  /** `config` rows come from the file or the environment and are read-only here. */
  readonly managed: "config" | "discovered" | "admin";
}

/** An upstream service. */
export interface Provider extends Row {
  readonly type: string;
  readonly base_url?: string;
  readonly endpoints?: readonly string[];
  readonly credential_source: "escrow" | "env" | "none";
  readonly env_key_name?: string;
  readonly network: "public" | "private";
  readonly headers?: Readonly<Record<string, string>>;
  readonly labels?: readonly string[];
  readonly enabled: boolean;
}

/** What clients name. */
export interface Model extends Row {
  readonly family?: string;
  readonly weight?: number;
  readonly max_context_tokens?: number;
  readonly max_output_tokens?: number;
  readonly kind?: string;
  readonly capabilities?: readonly string[];
  readonly enabled: boolean;
}

/** A model at a provider; id = `provider/model`. Prices in USD per 1 000 tokens. */
export interface Offer extends Row {
  readonly model_id: string;
  readonly provider_id: string;
  readonly upstream_name?: string;
  readonly input_per_1k?: number;
  readonly output_per_1k?: number;
  readonly cached_input_per_1k?: number;
  readonly cache_write_input_per_1k?: number;
  readonly expected_latency_ms?: number;
  readonly enabled: boolean;
}

/** A name for several models. */
export interface Alias extends Row {
  readonly strategy: "weighted" | "ordered";
  readonly targets: readonly { readonly model_id: string; readonly weight?: number }[];
  readonly enabled: boolean;
}

/** A provider key in the vault, without the key. */
export interface Credential {
  readonly id: string;
  readonly label?: string;
  readonly last4?: string;
  readonly fingerprint?: string;
  readonly set_at?: string | number;
  readonly state?: string;
}

/** Keys of one owner. */
export interface Project extends Row {
  readonly name: string;
  readonly budget_day_usd?: number;
  readonly budget_month_usd?: number;
  readonly time_zone?: string;
  readonly labels?: readonly string[];
  readonly spent_day_usd?: number;
  readonly spent_month_usd?: number;
}

/** A consumer key, without the key but for the answer that made it. */
export interface Key extends Row {
  readonly name: string;
  readonly project_id?: string;
  readonly scopes: readonly string[];
  readonly allowed_models?: readonly string[];
  readonly allowed_providers?: readonly string[];
  readonly required_labels?: readonly string[];
  readonly budget_request_usd?: number;
  readonly budget_day_usd?: number;
  readonly budget_month_usd?: number;
  readonly spent_day_usd?: number;
  readonly spent_month_usd?: number;
  readonly rpm?: number;
  readonly tpm?: number;
  readonly concurrency?: number;
  readonly max_tokens?: number;
  readonly fan_out?: number;
  readonly default_mode?: string;
  readonly inband: string;
  readonly created_at?: string | number;
  readonly expires_at?: string | number;
  readonly state?: string;
  readonly last4?: string;
  /** Only where it was just made or rotated. */
  readonly key?: string;
}

/** A webhook. */
export interface Alert extends Row {
  readonly url: string;
  readonly events?: readonly string[];
  readonly enabled: boolean;
}

/** How the vault stands. */
export interface VaultStatus {
  /** off: the operator has switched it off. */
  readonly state: "uninitialised" | "sealed" | "unsealed" | "tampered" | "off";
  readonly epoch?: number;
  readonly keepers?: readonly { readonly name: string; readonly open: boolean }[];
  readonly sealed_reason?: string | null;
  readonly failures?: number;
  readonly refused_until?: string | number | null;
}
