/** Models that a provider has and nobody has registered yet: those that are chosen become models with an offer. */
import { useEffect, useState } from "preact/hooks";
import { post } from "../api.ts";
import { count } from "../format.ts";
import { useAction } from "../load.ts";
import { ErrorNotice, toast } from "../parts/notice.tsx";

/** A model as the provider tells it. */
export interface Found {
  readonly id: string;
  readonly max_context_tokens?: number;
  readonly max_output_tokens?: number;
}

/** More than a person wants to tick one by one. */
const TICKED_AT_FIRST_MAX = 40;

/** `known`: the provider's own names of those that are registered. */
export function Register(props: {
  provider: string;
  found: readonly Found[];
  known: ReadonlySet<string>;
  again: () => Promise<unknown>;
}) {
  const fresh = props.found.map(({ id }) => id).filter((id) => !props.known.has(id));
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [text, setText] = useState("");
  const action = useAction();
  // Chosen anew when other models were found.
  useEffect(() => setChosen(fresh.slice(0, TICKED_AT_FIRST_MAX)), [props.found]);
  if (fresh.length === 0) return null;
  const shown = fresh.filter((name) => name.includes(text));
  const register = () =>
    action.run(async () => {
      for (const { id, ...sizes } of props.found.filter((one) => chosen.includes(one.id))) {
        const offer = { provider_id: props.provider, upstream_name: id };
        await post("/models", { id, ...sizes, ...offer });
      }
      toast(`Registered: ${count(chosen.length)} models.`);
      await props.again();
    });
  return (
    <fieldset class="field">
      <legend>Not registered yet</legend>
      {fresh.length > TICKED_AT_FIRST_MAX && (
        <input
          type="text"
          aria-label="Show only names with"
          placeholder="Show only names with …"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
      <div class="choices scroll">
        {shown.map((name) => (
          <label class="check" key={name}>
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={(event) => {
                const rest = chosen.filter((one) => one !== name);
                setChosen(event.currentTarget.checked ? [...rest, name] : rest);
              }}
            />
            <code>{name}</code>
          </label>
        ))}
      </div>
      <ErrorNotice error={action.error} />
      <div class="actions">
        <button type="button" disabled={action.busy || chosen.length === 0} onClick={register}>
          Register {count(chosen.length)} models
        </button>
      </div>
    </fieldset>
  );
}
