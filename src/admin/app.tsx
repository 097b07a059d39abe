/** The whole page: who is signed in, the navigation, the open page. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError, call, get } from "./api.ts";
import { useLoad } from "./load.ts";
import { Sidebar } from "./navigation.tsx";
import { FirstRun } from "./pages/first-run.tsx";
import { PAGES } from "./pages/index.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { Badge, ErrorNotice, Notice, Toasts } from "./parts/notice.tsx";
import { StepUp } from "./parts/step-up.tsx";
import { go, usePlace } from "./router.ts";
import type { VaultStatus } from "./shapes.ts";
import { vaultStatus } from "./vault-status.ts";

/** unknown until the gateway has said whether the cookie is one. */
type Session = "unknown" | "none" | "open";

/** Everything below `#app`. */
export function App() {
  const [session, setSession] = useState<Session>("unknown");
  const [error, setError] = useState<unknown>();
  const signedOut = useCallback(() => setSession("none"), []);
  useEffect(() => {
    get("/session").then(
      () => setSession("open"),
      (reason: unknown) => {
        const noSession = reason instanceof ApiError && reason.status === 401;
        if (!noSession) setError(reason);
        setSession("none");
      },
    );
  }, []);
  return (
    <>
      {session === "open" && <Shell signedOut={signedOut} />}
      {session === "none" && (
        <SignIn
          error={error}
          signedIn={() => {
            setError(undefined);
            setSession("open");
          }}
        />
      )}
      <StepUp signedOut={signedOut} />
      <Toasts />
    </>
  );
}

async function signOut(signedOut: () => void): Promise<void> {
  await call("DELETE", "/session").catch(() => undefined);
  signedOut();
}

function Shell({ signedOut }: { signedOut: () => void }) {
  const place = usePlace();
  const name = place.name || "overview";
  const vault = useLoad("vault", vaultStatus);
  const [first, setFirst] = useState(false);
  const state = vault.data?.state;
  // A gateway without a vault is new: the first steps open by themselves, once.
  useEffect(() => {
    if (state === "uninitialised" && location.hash.length < 3) {
      setFirst(true);
      go("welcome");
    }
  }, [state]);
  // Another page may have changed the vault.
  useEffect(() => {
    if (state !== undefined) void vault.reload();
  }, [name]);
  const Open = Object.hasOwn(PAGES, name) ? PAGES[name as keyof typeof PAGES].page : undefined;
  return (
    <div class="frame">
      <button
        type="button"
        class="skip"
        onClick={() => document.getElementById("content")?.focus()}
      >
        Skip to content
      </button>
      <Sidebar open={name} vault={state} signOut={() => void signOut(signedOut)} />
      <main id="content" tabIndex={-1}>
        <ErrorNotice error={vault.error} />
        <SealedNotice vault={vault.data} open={name} />
        {name === "welcome" && <FirstRun isNew={first} vaultChanged={vault.reload} />}
        {Open && (
          <Open key={`${name}/${place.id ?? ""}`} place={place} vaultChanged={vault.reload} />
        )}
        {!Open && name !== "welcome" && (
          <Notice kind="warn">
            There is no such page. <a href="#/overview">To the overview</a>
          </Notice>
        )}
      </main>
    </div>
  );
}

/** A sealed vault is told on every page: providers with keys in it do not answer. */
function SealedNotice(props: { vault: VaultStatus | undefined; open: string }) {
  const { vault, open } = props;
  if (vault === undefined || open === "vault") return null;
  if (vault.state === "tampered") {
    return (
      <Notice kind="bad">
        The vault was changed from outside. Restore the database from a backup.
      </Notice>
    );
  }
  if (vault.state !== "sealed") return null;
  return (
    <Notice kind="warn">
      <span>
        <Badge kind="warn">sealed</Badge> Providers whose keys are in the vault do not answer.{" "}
        <a href="#/vault">Unlock it</a>
      </span>
    </Notice>
  );
}
