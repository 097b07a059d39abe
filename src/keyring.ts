/** What each provider can be asked with now, and the secret behind the name. */
import type { ProviderRecord } from "./catalog.ts";
import { type CredentialLack, originsOf, type Usable } from "./credential.ts";
import type { Platform } from "./platform.ts";
import type { Snapshot } from "./snapshot.ts";

/** The credentials of all providers, as this isolate can use them. */
export interface Keyring {
  /** From memory alone: every candidate of every request asks. */
  usable(provider: ProviderRecord): Usable;
  /** The secret of that name; undefined: there is none (any more). Throws as `Vault.secret`. */
  secret(provider: ProviderRecord, name: string): string | undefined | Promise<string>;
}

/** Where the encrypted keys are read from, and who is told that they are wanted in vain. */
export interface KeyringInput {
  readonly snapshot: Pick<Snapshot, "credentials">;
  readonly onSealed: () => void;
}

const NONE: Usable = { names: ["none"], lack: undefined };
const MISSING = lacking("missing");
const SEALED = lacking("vault-sealed");
const ELSEWHERE = lacking("origin-mismatch");

/** Reads nothing yet. */
export function createKeyring(
  { credential, vault }: Pick<Platform, "credential" | "vault">,
  { snapshot, onSealed }: KeyringInput,
): Keyring {
  /** Rows of the registry are replaced whole, so what was found for one holds as long as it does. */
  const named = new WeakMap<ProviderRecord, Usable>();
  const escrowed = new WeakMap<ProviderRecord, { readonly usable: Usable; readonly of: unknown }>();

  function fromEnvironment(provider: ProviderRecord): Usable {
    const name = provider.envKeyName ?? "";
    if (!credential(name)) return MISSING;
    const known = named.get(provider);
    if (known) return known;
    const usable: Usable = { names: [name], lack: undefined };
    named.set(provider, usable);
    return usable;
  }

  function fromVault(provider: ProviderRecord): Usable {
    const records = snapshot.credentials(provider.id);
    const known = escrowed.get(provider);
    if (known?.of === records) return known.usable;
    const enabled = records.filter((one) => one.enabled);
    const here = enabled.filter(({ origin }) => origin === originsOf(provider));
    const usable: Usable =
      here.length > 0
        ? { names: here.map(({ id }) => id), lack: undefined }
        : enabled.length > 0
          ? ELSEWHERE
          : MISSING;
    escrowed.set(provider, { usable, of: records });
    return usable;
  }

  return {
    usable(provider) {
      if (provider.credentialSource === "none") return NONE;
      if (provider.credentialSource === "env") return fromEnvironment(provider);
      const usable = fromVault(provider);
      if (usable.lack !== undefined || vault.isOpen()) return usable;
      onSealed();
      return SEALED;
    },
    secret(provider, name) {
      if (provider.credentialSource === "env") return credential(name);
      const record = snapshot.credentials(provider.id).find(({ id }) => id === name);
      return record && vault.secret(record);
    },
  };
}

function lacking(lack: CredentialLack): Usable {
  return { names: [], lack };
}
