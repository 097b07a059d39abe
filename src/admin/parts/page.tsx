/** The frame of one page: its heading takes the focus when the page opens, so that it is read aloud. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Loaded } from "../load.ts";
import { Badge, ErrorNotice } from "./notice.tsx";

/** Heading, actions beside it, content. */
export function Page(props: {
  title: string;
  actions?: ComponentChildren;
  intro?: ComponentChildren;
  children: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.title} · Tokenhub`;
    heading.current?.focus({ preventScroll: true });
  }, [props.title]);
  return (
    <>
      <div class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        <div class="actions">{props.actions}</div>
      </div>
      {props.intro && <p class="intro">{props.intro}</p>}
      {props.children}
    </>
  );
}

/** Content once its data is there; before that what goes on, or what went wrong. */
export function When<T>(props: { loaded: Loaded<T>; children: (data: T) => ComponentChildren }) {
  const { data, error } = props.loaded;
  return (
    <>
      <ErrorNotice error={error} />
      {data === undefined && error === undefined && (
        <p class="faint" role="status">
          Loading …
        </p>
      )}
      {data !== undefined && props.children(data)}
    </>
  );
}

/** Who may change a row, when it is not the page. */
export function Managed({ by }: { by: string }) {
  if (by === "admin") return null;
  const why =
    by === "config"
      ? "Comes from the config file or the environment; change it there."
      : "Found by asking the provider for its models.";
  return (
    <span title={why}>
      <Badge>
        {by}
        <span class="unseen">: {why}</span>
      </Badge>
    </span>
  );
}

/** A panel with a heading of its own. */
export function Card(props: {
  title: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="card">
      <header>
        <h2>{props.title}</h2>
        <div class="actions">{props.actions}</div>
      </header>
      {props.children}
    </section>
  );
}
