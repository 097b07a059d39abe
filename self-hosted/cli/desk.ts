/**
 * What commands ask, wherever it is done: at a running gateway, or on a database. Types only; `gateway-desk.ts` and
 * `store-desk.ts` implement them. Methods throw InputError for what is wrong with the input, RefusedError for
 * what a gateway refused, and Error for what failed.
 */
import type { ProjectRecord } from "../../src/key.ts";
import type { ChainCheck } from "../../src/store/audit-chain.ts";
import type { KeyLimits } from "./key-options.ts";

/** A key as a list shows it. */
export interface KeyView {
  readonly id: string;
  readonly last4: string;
  readonly state: "active" | "expired" | "revoked";
  readonly scopes: readonly string[];
  readonly name: string;
}

/** A key that was just made; `key` is shown once. */
export interface MadeKey {
  readonly id: string;
  readonly key: string;
}

/** A provider as the admin API writes it; what is undefined has its default. */
export interface ProviderRow {
  readonly id: string;
  readonly type: string;
  readonly base_url?: string | undefined;
  readonly network?: "public" | "private" | undefined;
  readonly credential_source?: "escrow" | "env" | undefined;
  readonly env_key_name?: string | undefined;
}

/** A provider as a list shows it. */
export interface ProviderView {
  readonly id: string;
  readonly type: string;
  readonly baseUrl: string;
  /** `escrow`: a key in the vault; `env`, `none`. */
  readonly credentialSource: string;
  /** `disabled`; else of a running gateway whether its key can be used now, of a database `enabled`. */
  readonly state: string;
  /** Who may change it. */
  readonly managed: string;
}

/** A project that is to be made; without an id it gets one. */
export type NewProject = Omit<ProjectRecord, "id"> & { readonly id: string | undefined };

/** An entry of the audit chain as a list shows it. */
export interface AuditView {
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
  readonly requestId: string;
}

/** Where commands are carried out. */
export interface Desk {
  /** Newest first. */
  keys(): Promise<readonly KeyView[]>;
  createKey(limits: KeyLimits): Promise<MadeKey>;
  /** The old key opens for `overlapSeconds` more. */
  rotateKey(id: string, overlapSeconds: number): Promise<MadeKey>;
  /** Again and again the same. */
  revokeKey(id: string): Promise<void>;
  projects(): Promise<readonly ProjectRecord[]>;
  /** Answers its id. */
  createProject(project: NewProject): Promise<string>;
  providers(): Promise<readonly ProviderView[]>;
  /** With `secret`, a key that goes into the vault. */
  addProvider(row: ProviderRow, secret: string | undefined): Promise<void>;
  /** Its offers and keys go with it. */
  removeProvider(id: string): Promise<void>;
  /** Newest first, older than `before`. */
  auditPage(page: {
    readonly before: number | undefined;
    readonly limit: number;
  }): Promise<readonly AuditView[]>;
  verifyAudit(): Promise<ChainCheck>;
}
