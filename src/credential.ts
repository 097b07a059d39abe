/** Provider keys in the vault, and what a provider can be asked with. */
import type { ProviderRecord } from "./catalog.ts";

/** A provider key in the vault: what may be shown of it, and its ciphertext. */
export interface CredentialRecord {
  /** `cred_` + ULID. */
  readonly id: string;
  readonly providerId: string;
  readonly label: string;
  readonly last4: string;
  /** Keyed hash of the secret, 16 hex digits: equal keys show as equal, nothing else. */
  readonly fingerprint: string;
  /** Where the secret may be sent: the provider's origins when it was sealed, sorted, space-separated. */
  readonly origin: string;
  /** Which of the vault's data keys sealed it. */
  readonly dekId: string;
  /** Base64. */
  readonly iv: string;
  readonly ciphertext: string;
  /** Grows with each sealing of this credential; part of what the seal covers. */
  readonly sealVersion: number;
  readonly enabled: boolean;
  readonly setAtMs: number;
}

/** Why a provider has no credential now; words of the decision. */
export type CredentialLack = "missing" | "vault-sealed" | "origin-mismatch";

/** What a provider can be asked with, or why with nothing. */
export interface Usable {
  /** As throttles and outcomes know them: environment names, ids of credentials, or "none". */
  readonly names: readonly string[];
  /** undefined: there is one. */
  readonly lack: CredentialLack | undefined;
}

/** The origins that a provider's requests go to: sorted, unique, space-separated. */
export function originsOf({ baseUrl, endpoints }: ProviderRecord): string {
  const origins = [baseUrl, ...endpoints].map((url) => new URL(url).origin);
  return [...new Set(origins)].sort().join(" ");
}
