/** The request log: filters in the address, so that a view can be kept and shared. */
import { useEffect, useState } from "preact/hooks";
import { get, segment } from "../api.ts";
import { count, millis, ms, time, usd } from "../format.ts";
import { useAction, useLoad } from "../load.ts";
import type { RequestRow } from "../log-shapes.ts";
import { Form, SelectField, TextField, useForm } from "../parts/form.tsx";
import { Empty, ErrorNotice } from "../parts/notice.tsx";
import { Page, When } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import { go } from "../router.ts";
import type { PageProps } from "./page.ts";
import { RequestDetails } from "./request-details.tsx";
import { StatusBadge } from "./status-badge.tsx";

const PAGE_ROWS = 50;
/** The year is left out: the log is not that old. */
const MONTH_AT = 5;

interface LogPage {
  readonly data: readonly RequestRow[];
  readonly next?: string | null;
}

const FILTERS = ["model", "provider", "key_id", "door", "status", "from", "to"] as const;
type Filters = Record<(typeof FILTERS)[number], string>;

/** Local date and time as typed → ISO text; empty stays away. */
function asSent(name: string, text: string): string {
  if (name !== "from" && name !== "to") return text;
  const at = millis(text);
  return at === undefined ? text : new Date(at).toISOString();
}

function queryOf(filters: URLSearchParams, before: string | undefined): string {
  const query = new URLSearchParams({ limit: String(PAGE_ROWS) });
  for (const name of FILTERS) {
    const text = filters.get(name)?.trim() ?? "";
    if (text !== "") query.set(name, asSent(name, text));
  }
  if (before !== undefined) query.set("before", before);
  return query.toString();
}

/** `#/requests` and `#/requests/{id}`. */
export function RequestsPage({ place }: PageProps) {
  if (place.id !== undefined) return <One id={place.id} />;
  return <Log filters={place.query} />;
}

function One({ id }: { id: string }) {
  const row = useLoad(id, () => get<RequestRow>(`/requests/${segment(id)}`));
  return (
    <Page
      title={`Request ${id}`}
      actions={
        <a class="button" href="#/requests">
          All requests
        </a>
      }
    >
      <When loaded={row}>{(data) => <RequestDetails row={data} />}</When>
    </Page>
  );
}

function Log({ filters }: { filters: URLSearchParams }) {
  const key = filters.toString();
  const first = useLoad(key, () => get<LogPage>(`/requests?${queryOf(filters, undefined)}`));
  const [older, setOlder] = useState<LogPage>({ data: [] });
  const more = useAction();
  // Other filters, other rows.
  useEffect(() => setOlder({ data: [] }), [first.data]);
  const next = older.data.length > 0 ? older.next : first.data?.next;
  const rows = [...(first.data?.data ?? []), ...older.data];
  return (
    <Page
      title="Requests"
      intro="Every request with what was decided, tried and spent. Rows appear some seconds after the answer."
      actions={
        <button type="button" disabled={first.busy} onClick={() => void first.reload()}>
          Read again
        </button>
      }
    >
      <Filter key={key} filters={filters} />
      <When loaded={first}>
        {() => (rows.length === 0 ? <Empty>No request matches.</Empty> : <Rows rows={rows} />)}
      </When>
      <ErrorNotice error={more.error} />
      {next && (
        <div class="actions">
          <button
            type="button"
            disabled={more.busy}
            onClick={() =>
              void more.run(async () => {
                const page = await get<LogPage>(`/requests?${queryOf(filters, next)}`);
                setOlder({ data: [...older.data, ...page.data], next: page.next });
              })
            }
          >
            Older ones
          </button>
        </div>
      )}
    </Page>
  );
}

function Filter({ filters }: { filters: URLSearchParams }) {
  const start = Object.fromEntries(FILTERS.map((name) => [name, filters.get(name) ?? ""]));
  const form = useForm(start as Filters, async (values) => {
    const query = new URLSearchParams();
    for (const name of FILTERS)
      if (values[name].trim() !== "") query.set(name, values[name].trim());
    const text = query.toString();
    go(text === "" ? "requests" : `requests?${text}`);
  });
  return (
    <section class="card" aria-label="Filters">
      <Form form={form}>
        <div class="fields narrow-fields">
          <TextField form={form} name="model" label="Model" />
          <TextField form={form} name="provider" label="Provider" />
          <TextField form={form} name="key_id" label="Key id" />
          <SelectField
            form={form}
            name="status"
            label="Status"
            options={[
              ["", "any"],
              ["2", "2xx"],
              ["4", "4xx"],
              ["5", "5xx"],
              ["429", "429"],
              ["499", "499 client left"],
            ]}
          />
          <TextField form={form} name="from" label="From" placeholder="2026-01-31 08:00" />
          <TextField form={form} name="to" label="To" placeholder="now" />
          <div class="field end">
            <button type="submit" class="primary">
              Filter
            </button>
          </div>
        </div>
      </Form>
    </section>
  );
}

function Rows({ rows }: { rows: readonly RequestRow[] }) {
  return (
    <Table
      caption="Requests, newest first"
      rows={rows}
      id={(row) => row.id}
      columns={[
        {
          head: "When",
          cell: (row) => (
            <a href={`#/requests/${segment(row.id)}`} title={row.id}>
              {time(row.at).slice(MONTH_AT)}
            </a>
          ),
        },
        {
          head: "Status",
          cell: (row) => <StatusBadge status={row.status} code={row.error_code} />,
        },
        { head: "Model", cell: (row) => row.model_id ?? "–" },
        { head: "Provider", cell: (row) => row.provider_id ?? "–" },
        { head: "Mode", cell: (row) => row.mode || "–" },
        { head: "Key", cell: (row) => <code>{row.key_id}</code> },
        { head: "Tries", numeric: true, cell: (row) => row.attempts },
        {
          head: "Tokens",
          numeric: true,
          cell: (row) => `${count(row.prompt_tokens)} / ${count(row.completion_tokens)}`,
        },
        { head: "Cost", numeric: true, cell: (row) => usd(row.cost_usd) },
        { head: "Latency", numeric: true, cell: (row) => ms(row.latency_ms) },
      ]}
    />
  );
}
