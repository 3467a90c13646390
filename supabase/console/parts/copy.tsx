/**
 * A text to copy, such as a redirect URI.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { texts } from "../texts/texts.ts";

const SHOWN_MILLISECONDS = 5_000;

/** A text with a button that copies it. `label` says what it is. */
export function Copy({ text, label }: { text: string; label: string }): JSX.Element {
  const [outcome, setOutcome] = useState<"copied" | "refused">();
  const shown = useRef<HTMLElement>(null);
  const { common } = texts.value;
  const title = outcome === "copied" ? common.copied : common.copy;
  useEffect(() => {
    if (outcome !== "copied") {
      return;
    }
    const timer = setTimeout(() => setOutcome(undefined), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [outcome]);

  async function copy(): Promise<void> {
    try {
      // There is no clipboard where the page came over plain HTTP.
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
    } catch {
      getSelection()?.selectAllChildren(shown.current!);
      setOutcome("refused");
    }
  }

  return (
    <span class="copy">
      <code ref={shown}>{text}</code>
      <button type="button" class="small" aria-label={`${title}: ${label}`} onClick={() => void copy()}>
        {title}
      </button>
      <small role="status" class={outcome === "refused" ? "error" : "hidden"}>
        {outcome === "refused" ? common.cannotCopy : outcome === "copied" ? common.copied : ""}
      </small>
    </span>
  );
}
