/** The stages of an orchestrated request, one bar for each model call in the order of asking. */
import { count, usd, words } from "../format.ts";
import type { Orchestration, Stage } from "../log-shapes.ts";
import { DurationBar } from "../parts/bar.tsx";
import { Badge } from "../parts/notice.tsx";
import { Card } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";

/** Status → colour of its badge and of its bar. */
const STATUSES: Readonly<Record<string, { kind: "good" | "bad" | "warn"; bar: number }>> = {
  ok: { kind: "good", bar: 1 },
  failed: { kind: "bad", bar: 3 },
  dropped: { kind: "warn", bar: 5 },
};
const OTHER = { kind: "warn", bar: 5 } as const;
const statusOf = ({ status }: Stage) => STATUSES[status] ?? OTHER;

/** What was asked for and what became of it, in words. */
function factsOf(plan: Orchestration): readonly (readonly [string, string])[] {
  return [
    ["Mode", plan.mode],
    ["Why this answer", plan.why ?? "–"],
    ["Trimmed", plan.trimmed ? words(plan.trimmed) : "no"],
    ["Stopped early", plan.stopped ? `yes, for want of ${WANTS[plan.stopped] ?? ""}` : "no"],
    ["Held before the first call", usd(plan.reserved_usd)],
  ];
}

const WANTS: Readonly<Record<string, string>> = { budget: "money", deadline: "time" };

/** Names a stage among the others. */
const nameOf = ({ role, round, index }: Stage) => `${role} ${round}.${index}`;

/** The timeline. Stages that ran beside each other stand below each other. */
export function Stages({ plan }: { plan: Orchestration }) {
  const { stages } = plan;
  const longest = Math.max(...stages.map(({ latency_ms = 0 }) => latency_ms), 0);
  return (
    <Card title="Stages">
      <dl class="facts">
        {factsOf(plan).map(([name, text]) => [
          <dt key={name}>{name}</dt>,
          <dd key={`${name} is`}>{text}</dd>,
        ])}
      </dl>
      {stages.length > 0 && (
        <Table
          caption="Model calls in the order of asking; the bar is how long each took"
          rows={stages}
          id={nameOf}
          columns={[
            { head: "Role", cell: ({ role }) => role },
            // Counted from 0, as in the sentence that tells why.
            { head: "Round", numeric: true, cell: ({ round }) => String(round) },
            { head: "Model", cell: ({ model, provider }) => modelOf(model, provider) },
            {
              head: "Status",
              cell: (stage) => (
                <Badge kind={statusOf(stage).kind}>
                  {stage.failure === undefined || stage.failure === stage.status
                    ? stage.status
                    : `${stage.status}: ${stage.failure}`}
                </Badge>
              ),
            },
            {
              head: "Latency",
              cell: (stage) => (
                <DurationBar ms={stage.latency_ms} most={longest} colour={statusOf(stage).bar} />
              ),
            },
            { head: "Tokens in", numeric: true, cell: (stage) => count(stage.prompt_tokens) },
            { head: "Tokens out", numeric: true, cell: (stage) => count(stage.completion_tokens) },
            { head: "Cost", numeric: true, cell: ({ cost_usd }) => usd(cost_usd) },
            { head: "Score", numeric: true, cell: ({ score }) => score?.toFixed(2) ?? "–" },
          ]}
        />
      )}
    </Card>
  );
}

function modelOf(model: string | undefined, provider: string | undefined): string {
  if (model === undefined) return "nobody";
  return provider === undefined ? model : `${model} at ${provider}`;
}
