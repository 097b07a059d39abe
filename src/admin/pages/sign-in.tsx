/** The admin token opens a session; the browser keeps a cookie that no script can read. */
import { post } from "../api.ts";
import { Brand } from "../parts/brand.tsx";
import { Form, PasswordField, Submit, useForm } from "../parts/form.tsx";
import { ErrorNotice } from "../parts/notice.tsx";

/** `error`: why the page could not find out whether a session is open. */
export function SignIn(props: { error: unknown; signedIn: () => void }) {
  const form = useForm({ token: "" }, async ({ token }) => {
    await post("/session", { token: token.trim() });
    props.signedIn();
  });
  return (
    <main class="alone">
      <Brand />
      <section class="card">
        <h1>Sign in</h1>
        <ErrorNotice error={props.error} />
        <Form form={form}>
          <PasswordField
            form={form}
            name="token"
            label="Admin token"
            isNew={false}
            hint={
              <>
                The value of <code>TOKENHUB_ADMIN_TOKEN</code>. A self-hosted gateway that was
                started without one has made it and keeps it in <code>admin-token</code> in its data
                folder.
              </>
            }
          />
          <Submit form={form}>Sign in</Submit>
        </Form>
      </section>
    </main>
  );
}
