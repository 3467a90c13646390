/**
 * A button that does one thing at once, and says beside itself if that failed.
 *
 * What cannot be taken back asks first: `askToConfirm`.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { explainError } from "./explain.ts";

/** What the button does. */
export interface ActionProps {
  text: string;
  /** What it is about, for a screen reader where the text alone does not say. */
  label?: string;
  class?: string;
  perform: () => Promise<unknown>;
}

/** The button. */
export function ActionButton({ text, label, perform, ...rest }: ActionProps): JSX.Element {
  const [isBusy, setBusy] = useState(false);
  const [message, setMessage] = useState<string>();
  async function run(): Promise<void> {
    if (isBusy) {
      return;
    }
    setBusy(true);
    setMessage(undefined);
    try {
      await perform();
    } catch (error) {
      setMessage(explainError(error as Error, { action: true }));
    } finally {
      setBusy(false);
    }
  }
  return (
    <>
      <button
        type="button"
        {...rest}
        aria-disabled={isBusy}
        onClick={() => void run()}
        {...(label === undefined ? {} : { "aria-label": label })}
      >
        {text}
      </button>
      {message !== undefined && <small class="error" role="alert">{message}</small>}
    </>
  );
}
