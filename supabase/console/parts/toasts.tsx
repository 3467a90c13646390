/**
 * What has been done, said once and for a moment. Nothing is said before it has happened.
 *
 * @module
 */

import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import { texts } from "../texts/texts.ts";

const SHOWN_MILLISECONDS = 8_000;
/** More would cover a small screen. */
const MOST_SHOWN = 2;

const toasts: Signal<{ id: number; text: string }[]> = signal([]);
let last = 0;

/** Says that something has been done. */
export function say(text: string): void {
  const id = ++last;
  toasts.value = [...toasts.value, { id, text }].slice(-MOST_SHOWN);
  setTimeout(() => drop(id), SHOWN_MILLISECONDS);
}

function drop(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Where it is said. The shell has one. */
export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text }) => (
        <div class="toast" key={id}>
          <span>{text}</span>
          <button type="button" class="small" onClick={() => drop(id)}>{texts.value.common.close}</button>
        </div>
      ))}
    </div>
  );
}
