/** One request: its facts, its stages where it has some, every attempt, and the whole decision. */
import { count, ms, pretty, time, usd, words } from "../format.ts";
import type { Decision, RequestRow } from "../log-shapes.ts";
import { Badge } from "../parts/notice.tsx";
import { Card } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import { Candidates } from "./candidates.tsx";
import { Stages } from "./stages.tsx";
import { StatusBadge } from "./status-badge.tsx";

type Attempt = NonNullable<Decision["attempts"]>[number];

const textOf = (value: unknown) => (value === undefined || value === null ? "–" : String(value));
const numberIn = (row: Attempt, name: string) =>
  typeof row[name] === "number" ? (row[name] as number) : undefined;

/** Facts → words. */
function factsOf(row: RequestRow): readonly (readonly [string, string])[] {
  return [
    ["When", time(row.at)],
    ["Door", `${row.door}${row.stream ? ", as a stream" : ""}`],
    ["Key", row.key_id],
    ["Client's own id", row.client_request_id ?? "–"],
    ["Served by", words([row.model_id, row.provider_id].filter(isText))],
    ["Reason", row.reason || "–"],
    ["Tokens", `${count(row.prompt_tokens)} in, ${count(row.completion_tokens)} out`],
    ["Cost", `${usd(row.cost_usd)}${row.cost_is_estimate ? " (estimated)" : ""}`],
    [
      "Latency",
      `${ms(row.latency_ms)}, first token ${ms(row.ttft_ms)}, our own part ${ms(row.overhead_ms)}`,
    ],
  ];
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}

/** Everything that is kept of a request. No message of it is. */
export function RequestDetails({ row }: { row: RequestRow }) {
  const decision: Decision = row.decision ?? {};
  const plan = decision.orchestration;
  const attempts = decision.attempts ?? plan?.stages.flatMap((stage) => stage.attempts ?? []) ?? [];
  return (
    <>
      <div class="grid-2">
        <Card title="Request" actions={<StatusBadge status={row.status} code={row.error_code} />}>
          <dl class="facts">
            {factsOf(row).map(([name, text]) => [
              <dt key={name}>{name}</dt>,
              <dd key={`${name} is`}>{text}</dd>,
            ])}
          </dl>
        </Card>
        <Card title="Policy in force">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys. */}
          <pre tabIndex={0}>{pretty(decision.policy)}</pre>
          {row.meta !== undefined && row.meta !== null && (
            <>
              <h3>Labels of the client</h3>
              <pre>{pretty(row.meta)}</pre>
            </>
          )}
        </Card>
      </div>
      {plan && <Stages plan={plan} />}
      {attempts.length > 0 && (
        <Card title="Attempts">
          <Table
            caption="Attempts in order"
            rows={attempts.map((attempt, index) => ({ ...attempt, index }) as Attempt)}
            id={(attempt) => String(attempt.index)}
            columns={[
              { head: "Provider", cell: (attempt) => textOf(attempt.provider) },
              { head: "Model", cell: (attempt) => textOf(attempt.model) },
              {
                head: "Result",
                cell: (attempt) => (
                  <Badge kind={attempt.result === "ok" ? "good" : "bad"}>
                    {textOf(attempt.result)}
                  </Badge>
                ),
              },
              { head: "What", wrap: true, cell: (attempt) => textOf(attempt.what) },
              { head: "Status", numeric: true, cell: (attempt) => textOf(attempt.status) },
              {
                head: "Latency",
                numeric: true,
                cell: (attempt) => ms(numberIn(attempt, "latency_ms")),
              },
              {
                head: "Cost",
                numeric: true,
                cell: (attempt) => usd(numberIn(attempt, "cost_usd")),
              },
            ]}
          />
        </Card>
      )}
      <Card title="Candidates">
        <Candidates rows={decision.candidates ?? []} />
      </Card>
      <details>
        <summary>The whole decision as JSON</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys. */}
        <pre tabIndex={0}>{pretty(decision)}</pre>
      </details>
    </>
  );
}
