/**
 * What the admin API asks of the store: rows that admins change, each change together with its entry in the
 * audit chain or not at all. Types only; `store/admin.ts` implements them.
 */
import type { AliasRecord, ModelRecord, OfferRecord, ProviderRecord } from "./catalog.ts";
import type { CredentialRecord } from "./credential.ts";
import type { KeyRecord, ProjectRecord } from "./key.ts";
import type { RequestRow } from "./request-row.ts";

/** What webhooks and the live feed tell (docs/OPERATIONS.md). */
export const ALERT_EVENTS = [
  "vault-sealed",
  "credential-rejected",
  "quota-exhausted",
  "breaker-open",
  "budget-80",
  "budget-100",
  "candidate-misconfigured",
  "rollback-suspected",
] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];

/** A webhook. */
export interface AlertRecord {
  readonly id: string;
  readonly url: string;
  /** Empty: every event. */
  readonly events: readonly AlertEvent[];
  /** HMAC-SHA-256 key of the signature; never shown again. */
  readonly signingSecret: string | undefined;
  readonly enabled: boolean;
}

/** Resource → its record. */
export interface Resources {
  readonly provider: ProviderRecord;
  readonly model: ModelRecord;
  readonly offer: OfferRecord;
  readonly alias: AliasRecord;
  readonly credential: CredentialRecord;
  readonly project: ProjectRecord;
  readonly key: KeyRecord;
  readonly alert: AlertRecord;
}

/** Whatever admins make, change and remove. */
export type ResourceName = keyof Resources;

/** A row as it is stored. */
export interface Stored<R> {
  readonly record: R;
  /** Grows by one with each change, from 1. */
  readonly version: number;
  /** Who may change it: `config` rows are read-only here. */
  readonly managed: "config" | "discovered" | "admin";
}

/** intent: about to change state outside the database; its outcome is an entry of its own. */
export type AuditOutcome = "ok" | "denied" | "error" | "intent";

/** An entry of the audit chain before it has its place. */
export interface AuditDraft {
  readonly atMs: number;
  /** `token`, `session:` + 8 hex digits, `cli`, `system`. */
  readonly actor: string;
  /** `provider.put`, `vault.unlock`, … */
  readonly action: string;
  /** Id of what was changed; empty: there is none. */
  readonly target: string;
  readonly outcome: AuditOutcome;
  /** JSON text of the fields that are no secret. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly requestId: string;
}

/** An entry in its place: `hash` = SHA-256 of `previousHash` and the entry (docs/SECURITY.md). */
export interface AuditEntry extends AuditDraft {
  /** 1, 2, 3, … without a gap. */
  readonly seq: number;
  /** Hex; of the first entry 64 zeros. */
  readonly previousHash: string;
  readonly hash: string;
}

/** What a write demands and leaves behind. */
export interface Change {
  readonly audit: AuditDraft;
  /** The row must have this version; undefined: any, or none. */
  readonly version?: number | undefined;
  /** The row must not exist. */
  readonly isNew?: boolean;
}

/** written; or why nothing was: another version, no such row, it exists, a config row. */
export type WriteResult = "written" | "version" | "missing" | "exists" | "managed";

/** One row: the vault's header and the number of its last change. */
export interface VaultRow {
  /** JSON text. */
  readonly header: string;
  readonly epoch: number;
}

/** An admin's session. */
export interface SessionRow {
  /** SHA-256 of the cookie, hex. */
  readonly hash: string;
  readonly tokenHash: string;
  readonly createdAtMs: number;
  readonly seenAtMs: number;
}

/** Which log rows; undefined fields do not filter. Newest first. */
export interface RequestFilter {
  readonly keyId?: string | undefined;
  readonly modelId?: string | undefined;
  readonly providerId?: string | undefined;
  readonly door?: string | undefined;
  /** 200, …; or a class: 2, 4, 5. */
  readonly status?: number | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Rows older than this one only. */
  readonly before?: { readonly atMs: number; readonly id: string } | undefined;
  readonly limit: number;
}

/** One step of a time series. */
export interface StatsPoint {
  /** Begin of the step. */
  readonly atMs: number;
  readonly requests: number;
  /** Status ≥ 400 but 499. */
  readonly errors: number;
  readonly costNanoUsd: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly latencyMeanMs: number;
  readonly latencyMaxMs: number;
}

/** A snapshot of an actor that the process keeps. */
export interface ActorStateRow {
  readonly object: string;
  readonly name: string;
  readonly actor: string;
  readonly version: number;
  /** JSON text. */
  readonly state: string;
}

/** The admin's part of the store. Every write is all or nothing, its audit entry included. */
export interface AdminStore {
  /** Ordered by id, after this id; `providerId` only where rows have one (offers, credentials). */
  list<N extends ResourceName>(
    resource: N,
    page: { readonly after?: string; readonly limit: number; readonly providerId?: string },
  ): Promise<readonly Stored<Resources[N]>[]>;
  /** An offer's id is `provider/model`. */
  get<N extends ResourceName>(resource: N, id: string): Promise<Stored<Resources[N]> | undefined>;
  /** Inserts or replaces; moves the registry's version. A key's tombstone stays. */
  put<N extends ResourceName>(
    resource: N,
    record: Resources[N],
    change: Change,
  ): Promise<WriteResult>;
  /** With a provider go its offers and credentials, with a model its offers. Keys are revoked instead. */
  remove(resource: ResourceName, id: string, change: Change): Promise<WriteResult>;
  /** An entry without a change of rows. */
  audit(draft: AuditDraft): Promise<void>;
  /** Newest first, older than `beforeSeq`. */
  auditPage(page: {
    readonly beforeSeq?: number;
    readonly limit: number;
  }): Promise<readonly AuditEntry[]>;
  /** Oldest first, from `seq` on. */
  auditFrom(seq: number, limit: number): Promise<readonly AuditEntry[]>;
  /** Deletes entries older than this but the newest; the chain is then verified from the oldest kept. */
  pruneAudit(beforeMs: number): Promise<number>;
  vault(): Promise<VaultRow | undefined>;
  /**
   * Makes the header this one: `epoch` undefined: there must be none yet; else the row must have that epoch,
   * and has the next one afterwards.
   */
  putVault(header: string, epoch: number | undefined, audit: AuditDraft): Promise<boolean>;
  session(hash: string): Promise<SessionRow | undefined>;
  putSession(row: SessionRow, audit: AuditDraft): Promise<void>;
  /** Notes its use; a session that is gone stays gone. */
  touchSession(hash: string, seenAtMs: number): Promise<void>;
  /** undefined: every session. `audit` undefined: it ended by itself. */
  dropSession(hash: string | undefined, audit?: AuditDraft): Promise<void>;
  pruneSessions(beforeMs: number): Promise<void>;
  requests(filter: RequestFilter): Promise<readonly RequestRow[]>;
  request(id: string): Promise<RequestRow | undefined>;
  /** Steps without a request are left out. */
  stats(range: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly stepMs: number;
  }): Promise<readonly StatsPoint[]>;
  actorState(object: string, name: string): Promise<readonly ActorStateRow[]>;
  putActorStates(rows: readonly ActorStateRow[]): Promise<void>;
}
