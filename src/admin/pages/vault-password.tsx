/** The two forms around the vault's password: the first one, and another one. */
import { call, post } from "../api.ts";
import { Form, PasswordField, Submit, useForm } from "../parts/form.tsx";
import { Objection, toast } from "../parts/notice.tsx";

const RULE = "At least 12 characters. Nobody can recover it: write it down where you keep secrets.";

function mustAgree(first: string, second: string): void {
  if (first !== second)
    throw new Objection("The two new passwords differ. Type the same one twice.");
}

/** Sets the first password; afterwards the vault is open. */
export function VaultInit({ done }: { done: () => Promise<void> | void }) {
  const form = useForm({ admin_password: "", again: "" }, async ({ admin_password, again }) => {
    mustAgree(admin_password, again);
    await post("/vault/init", { admin_password });
    // A new vault is sealed like any other; who just typed its password is not asked again.
    await post("/vault/unlock", { admin_password });
    toast("The vault has its password and is open.");
    await done();
  });
  return (
    <Form form={form}>
      <PasswordField form={form} name="admin_password" label="Vault password" isNew hint={RULE} />
      <PasswordField form={form} name="again" label="The same again" isNew />
      <Submit form={form}>Set the password</Submit>
    </Form>
  );
}

/** Opens a sealed vault. */
export function VaultUnlock({ done }: { done: () => Promise<void> | void }) {
  const form = useForm({ admin_password: "" }, async ({ admin_password }) => {
    await post("/vault/unlock", { admin_password });
    toast("The vault is open.");
    await done();
  });
  return (
    <Form form={form}>
      <PasswordField form={form} name="admin_password" label="Vault password" isNew={false} />
      <Submit form={form}>Unlock</Submit>
    </Form>
  );
}

/** Another password for the same keys. */
export function VaultChange({ done }: { done: () => Promise<void> | void }) {
  const form = useForm({ now: "", next: "", again: "" }, async ({ now, next, again }) => {
    mustAgree(next, again);
    const body = { admin_password: now, new_password: next };
    await call("POST", "/vault/change-password", { body, stepUp: now });
    toast("The password is changed; the old one opens nothing any more.");
    await done();
  });
  return (
    <Form form={form}>
      <PasswordField form={form} name="now" label="Present password" isNew={false} />
      <PasswordField form={form} name="next" label="New password" isNew hint={RULE} />
      <PasswordField form={form} name="again" label="The new one again" isNew />
      <Submit form={form}>Change the password</Submit>
    </Form>
  );
}
