/** Asks for the vault password when the gateway wants to know again who is there. */
import { useEffect, useState } from "preact/hooks";
import { connect } from "../api.ts";
import { Dialog } from "./dialog.tsx";
import { Form, PasswordField, Submit, useForm } from "./form.tsx";

/** Mounted once; opens itself when a call needs it. */
export function StepUp({ signedOut }: { signedOut: () => void }) {
  const [answer, setAnswer] = useState<{ give: (password: string | undefined) => void }>();
  useEffect(() => {
    connect({
      signedOut,
      askStepUp: () =>
        new Promise((resolve) => {
          setAnswer({
            give(password) {
              setAnswer(undefined);
              resolve(password);
            },
          });
        }),
    });
  }, [signedOut]);
  if (answer === undefined) return null;
  return (
    <Dialog title="Confirm that it is you" onClose={() => answer.give(undefined)}>
      <Ask give={answer.give} />
    </Dialog>
  );
}

function Ask({ give }: { give: (password: string) => void }) {
  const form = useForm({ password: "" }, async ({ password }) => give(password));
  return (
    <Form form={form}>
      <p>
        This change decides where provider keys go or who can read them. Type the vault password, or
        the admin token while there is no vault.
      </p>
      <PasswordField form={form} name="password" label="Vault password" isNew={false} />
      <Submit form={form}>Continue</Submit>
    </Form>
  );
}
