/** A vault without cryptography: secrets by credential id, open or sealed as a test sets it. */
import { TokenhubError } from "../../src/errors.ts";
import type { Vault } from "../../src/platform.ts";

/** The vault, and a test's hands on it. */
export interface FakeVault extends Vault {
  /** Secrets by credential id. */
  readonly secrets: Map<string, string>;
  open: boolean;
}

/** Open and empty. */
export function fakeVault(): FakeVault {
  const refuse = () => Promise.reject(new Error("the fake vault has no such power"));
  const vault: FakeVault = {
    secrets: new Map(),
    open: true,
    secret({ id }) {
      if (!vault.open) throw new TokenhubError("vault_sealed");
      const secret = vault.secrets.get(id);
      if (secret === undefined) throw new TokenhubError("credential_unreadable");
      return secret;
    },
    isOpen: () => vault.open,
    status: refuse,
    init: refuse,
    unlock: refuse,
    lock: refuse,
    verify: refuse,
    changePassword: refuse,
    rotate: refuse,
    seal: refuse,
    async sealText(text, context) {
      if (!vault.open) throw new TokenhubError("vault_sealed");
      return JSON.stringify(["sealed", context, text]);
    },
    async openText(sealed, context) {
      if (!vault.open) throw new TokenhubError("vault_sealed");
      const [, bound, text] = JSON.parse(sealed);
      if (bound !== context) throw new TokenhubError("credential_unreadable");
      return text;
    },
  };
  return vault;
}
