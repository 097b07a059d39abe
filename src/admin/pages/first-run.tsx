/** The first steps of a new gateway: vault password, provider, key, a request that works. */
import { useEffect, useState } from "preact/hooks";
import { listAll } from "../api.ts";
import { useLoad } from "../load.ts";
import { Notice } from "../parts/notice.tsx";
import { Card, Page, When } from "../parts/page.tsx";
import type { Key, Provider } from "../shapes.ts";
import { vaultStatus } from "../vault-status.ts";
import { KeyForm } from "./key-form.tsx";
import { KeyShown } from "./key-shown.tsx";
import { ProviderCheck } from "./provider-check.tsx";
import { ProviderForm } from "./provider-form.tsx";
import { VaultInit, VaultUnlock } from "./vault-password.tsx";

const STEPS = ["Vault password", "Provider", "Key", "Try it"] as const;

/** `#/welcome`; `isNew`: it opened by itself. */
export function FirstRun(props: { isNew: boolean; vaultChanged: () => Promise<void> }) {
  const vault = useLoad("vault", vaultStatus);
  const [step, setStep] = useState(0);
  const [provider, setProvider] = useState<Provider>();
  const [key, setKey] = useState<Key>();
  const state = vault.data?.state;
  useEffect(() => {
    if (state === "unsealed" || state === "off") setStep((now) => Math.max(now, 1));
  }, [state]);
  const again = async () => {
    await Promise.all([vault.reload(), props.vaultChanged()]);
  };
  return (
    <Page
      title={props.isNew ? "Welcome" : "First steps"}
      intro="Four steps to the first answer. Each can be repeated later on its own page."
    >
      <ol class="steps">
        {STEPS.map((words, index) => (
          <li
            key={words}
            class={index < step ? "done" : ""}
            aria-current={index === step ? "step" : undefined}
          >
            <b>{index + 1}</b>
            {words}
            {index < step && <span class="unseen"> (done)</span>}
          </li>
        ))}
      </ol>
      <div class="narrow">
        {step === 0 && (
          <Card title="Set the vault password">
            <p>
              Provider keys are encrypted with it before they are stored. After a restart somebody
              types it once, and the keys can be used again.
            </p>
            <When loaded={vault}>
              {(status) =>
                status.state === "sealed" ? (
                  <VaultUnlock done={again} />
                ) : (
                  <VaultInit done={again} />
                )
              }
            </When>
            <div class="actions">
              <button type="button" class="small" onClick={() => setStep(1)}>
                Skip: my keys are in the environment
              </button>
            </div>
          </Card>
        )}
        {step === 1 && <ProviderStep {...{ provider, setProvider }} next={() => setStep(2)} />}
        {step === 2 && (
          <Card title="Create a key for the first program">
            <KeyStep
              done={(made) => {
                setKey(made);
                setStep(3);
              }}
            />
          </Card>
        )}
        {step === 3 && key && (
          <Card title="Send the first request">
            <KeyShown secret={key.key ?? ""} />
            <Notice kind="good">
              <span>
                Done. What it cost and why it went where it went is told under{" "}
                <a href="#/requests">Requests</a>.
              </span>
            </Notice>
          </Card>
        )}
      </div>
    </Page>
  );
}

function ProviderStep(props: {
  provider: Provider | undefined;
  setProvider: (provider: Provider) => void;
  next: () => void;
}) {
  const { provider } = props;
  const known = useLoad("providers", () => listAll<Provider>("providers"));
  const others = (known.data ?? []).filter((one) => one.id !== "simulated");
  if (provider) {
    return (
      <Card title={`Test ${provider.id}`}>
        <ProviderCheck id={provider.id} done={props.next} />
      </Card>
    );
  }
  return (
    <Card title="Add a provider">
      {others.length > 0 && (
        <Notice kind="info">
          There already: {others.map(({ id }) => id).join(", ")}. You can go on without another.
        </Notice>
      )}
      <ProviderForm brief done={props.setProvider} />
      <div class="actions">
        <button type="button" class="small" onClick={props.next}>
          {others.length > 0 ? "Go on" : "Skip: use the simulated provider"}
        </button>
      </div>
    </Card>
  );
}

function KeyStep({ done }: { done: (key: Key) => void }) {
  return <KeyForm projects={[]} brief done={done} />;
}
