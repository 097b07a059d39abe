/** The table of models and offers, whose numbers are typed in place. */
import { call, segment } from "../api.ts";
import { useAction } from "../load.ts";
import { typed } from "../parts/choices.tsx";
import { ConfirmButton } from "../parts/dialog.tsx";
import { Empty, ErrorNotice } from "../parts/notice.tsx";
import { Managed } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import type { Model, Offer } from "../shapes.ts";

/** An offer beside its model; a model nobody offers has none. */
export interface Line {
  readonly id: string;
  readonly model: Model;
  readonly offer: Offer | undefined;
}

/** Column → which row it belongs to. A model that several providers offer has its weight in each of its lines. */
const CELLS = {
  weight: { of: "model", words: "Weight 0–10", placeholder: "derived" },
  max_context_tokens: { of: "model", words: "Context tokens", placeholder: "unknown" },
  input_per_1k: { of: "offer", words: "Input $/1k", placeholder: "price list" },
  output_per_1k: { of: "offer", words: "Output $/1k", placeholder: "price list" },
} as const;
type Cell = keyof typeof CELLS;

/** Where a typed value is kept: `model id` + cell, or `offer id` + cell. */
function slotOf(line: Line, cell: Cell): string {
  return `${CELLS[cell].of}\n${CELLS[cell].of === "model" ? line.model.id : line.id}\n${cell}`;
}

/** `drafts`: what was typed and is not saved yet, by slot. */
export function Lines(props: {
  lines: readonly Line[];
  drafts: Readonly<Record<string, string>>;
  setDrafts: (drafts: Readonly<Record<string, string>>) => void;
  reload: () => Promise<void>;
}) {
  const { lines, drafts, setDrafts } = props;
  if (lines.length === 0) return <Empty>No model. Test a provider to find what it offers.</Empty>;
  const cell = (line: Line, name: Cell) => {
    const row = CELLS[name].of === "model" ? line.model : line.offer;
    if (!row) return "–";
    const before = typed((row as unknown as Record<string, number | undefined>)[name]);
    if (row.managed === "config") return before || "–";
    const slot = slotOf(line, name);
    return (
      <input
        type="text"
        inputMode="decimal"
        aria-label={`${CELLS[name].words} of ${line.id}`}
        class={drafts[slot] === undefined ? "" : "changed"}
        placeholder={CELLS[name].placeholder}
        value={drafts[slot] ?? before}
        onInput={(event) => {
          const { [slot]: _, ...rest } = drafts;
          const { value } = event.currentTarget;
          setDrafts(value === before ? rest : { ...rest, [slot]: value });
        }}
      />
    );
  };
  return (
    <Table
      caption="Models and offers"
      rows={lines}
      id={(line) => line.id}
      columns={[
        {
          head: "Model",
          cell: ({ model }) => (
            <span class="words">
              {model.id} <Managed by={model.managed} />
            </span>
          ),
        },
        { head: "Provider", cell: ({ offer }) => offer?.provider_id ?? "nobody" },
        ...(Object.keys(CELLS) as Cell[]).map((name) => ({
          head: CELLS[name].words,
          numeric: true,
          cell: (line: Line) => cell(line, name),
        })),
        { head: "On", cell: (line) => <Switch line={line} done={props.reload} /> },
        { head: "", cell: (line) => <Remove line={line} done={props.reload} /> },
      ]}
    />
  );
}

function rowOf(line: Line) {
  return line.offer
    ? { at: `/offers/${segment(line.offer.id)}`, row: line.offer }
    : { at: `/models/${segment(line.model.id)}`, row: line.model };
}

function Switch(props: { line: Line; done: () => Promise<void> }) {
  const action = useAction();
  const { at, row } = rowOf(props.line);
  const change = (enabled: boolean) =>
    action.run(async () => {
      await call("PATCH", at, { body: { enabled }, version: row.version });
      await props.done();
    });
  return (
    <>
      <input
        type="checkbox"
        aria-label={`${props.line.id} is enabled`}
        checked={row.enabled}
        disabled={action.busy || row.managed === "config"}
        onChange={(event) => void change(event.currentTarget.checked)}
      />
      <ErrorNotice error={action.error} />
    </>
  );
}

function Remove(props: { line: Line; done: () => Promise<void> }) {
  const { at, row } = rowOf(props.line);
  if (row.managed === "config") return null;
  return (
    <ConfirmButton
      label="Delete"
      describes={props.line.id}
      title={`Delete ${props.line.id}?`}
      says={<p>Requests that name this model are no longer sent to this provider.</p>}
      action="Delete it"
      danger
      run={async () => {
        await call("DELETE", at, { version: row.version });
        await props.done();
      }}
    />
  );
}
