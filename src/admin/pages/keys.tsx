/** Consumer keys: what each may do, what it has spent, rotation and revocation. */
import { useState } from "preact/hooks";
import { call, listAll, post } from "../api.ts";
import { millis, time, words } from "../format.ts";
import { useLoad } from "../load.ts";
import { SpendBar } from "../parts/bar.tsx";
import { ConfirmButton, Dialog } from "../parts/dialog.tsx";
import { Form, SelectField, Submit, useForm } from "../parts/form.tsx";
import { Badge, Empty, toast } from "../parts/notice.tsx";
import { Managed, Page, When } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import type { Key, Project } from "../shapes.ts";
import { KeyForm } from "./key-form.tsx";
import { KeyShown } from "./key-shown.tsx";
import type { PageProps } from "./page.ts";

type Open =
  | { readonly what: "add" }
  | { readonly what: "edit" | "rotate" | "shown"; readonly row: Key };

async function load() {
  const [keys, projects] = await Promise.all([listAll<Key>("keys"), listAll<Project>("projects")]);
  return { keys, projects };
}

/** revoked, expired, or active; the server's own word first. */
function stateOf(row: Key): string {
  if (row.state !== undefined) return row.state;
  const expires = millis(row.expires_at);
  return expires !== undefined && expires < Date.now() ? "expired" : "active";
}

/** `#/keys`. */
export function KeysPage(_props: PageProps) {
  const loaded = useLoad("keys", load);
  const [open, setOpen] = useState<Open>();
  const close = () => {
    setOpen(undefined);
    void loaded.reload();
  };
  const projects = loaded.data?.projects ?? [];
  const nameOf = (id: string | undefined) =>
    projects.find((one) => one.id === id)?.name ?? id ?? "–";
  return (
    <Page
      title="Keys"
      intro="What programs and people send with their requests. A key is shown once; only its hash is kept."
      actions={
        <button type="button" class="primary" onClick={() => setOpen({ what: "add" })}>
          Create a key
        </button>
      }
    >
      <When loaded={loaded}>
        {({ keys }) =>
          keys.length === 0 ? (
            <Empty>No key yet. Create one for each program that asks.</Empty>
          ) : (
            <Table
              caption="Keys"
              rows={keys}
              id={(row) => row.id}
              columns={[
                {
                  head: "Key",
                  cell: (row) => (
                    <span class="words">
                      <a href={`#/requests?key_id=${row.id}`}>{row.name || row.id}</a>{" "}
                      <Managed by={row.managed} />
                    </span>
                  ),
                },
                { head: "Ends in", cell: (row) => <code>…{row.last4}</code> },
                { head: "Project", wrap: true, cell: (row) => nameOf(row.project_id) },
                { head: "May use", wrap: true, cell: (row) => words(row.scopes) },
                {
                  head: "Today",
                  cell: (row) => <SpendBar spent={row.spent_day_usd} limit={row.budget_day_usd} />,
                },
                {
                  head: "This month",
                  cell: (row) => (
                    <SpendBar spent={row.spent_month_usd} limit={row.budget_month_usd} />
                  ),
                },
                { head: "State", cell: (row) => <State row={row} /> },
                { head: "", cell: (row) => <Acts row={row} open={setOpen} done={loaded.reload} /> },
              ]}
            />
          )
        }
      </When>
      {open?.what === "add" && (
        <Dialog title="Create a key" onClose={close} wide>
          <KeyForm projects={projects} done={(row) => setOpen({ what: "shown", row })} />
        </Dialog>
      )}
      {open?.what === "edit" && (
        <Dialog title={`Change ${open.row.name}`} onClose={close} wide>
          <KeyForm row={open.row} projects={projects} done={close} />
        </Dialog>
      )}
      {open?.what === "rotate" && (
        <Dialog title={`Rotate ${open.row.name}`} onClose={close}>
          <Rotate row={open.row} done={(row) => setOpen({ what: "shown", row })} />
        </Dialog>
      )}
      {open?.what === "shown" && (
        <Dialog title={`Key ${open.row.name}`} onClose={close} wide>
          <KeyShown secret={open.row.key ?? ""} />
        </Dialog>
      )}
    </Page>
  );
}

function State({ row }: { row: Key }) {
  const state = stateOf(row);
  if (state === "active") {
    const until = row.expires_at === undefined ? "" : ` until ${time(row.expires_at).slice(0, 10)}`;
    return <Badge kind="good">active{until}</Badge>;
  }
  return <Badge kind={state === "revoked" ? "bad" : "warn"}>{state}</Badge>;
}

function Acts(props: { row: Key; open: (open: Open) => void; done: () => Promise<void> }) {
  const { row, open } = props;
  if (row.managed === "config" || stateOf(row) === "revoked") return null;
  return (
    <div class="actions">
      <button
        type="button"
        class="small"
        aria-label={`Edit ${row.name}`}
        onClick={() => open({ what: "edit", row })}
      >
        Edit
      </button>
      <button
        type="button"
        class="small"
        aria-label={`Rotate ${row.name}`}
        onClick={() => open({ what: "rotate", row })}
      >
        Rotate
      </button>
      <ConfirmButton
        label="Revoke"
        describes={row.name}
        title={`Revoke ${row.name}?`}
        says={
          <p>Requests with this key are refused within 30 seconds. It cannot be brought back.</p>
        }
        action="Revoke it"
        danger
        run={async () => {
          await call("DELETE", `/keys/${row.id}`, { version: row.version });
          toast(`${row.name} is revoked.`);
          await props.done();
        }}
      />
    </div>
  );
}

const OVERLAPS = [
  ["0", "at once"],
  ["3600", "in an hour"],
  ["86400", "in a day"],
] as const;

function Rotate(props: { row: Key; done: (row: Key) => void }) {
  const form = useForm({ overlap: "3600" }, async ({ overlap }) => {
    const made = await post<Key>(`/keys/${props.row.id}/rotate`, {
      overlap_seconds: Number(overlap),
    });
    props.done({ ...props.row, ...made });
  });
  return (
    <Form form={form}>
      <p>A new key with the same rights takes the place of this one. Spending counts on.</p>
      <SelectField form={form} name="overlap" label="The old one ends" options={OVERLAPS} />
      <Submit form={form}>Rotate it</Submit>
    </Form>
  );
}
