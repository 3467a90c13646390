/**
 * Servers at which logins fail at present, and the owner has to do something about it.
 *
 * A login that fails on the person's side, such as one that the person denies,
 * says nothing of those that follow: it is left out.
 *
 * @module
 */

import type { Database } from "../../../functions/_shared/database/types.ts";

/** What is known of a login. */
export type EndedAttempt = Pick<
  Database["public"]["Views"]["mcp_login_attempts"]["Row"],
  "mcp_server_id" | "server" | "outcome" | "reason" | "request_id"
>;

/** Logins of a server that have failed since one succeeded. */
export interface FailingLogins {
  serverId: string;
  server: string;
  logins: number;
  /** The newest, whose page says why. */
  requestId: string;
}

/** Reasons that the set-up of the provider or of the server has. */
const OWNERS =
  /^(upstream_(?!denied$|login_required$|consent_required$)\w+|subject_\w+|client_secret_unreadable|callback_of_another|unknown_config|config_disabled|server_error)$/;

/** The servers at which logins fail; `attempts` has the newest first. */
export function findFailingLogins(attempts: readonly EndedAttempt[]): FailingLogins[] {
  const found = new Map<string, FailingLogins>();
  const working = new Set<string>();
  for (const { mcp_server_id: serverId, server, outcome, reason, request_id: requestId } of attempts) {
    if (serverId === null || requestId === null || working.has(serverId)) {
      continue;
    }
    if (outcome === "completed") {
      working.add(serverId);
    } else if (outcome === "failed" && OWNERS.test(reason ?? "")) {
      const known = found.get(serverId) ?? { serverId, server: server ?? serverId, logins: 0, requestId };
      found.set(serverId, { ...known, logins: known.logins + 1 });
    }
  }
  return [...found.values()];
}
