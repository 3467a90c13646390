/**
 * What a failed refresh means for the login: a decision over what the provider answered.
 *
 * Only an answer to the refresh itself is judged. A provider that is out of
 * reach, or whose documents are, has said nothing about the refresh token. The
 * words of a refusal come from `token_answer.ts`, which finds them wherever the
 * provider puts them; the first one that is known here decides.
 *
 * @module
 */

import type { OAuthError } from "../errors.ts";
import { isMomentary, ProviderFailure, ProviderRefusal } from "./failure.ts";

/** What becomes of a login whose refresh failed. */
export type RefreshVerdict =
  /** The refresh token is dead: the login ends at once. */
  | "ended"
  /** A refusal that says nothing known: counts, and ends the login after three over ten minutes or more. */
  | "counted"
  /** The client itself is refused: the owner has to mend that, and no login ends. */
  | "owner"
  /** Trouble of the moment: nothing is lost. */
  | "passing";

/** Error codes by what they mean for a refresh. `unauthorized_client` means two things: see below. */
const VERDICTS: Readonly<Record<Exclude<RefreshVerdict, "counted">, readonly string[]>> = {
  ended: [
    // RFC 6749 §5.2, OpenID Connect Core §3.1.2.6 and Unmet Authentication Requirements, RFC 8628 §3.5, RFC 9470 §3
    "invalid_grant",
    "interaction_required",
    "login_required",
    "consent_required",
    "account_selection_required",
    "unmet_authentication_requirements",
    "insufficient_user_authentication",
    "expired_token",
    // RFC 6750 §3.1, which Spring and Cloud Foundry say of a refresh token (spring-cloud-app-broker#341)
    "invalid_token",
    // GitHub, and HubSpot in its member `status` (HGData/mk-node-hubspot#64)
    "bad_refresh_token",
    // Slack, all with 200 (slackapi/node-slack-sdk#2038, CogniQ/CogniQ#72, its reference of oauth.v2.access)
    "invalid_refresh_token",
    "token_expired",
    "token_revoked",
    "account_inactive",
    "authorization_not_found",
    // OpenAI, in an object (openai/codex#39199, lidge-jun/opencodex PR 4737)
    "refresh_token_expired",
    "refresh_token_invalidated",
    "refresh_token_reused",
    "token_invalidated",
    // Ory Hydra (ory/hydra#3004)
    "token_inactive",
    // Zoho (schmorrison/Zoho PR 18)
    "invalid_code",
    // Auth0 (auth0/Auth0.Android#562)
    "mfa_required",
  ],
  owner: [
    // RFC 6749 §5.2
    "invalid_client",
    // GitHub, with 200 (rwth-acis/VIAProMa#186)
    "incorrect_client_credentials",
    // Slack, with 200
    "bad_client_secret",
    "invalid_client_id",
    // Keycloak (keycloak/keycloak-nodejs-connect PR 119)
    "invalid_client_credentials",
    // Google (googleapis/google-api-nodejs-client#1256, openpubkey/opkssh#617)
    "deleted_client",
    "disabled_client",
  ],
  passing: [
    // RFC 6749 §4.1.2.1, RFC 8628 §3.5
    "temporarily_unavailable",
    "server_error",
    "slow_down",
    // Slack, with 200
    "ratelimited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
  ],
};

const VERDICT_OF = new Map(
  Object.entries(VERDICTS).flatMap(([verdict, words]) =>
    words.map((word): [string, RefreshVerdict] => [word, verdict as RefreshVerdict])
  ),
);

/** Judges what a refresh failed with. */
export function judgeRefreshFailure({ detail, reason, cause }: OAuthError): RefreshVerdict {
  if (reason === "client_secret_unreadable") {
    return "owner";
  }
  if (detail?.["step"] !== "refresh") {
    return "passing";
  }
  if (cause instanceof ProviderRefusal) {
    return judgeRefusal(cause);
  }
  // A 2xx that was understood and holds no token of use.
  return cause instanceof ProviderFailure && cause.detail.member === "access_token" ? "counted" : "passing";
}

function judgeRefusal({ status, words, isPage }: ProviderRefusal): RefreshVerdict {
  if (isMomentary(status)) {
    return "passing";
  }
  for (const word of words) {
    const verdict = word === "unauthorized_client" ? judgeUnauthorizedClient(status) : VERDICT_OF.get(word);
    if (verdict !== undefined) {
      return verdict;
    }
  }
  // A page comes from what stands before the provider: a firewall, a maintenance page.
  return isPage ? "passing" : "counted";
}

/**
 * Keycloak and Entra refuse the client with it, by 401 and 400 (keycloak/keycloak#16923), as RFC 6749 means it.
 * Atlassian refuses the refresh token with it, by 403 (raycast/extensions#11836, ParabolInc/parabol#11849).
 */
function judgeUnauthorizedClient(status: number): RefreshVerdict {
  return status === 403 ? "ended" : "owner";
}
