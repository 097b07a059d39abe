/** One model at one provider, in the flat form. */
import { listAll, post } from "../api.ts";
import { useLoad } from "../load.ts";
import { numberOf } from "../parts/choices.tsx";
import { Form, SelectField, Submit, TextField, useForm } from "../parts/form.tsx";
import { When } from "../parts/page.tsx";
import type { Provider } from "../shapes.ts";

const START = {
  provider_id: "",
  id: "",
  upstream_name: "",
  weight: "",
  max_context_tokens: "",
  input_per_1k: "",
  output_per_1k: "",
};

const NUMBERS = ["weight", "max_context_tokens", "input_per_1k", "output_per_1k"] as const;

/** Makes the model and its offer. */
export function ModelForm(props: { done: () => Promise<void> }) {
  const providers = useLoad("providers", () => listAll<Provider>("providers"));
  return (
    <When loaded={providers}>
      {(rows) => <Fields providers={rows.map(({ id }) => id)} done={props.done} />}
    </When>
  );
}

function Fields(props: { providers: readonly string[]; done: () => Promise<void> }) {
  const first = { ...START, provider_id: props.providers[0] ?? "" };
  const form = useForm(first, async (values) => {
    const numbers = NUMBERS.map((name) => [name, numberOf(values[name])] as const);
    const upstream = values.upstream_name.trim();
    await post("/models", {
      id: values.id.trim(),
      provider_id: values.provider_id,
      ...(upstream === "" ? {} : { upstream_name: upstream }),
      ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
    });
    await props.done();
  });
  return (
    <Form form={form}>
      <div class="fields">
        <SelectField
          form={form}
          name="provider_id"
          label="Provider"
          options={props.providers.map((id) => [id, id] as const)}
        />
        <TextField form={form} name="id" label="Name for clients" mono />
        <TextField
          form={form}
          name="upstream_name"
          label="The provider's own name"
          mono
          placeholder={form.values.id}
        />
        <TextField form={form} name="weight" label="Weight 0–10" numeric placeholder="derived" />
        <TextField
          form={form}
          name="max_context_tokens"
          label="Context tokens"
          numeric
          placeholder="unknown"
        />
        <TextField
          form={form}
          name="input_per_1k"
          label="Input, USD per 1 000 tokens"
          numeric
          placeholder="price list"
        />
        <TextField
          form={form}
          name="output_per_1k"
          label="Output, USD per 1 000 tokens"
          numeric
          placeholder="price list"
        />
      </div>
      <Submit form={form}>Add it</Submit>
    </Form>
  );
}
