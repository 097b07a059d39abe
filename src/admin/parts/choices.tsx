/** Fields of choices, and how typed text becomes values. */
import type { FormState } from "./form.tsx";

/** One yes or no. */
export function CheckField<V>(props: {
  form: FormState<V>;
  name: { [K in keyof V]: V[K] extends boolean ? K : never }[keyof V] & string;
  label: string;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.form.values[props.name] as boolean}
        onChange={(event) => props.form.set(props.name, event.currentTarget.checked as never)}
      />
      {props.label}
    </label>
  );
}

/** Several of a closed list. */
export function ChoiceField<V>(props: {
  form: FormState<V>;
  name: { [K in keyof V]: V[K] extends readonly string[] ? K : never }[keyof V] & string;
  label: string;
  options: readonly string[];
}) {
  const chosen = props.form.values[props.name] as readonly string[];
  return (
    <fieldset class="field">
      <legend>{props.label}</legend>
      <div class="choices">
        {props.options.map((option) => (
          <label class="check" key={option}>
            <input
              type="checkbox"
              checked={chosen.includes(option)}
              onChange={(event) => {
                const rest = chosen.filter((one) => one !== option);
                const next = event.currentTarget.checked ? [...rest, option] : rest;
                props.form.set(props.name, next as never);
              }}
            />
            {option}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Typed text as a number; empty: undefined; what is no number goes to the gateway as it is, which refuses it. */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : (trimmed as unknown as number);
}

/** Words parted by commas or white space. */
export function listOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

/** A number as it is typed; undefined: empty. */
export function typed(value: number | null | undefined): string {
  return value === undefined || value === null ? "" : String(value);
}
