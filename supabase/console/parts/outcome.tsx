/**
 * How a login came to its end, as a word and a colour.
 *
 * @module
 */

import type { JSX } from "preact";
import { texts } from "../texts/texts.ts";

/** The outcomes of a login, as the view names them. */
export const OUTCOMES = ["completed", "failed", "abandoned", "under way"] as const;

const COLOURS: Record<string, string> = { completed: "good", failed: "bad", abandoned: "warn" };

/** An outcome. */
export function Outcome({ outcome }: { outcome: string | null }): JSX.Element {
  const { outcomes } = texts.value.logins;
  const known = OUTCOMES.find((candidate) => candidate === outcome);
  return (
    <span class={`badge ${COLOURS[outcome ?? ""] ?? ""}`}>
      {known === undefined ? outcome : outcomes[known]}
    </span>
  );
}
