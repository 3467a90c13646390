/**
 * A text to copy, such as a redirect URI.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { texts } from "../texts/texts.ts";

/** A text with a button that copies it. `label` says what it is. */
export function Copy({ text, label }: { text: string; label: string }): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  const { common } = texts.value;
  return (
    <span class="copy">
      <code>{text}</code>
      <button
        type="button"
        class="small"
        aria-label={`${common.copy}: ${label}`}
        onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
      >
        {isCopied ? common.copied : common.copy}
      </button>
      <span role="status" class="hidden">{isCopied ? common.copied : ""}</span>
    </span>
  );
}
