/**
 * The doctor's checks that need no network, when a config is saved: what cannot work is refused, the rest is told.
 *
 * What the provider published is known only if its document was just read.
 *
 * @module
 */

import { OAuthError } from "../_shared/errors.ts";
import { readTexts } from "../_shared/upstream/doctor/examination.ts";
import type { Check, CheckId } from "../_shared/upstream/doctor/findings.ts";
import { checkSettings } from "../_shared/upstream/doctor/settings.ts";
import type { PublishedProvider } from "./check_issuer.ts";
import type { ConfigChange } from "./config_change.ts";
import type { Settings } from "./settings.ts";

/** Checks that mean something without the provider's document. */
const OFFLINE = new Set<CheckId>(["openid_scope"]);

/** What cannot work, and the members of a change that bring it about. */
const FATAL: Partial<Record<CheckId, { member: string; causes: (keyof ConfigChange)[] }>> = {
  openid_scope: { member: "scopes", causes: ["p_scopes", "p_identity_source"] },
  auth_method: { member: "token_endpoint_auth_method", causes: ["p_token_endpoint_auth_method", "p_issuer"] },
};

/**
 * Checks the settings that a change leads to.
 *
 * @returns what the owner is warned of
 * @throws {OAuthError} for what cannot work, if the change brings it about: another change of such a config is saved
 */
export function checkBeforeSaving(
  settings: Settings,
  change: ConfigChange,
  published: PublishedProvider | undefined,
): Check[] {
  const checks = checkSettings(settings, published?.document, published?.server)
    .filter(({ id }) => published !== undefined || OFFLINE.has(id));
  for (const { id, state, seen, advice, finding } of checks) {
    const fatal = FATAL[id];
    const isNew = change.p_id === undefined || fatal?.causes.some((cause) => change[cause] !== undefined);
    if (state === "failed" && fatal !== undefined && isNew && !isSilent(id, published)) {
      throw new OAuthError(
        "invalid_request",
        `Cannot save config: ${fatal.member} cannot work. ${seen}. ${advice}`,
        {
          reason: finding,
        },
      );
    }
  }
  return checks.filter(({ state }) => state === "warning" || state === "failed");
}

/** An empty list says as much as none. */
function isSilent(id: CheckId, published: PublishedProvider | undefined): boolean {
  return id === "auth_method" &&
    readTexts(published?.document, "token_endpoint_auth_methods_supported")?.length === 0;
}
