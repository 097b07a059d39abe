/** The keys of one provider in the vault: what may be shown of them, one more, one less. */
import { call, get, post, segment } from "../api.ts";
import { time } from "../format.ts";
import { useLoad } from "../load.ts";
import { ConfirmButton } from "../parts/dialog.tsx";
import { Form, PasswordField, Submit, TextField, useForm } from "../parts/form.tsx";
import { Badge, Empty, toast } from "../parts/notice.tsx";
import { When } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import type { Credential } from "../shapes.ts";

/** Several keys of one provider are used side by side; each is throttled and refused by itself. */
export function Credentials({ provider }: { provider: string }) {
  const at = `/providers/${segment(provider)}/credentials`;
  const keys = useLoad(at, async () => (await get<{ data: readonly Credential[] }>(at)).data);
  return (
    <When loaded={keys}>
      {(rows) => (
        <>
          {rows.length === 0 && <Empty>No key in the vault yet.</Empty>}
          {rows.length > 0 && (
            <Table
              caption={`Keys of ${provider}`}
              rows={rows}
              id={(row) => row.id}
              columns={[
                { head: "Label", cell: (row) => row.label || row.id },
                { head: "Ends in", cell: (row) => <code>…{row.last4}</code> },
                { head: "Fingerprint", cell: (row) => <code>{row.fingerprint}</code> },
                { head: "Set at", cell: (row) => time(row.set_at) },
                { head: "State", cell: (row) => <Badge>{row.state ?? "set"}</Badge> },
                {
                  head: "",
                  cell: (row) => (
                    <ConfirmButton
                      label="Remove"
                      describes={row.label ?? row.id}
                      title={`Remove the key "${row.label || row.id}"?`}
                      says={
                        <p>
                          It is deleted from the vault for good. If it is the last one, {provider}{" "}
                          stops answering. It stays valid at the vendor: revoke it there.
                        </p>
                      }
                      action="Remove it"
                      danger
                      run={async () => {
                        await call("DELETE", `${at}/${segment(row.id)}`);
                        toast("The key is removed.");
                        await keys.reload();
                      }}
                    />
                  ),
                },
              ]}
            />
          )}
          <AddKey at={at} count={rows.length} done={keys.reload} />
        </>
      )}
    </When>
  );
}

function AddKey(props: { at: string; count: number; done: () => Promise<void> }) {
  const form = useForm({ label: "", secret: "" }, async ({ label, secret }) => {
    await post(props.at, { label: label.trim() || `key-${props.count + 1}`, secret });
    form.set("secret", "");
    form.set("label", "");
    toast("The key is in the vault.");
    await props.done();
  });
  return (
    <details open={props.count === 0}>
      <summary>Set another key</summary>
      <Form form={form}>
        <div class="fields">
          <TextField
            form={form}
            name="label"
            label="Label"
            placeholder={`key-${props.count + 1}`}
          />
          <PasswordField form={form} name="secret" label="API key" isNew />
        </div>
        <Submit form={form}>Set it</Submit>
      </Form>
    </details>
  );
}
