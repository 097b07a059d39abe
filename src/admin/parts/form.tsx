/** Forms: a label for every field, the refused field marked, Enter submits, one submission at a time. */
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { ApiError } from "../api.ts";
import { useAction } from "../load.ts";
import { ErrorNotice } from "./notice.tsx";

/** Values and submission of one form. */
export interface FormState<V> {
  readonly values: V;
  readonly busy: boolean;
  readonly error: unknown;
  set<K extends keyof V>(name: K, value: V[K]): void;
  submit(): Promise<boolean>;
}

/** A form that starts with these values; what `send` throws is shown above the button. */
export function useForm<V extends object>(
  start: V,
  send: (values: V) => Promise<unknown>,
): FormState<V> {
  const [values, setValues] = useState(start);
  const action = useAction();
  return {
    values,
    busy: action.busy,
    error: action.error,
    set: (name, value) => setValues((before) => ({ ...before, [name]: value })),
    submit: () => action.run(() => send(values)),
  };
}

/** The form element itself. */
export function Form<V>(props: { form: FormState<V>; children: ComponentChildren }) {
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void props.form.submit();
      }}
    >
      {props.children}
    </form>
  );
}

/** The error, if any, and the button. */
export function Submit<V>(props: { form: FormState<V>; children: ComponentChildren }) {
  return (
    <>
      <ErrorNotice error={props.form.error} />
      <div class="actions">
        <button type="submit" class="primary" disabled={props.form.busy}>
          {props.form.busy ? "One moment …" : props.children}
        </button>
      </div>
    </>
  );
}

type Named<V, T> = { [K in keyof V]: V[K] extends T ? K : never }[keyof V] & string;

interface FieldProps<V, T> {
  readonly form: FormState<V>;
  readonly name: Named<V, T>;
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly disabled?: boolean;
}

/** Label, input, hint. `children` gets the ids that belong on the input. */
function Labelled<V, T>(
  props: FieldProps<V, T> & { children: (ids: Record<string, unknown>) => ComponentChildren },
) {
  const id = useId();
  const { error } = props.form;
  const refused = error instanceof ApiError && error.param?.split(/[.[\]]/).includes(props.name);
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children({
        id,
        name: props.name,
        disabled: props.disabled,
        "aria-invalid": refused ? "true" : undefined,
        "aria-describedby": props.hint === undefined ? undefined : `${id}-hint`,
      })}
      {props.hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

/** One line of text; numbers are typed as text too and read by `numberOf`. */
export function TextField<V>(
  props: FieldProps<V, string> & { mono?: boolean; placeholder?: string; numeric?: boolean },
) {
  return (
    <Labelled {...props}>
      {(ids) => (
        <input
          {...ids}
          type="text"
          class={props.mono ? "mono" : ""}
          inputMode={props.numeric ? "decimal" : undefined}
          placeholder={props.placeholder}
          autocomplete="off"
          spellcheck={false}
          value={props.form.values[props.name] as string}
          onInput={(event) => props.form.set(props.name, event.currentTarget.value as never)}
        />
      )}
    </Labelled>
  );
}

/** A secret; `isNew` tells password managers which. */
export function PasswordField<V>(props: FieldProps<V, string> & { isNew: boolean }) {
  return (
    <Labelled {...props}>
      {(ids) => (
        <input
          {...ids}
          type="password"
          autocomplete={props.isNew ? "new-password" : "current-password"}
          value={props.form.values[props.name] as string}
          onInput={(event) => props.form.set(props.name, event.currentTarget.value as never)}
        />
      )}
    </Labelled>
  );
}

/** Several lines. */
export function AreaField<V>(props: FieldProps<V, string> & { rows: number }) {
  return (
    <Labelled {...props}>
      {(ids) => (
        <textarea
          {...ids}
          class="mono"
          rows={props.rows}
          spellcheck={false}
          value={props.form.values[props.name] as string}
          onInput={(event) => props.form.set(props.name, event.currentTarget.value as never)}
        />
      )}
    </Labelled>
  );
}

/** One of a list of `[value, words]`. */
export function SelectField<V>(
  props: FieldProps<V, string> & { options: readonly (readonly [string, string])[] },
) {
  return (
    <Labelled {...props}>
      {(ids) => (
        <select
          {...ids}
          value={props.form.values[props.name] as string}
          onChange={(event) => props.form.set(props.name, event.currentTarget.value as never)}
        >
          {props.options.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}
