/**
 * What a failure of the upstream means for a login.
 *
 * A failure of the moment (unreachable, 429, 5xx, nonsense) leaves as
 * `temporarily_unavailable`, a refusal as `server_error`. No text of the
 * upstream leaves at all.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import { OAuthError, unavailable } from "../errors.ts";

/** Runs a step of the upstream leg and explains what it throws. */
export async function explainFailure<Result>(step: () => Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (cause) {
    throw cause instanceof OAuthError ? cause : toUpstreamError(cause);
  }
}

/** Codes of oauth4webapi that stand for an answer that must not be trusted. */
const UNTRUSTED = new Set<unknown>([
  oauth.JWT_CLAIM_COMPARISON,
  oauth.JWT_TIMESTAMP_CHECK,
  oauth.JSON_ATTRIBUTE_COMPARISON,
  oauth.KEY_SELECTION,
  oauth.UNSUPPORTED_OPERATION,
  oauth.MISSING_SERVER_METADATA,
  oauth.INVALID_SERVER_METADATA,
  oauth.HTTP_REQUEST_FORBIDDEN,
  oauth.REQUEST_PROTOCOL_FORBIDDEN,
]);

/**
 * Whether an answer was understood and must not be trusted.
 *
 * A signature or a claim that is wrong shares its code with a document of
 * another shape; only the latter names its body.
 */
function isUntrusted(cause: unknown): boolean {
  const { code, cause: details } = cause as { code?: unknown; cause?: { body?: unknown } | undefined };
  return UNTRUSTED.has(code) || (code === oauth.INVALID_RESPONSE && details?.body === undefined);
}

/** A failure of the moment or a refusal, by what oauth4webapi threw. */
function toUpstreamError(cause: unknown): OAuthError {
  const { status } = cause as { status?: unknown };
  const answered = cause instanceof Error && cause.cause instanceof Response ? cause.cause.status : status;
  if (isUntrusted(cause)) {
    return refused("upstream_untrusted", cause);
  }
  if (
    typeof answered === "number" &&
    answered >= 400 &&
    answered < 500 &&
    ![408, 425, 429].includes(answered)
  ) {
    return refused("upstream_refused", cause);
  }
  return unavailable(
    "Cannot log in now: the provider does not answer as it should, try again",
    "upstream_unavailable",
    cause,
  );
}

/** What says that a grant is dead: the standard code, those of a login that is due (as Entra has them), GitHub's own. */
const GRANT_REFUSALS = new Set<unknown>([
  "invalid_grant",
  "interaction_required",
  "login_required",
  "consent_required",
  "bad_refresh_token",
]);

/** Whether an upstream said that a grant is dead. GitHub says so with a 200. */
export function isRefusedGrant(cause: unknown): boolean {
  const body = cause instanceof oauth.ResponseBodyError
    ? cause.cause
    : (cause as { cause?: { body?: unknown } } | undefined)?.cause?.body;
  return GRANT_REFUSALS.has((body as { error?: unknown } | undefined)?.error);
}

/** The refusal of a login by an upstream, or of an upstream by us. */
export function refused(reason: string, cause: unknown): OAuthError {
  return new OAuthError(
    "server_error",
    "Cannot log in: the provider refused or its answer cannot be trusted",
    { reason, cause },
  );
}

/** What the person or the provider decided against; its own description stays here. */
export function explainAuthorizationError(cause: oauth.AuthorizationResponseError): OAuthError {
  switch (cause.error) {
    case "access_denied":
      return new OAuthError("access_denied", "Cannot log in: the provider denied access", {
        reason: "upstream_denied",
        cause,
      });
    case "login_required":
    case "interaction_required":
    case "account_selection_required":
      return new OAuthError("login_required", "Cannot log in: the provider wants the person to log in", {
        reason: "upstream_login_required",
        cause,
      });
    case "consent_required":
      return new OAuthError("consent_required", "Cannot log in: the provider wants the person to consent", {
        reason: "upstream_consent_required",
        cause,
      });
    case "temporarily_unavailable":
    case "server_error":
      return unavailable("Cannot log in now: the provider has a problem, try again", "upstream_error", cause);
    default:
      return refused("upstream_refused", cause);
  }
}
