/** Settings as they are in force, and the registry as a file: out and in. */
import { useState } from "preact/hooks";
import { call, get } from "../api.ts";
import { count, words } from "../format.ts";
import { useAction, useLoad } from "../load.ts";
import { AreaField, Form, Submit, useForm } from "../parts/form.tsx";
import { ErrorNotice, Notice, toast } from "../parts/notice.tsx";
import { Card, Page, When } from "../parts/page.tsx";
import type { PageProps } from "./page.ts";

/** Names of settings; no value that might be a secret. */
interface Settings {
  readonly settings: readonly { readonly name: string; readonly given: boolean }[];
  readonly public_url: string | null;
  readonly vault_enabled: boolean;
  readonly declared_providers: readonly string[];
}

/** `#/settings`. */
export function SettingsPage(_props: PageProps) {
  const settings = useLoad("settings", () => get<Settings>("/settings"));
  return (
    <Page
      title="Settings"
      actions={
        <a class="button" href="#/welcome">
          First steps
        </a>
      }
    >
      <Card title="In force">
        <Notice kind="info">
          These come from the environment and the config file and cannot be changed here: change
          them there and start again. Rows marked “config” on the other pages come from the same
          place.
        </Notice>
        <When loaded={settings}>{(data) => <Facts data={data} />}</When>
      </Card>
      <div class="grid-2">
        <Export />
        <Import />
      </div>
    </Page>
  );
}

function Facts({ data }: { data: Settings }) {
  const facts = [
    ["Public address", data.public_url ?? "not set: the page works on this machine and over https"],
    ["Vault", data.vault_enabled ? "switched on" : "switched off"],
    ["Providers from the environment", words(data.declared_providers)],
  ] as const;
  const given = data.settings.filter((one) => one.given);
  const others = data.settings.filter((one) => !one.given);
  return (
    <dl class="facts">
      {facts.map(([name, text]) => [
        <dt key={name}>{name}</dt>,
        <dd key={`${name} is`}>{text}</dd>,
      ])}
      <dt>Given</dt>
      <dd>
        <Names list={given} />
      </dd>
      <dt>Left at their defaults</dt>
      <dd class="faint">
        <Names list={others} />
      </dd>
    </dl>
  );
}

function Names({ list }: { list: Settings["settings"] }) {
  if (list.length === 0) return <>–</>;
  return (
    <span class="names">
      {list.map(({ name }) => (
        <code key={name}>{name}</code>
      ))}
    </span>
  );
}

function Export() {
  const [yaml, setYaml] = useState<string>();
  const action = useAction();
  return (
    <Card title="Export">
      <p>
        Providers, models, offers and aliases as YAML, for a config file or another gateway. No
        secrets.
      </p>
      <ErrorNotice error={action.error} />
      <div class="actions">
        <button
          type="button"
          disabled={action.busy}
          onClick={() =>
            void action.run(async () => {
              setYaml(await call<string>("GET", "/export", { text: true }));
            })
          }
        >
          Show it
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys. */}
      {yaml !== undefined && <pre tabIndex={0}>{yaml}</pre>}
    </Card>
  );
}

function Import() {
  const form = useForm({ yaml: "" }, async ({ yaml }) => {
    const done = await call<{ written: number; unchanged: number }>("POST", "/import", {
      body: { yaml },
    });
    toast(`Written: ${count(done.written)} rows; ${count(done.unchanged)} were so already.`);
    form.set("yaml", "");
  });
  return (
    <Card title="Import">
      <Form form={form}>
        <AreaField
          form={form}
          name="yaml"
          label="YAML as exported"
          rows={8}
          hint="Rows of the same name are replaced, others are added; none is deleted."
        />
        <Submit form={form}>Import</Submit>
      </Form>
    </Card>
  );
}
