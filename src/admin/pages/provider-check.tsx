/** Asks a provider for a sign of life and for its models. */
import { useEffect, useState } from "preact/hooks";
import { get, listAll, post, segment } from "../api.ts";
import { count } from "../format.ts";
import { useAction, useLoad } from "../load.ts";
import { Form, PasswordField, Submit, useForm } from "../parts/form.tsx";
import { ErrorNotice, Notice } from "../parts/notice.tsx";
import type { Credential, Offer } from "../shapes.ts";
import { type Found, Register } from "./register.tsx";

interface Tested {
  readonly ok: boolean;
  readonly what: string;
}

/** What a test found → what to do about it. */
const ADVICE: Readonly<Record<string, string>> = {
  no_discovery: "A provider of this type tells no list of its models. Add them on the page Models.",
  no_list:
    "It answers, but with no list of its models. Check the address, or add them on the page Models.",
  timeout: "No answer in time. Check the address, and that the server runs.",
  unreachable: "Nothing answers at this address. Check it, and that the server runs.",
  egress_denied: "The gateway may not connect to this address. See TOKENHUB_PRIVATE_EGRESS.",
  credential_rejected: "The provider refused the key. Set another one.",
  http_error: "The provider answered with an error. Check the address, or test again later.",
  missing: "It has no key yet. Set one.",
  vault_sealed: "Its key is in the vault, and the vault is sealed. Unlock it first.",
  credential_origin_mismatch: "Its key was set for another address. Set it again.",
};

/** What another key may mend. */
const OF_THE_KEY: ReadonlySet<string> = new Set([
  "credential_rejected",
  "missing",
  "credential_origin_mismatch",
]);

/** Tests at once; with `done` a button leads on. */
export function ProviderCheck(props: { id: string; done?: () => void }) {
  const [tested, setTested] = useState<Tested>();
  const [found, setFound] = useState<readonly Found[]>();
  const [known, setKnown] = useState<ReadonlySet<string>>(new Set());
  const action = useAction();
  const at = `/providers/${segment(props.id)}`;
  const check = () =>
    action.run(async () => {
      setTested(undefined);
      const result = await post<Tested>(`${at}/test`);
      setTested(result);
      if (!result.ok) return;
      const { models } = await post<{ models: readonly Found[] }>(`${at}/discover`);
      const offers = await listAll<Offer>("offers");
      const own = offers.filter((offer) => offer.provider_id === props.id);
      setKnown(new Set(own.flatMap((offer) => [offer.upstream_name ?? offer.model_id])));
      setFound(models);
    });
  // Once for each provider.
  useEffect(() => void check(), [props.id]);
  return (
    <div class="says">
      {action.busy && tested === undefined && (
        <p class="faint" role="status">
          Asking {props.id} …
        </p>
      )}
      {tested?.ok && (
        <Notice kind="good">
          <span>
            {props.id} answers
            {found && `: ${count(found.length)} models found, ${count(known.size)} registered`}.
          </span>
        </Notice>
      )}
      {tested && !tested.ok && (
        <Notice kind="bad">
          <p>{ADVICE[tested.what] ?? "The provider did not answer as it should."}</p>
          <p class="small">{tested.what}</p>
        </Notice>
      )}
      <ErrorNotice error={action.error} />
      {tested && OF_THE_KEY.has(tested.what) && <FixKey at={`${at}/credentials`} done={check} />}
      {found && <Register provider={props.id} found={found} known={known} again={check} />}
      <div class="actions">
        <button type="button" disabled={action.busy} onClick={() => void check()}>
          Test again
        </button>
        {props.done && (
          <button type="button" class="primary" disabled={action.busy} onClick={props.done}>
            {tested?.ok ? "Continue" : "Continue all the same"}
          </button>
        )}
      </div>
    </div>
  );
}

/** Takes another key in place of the one that was refused; shown where the vault holds the provider's keys. */
function FixKey(props: { at: string; done: () => Promise<unknown> }) {
  const keys = useLoad(props.at, () => get<{ data: readonly Credential[] }>(props.at));
  const form = useForm({ secret: "" }, async ({ secret }) => {
    const [first, ...others] = keys.data?.data ?? [];
    const replaced = first && others.length === 0 ? { id: first.id, label: first.label } : {};
    await post(props.at, { label: "first", ...replaced, secret });
    await props.done();
  });
  if (keys.data === undefined) return null;
  return (
    <Form form={form}>
      <PasswordField form={form} name="secret" label="Another API key" isNew />
      <Submit form={form}>Set it and test again</Submit>
    </Form>
  );
}
