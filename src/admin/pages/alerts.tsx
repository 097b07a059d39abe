/** Alerts: which webhooks are told of what. */
import { useState } from "preact/hooks";
import { call, listAll, segment } from "../api.ts";
import { useLoad } from "../load.ts";
import { CheckField, ChoiceField } from "../parts/choices.tsx";
import { ConfirmButton, Dialog } from "../parts/dialog.tsx";
import { Form, PasswordField, Submit, TextField, useForm } from "../parts/form.tsx";
import { Badge, Empty, toast } from "../parts/notice.tsx";
import { Managed, Page, When } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import type { Alert } from "../shapes.ts";
import type { PageProps } from "./page.ts";

const EVENTS = [
  "vault-sealed",
  "credential-rejected",
  "quota-exhausted",
  "breaker-open",
  "budget-80",
  "budget-100",
  "candidate-misconfigured",
  "rollback-suspected",
];

/** `#/alerts`. */
export function AlertsPage(_props: PageProps) {
  const loaded = useLoad("alerts", () => listAll<Alert>("alerts"));
  const [open, setOpen] = useState<{ row?: Alert }>();
  const close = () => {
    setOpen(undefined);
    void loaded.reload();
  };
  return (
    <Page
      title="Alerts"
      intro="Addresses that are told when something needs a person. Each message is signed."
      actions={
        <button type="button" class="primary" onClick={() => setOpen({})}>
          Add a webhook
        </button>
      }
    >
      <When loaded={loaded}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty>Nobody is told yet.</Empty>
          ) : (
            <Table
              caption="Webhooks"
              rows={rows}
              id={(row) => row.id}
              columns={[
                {
                  head: "Webhook",
                  cell: (row) => (
                    <span class="words">
                      {row.id} <Managed by={row.managed} />
                    </span>
                  ),
                },
                { head: "Address", wrap: true, cell: (row) => <code>{row.url}</code> },
                {
                  head: "Told of",
                  wrap: true,
                  cell: (row) => row.events?.join(", ") || "everything",
                },
                {
                  head: "State",
                  cell: (row) =>
                    row.enabled ? <Badge kind="good">enabled</Badge> : <Badge>disabled</Badge>,
                },
                {
                  head: "",
                  cell: (row) => (
                    <Acts row={row} edit={() => setOpen({ row })} done={loaded.reload} />
                  ),
                },
              ]}
            />
          )
        }
      </When>
      {open && (
        <Dialog title={open.row ? `Change ${open.row.id}` : "Add a webhook"} onClose={close}>
          <AlertForm row={open.row} done={close} />
        </Dialog>
      )}
    </Page>
  );
}

function Acts(props: { row: Alert; edit: () => void; done: () => Promise<void> }) {
  const { row } = props;
  if (row.managed !== "admin") return null;
  return (
    <div class="actions">
      <button type="button" class="small" aria-label={`Edit ${row.id}`} onClick={props.edit}>
        Edit
      </button>
      <ConfirmButton
        label="Delete"
        describes={row.id}
        title={`Delete ${row.id}?`}
        says={<p>This address is not told of anything any more.</p>}
        action="Delete it"
        danger
        run={async () => {
          await call("DELETE", `/alerts/${segment(row.id)}`, { version: row.version });
          toast("The webhook is deleted.");
          await props.done();
        }}
      />
    </div>
  );
}

function AlertForm(props: { row: Alert | undefined; done: () => void }) {
  const { row } = props;
  const start = {
    url: row?.url ?? "",
    events: row?.events ?? [],
    signing_secret: "",
    enabled: row?.enabled ?? true,
  };
  const form = useForm(start, async (values) => {
    const body = {
      url: values.url.trim(),
      events: values.events,
      enabled: values.enabled,
      ...(values.signing_secret === "" ? {} : { signing_secret: values.signing_secret }),
    };
    // PATCH leaves the secret as it is where none was typed.
    if (row) await call("PATCH", `/alerts/${segment(row.id)}`, { body, version: row.version });
    else await call("POST", "/alerts", { body });
    props.done();
  });
  return (
    <Form form={form}>
      <TextField form={form} name="url" label="Address" mono placeholder="https://…" />
      <ChoiceField
        form={form}
        name="events"
        label="Told of (none ticked: everything)"
        options={EVENTS}
      />
      <PasswordField
        form={form}
        name="signing_secret"
        label="Signing secret"
        isNew
        hint={row ? "Empty: stays as it is." : "Messages are signed with it (HMAC-SHA-256)."}
      />
      <CheckField form={form} name="enabled" label="Enabled" />
      <Submit form={form}>{row ? "Save" : "Add it"}</Submit>
    </Form>
  );
}
