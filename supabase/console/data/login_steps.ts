/**
 * How far a login came, from what its line of `mcp_login_attempts` says.
 *
 * @module
 */

import type { Database } from "../../../functions/_shared/database/types.ts";

/** The stages of a login, in their order. */
export const STAGES = ["approved", "returned", "examined", "finished"] as const;

/** A stage of a login. */
export type Stage = typeof STAGES[number];

/** What became of a stage. */
export interface LoginStep {
  name: Stage;
  state: "done" | "failed" | "waiting" | "not reached";
  /** When, where it is known. */
  at: string | null;
}

/** What is known of a login. */
export type KnownLogin = Pick<
  Database["public"]["Views"]["mcp_login_attempts"]["Row"],
  "outcome" | "reason" | "step" | "began_at" | "ended_at"
>;

/** Whether a text can be the id of a request; a URL may say anything. */
export function isRequestId(text: string): boolean {
  return /^[\w-]{1,100}$/.test(text);
}

/** Reasons for which nobody comes back from the provider, or whoever comes is not taken. */
const BEFORE_RETURN =
  /^(provider_sent_nobody_back|session_\w+|state_missing|other_browser|callback_of_another|upstream_(denied|login_required|consent_required)|request_\w+)$/;
/** Reasons for which it is not known who the person is. */
const BEFORE_EXAMINED =
  /^(upstream_\w+|subject_\w+|tenant_not_allowed|client_secret_unreadable|callback_did_not_finish)$/;
/** The step at which the provider sends the person back. */
const RETURN_STEP = "authorization";

/** The stages of a login with what became of each. */
export function listSteps(login: KnownLogin): LoginStep[] {
  const { outcome, began_at, ended_at } = login;
  if (outcome === "completed") {
    return STAGES.map((name) => ({
      name,
      state: "done",
      at: name === "approved" ? began_at : name === "finished" ? ended_at : null,
    }));
  }
  const stopped = STAGES.indexOf(findStopped(login));
  return STAGES.map((name, index) => {
    if (index < stopped) {
      return { name, state: "done", at: name === "approved" ? began_at : null };
    }
    if (index > stopped) {
      return { name, state: "not reached", at: null };
    }
    return { name, state: outcome === "under way" ? "waiting" : "failed", at: ended_at };
  });
}

/** The stage that was not reached. */
function findStopped({ reason, step }: KnownLogin): Stage {
  if (reason === null || BEFORE_RETURN.test(reason) || step === RETURN_STEP) {
    return "returned";
  }
  return step !== null || BEFORE_EXAMINED.test(reason) ? "examined" : "finished";
}
