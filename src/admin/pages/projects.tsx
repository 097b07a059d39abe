/** Projects: keys of one owner, and budgets that hold for all of them together. */
import { useState } from "preact/hooks";
import { call, listAll, segment } from "../api.ts";
import { words } from "../format.ts";
import { useLoad } from "../load.ts";
import { SpendBar } from "../parts/bar.tsx";
import { listOf, numberOf, typed } from "../parts/choices.tsx";
import { ConfirmButton, Dialog } from "../parts/dialog.tsx";
import { Form, Submit, TextField, useForm } from "../parts/form.tsx";
import { Empty, toast } from "../parts/notice.tsx";
import { Managed, Page, When } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import type { Project } from "../shapes.ts";
import type { PageProps } from "./page.ts";

/** `#/projects`. */
export function ProjectsPage(_props: PageProps) {
  const loaded = useLoad("projects", () => listAll<Project>("projects"));
  const [open, setOpen] = useState<{ row?: Project }>();
  const close = () => {
    setOpen(undefined);
    void loaded.reload();
  };
  return (
    <Page
      title="Projects"
      intro="Keys of one owner. The budget of the project and that of the key must both hold."
      actions={
        <button type="button" class="primary" onClick={() => setOpen({})}>
          Add a project
        </button>
      }
    >
      <When loaded={loaded}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty>No project yet. Keys work without one.</Empty>
          ) : (
            <Table
              caption="Projects"
              rows={rows}
              id={(row) => row.id}
              columns={[
                {
                  head: "Project",
                  cell: (row) => (
                    <span class="words">
                      {row.name} <Managed by={row.managed} />
                    </span>
                  ),
                },
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
                { head: "Time zone", cell: (row) => row.time_zone ?? "UTC" },
                { head: "Labels", wrap: true, cell: (row) => words(row.labels) },
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
        <Dialog title={open.row ? `Change ${open.row.name}` : "Add a project"} onClose={close}>
          <ProjectForm row={open.row} done={close} />
        </Dialog>
      )}
    </Page>
  );
}

function Acts(props: { row: Project; edit: () => void; done: () => Promise<void> }) {
  const { row } = props;
  if (row.managed !== "admin") return null;
  return (
    <div class="actions">
      <button type="button" class="small" aria-label={`Edit ${row.name}`} onClick={props.edit}>
        Edit
      </button>
      <ConfirmButton
        label="Delete"
        describes={row.name}
        title={`Delete ${row.name}?`}
        says={<p>Its keys go on without the project's budgets and labels.</p>}
        action="Delete it"
        danger
        run={async () => {
          await call("DELETE", `/projects/${segment(row.id)}`, { version: row.version });
          toast(`${row.name} is deleted.`);
          await props.done();
        }}
      />
    </div>
  );
}

function ProjectForm(props: { row: Project | undefined; done: () => void }) {
  const { row } = props;
  const start = {
    name: row?.name ?? "",
    budget_day_usd: typed(row?.budget_day_usd),
    budget_month_usd: typed(row?.budget_month_usd),
    time_zone: row?.time_zone ?? "",
    labels: (row?.labels ?? []).join(", "),
  };
  const form = useForm(start, async (values) => {
    const body = {
      name: values.name.trim(),
      budget_day_usd: numberOf(values.budget_day_usd) ?? null,
      budget_month_usd: numberOf(values.budget_month_usd) ?? null,
      time_zone: values.time_zone.trim() || null,
      labels: listOf(values.labels),
    };
    if (row) await call("PATCH", `/projects/${segment(row.id)}`, { body, version: row.version });
    else await call("POST", "/projects", { body });
    props.done();
  });
  return (
    <Form form={form}>
      <TextField form={form} name="name" label="Name" />
      <div class="fields">
        <TextField
          form={form}
          name="budget_day_usd"
          label="USD per day"
          numeric
          placeholder="no limit"
        />
        <TextField
          form={form}
          name="budget_month_usd"
          label="USD per month"
          numeric
          placeholder="no limit"
        />
      </div>
      <TextField
        form={form}
        name="time_zone"
        label="Time zone"
        placeholder="UTC"
        hint="By which its days and months begin, such as Europe/Berlin."
      />
      <TextField form={form} name="labels" label="Only providers labelled" placeholder="any" />
      <Submit form={form}>{row ? "Save" : "Add it"}</Submit>
    </Form>
  );
}
