/** Add or change a provider. A new one takes its key in the same form; the key is never shown again. */
import { call, get, post, segment } from "../api.ts";
import { CheckField, listOf } from "../parts/choices.tsx";
import {
  AreaField,
  Form,
  PasswordField,
  SelectField,
  Submit,
  TextField,
  useForm,
} from "../parts/form.tsx";
import type { Provider } from "../shapes.ts";

/** Type → what it is called, and what is proposed for it. */
const TYPES = {
  openai: { words: "OpenAI, or anything that speaks its API", url: "https://api.openai.com/v1" },
  anthropic: { words: "Anthropic", url: "https://api.anthropic.com/v1" },
  vllm: { words: "vLLM, llama.cpp and other own servers", url: "http://127.0.0.1:8000/v1" },
  simulated: { words: "Simulated, to try things out", url: "" },
} as const;

type TypeName = keyof typeof TYPES;

const SOURCES = [
  ["escrow", "Typed here, kept in the vault"],
  ["env", "In an environment variable or Worker secret"],
  ["none", "None needed"],
] as const;

function start(row: Provider | undefined) {
  return {
    type: row?.type ?? "openai",
    id: row?.id ?? "",
    base_url: row?.base_url ?? "",
    endpoints: (row?.endpoints ?? []).join("\n"),
    credential_source: row?.credential_source ?? "escrow",
    env_key_name: row?.env_key_name ?? "",
    secret: "",
    network: row?.network ?? "",
    labels: (row?.labels ?? []).join(", "),
    headers: Object.entries(row?.headers ?? {})
      .map(([name, value]) => `${name}: ${value}`)
      .join("\n"),
    enabled: row?.enabled ?? true,
  };
}

type Values = ReturnType<typeof start>;

/** Plain http and addresses of a local network are inside; the gateway decides whether it may go there. */
function networkOf(url: string): "public" | "private" {
  const { protocol, hostname } = URL.parse(url.trim()) ?? { protocol: "https:", hostname: "" };
  const isLocal = /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(hostname);
  return protocol === "http:" || isLocal ? "private" : "public";
}

/** The row as the API takes it; null: as if it were not given. */
function rowOf(values: Values): Record<string, unknown> {
  const headers = values.headers
    .split("\n")
    .map((line) => /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line))
    .flatMap((match) => (match ? [[match[1], match[2]]] : []));
  return {
    id: values.id.trim() || values.type,
    type: values.type,
    base_url: values.base_url.trim() || null,
    endpoints: listOf(values.endpoints),
    credential_source: values.type === "simulated" ? "none" : values.credential_source,
    env_key_name: values.credential_source === "env" ? values.env_key_name.trim() : null,
    network: values.network === "" ? networkOf(values.base_url) : values.network,
    labels: listOf(values.labels),
    headers: Object.fromEntries(headers),
    enabled: values.enabled,
  };
}

/** Saves the row, then its key; a key that was refused leaves a provider that can be given another. */
async function save(values: Values, row: Provider | undefined): Promise<Provider> {
  const body = rowOf(values);
  if (row) return call("PATCH", `/providers/${segment(row.id)}`, { body, version: row.version });
  const id = String(body.id);
  let made = await existing(id);
  made = await call<Provider>("POST", "/providers", { body, version: made?.version });
  if (body.credential_source === "escrow" && values.secret !== "") {
    await post(`/providers/${segment(id)}/credentials`, { label: "first", secret: values.secret });
  }
  return made;
}

/** The row that a first try of the same form left behind. */
async function existing(id: string): Promise<Provider | undefined> {
  return get<Provider>(`/providers/${segment(id)}`).catch(() => undefined);
}

/** `row` undefined: a new one. */
export function ProviderForm(props: {
  row?: Provider;
  brief?: boolean;
  done: (row: Provider) => Promise<void> | void;
}) {
  const { row } = props;
  const form = useForm(start(row), async (values) => props.done(await save(values, row)));
  const { values } = form;
  const isSimulated = values.type === "simulated";
  return (
    <Form form={form}>
      <div class="fields">
        <SelectField
          form={form}
          name="type"
          label="Type"
          options={Object.entries(TYPES).map(([name, { words }]) => [name, words] as const)}
        />
        <TextField
          form={form}
          name="id"
          label="Name"
          placeholder={values.type}
          disabled={row !== undefined}
          hint="Letters, digits, dots and dashes; it cannot be changed later."
        />
      </div>
      {!isSimulated && (
        <>
          <TextField
            form={form}
            name="base_url"
            label="Address"
            mono
            placeholder={TYPES[values.type as TypeName]?.url}
            hint={values.type === "vllm" ? undefined : "Empty: the vendor's own, as shown."}
          />
          <SelectField form={form} name="credential_source" label="API key" options={SOURCES} />
        </>
      )}
      {!isSimulated && values.credential_source === "escrow" && row === undefined && (
        <PasswordField
          form={form}
          name="secret"
          label="The API key itself"
          isNew
          hint="Encrypted before it is stored; no page and no API shows it again."
        />
      )}
      {!isSimulated && values.credential_source === "env" && (
        <TextField
          form={form}
          name="env_key_name"
          label="Name of the variable"
          mono
          placeholder="OPENAI_API_KEY"
        />
      )}
      <details open={!props.brief && row !== undefined}>
        <summary>More</summary>
        <div class="fields">
          <SelectField
            form={form}
            name="network"
            label="Network"
            options={[
              ["", "as the address says"],
              ["public", "public: https, addresses of the open internet"],
              ["private", "private: inside what the operator allows"],
            ]}
            hint="Private addresses work where TOKENHUB_PRIVATE_EGRESS names them."
          />
          <TextField form={form} name="labels" label="Labels" hint="Parted by commas." />
          <AreaField
            form={form}
            name="endpoints"
            label="Several servers"
            rows={3}
            hint="One address a line."
          />
          <AreaField
            form={form}
            name="headers"
            label="Extra headers"
            rows={3}
            hint="Name: value, never a secret."
          />
        </div>
        <CheckField form={form} name="enabled" label="Enabled" />
      </details>
      <Submit form={form}>{row ? "Save" : "Add and test"}</Submit>
    </Form>
  );
}
