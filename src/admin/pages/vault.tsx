/** The vault: how it stands, who holds its key, and what can be done to it. */
import { useState } from "preact/hooks";
import { call, post } from "../api.ts";
import { count, millis, time } from "../format.ts";
import { useEvery, useLoad } from "../load.ts";
import { VaultBadge } from "../parts/brand.tsx";
import { ConfirmButton, Dialog } from "../parts/dialog.tsx";
import { Badge, Notice, toast } from "../parts/notice.tsx";
import { Card, Page, When } from "../parts/page.tsx";
import type { VaultStatus } from "../shapes.ts";
import { vaultStatus } from "../vault-status.ts";
import type { PageProps } from "./page.ts";
import { VaultChange, VaultInit, VaultUnlock } from "./vault-password.tsx";

const REFRESH_MS = 5_000;

/** State → what it means. */
const MEANING: Readonly<Record<VaultStatus["state"], string>> = {
  uninitialised: "It has no password yet. Set one to store provider keys here.",
  sealed: "Its key is in no memory: the provider keys in it cannot be read until it is unlocked.",
  unsealed: "Provider keys in it can be used. The key that opens them is in memory only.",
  off: "It is switched off (TOKENHUB_VAULT_ENABLED). Provider keys come from the environment.",
  tampered: "Its rows were changed from outside. Restore the database from a backup.",
};

/** `#/vault`. */
export function VaultPage({ vaultChanged }: PageProps) {
  const vault = useLoad("vault", vaultStatus);
  useEvery(REFRESH_MS, () => void vault.reload());
  const again = async () => {
    await Promise.all([vault.reload(), vaultChanged()]);
  };
  return (
    <Page title="Vault" intro="Provider keys, encrypted with a password that only you know.">
      <When loaded={vault}>
        {(status) => (
          <div class="grid-2">
            <Card title="State" actions={<VaultBadge state={status.state} />}>
              <p>{MEANING[status.state]}</p>
              {status.state !== "off" && <Facts status={status} />}
              <Acts status={status} done={again} />
            </Card>
            {status.state === "uninitialised" && (
              <Card title="Set the password">
                <VaultInit done={again} />
              </Card>
            )}
            {status.state === "sealed" && (
              <Card title="Unlock">
                <VaultUnlock done={again} />
              </Card>
            )}
          </div>
        )}
      </When>
    </Page>
  );
}

function Facts({ status }: { status: VaultStatus }) {
  const refusedUntil = millis(status.refused_until);
  return (
    <>
      <dl class="facts">
        {status.state === "sealed" && (
          <>
            <dt>Sealed since</dt>
            <dd>{status.sealed_reason === "locked" ? "it was locked" : "the gateway started"}</dd>
          </>
        )}
        {status.keepers && status.keepers.length > 0 && (
          <>
            <dt>Held by</dt>
            <dd class="actions">
              {status.keepers.map((keeper) => {
                const { name, open } = keeper;
                return (
                  <Badge key={name} kind={open ? "good" : "warn"}>
                    {name}: {open ? "open" : "sealed"}
                  </Badge>
                );
              })}
            </dd>
          </>
        )}
        <dt>Changes of password or data key</dt>
        <dd>{count(Math.max(0, (status.epoch ?? 1) - 1))}</dd>
        <dt>Wrong passwords</dt>
        <dd>{count(status.failures ?? 0)} since the last right one</dd>
      </dl>
      {refusedUntil !== undefined && refusedUntil > Date.now() && (
        <Notice kind="warn">
          After so many wrong passwords the next one is accepted from {time(refusedUntil)} on.
        </Notice>
      )}
    </>
  );
}

function Acts({ status, done }: { status: VaultStatus; done: () => Promise<void> }) {
  const [changing, setChanging] = useState(false);
  if (status.state !== "sealed" && status.state !== "unsealed") return null;
  return (
    <div class="actions">
      {status.state === "unsealed" && (
        <ConfirmButton
          label="Lock"
          title="Lock the vault?"
          says={
            <p>
              The key leaves memory at once. Providers whose keys are in the vault stop answering
              within 30 seconds, and stay silent until somebody types the password again.
            </p>
          }
          action="Lock it"
          danger
          run={async () => {
            await post("/vault/lock");
            toast("The vault is locked.");
            await done();
          }}
        />
      )}
      <button type="button" class="small" onClick={() => setChanging(true)}>
        Change the password
      </button>
      {status.state === "unsealed" && (
        <ConfirmButton
          label="Rotate the data key"
          title="Rotate the data key?"
          says={
            <p>
              A new data key is made and every stored provider key is encrypted again with it.
              Nothing stops meanwhile; the password stays the same.
            </p>
          }
          action="Rotate it"
          run={async () => {
            const { resealed } = await call<{ resealed?: number }>("POST", "/vault/rotate");
            toast(`Encrypted again: ${count(resealed ?? 0)} provider keys.`);
            await done();
          }}
        />
      )}
      {changing && (
        <Dialog title="Change the vault password" onClose={() => setChanging(false)}>
          <VaultChange
            done={async () => {
              setChanging(false);
              await done();
            }}
          />
        </Dialog>
      )}
    </div>
  );
}
