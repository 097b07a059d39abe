/**
 * Every table, in one place. Only the SQL that SQLite, D1 and Postgres share; column names explicit;
 * lists and maps as JSON text. No foreign keys: an offer may name a provider or a model that only the
 * environment declares, and readers leave out offers without one.
 */
import {
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { AliasRecord, ProviderRecord } from "../catalog.ts";
import { type Capability, type Dialect, MODEL_KINDS } from "../chat.ts";
import { INBAND, INBAND_DEFAULT, type Scope } from "../key.ts";

/** File name of the newest migration that this code was written for. */
export const SCHEMA_VERSION = "0004_key_inband.sql";

/** What every row of the registry carries beside its own fields. */
const owned = () => ({
  enabled: integer("enabled", { mode: "boolean" }).notNull(),
  /** Who may change the row. */
  managed: text("managed", { enum: ["config", "discovered", "admin"] }).notNull(),
  /** Grows by one with each change of the row, from 1. */
  version: integer("version").notNull(),
  /** Hash of the declaration that named the row last; null: no declaration did. */
  declaration: text("declaration"),
});

/** Providers, whoever declared them. */
export const provider = sqliteTable("provider", {
  id: text("id").primaryKey(),
  kind: text("kind").notNull(),
  baseUrl: text("base_url").notNull(),
  endpoints: text("endpoints", { mode: "json" }).$type<readonly string[]>().notNull(),
  credentialSource: text("credential_source", { enum: ["escrow", "env", "none"] }).notNull(),
  envKeyName: text("env_key_name"),
  network: text("network", { enum: ["public", "private"] }).notNull(),
  headers: text("headers", { mode: "json" }).$type<ProviderRecord["headers"]>().notNull(),
  labels: text("labels", { mode: "json" }).$type<readonly string[]>().notNull(),
  dialects: text("dialects", { mode: "json" }).$type<readonly Dialect[]>(),
  ...owned(),
});

/** Models; what is null comes from the price list. */
export const model = sqliteTable("model", {
  id: text("id").primaryKey(),
  family: text("family"),
  weight: real("weight"),
  maxContextTokens: integer("max_context_tokens"),
  maxOutputTokens: integer("max_output_tokens"),
  capabilities: text("capabilities", { mode: "json" }).$type<readonly Capability[]>(),
  kind: text("kind", { enum: MODEL_KINDS }),
  ...owned(),
});

/** Prices are integer nano-USD per million tokens; null: from the price list. */
export const offer = sqliteTable(
  "offer",
  {
    providerId: text("provider_id").notNull(),
    modelId: text("model_id").notNull(),
    upstreamName: text("upstream_name").notNull(),
    inputNanoUsd: integer("input_nano_usd_per_million"),
    outputNanoUsd: integer("output_nano_usd_per_million"),
    cachedInputNanoUsd: integer("cached_input_nano_usd_per_million"),
    cacheWriteInputNanoUsd: integer("cache_write_input_nano_usd_per_million"),
    expectedLatencyMs: real("expected_latency_ms"),
    ...owned(),
  },
  (table) => [primaryKey({ columns: [table.providerId, table.modelId] })],
);

/** Aliases; targets as JSON. */
export const alias = sqliteTable("alias", {
  id: text("id").primaryKey(),
  strategy: text("strategy", { enum: ["weighted", "ordered"] }).notNull(),
  targets: text("targets", { mode: "json" }).$type<AliasRecord["targets"]>().notNull(),
  ...owned(),
});

/** The tables of the registry: their rows have an owner. */
export type OwnedTable = typeof provider | typeof model | typeof offer | typeof alias;

/** Consumer keys. The key itself is nowhere; `hash` is its SHA-256 in hex. */
export const apiKey = sqliteTable(
  "api_key",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    hash: text("hash").notNull(),
    last4: text("last4").notNull(),
    scopes: text("scopes", { mode: "json" }).$type<readonly Scope[]>().notNull(),
    allowedModels: text("allowed_models", { mode: "json" }).$type<readonly string[]>().notNull(),
    allowedProviders: text("allowed_providers", { mode: "json" })
      .$type<readonly string[]>()
      .notNull(),
    requiredLabels: text("required_labels", { mode: "json" }).$type<readonly string[]>().notNull(),
    projectId: text("project_id"),
    budgetRequestNanoUsd: integer("budget_request_nano_usd"),
    budgetDayNanoUsd: integer("budget_day_nano_usd"),
    budgetMonthNanoUsd: integer("budget_month_nano_usd"),
    rpm: integer("rpm"),
    tpm: integer("tpm"),
    concurrency: integer("concurrency"),
    maxTokens: integer("max_tokens"),
    fanOut: integer("fan_out"),
    defaultMode: text("default_mode"),
    inband: text("inband", { enum: INBAND }).notNull().default(INBAND_DEFAULT),
    createdAtMs: integer("created_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms"),
    revokedAtMs: integer("revoked_at_ms"),
    previousHash: text("previous_hash"),
    previousUntilMs: integer("previous_until_ms"),
    /** Grows by one with each change of the row, from 1. */
    version: integer("version").notNull().default(1),
  },
  (table) => [
    uniqueIndex("api_key_hash").on(table.hash),
    index("api_key_previous_hash").on(table.previousHash),
  ],
);

/** One row per request; fields as `RequestRow` says. */
export const requestLog = sqliteTable(
  "request_log",
  {
    id: text("id").primaryKey(),
    clientRequestId: text("client_request_id"),
    atMs: integer("at_ms").notNull(),
    keyId: text("key_id").notNull(),
    door: text("door").notNull(),
    mode: text("mode").notNull(),
    modelId: text("model_id"),
    providerId: text("provider_id"),
    status: integer("status").notNull(),
    errorCode: text("error_code"),
    stream: integer("stream", { mode: "boolean" }).notNull(),
    attempts: integer("attempts").notNull(),
    promptTokens: integer("prompt_tokens"),
    completionTokens: integer("completion_tokens"),
    costNanoUsd: integer("cost_nano_usd"),
    costIsEstimate: integer("cost_is_estimate", { mode: "boolean" }).notNull(),
    latencyMs: real("latency_ms").notNull(),
    ttftMs: real("ttft_ms"),
    overheadMs: real("overhead_ms").notNull(),
    reason: text("reason").notNull(),
    decision: text("decision").notNull(),
    meta: text("meta"),
  },
  // Both columns, so that pruning by age and by count reads the index alone.
  (table) => [index("request_log_age").on(table.atMs, table.id)],
);

/** One row, made by a migration. */
export const meta = sqliteTable("meta", {
  id: integer("id").primaryKey(),
  /** Grows by one with each change of registry or keys. */
  registryVersion: integer("registry_version").notNull(),
  /** Hash of what each owner declared last; null: nothing, or it must be declared again. */
  configHash: text("config_hash"),
  discoveredHash: text("discovered_hash"),
});
