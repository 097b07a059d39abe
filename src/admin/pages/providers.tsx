/** Providers: who there is, how each fares, and what can be done with it. */
import { useState } from "preact/hooks";
import { call, get, listAll, segment } from "../api.ts";
import { useEvery, useLoad } from "../load.ts";
import { ConfirmButton, Dialog } from "../parts/dialog.tsx";
import { Badge, Empty, toast } from "../parts/notice.tsx";
import { Managed, Page, When } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import type { Provider } from "../shapes.ts";
import { Credentials } from "./credentials.tsx";
import { Health, type HealthReport, stateOf } from "./health.tsx";
import type { PageProps } from "./page.ts";
import { ProviderCheck } from "./provider-check.tsx";
import { ProviderForm } from "./provider-form.tsx";

const REFRESH_MS = 10_000;

type Open =
  | { readonly what: "add" }
  | { readonly what: "edit" | "keys" | "check" | "health"; row: Provider };

async function load() {
  const [providers, health] = await Promise.all([
    listAll<Provider>("providers"),
    get<HealthReport>("/health"),
  ]);
  return { providers, health };
}

/** `#/providers`. */
export function ProvidersPage(_props: PageProps) {
  const loaded = useLoad("providers", load);
  const [open, setOpen] = useState<Open>();
  useEvery(REFRESH_MS, () => void loaded.reload());
  const close = () => {
    setOpen(undefined);
    void loaded.reload();
  };
  return (
    <Page
      title="Providers"
      intro="Services that answer requests. A provider offers models; routing chooses among the offers."
      actions={
        <button type="button" class="primary" onClick={() => setOpen({ what: "add" })}>
          Add a provider
        </button>
      }
    >
      <When loaded={loaded}>
        {({ providers, health }) =>
          providers.length === 0 ? (
            <Empty>No provider yet. Add one, or set OPENAI_API_KEY and start again.</Empty>
          ) : (
            <Table
              caption="Providers"
              rows={providers}
              id={(row) => row.id}
              columns={[
                {
                  head: "Provider",
                  cell: (row) => (
                    <span class="words">
                      {row.id} <Managed by={row.managed} />
                    </span>
                  ),
                },
                { head: "Type", cell: (row) => row.type },
                { head: "Address", cell: (row) => <code>{row.base_url ?? "–"}</code> },
                { head: "Key", cell: (row) => sourceOf(row) },
                {
                  head: "State",
                  cell: (row) => (
                    <State
                      row={row}
                      health={health}
                      open={() => setOpen({ what: "health", row })}
                    />
                  ),
                },
                {
                  head: "",
                  cell: (row) => <Acts row={row} open={setOpen} done={loaded.reload} />,
                },
              ]}
            />
          )
        }
      </When>
      {open && <Opened open={open} setOpen={setOpen} close={close} health={loaded.data?.health} />}
    </Page>
  );
}

function sourceOf(row: Provider): string {
  if (row.credential_source === "env") return row.env_key_name ?? "environment";
  return row.credential_source === "escrow" ? "vault" : "none";
}

function State(props: { row: Provider; health: HealthReport; open: () => void }) {
  const { row } = props;
  if (!row.enabled) return <Badge>disabled</Badge>;
  const { word, kind } = stateOf(props.health, row.id);
  return (
    <button
      type="button"
      class="bare"
      aria-label={`Health of ${row.id}: ${word}`}
      onClick={props.open}
    >
      <Badge kind={kind}>{word}</Badge>
    </button>
  );
}

function Acts(props: { row: Provider; open: (open: Open) => void; done: () => Promise<void> }) {
  const { row, open } = props;
  const isOurs = row.managed === "admin";
  const act = (what: "check" | "keys" | "edit", words: string) => (
    <button
      type="button"
      class="small"
      aria-label={`${words} ${row.id}`}
      onClick={() => open({ what, row })}
    >
      {words}
    </button>
  );
  return (
    <div class="actions">
      {act("check", "Test")}
      {row.credential_source === "escrow" && act("keys", "Keys")}
      {isOurs && act("edit", "Edit")}
      {isOurs && (
        <ConfirmButton
          label="Delete"
          describes={row.id}
          title={`Delete ${row.id}?`}
          says={
            <p>
              Its offers and its keys in the vault are deleted with it, for good. Requests that only
              it could answer fail from then on.
            </p>
          }
          action="Delete it"
          danger
          run={async () => {
            await call("DELETE", `/providers/${segment(row.id)}`, { version: row.version });
            toast(`${row.id} is deleted.`);
            await props.done();
          }}
        />
      )}
    </div>
  );
}

function Opened(props: {
  open: Open;
  setOpen: (open: Open) => void;
  close: () => void;
  health: HealthReport | undefined;
}) {
  const { open, setOpen, close, health } = props;
  if (open.what === "add") {
    return (
      <Dialog title="Add a provider" onClose={close}>
        <ProviderForm done={(row) => setOpen({ what: "check", row })} />
      </Dialog>
    );
  }
  const { row, what } = open;
  const titles = { edit: "Change", keys: "Keys of", check: "Test", health: "Health of" } as const;
  return (
    <Dialog title={`${titles[what]} ${row.id}`} onClose={close} wide>
      {what === "edit" && <ProviderForm row={row} done={close} />}
      {what === "keys" && <Credentials provider={row.id} />}
      {what === "check" && <ProviderCheck id={row.id} done={close} />}
      {what === "health" && health && <Health report={health} provider={row.id} />}
    </Dialog>
  );
}
