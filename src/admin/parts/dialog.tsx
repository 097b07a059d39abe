/** Dialogs: the browser's own, which keeps the focus inside. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useAction } from "../load.ts";
import { ErrorNotice } from "./notice.tsx";

/** An open dialog. Escape and the close button call `onClose`. */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    // The browser gives the focus back when a dialog is closed, but not when it is taken away.
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={props.wide ? "wide" : ""}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <header>
        <h2 id={titleId}>{props.title}</h2>
        <button type="button" class="plain" aria-label="Close" onClick={props.onClose}>
          ×
        </button>
      </header>
      <div class="dialog-body">{props.children}</div>
    </dialog>
  );
}

/** What an act does and how it is called. */
export interface Act {
  readonly title: string;
  /** What will happen, and whether it can be undone. */
  readonly says: ComponentChildren;
  /** The verb on the button. */
  readonly action: string;
  readonly danger?: boolean;
  run(): Promise<unknown>;
}

/** Says what will happen and does it when told to. */
export function Confirm(props: Act & { onClose: () => void }) {
  const act = useAction();
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <div class="says">{props.says}</div>
      <ErrorNotice error={act.error} />
      <div class="actions">
        <button type="button" onClick={props.onClose}>
          Keep it as it is
        </button>
        <button
          type="button"
          class={props.danger ? "danger" : "primary"}
          disabled={act.busy}
          onClick={async () => {
            if (await act.run(props.run)) props.onClose();
          }}
        >
          {props.action}
        </button>
      </div>
    </Dialog>
  );
}

/** A button that asks before it acts. */
export function ConfirmButton(
  props: Act & { label: string; disabled?: boolean; describes?: string },
) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class={props.danger ? "small danger-quiet" : "small"}
        disabled={props.disabled}
        aria-label={props.describes ? `${props.label} ${props.describes}` : undefined}
        onClick={() => setOpen(true)}
      >
        {props.label}
      </button>
      {open && <Confirm {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
