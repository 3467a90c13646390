/**
 * Dialogs: the browser's own, which keep the focus and give it back.
 *
 * @module
 */

import { type Signal, signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { texts } from "../texts/texts.ts";
import { FieldError, Form, TextField } from "./form.tsx";
import { say } from "./toasts.tsx";

/** A dialog that is open as long as it is drawn. Then the focus returns, or goes to the heading if its place is gone. */
export function Dialog(
  { title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren },
): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const latest = useRef(onClose);
  latest.current = onClose;
  const id = useId();
  // Not useEffect: that one cleans up after the dialog has gone, and the focus with it.
  useLayoutEffect(() => {
    const element = dialog.current!;
    const before = document.activeElement;
    let isDrawn = true;
    // Escape closes it, and then it is drawn no more.
    element.addEventListener("close", () => isDrawn && latest.current());
    element.showModal();
    return () => {
      isDrawn = false;
      // While it is open nothing else takes the focus.
      element.close();
      const next = before?.isConnected ? before : document.querySelector("h1");
      if (next instanceof HTMLElement) {
        next.focus();
      }
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

/** What is asked before something is done. */
export interface Confirmation {
  title: string;
  text: ComponentChildren;
  /** The text of the button that does it. */
  confirm: string;
  isDanger?: boolean;
  /** What the reader has to type first, for what cannot be undone. */
  typed?: string;
  /** Does it. What it throws is shown in the dialog, which stays open. */
  perform: () => Promise<unknown>;
  /** What is said afterwards. */
  done: string;
}

const pending: Signal<Confirmation | undefined> = signal(undefined);

/** Asks, and does it if the reader says so. */
export function askToConfirm(confirmation: Confirmation): void {
  pending.value = confirmation;
}

/** Where it is asked. The shell has one. */
export function Confirmations(): JSX.Element | null {
  const asked = pending.value;
  const { common } = texts.value;
  const close = (): void => {
    pending.value = undefined;
  };
  if (asked === undefined) {
    return null;
  }
  return (
    <Dialog title={asked.title} onClose={close}>
      <Form
        submit={asked.confirm}
        isDanger={asked.isDanger ?? false}
        onCancel={close}
        onSubmit={async ({ typed }) => {
          if (asked.typed !== undefined && typed !== asked.typed) {
            throw new FieldError("typed", common.typedWrong(asked.typed));
          }
          await asked.perform();
          close();
          say(asked.done);
        }}
      >
        <div class="text">{asked.text}</div>
        {asked.typed !== undefined && (
          <TextField
            name="typed"
            label={common.typeToConfirm(asked.typed)}
            autoComplete="off"
            spellcheck={false}
          />
        )}
      </Form>
    </Dialog>
  );
}
