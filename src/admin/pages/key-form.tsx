/** Make a key, or change what one may do and spend. */
import { call } from "../api.ts";
import { millis } from "../format.ts";
import { ChoiceField, listOf, numberOf, typed } from "../parts/choices.tsx";
import { Form, SelectField, Submit, TextField, useForm } from "../parts/form.tsx";
import type { Key, Project } from "../shapes.ts";

/** What a key may be allowed to do. */
export const SCOPES = ["chat", "plan", "embeddings", "models", "usage"];

const MODES = [
  ["", "the server's"],
  ["cheap", "cheap"],
  ["normal", "normal"],
  ["high_confidence", "high confidence"],
  ["planning", "planning"],
  ["adversarial", "adversarial: plan, critique, revise"],
  ["refine", "refine: look at it again"],
  ["vote", "vote: the best of several"],
  ["mixture", "mixture: one of several"],
  ["cascade", "cascade: cheap first"],
] as const;

/** Lines like `@@tokenhub budget=0.01` in a conversation steer the request; where they count. */
const INBAND = [
  ["user", "system prompt and last user message"],
  ["system", "system prompt only"],
  ["off", "nowhere"],
] as const;

/** Number fields of a key: name → words. */
const BUDGETS = {
  budget_request_usd: "USD per request",
  budget_day_usd: "USD per day",
  budget_month_usd: "USD per month",
} as const;
const LIMITS = {
  rpm: "Requests per minute",
  tpm: "Tokens per minute",
  concurrency: "Requests at once",
  max_tokens: "Output tokens per request",
  fan_out: "Model calls per request (1–24)",
} as const;
const NUMBERS = [...Object.keys(BUDGETS), ...Object.keys(LIMITS)] as (
  | keyof typeof BUDGETS
  | keyof typeof LIMITS
)[];

function start(row: Key | undefined) {
  const expires = millis(row?.expires_at);
  return {
    name: row?.name ?? "",
    project_id: row?.project_id ?? "",
    scopes: row?.scopes ?? SCOPES,
    allowed_models: (row?.allowed_models ?? []).join(", "),
    allowed_providers: (row?.allowed_providers ?? []).join(", "),
    required_labels: (row?.required_labels ?? []).join(", "),
    budget_request_usd: typed(row?.budget_request_usd),
    budget_day_usd: typed(row?.budget_day_usd),
    budget_month_usd: typed(row?.budget_month_usd),
    rpm: typed(row?.rpm),
    tpm: typed(row?.tpm),
    concurrency: typed(row?.concurrency),
    max_tokens: typed(row?.max_tokens),
    fan_out: typed(row?.fan_out),
    default_mode: row?.default_mode ?? "",
    inband: row?.inband ?? "user",
    expires_at: expires === undefined ? "" : new Date(expires).toISOString().slice(0, 10),
  };
}

type Values = ReturnType<typeof start>;

/** null: no limit, or none given. */
function bodyOf(values: Values): Record<string, unknown> {
  const lastDay = values.expires_at.trim();
  return {
    name: values.name.trim(),
    project_id: values.project_id || null,
    scopes: values.scopes,
    allowed_models: listOf(values.allowed_models),
    allowed_providers: listOf(values.allowed_providers),
    required_labels: listOf(values.required_labels),
    ...Object.fromEntries(NUMBERS.map((name) => [name, numberOf(values[name]) ?? null])),
    default_mode: values.default_mode || null,
    inband: values.inband,
    expires_at: lastDay === "" ? null : `${lastDay}T23:59:59Z`,
  };
}

/** `row` undefined: a new key, whose answer carries the key itself once. */
export function KeyForm(props: {
  row?: Key;
  projects: readonly Project[];
  brief?: boolean;
  done: (row: Key) => Promise<void> | void;
}) {
  const { row } = props;
  const form = useForm(start(row), async (values) => {
    const body = bodyOf(values);
    const made = row
      ? await call<Key>("PATCH", `/keys/${row.id}`, { body, version: row.version })
      : await call<Key>("POST", "/keys", { body });
    await props.done(made);
  });
  const number = (name: (typeof NUMBERS)[number], label: string) => (
    <TextField key={name} form={form} name={name} label={label} numeric placeholder="no limit" />
  );
  const projects = props.projects.map(({ id, name }) => [id, name] as const);
  return (
    <Form form={form}>
      <div class="fields">
        <TextField form={form} name="name" label="Name" placeholder="who or what uses it" />
        {projects.length > 0 && (
          <SelectField
            form={form}
            name="project_id"
            label="Project"
            options={[["", "none"], ...projects]}
          />
        )}
      </div>
      <h3>Budgets</h3>
      <div class="fields">
        {Object.entries(BUDGETS).map(([name, label]) =>
          number(name as keyof typeof BUDGETS, label),
        )}
      </div>
      <details open={row !== undefined}>
        <summary>Limits and permissions</summary>
        <div class="dialog-body flat">
          <div class="fields">
            {Object.entries(LIMITS).map(([name, label]) =>
              number(name as keyof typeof LIMITS, label),
            )}
          </div>
          <ChoiceField form={form} name="scopes" label="May use" options={SCOPES} />
          <div class="fields">
            <TextField
              form={form}
              name="allowed_models"
              label="Only these models"
              placeholder="all"
            />
            <TextField
              form={form}
              name="allowed_providers"
              label="Only these providers"
              placeholder="all"
            />
            <TextField
              form={form}
              name="required_labels"
              label="Only providers labelled"
              placeholder="any"
            />
            <SelectField
              form={form}
              name="default_mode"
              label="Mode when none is asked for"
              options={MODES}
            />
            <SelectField
              form={form}
              name="inband"
              label="@@tokenhub lines count in"
              hint="A line such as @@tokenhub mode=cheap in a conversation chooses how it is answered. It is never sent on."
              options={INBAND}
            />
            <TextField
              form={form}
              name="expires_at"
              label="Last day"
              placeholder="YYYY-MM-DD, or never"
            />
          </div>
        </div>
      </details>
      <Submit form={form}>{row ? "Save" : "Create the key"}</Submit>
    </Form>
  );
}
