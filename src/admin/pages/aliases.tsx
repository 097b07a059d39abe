/** Aliases: one name for several models, drawn by weight or tried in order. */
import { useState } from "preact/hooks";
import { call, listAll, segment } from "../api.ts";
import { useLoad } from "../load.ts";
import { CheckField, numberOf } from "../parts/choices.tsx";
import { ConfirmButton, Dialog } from "../parts/dialog.tsx";
import { AreaField, Form, SelectField, Submit, TextField, useForm } from "../parts/form.tsx";
import { Badge, Empty, toast } from "../parts/notice.tsx";
import { Managed, Page, When } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import type { Alias } from "../shapes.ts";
import type { PageProps } from "./page.ts";

/** `#/aliases`. */
export function AliasesPage(_props: PageProps) {
  const loaded = useLoad("aliases", () => listAll<Alias>("aliases"));
  const [open, setOpen] = useState<{ row?: Alias }>();
  const close = () => {
    setOpen(undefined);
    void loaded.reload();
  };
  return (
    <Page
      title="Aliases"
      intro="A name that stands for several models: one is drawn by weight, or they are tried in order."
      actions={
        <button type="button" class="primary" onClick={() => setOpen({})}>
          Add an alias
        </button>
      }
    >
      <When loaded={loaded}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty>No alias yet.</Empty>
          ) : (
            <Table
              caption="Aliases"
              rows={rows}
              id={(row) => row.id}
              columns={[
                {
                  head: "Alias",
                  cell: (row) => (
                    <span class="words">
                      {row.id} <Managed by={row.managed} />
                    </span>
                  ),
                },
                { head: "Strategy", cell: (row) => row.strategy },
                {
                  head: "Models",
                  wrap: true,
                  cell: (row) => <code>{linesOf(row).join(" · ")}</code>,
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
        <Dialog title={open.row ? `Change ${open.row.id}` : "Add an alias"} onClose={close}>
          <AliasForm row={open.row} done={close} />
        </Dialog>
      )}
    </Page>
  );
}

function linesOf(row: Alias): string[] {
  const isDrawn = row.strategy === "weighted";
  return row.targets.map(({ model_id, weight }) =>
    isDrawn ? `${model_id} ${weight ?? 1}` : model_id,
  );
}

function Acts(props: { row: Alias; edit: () => void; done: () => Promise<void> }) {
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
        says={<p>Requests that name it are answered with 404 from then on. Its models stay.</p>}
        action="Delete it"
        danger
        run={async () => {
          await call("DELETE", `/aliases/${segment(row.id)}`, { version: row.version });
          toast(`${row.id} is deleted.`);
          await props.done();
        }}
      />
    </div>
  );
}

function targetOf(line: string) {
  const [model_id = "", weight = ""] = line.trim().split(/\s+/);
  const value = numberOf(weight);
  return { model_id, ...(value === undefined ? {} : { weight: value }) };
}

function AliasForm(props: { row: Alias | undefined; done: () => void }) {
  const { row } = props;
  const start = {
    id: row?.id ?? "",
    strategy: row?.strategy ?? "ordered",
    targets: row ? linesOf(row).join("\n") : "",
    enabled: row?.enabled ?? true,
  };
  const form = useForm(start, async (values) => {
    const targets = values.targets
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map(targetOf);
    const body = {
      id: values.id.trim(),
      strategy: values.strategy,
      targets,
      enabled: values.enabled,
    };
    if (row) await call("PATCH", `/aliases/${segment(row.id)}`, { body, version: row.version });
    else await call("POST", "/aliases", { body });
    props.done();
  });
  return (
    <Form form={form}>
      <TextField form={form} name="id" label="Name" mono disabled={row !== undefined} />
      <SelectField
        form={form}
        name="strategy"
        label="Strategy"
        options={[
          ["ordered", "ordered: the next one when the first cannot answer"],
          ["weighted", "weighted: one is drawn"],
        ]}
      />
      <AreaField
        form={form}
        name="targets"
        label="Models"
        rows={4}
        hint="One a line; behind it its weight where one is drawn: gpt-5.5 3"
      />
      <CheckField form={form} name="enabled" label="Enabled" />
      <Submit form={form}>{row ? "Save" : "Add it"}</Submit>
    </Form>
  );
}
