/** The audit chain: who changed what, and whether the chain still holds. */
import { useState } from "preact/hooks";
import { get, post } from "../api.ts";
import { count, pretty, time } from "../format.ts";
import { useAction, useLoad } from "../load.ts";
import type { AuditEntry } from "../log-shapes.ts";
import { Badge, Empty, ErrorNotice, Notice } from "../parts/notice.tsx";
import { Page, When } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import type { PageProps } from "./page.ts";

interface AuditPageData {
  readonly data: readonly AuditEntry[];
  readonly next: string | null;
}

interface Verified {
  readonly ok: boolean;
  readonly entries?: number;
  readonly seq?: number;
}

const OUTCOMES: Readonly<Record<string, "good" | "warn" | "bad" | "info">> = {
  ok: "good",
  intent: "info",
  denied: "warn",
  error: "bad",
};

const PAGE_ROWS = 100;

/** `#/audit`. */
export function AuditPage(_props: PageProps) {
  const first = useLoad("audit", () => get<AuditPageData>(`/audit?limit=${PAGE_ROWS}`));
  const [older, setOlder] = useState<AuditPageData>({ data: [], next: null });
  const [verified, setVerified] = useState<Verified>();
  const action = useAction();
  const next = older.data.length > 0 ? older.next : first.data?.next;
  const rows = [...(first.data?.data ?? []), ...older.data];
  return (
    <Page
      title="Audit"
      intro="Every change and every refused attempt. Each entry carries the hash of the one before, so that a change of the past shows."
      actions={
        <button
          type="button"
          class="primary"
          disabled={action.busy}
          onClick={() => void action.run(async () => setVerified(await post("/audit/verify")))}
        >
          Verify the chain
        </button>
      }
    >
      <ErrorNotice error={action.error} />
      {verified?.ok && (
        <Notice kind="good">
          The chain holds: {count(verified.entries)} entries, none changed.
        </Notice>
      )}
      {verified && !verified.ok && (
        <Notice kind="bad">
          The chain is broken at entry {count(verified.seq)}: it, or one before it, was changed or
          removed from outside. Compare with a backup.
        </Notice>
      )}
      <When loaded={first}>
        {() => (rows.length === 0 ? <Empty>Nothing was changed yet.</Empty> : <Rows rows={rows} />)}
      </When>
      {next && (
        <div class="actions">
          <button
            type="button"
            disabled={action.busy}
            onClick={() =>
              void action.run(async () => {
                const page = await get<AuditPageData>(`/audit?limit=${PAGE_ROWS}&before=${next}`);
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

function Rows({ rows }: { rows: readonly AuditEntry[] }) {
  return (
    <Table
      caption="Audit entries, newest first"
      rows={rows}
      id={(row) => String(row.seq)}
      columns={[
        { head: "No.", numeric: true, cell: (row) => row.seq },
        { head: "When", cell: (row) => <span class="nowrap">{time(row.at)}</span> },
        { head: "Who", cell: (row) => row.actor },
        { head: "What", cell: (row) => row.action },
        { head: "To", cell: (row) => <code>{row.target || "–"}</code> },
        {
          head: "Outcome",
          cell: (row) => <Badge kind={OUTCOMES[row.outcome] ?? "info"}>{row.outcome}</Badge>,
        },
        { head: "Change", wrap: true, cell: (row) => <Change row={row} /> },
        { head: "Hash", cell: (row) => <code title={row.hash}>{row.hash.slice(0, 10)}</code> },
      ]}
    />
  );
}

function Change({ row }: { row: AuditEntry }) {
  const has = (value: unknown) => value !== undefined && value !== null;
  if (!has(row.before) && !has(row.after)) return <>–</>;
  return (
    <details>
      <summary>
        show<span class="unseen"> entry {row.seq}</span>
      </summary>
      <div class="says">
        <h3>Before</h3>
        <pre>{pretty(row.before)}</pre>
        <h3>After</h3>
        <pre>{pretty(row.after)}</pre>
      </div>
    </details>
  );
}
