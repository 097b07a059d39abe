/** The tables behind the admin API: vault, credentials, projects, alerts, audit, sessions, actors' state. */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AlertEvent, AuditOutcome } from "../administration.ts";

/** What every row that an admin changes carries: it grows by one with each change, from 1. */
const version = () => integer("version").notNull();

/** One row, once the vault is initialised. The header holds no secret that its password does not guard. */
export const vault = sqliteTable("vault", {
  id: integer("id").primaryKey(),
  /** JSON text; `vault/envelope.ts` knows its shape. */
  header: text("header").notNull(),
  /** Grows by one with each change of the header; writes compare it. */
  epoch: integer("epoch").notNull(),
});

/** Provider keys, encrypted; fields as `CredentialRecord` says. */
export const credential = sqliteTable(
  "credential",
  {
    id: text("id").primaryKey(),
    providerId: text("provider_id").notNull(),
    label: text("label").notNull(),
    last4: text("last4").notNull(),
    fingerprint: text("fingerprint").notNull(),
    origin: text("origin").notNull(),
    dekId: text("dek_id").notNull(),
    iv: text("iv").notNull(),
    ciphertext: text("ciphertext").notNull(),
    sealVersion: integer("seal_version").notNull(),
    enabled: integer("enabled", { mode: "boolean" }).notNull(),
    setAtMs: integer("set_at_ms").notNull(),
    version: version(),
  },
  (table) => [index("credential_provider").on(table.providerId)],
);

/** Projects; their keys name them. */
export const project = sqliteTable("project", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  budgetDayNanoUsd: integer("budget_day_nano_usd"),
  budgetMonthNanoUsd: integer("budget_month_nano_usd"),
  timeZone: text("time_zone"),
  labels: text("labels", { mode: "json" }).$type<readonly string[]>().notNull(),
  version: version(),
});

/** Webhooks that are told of events. */
export const alert = sqliteTable("alert", {
  id: text("id").primaryKey(),
  url: text("url").notNull(),
  events: text("events", { mode: "json" }).$type<readonly AlertEvent[]>().notNull(),
  signingSecret: text("signing_secret"),
  enabled: integer("enabled", { mode: "boolean" }).notNull(),
  version: version(),
});

/** The audit chain: each row's hash covers the one before it. */
export const audit = sqliteTable("audit", {
  seq: integer("seq").primaryKey(),
  atMs: integer("at_ms").notNull(),
  actor: text("actor").notNull(),
  action: text("action").notNull(),
  target: text("target").notNull(),
  outcome: text("outcome").$type<AuditOutcome>().notNull(),
  before: text("before"),
  after: text("after"),
  requestId: text("request_id").notNull(),
  previousHash: text("previous_hash").notNull(),
  hash: text("hash").notNull(),
});

/** Admin sessions; the cookie itself is nowhere, `hash` is its SHA-256 in hex. */
export const adminSession = sqliteTable("admin_session", {
  hash: text("hash").primaryKey(),
  /** SHA-256 of the admin token that opened it: a new token ends it. */
  tokenHash: text("token_hash").notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  seenAtMs: integer("seen_at_ms").notNull(),
});

/** Snapshots of actors whose home has no storage of its own (one Node process). */
export const actorState = sqliteTable(
  "actor_state",
  {
    object: text("object").notNull(),
    name: text("name").notNull(),
    actor: text("actor").notNull(),
    version: integer("version").notNull(),
    state: text("state").notNull(),
  },
  (table) => [primaryKey({ columns: [table.object, table.name, table.actor] })],
);
