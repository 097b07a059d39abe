/**
 * What the gateway asks of the world: one page of types, built twice (`src/worker.ts`,
 * `self-hosted/server.ts`) and faked by tests. Everything else in `src/` is the same in both homes.
 */

import type { AdminStore, AuditDraft } from "./administration.ts";
import type { RegistryRows } from "./catalog.ts";
import type { Usage } from "./chat.ts";
import type { CredentialRecord } from "./credential.ts";
import type { FaultClass } from "./errors.ts";
import type { KeyRecord, ProjectRecord } from "./key.ts";
import type { RequestRow } from "./request-row.ts";
import type { LogEvent, MeterDelta } from "./telemetry.ts";

/** A stream of bytes that is pulled. `read` answers undefined once at the end and throws on a fault. */
export interface Source {
  read(): Promise<Uint8Array | undefined>;
  /** Gives up; idempotent, never throws, also after the end. */
  cancel(): void;
}

/** One client connection, as its home sees it. */
export interface Exchange {
  /** Aborts when the client leaves before its answer is complete. */
  readonly signal: AbortSignal;
  /** Address of the direct peer; undefined where the home does not tell (edge). */
  readonly peer: string | undefined;
  /** A request header by its lower-case name. */
  header(name: string): string | undefined;
  /**
   * The request's body, read to its end.
   * @throws TokenhubError `too_large`, `timeout`, `invalid_json` (cut short).
   */
  receive(limit: { bytesMax: number; timeoutMs: number }): Promise<Uint8Array>;
  /** Answers. The value goes to hono as the response (on Node the raw response is already written). */
  reply(head: ReplyHead, body: string | Source): Response;
}

/** Status and headers of an answer to a client. */
export interface ReplyHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** One call to an upstream. Built by `egress.ts` only. */
export interface UpstreamCall {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  /** JSON in UTF-8; undefined for a GET. */
  readonly body: string | Uint8Array | undefined;
  readonly signal: AbortSignal;
  /** Addresses this call may connect to; checked on the address really connected where the home can. */
  readonly network: "public" | "private";
}

/** The head of an upstream's answer; its body is still to be read, or cancelled. */
export interface UpstreamReply {
  readonly status: number;
  /** Lower-case names. */
  header(name: string): string | undefined;
  readonly body: Source;
}

/** What one attempt told about its provider; the unit in which isolates report to the state. */
export interface Outcome {
  readonly modelId: string;
  /** Which credential of the provider was used: env name or "none". */
  readonly credential: string;
  /** "ok", a fault class, or "aborted" (the client left: says nothing about the provider). */
  readonly result: "ok" | "aborted" | FaultClass;
  readonly atMs: number;
  /** Send to end of answer. */
  readonly latencyMs: number;
  /** Send to first meaningful event; undefined when there was none or the answer was not streamed. */
  readonly ttftMs: number | undefined;
  readonly usage: Usage | undefined;
  /** Our estimate of the prompt, to learn its error. */
  readonly promptTokensEstimated: number;
  readonly limits: RateSignals;
}

/** What response headers said about the provider's limits; every field strict-parsed and clamped. */
export interface RateSignals {
  /** Wait before the next request, 250 ms – 1 h; undefined: nothing said. */
  readonly retryAfterMs?: number;
  readonly requestsRemaining?: number;
  readonly requestsLimit?: number;
  readonly tokensRemaining?: number;
  readonly tokensLimit?: number;
  /** Until the exhausted dimension refills, from now. */
  readonly resetMs?: number;
}

/** Health and speed of one model at one provider, as routing needs it. */
export interface PulseView {
  readonly breaker: "closed" | "open" | "half-open";
  /** When an open breaker lets a probe through; 0 when closed. */
  readonly openUntilMs: number;
  /** Share of traffic admitted after a half-open success: 0.1, 0.5 or 1. */
  readonly ramp: number;
  /** Smoothed probability that the next attempt fails for the provider's fault, 0–1. */
  readonly failure: number;
  /** Outcomes behind the numbers below, decayed. */
  readonly samples: number;
  readonly ttftP50Ms: number | undefined;
  readonly ttftP95Ms: number | undefined;
  /** Inter-token time. */
  readonly tokenP50Ms: number | undefined;
  readonly outputTokensP50: number | undefined;
  /** prompt tokens ≈ offset + slope × estimate; undefined until learned. */
  readonly promptCorrection: { readonly offset: number; readonly slope: number } | undefined;
}

/** Limits of one (credential, model) at one provider. */
export interface BucketView {
  /** No request before this time; 0 = free. */
  readonly throttledUntilMs: number;
  /** Why: a throttle (429), an exhausted quota, a rejected credential, a misconfigured offer. */
  readonly reason: FaultClass | undefined;
  /** 0 (none) – 1 (all) of the tightest limit still free. */
  readonly headroom: number;
}

/** One provider's state. Pulse by model id; bucket by `${credential}\n${modelId}`. */
export interface ProviderView {
  readonly pulse: Readonly<Record<string, PulseView>>;
  readonly bucket: Readonly<Record<string, BucketView>>;
}

/** All an isolate needs to know of the shared state, from one call. */
export interface DirectoryView {
  readonly registryVersion: number;
  readonly providers: Readonly<Record<string, ProviderView>>;
}

/**
 * Where the state machines of `actors/` live: Durable Objects, or the process itself.
 * `object` is a row of `OBJECTS` in `actors/index.ts`; use its typed `actorRef` instead of calling this.
 */
export interface ActorHost {
  call(to: ActorAddress, method: string, args: readonly unknown[]): Promise<unknown>;
  /** The merged views of all providers, with the registry's version read no longer than 0.5 s ago. */
  view(): Promise<DirectoryView>;
}

/** Which actor of which object: `name` is the object's own (a provider id, …). */
export interface ActorAddress {
  readonly object: string;
  readonly name: string;
  readonly actor: string;
}

/** All rows of the registry, and which of them were found by discovery. */
export interface StoredRegistry extends RegistryRows {
  readonly version: number;
  readonly discovered: Pick<RegistryRows, "models" | "offers">;
  /** Provider keys, still encrypted. */
  readonly credentials: readonly CredentialRecord[];
  readonly projects: readonly ProjectRecord[];
}

/** The registry, the keys and the log. One implementation per database family (`store/`). */
export interface Store {
  /** Every row; `version` grows by one with each change of registry or keys. */
  registry(): Promise<StoredRegistry>;
  registryVersion(): Promise<number>;
  /** Makes `rows` the rows of this owner ("config", "discovered"); changes nothing when they are the same. */
  declare(owner: RowOwner, rows: RegistryRows): Promise<void>;
  /** The key with this SHA-256 (hex), also when expired or revoked. */
  keyByHash(hash: string): Promise<KeyRecord | undefined>;
  /** Every key, newest first, ≤ 200. */
  keys(): Promise<readonly KeyRecord[]>;
  putKey(key: KeyRecord): Promise<void>;
  /** A tombstone; unknown ids change nothing. */
  revokeKey(id: string, atMs: number): Promise<void>;
  /** Rows whose id is there already are left as they are. */
  appendRequests(rows: readonly RequestRow[]): Promise<void>;
  /** Deletes log rows older than this or beyond this many; answers how many went. */
  pruneRequests(bound: { beforeMs: number; rowsMax: number }): Promise<number>;
  /** Name of the newest migration applied; undefined in an empty database. */
  schemaVersion(): Promise<string | undefined>;
}

/** Who declared a registry row: the config file or environment, or a provider's own model list. */
export type RowOwner = "config" | "discovered";

/** What the vault is to everybody but its own module. */
export interface Vault {
  /**
   * The provider key behind this credential; at once where it is in memory.
   * @throws TokenhubError vault_uninitialised, vault_sealed, vault_tampered, credential_unreadable.
   */
  secret(credential: CredentialRecord): string | Promise<string>;
  /** What was known last, without a call: may secrets be asked for? */
  isOpen(): boolean;
  status(): Promise<VaultStatus>;
  /** @throws TokenhubError vault_already_initialised, invalid_secret_format, kdf_busy, conflict. */
  init(password: string, by: AuditDraft): Promise<void>;
  /** @throws TokenhubError vault_uninitialised, wrong_password, rate_limited, kdf_busy, vault_tampered. */
  unlock(password: string, by: AuditDraft): Promise<void>;
  lock(by: AuditDraft): Promise<void>;
  /** As `unlock`, whether the vault is open or not; opens nothing. */
  verify(password: string): Promise<void>;
  changePassword(change: { from: string; to: string }, by: AuditDraft): Promise<void>;
  /** A new data key; every credential is sealed again with it. Goes on where an earlier run was cut off. */
  rotate(by: AuditDraft): Promise<{ readonly resealed: number }>;
  /** Encrypts a provider key; the record is not stored yet. @throws TokenhubError vault_sealed. */
  seal(secret: string, credential: Unsealed): Promise<CredentialRecord>;
  /**
   * Encrypts a text that is kept for a while: `openText` gives it back for the same context only. It can be
   * opened for a day, whatever keys are made meanwhile, and longer while there is no new one.
   * @throws TokenhubError vault_uninitialised, vault_sealed, vault_tampered.
   */
  sealText(text: string, context: string): Promise<string>;
  /** @throws TokenhubError as `sealText`, and credential_unreadable: another context, changed, or its key is gone. */
  openText(sealed: string, context: string): Promise<string>;
}

/** A credential before its secret is encrypted. */
export type Unsealed = Omit<
  CredentialRecord,
  "dekId" | "iv" | "ciphertext" | "fingerprint" | "last4"
>;

/** How the vault stands. */
export interface VaultStatus {
  readonly state: "uninitialised" | "sealed" | "unsealed" | "tampered";
  /** Number of the header's last change; 0: there is none. */
  readonly epoch: number;
  /** Who holds the key, by name; one on Node, three on the edge. */
  readonly keepers: readonly { readonly name: string; readonly isOpen: boolean }[];
  /** Why it is sealed. */
  readonly sealedReason: "start" | "locked" | undefined;
  /** Wrong passwords since the last right one, and until when the next is refused; 0: not. */
  readonly failures: number;
  readonly refusedUntilMs: number;
  /** The header is older than one seen before: somebody restored a backup, or cheated. */
  readonly rollbackSuspected: boolean;
}

/** A file of the admin page. */
export interface Asset {
  readonly body: Uint8Array | ReadableStream;
  readonly contentType: string;
}

/** One home, as the core sees it. */
export interface Platform {
  readonly store: Store;
  readonly admin: AdminStore;
  readonly vault: Vault;
  readonly actors: ActorHost;
  /** @throws whatever the transport throws; `egress.ts` classes it. */
  send(call: UpstreamCall): Promise<UpstreamReply>;
  exchange(request: Request, env: unknown): Exchange;
  /** A provider credential declared in the environment (or a Worker secret); never logged. */
  credential(name: string): string | undefined;
  /** Unix milliseconds, fractions allowed. On Workers it stands still during CPU. */
  nowMs(): number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  after(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `then` once after `ms` unless the returned function was called before. The cheap form of `after`. */
  timer(ms: number, then: () => void): () => void;
  /** SHA-256 in hex, at once: keys are looked up by it on every request. */
  digest(text: string): string;
  /** 0 ≤ x < 1. */
  random(): number;
  /** From the system's generator of secrets. */
  randomBytes(n: number): Uint8Array;
  /** A file of the admin page by its path (`/admin/index.html`); undefined: there is none. */
  asset(path: string): Promise<Asset | undefined>;
  /** prefix + "_" + ULID. */
  newId(prefix: string): string;
  log(event: LogEvent): void;
  /** Work that may outlive the response. Its rejection is logged, never thrown. */
  defer(work: Promise<unknown>): void;
}

export type { MeterDelta, RequestRow };
