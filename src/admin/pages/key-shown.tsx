/** A key in the one moment in which it can be seen, and a request that works with it. */
import { useState } from "preact/hooks";
import { Notice, toast } from "../parts/notice.tsx";

/** Text in a box with a button that copies it. */
export function Copyable(props: { label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.text);
      setCopied(true);
      toast("Copied.");
    } catch {
      toast("The browser does not let this page copy. Select the text instead.");
    }
  };
  return (
    <div class="field">
      <div class="actions">
        <h3>{props.label}</h3>
        <button type="button" class="small" aria-label={`Copy: ${props.label}`} onClick={copy}>
          {copied ? "Copied" : "Copy"}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse selects and scrolls it by keys. */}
      <pre tabIndex={0}>{props.text}</pre>
    </div>
  );
}

/** Words of a shell command that mean only themselves. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A request that a shell can send as it is. */
export function curlOf(key: string, model: string): string {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello!" }] });
  return [
    `curl ${location.origin}/v1/chat/completions`,
    `-H ${quoted(`Authorization: Bearer ${key}`)}`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(body)}`,
  ].join(" \\\n  ");
}

/** Routing chooses the model. */
const ANY_MODEL = "tokenhub/auto";

/** The key and its request. */
export function KeyShown({ secret }: { secret: string }) {
  return (
    <div class="says">
      <Notice kind="warn">
        This is the only time that the key is shown. Only its hash is kept: who loses it rotates it.
      </Notice>
      <Copyable label="Key" text={secret} />
      <Copyable label="A request that works" text={curlOf(secret, ANY_MODEL)} />
    </div>
  );
}
