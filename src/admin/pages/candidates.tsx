/** The candidates of a decision: the score of each as a bar, or the reason why it was left out. */
import { ms, time, usd } from "../format.ts";
import type { Candidate } from "../log-shapes.ts";
import { ScoreBar, ScoreLegend } from "../parts/bar.tsx";
import { Badge, Empty } from "../parts/notice.tsx";
import { Table } from "../parts/table.tsx";

/** Exclusion → what it means. */
const REASONS: Readonly<Record<string, string>> = {
  disabled: "switched off",
  key: "not allowed for this key",
  labels: "lacks a label",
  capability: "cannot do what is asked",
  weight: "below the lowest weight asked for",
  context: "context too small",
  unpriced: "has no price, and money is limited",
  budget: "dearer than the budget",
  credential: "has no usable key",
  throttled: "held back by the provider's limits",
  quota: "quota used up",
  breaker: "failing, breaker open",
};

const idOf = (one: Candidate) => `${one.provider} ${one.model} ${one.upstream_model ?? ""}`;

function sizeOf(one: Candidate): number {
  return Object.values(one.terms ?? {}).reduce((sum, term) => sum + Math.abs(term), 0);
}

/** In the order in which they are tried, then those left out. */
export function Candidates({ rows }: { rows: readonly Candidate[] }) {
  const eligible = rows.filter((row) => row.eligible);
  const excluded = rows.filter((row) => !row.eligible);
  const most = Math.max(...eligible.map(sizeOf), 0);
  return (
    <>
      {eligible.length === 0 && <Empty>Nobody could take this request.</Empty>}
      {eligible.length > 0 && (
        <>
          <ScoreLegend />
          <Table
            caption="Candidates in the order of trying; the lowest score is first"
            rows={eligible}
            id={idOf}
            columns={[
              { head: "Model", cell: (row) => row.model },
              { head: "Provider", cell: (row) => row.provider },
              { head: "Score", numeric: true, cell: (row) => row.score?.toFixed(3) ?? "–" },
              { head: "Made of", cell: (row) => <ScoreBar terms={row.terms ?? {}} most={most} /> },
              { head: "Cost", numeric: true, cell: (row) => costOf(row) },
              { head: "Latency", numeric: true, cell: (row) => ms(row.estimate?.latency_ms) },
            ]}
          />
        </>
      )}
      {excluded.length > 0 && (
        <Table
          caption="Left out"
          rows={excluded}
          id={idOf}
          columns={[
            { head: "Left out", cell: (row) => row.model },
            { head: "Provider", cell: (row) => row.provider },
            { head: "Why", wrap: true, cell: (row) => <Reason row={row} /> },
          ]}
        />
      )}
    </>
  );
}

function costOf({ estimate }: Candidate): string {
  return estimate?.cost_usd === null ? "unpriced" : usd(estimate?.cost_usd);
}

function Reason({ row }: { row: Candidate }) {
  const reason = row.reason ?? "";
  return (
    <span class="words">
      <Badge kind="warn">{reason}</Badge>
      <span>
        {REASONS[reason] ?? ""}
        {row.detail !== undefined && `: ${row.detail}`}
        {row.until_ms !== undefined && ` until ${time(row.until_ms)}`}
      </span>
    </span>
  );
}
