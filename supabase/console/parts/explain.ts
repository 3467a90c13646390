/**
 * The sentence for an error, in the reader's language.
 *
 * @module
 */

import { FunctionRefusal } from "../data/client.ts";
import { Refusal, Trouble } from "../data/trouble.ts";
import { texts } from "../texts/texts.ts";

/** Why a reading failed, or with `action` why something could not be done. */
export function explainError(error: Error, { action = false }: { action?: boolean } = {}): string {
  const { errors } = texts.value;
  if (error instanceof Refusal) {
    return explainRefusal(error);
  }
  if (error instanceof FunctionRefusal) {
    return `${error.message}.`;
  }
  if (!(error instanceof Trouble)) {
    return errors.failed;
  }
  switch (error.kind) {
    case "unreachable":
      return action ? errors.unreachableAction : errors.unreachable;
    case "signed out":
      return errors.signedOut;
    case "not allowed":
      return errors.notAllowed;
    case "no such view":
    case "failed":
      return errors.failed;
  }
}

/** Why an RPC refused. */
function explainRefusal({ outcome, argument, expected }: Refusal): string {
  const { outcomes } = texts.value;
  if (outcome === "invalid" && argument !== undefined && expected !== undefined) {
    return outcomes.invalid(argument, expected);
  }
  if (outcome.startsWith("unknown_")) {
    return outcomes.unknown;
  }
  const known = Object.hasOwn(outcomes, outcome) ? outcomes[outcome as keyof typeof outcomes] : undefined;
  return typeof known === "string" ? known : outcomes.other(outcome);
}
