/** Routing: what would happen to a request, without sending it. */
import { useState } from "preact/hooks";
import { get, listAll, post } from "../api.ts";
import { useLoad } from "../load.ts";
import type { Decision } from "../log-shapes.ts";
import { numberOf } from "../parts/choices.tsx";
import { AreaField, Form, SelectField, Submit, TextField, useForm } from "../parts/form.tsx";
import { Badge, Notice } from "../parts/notice.tsx";
import { Card, Page, When } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import type { Key } from "../shapes.ts";
import { Candidates } from "./candidates.tsx";
import type { PageProps } from "./page.ts";

interface Routing {
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly modes?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

interface Simulated extends Decision {
  /** What the client would be told where nobody is left. */
  readonly refusal?: { readonly code: string; readonly message: string };
}

const MODES = ["", "cheap", "normal", "high_confidence", "planning"] as const;

/** Routing chooses. */
const ANY = "*";

const START = {
  model: ANY,
  mode: "",
  key_id: "",
  text: "Explain what a gateway does, in three sentences.",
  max_budget_usd: "",
  max_latency_ms: "",
  min_weight: "",
  max_tokens: "",
};

function bodyOf(values: typeof START): Record<string, unknown> {
  const model = values.model.trim();
  return {
    key_id: values.key_id || undefined,
    request: {
      model: model === "" || model === ANY ? undefined : model,
      messages: [{ role: "user", content: values.text }],
      max_tokens: numberOf(values.max_tokens),
    },
    policy: {
      mode: values.mode || undefined,
      max_budget_usd: numberOf(values.max_budget_usd),
      max_latency_ms: numberOf(values.max_latency_ms),
      min_weight: numberOf(values.min_weight),
    },
  };
}

/** `#/playground`. */
export function PlaygroundPage(_props: PageProps) {
  const routing = useLoad("routing", () => get<Routing>("/routing"));
  const keys = useLoad("keys", () => listAll<Key>("keys"));
  const [decision, setDecision] = useState<Simulated>();
  const form = useForm(START, async (values) => {
    setDecision(await post<Simulated>("/routing/simulate", bodyOf(values)));
  });
  const active = (keys.data ?? []).filter((key) => key.state !== "revoked");
  return (
    <Page
      title="Routing"
      intro="Who would get this request now, and why. Nothing is sent and nothing is spent."
    >
      <Card title="A request">
        <Form form={form}>
          <AreaField form={form} name="text" label="Message" rows={2} />
          <div class="fields">
            <TextField form={form} name="model" label="Model, alias or *" mono />
            <SelectField
              form={form}
              name="mode"
              label="Mode"
              options={MODES.map((mode) => [mode, mode === "" ? "the default" : mode] as const)}
            />
            <SelectField
              form={form}
              name="key_id"
              label="With the rights of"
              options={[
                ["", "a key without limits"],
                ...active.map((key) => [key.id, key.name || key.id] as const),
              ]}
            />
            <TextField form={form} name="max_budget_usd" label="At most USD" numeric />
            <TextField form={form} name="max_latency_ms" label="At most ms" numeric />
            <TextField form={form} name="min_weight" label="At least weight" numeric />
            <TextField form={form} name="max_tokens" label="Output tokens" numeric />
          </div>
          <Submit form={form}>Decide</Submit>
        </Form>
      </Card>
      {decision && (
        <section aria-live="polite" class="says">
          <p>
            Mode <Badge kind="info">{decision.mode}</Badge>{" "}
            {decision.degraded && <Badge kind="warn">degraded: everybody is held back</Badge>}{" "}
            <span class="faint">{decision.reasons?.join("; ")}</span>
          </p>
          {decision.refusal && (
            <Notice kind="warn">
              The client would be told: {decision.refusal.message} ({decision.refusal.code})
            </Notice>
          )}
          <Candidates rows={decision.candidates ?? []} />
        </section>
      )}
      <When loaded={routing}>{(data) => <Weights routing={data} />}</When>
    </Page>
  );
}

function Weights({ routing }: { routing: Routing }) {
  const modes = Object.entries(routing.modes ?? {});
  if (modes.length === 0) return null;
  const terms = Object.keys(modes[0]?.[1] ?? {});
  return (
    <Card title="How modes weigh">
      <Table
        caption="Weight of each term by mode"
        rows={modes}
        id={([mode]) => mode}
        columns={[
          { head: "Mode", cell: ([mode]) => mode },
          ...terms.map((term) => ({
            head: term,
            numeric: true,
            cell: ([, profile]: (typeof modes)[number]) => profile[term],
          })),
        ]}
      />
    </Card>
  );
}
