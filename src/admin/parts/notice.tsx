/** What happened, told where it is seen and read aloud. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api.ts";

/** A box with a sentence. `bad` is read out at once. */
export function Notice(props: {
  kind: "info" | "good" | "warn" | "bad";
  children: ComponentChildren;
}) {
  return (
    <div class={`notice ${props.kind}`} role={props.kind === "bad" ? "alert" : "status"}>
      {props.children}
    </div>
  );
}

/** What the page itself has to say before anything is sent. */
export class Objection extends Error {}

/** An error in the gateway's own words; nothing without one. */
export function ErrorNotice({ error }: { error: unknown }) {
  if (error === undefined || error === null) return null;
  const known = error instanceof ApiError ? error : undefined;
  return (
    <Notice kind="bad">
      <p>{sentenceOf(error)}</p>
      {known?.param && (
        <p>
          Field: <code>{known.param}</code>
        </p>
      )}
      {known && (
        <p class="faint small">
          {known.code}
          {known.requestId && ` · ${known.requestId}`}
        </p>
      )}
    </Notice>
  );
}

function sentenceOf(error: unknown): string {
  if (error instanceof ApiError || error instanceof Objection) return error.message;
  return `This page failed: ${String(error)}. Load it again.`;
}

let tell: (text: string) => void = () => {};

/** Shows a short sentence at the lower edge for some seconds, and reads it aloud. */
export function toast(text: string): void {
  tell(text);
}

const TOAST_MS = 5_000;

/** Where toasts appear; once on the page. */
export function Toasts() {
  const [text, setText] = useState("");
  useEffect(() => {
    tell = setText;
  }, []);
  useEffect(() => {
    if (text === "") return;
    const id = setTimeout(() => setText(""), TOAST_MS);
    return () => clearTimeout(id);
  }, [text]);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {text !== "" && <div class="toast">{text}</div>}
    </div>
  );
}

/** A word on a coloured ground; the word itself says what the colour says. */
export function Badge(props: {
  kind?: "good" | "warn" | "bad" | "info";
  children: ComponentChildren;
}) {
  return <span class={`badge ${props.kind ?? ""}`}>{props.children}</span>;
}

/** What stands where rows would stand. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
