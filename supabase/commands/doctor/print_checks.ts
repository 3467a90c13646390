/**
 * The doctor's findings for a person at a terminal.
 *
 * @module
 */

import type { Check, CheckState } from "../../../functions/_shared/upstream/doctor/findings.ts";
import type { Output } from "../../local/output.ts";

const MARKS: Record<CheckState, string> = {
  ok: "ok     ",
  warning: "warning",
  failed: "FAILED ",
  skipped: "-      ",
};

/** Prints a line for each check, and under it what to do. */
export function printChecks(checks: readonly Check[], output: Pick<Output, "print">): void {
  const width = Math.max(...checks.map(({ id }) => id.length));
  for (const { id, state, seen, advice } of checks) {
    output.print(`  ${MARKS[state]}  ${id.padEnd(width)}  ${seen}`);
    if (advice !== null && state !== "ok") {
      output.print(`  ${" ".repeat(MARKS.ok.length)}  ${" ".repeat(width)}  → ${advice}`);
    }
  }
}

/** How many checks failed. */
export function countFailed(checks: readonly Check[]): number {
  return checks.filter(({ state }) => state === "failed").length;
}
