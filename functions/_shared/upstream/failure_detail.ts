/**
 * What went wrong at a provider, in words from fixed lists.
 *
 * The log and the audit keep it. So the person who can correct a failure learns
 * the step, the HTTP status, the OAuth error code and the wrong member. It has
 * no text of the provider.
 *
 * @module
 */

/** What Gatepost was doing at the provider. */
export type UpstreamStep =
  | "discovery"
  | "authorization"
  | "token"
  | "keys"
  | "id_token"
  | "userinfo"
  | "emails"
  | "refresh"
  | "revocation";

/** What was wrong with the answer, or with a member of it. */
export type UpstreamProblem =
  /** The provider refused, by a status or by an error code. */
  | "refused"
  /** No answer came: there was no connection, or the answer did not end in time. */
  | "unreachable"
  | "redirect"
  /** A page instead of a document. */
  | "html"
  /** Not JSON, and not a form where a form is allowed. */
  | "unreadable"
  | "too_large"
  | "missing"
  | "malformed"
  /** The member has a value of somebody or something else. */
  | "mismatch"
  | "expired"
  | "not_yet_valid"
  /** The algorithm does not prove who signed. */
  | "algorithm"
  /** No published key fits. */
  | "no_key"
  /** Some keys fit, but none of them made the signature. */
  | "signature";

/** The error codes that a standard registers; `other` for every other one. */
export type UpstreamErrorCode = (typeof REGISTERED_CODES)[number] | "other";

/** A failure at the provider. The audit and the log store it as it is. */
export type UpstreamFailureDetail = {
  step: UpstreamStep;
  /** The status of the answer, where one came. */
  status: number | null;
  error_code: UpstreamErrorCode | null;
  /** The member or claim that was wrong. */
  member: UpstreamMember | null;
  problem: UpstreamProblem | null;
  /** The issuer that a document names instead of the expected one: an ordinary URL of at most 255 characters. */
  issuer?: string | null;
};

/** Members and claims that a failure can be about. */
export type UpstreamMember =
  | "access_token"
  | "refresh_token"
  | "scope"
  | "id_token"
  | "issuer"
  | "authorization_endpoint"
  | "token_endpoint"
  | "userinfo_endpoint"
  | "revocation_endpoint"
  | "jwks_uri"
  | "keys"
  | "alg"
  | "kid"
  | "iss"
  | "sub"
  | "aud"
  | "azp"
  | "exp"
  | "iat"
  | "nbf"
  | "nonce"
  | "auth_time"
  | "tid"
  | "state"
  | "code"
  | "subject_claim"
  | "profile";

/** The registry of OAuth extension errors, OpenID Connect Core §3.1.2.6 and RFC 6750 §3.1. */
const REGISTERED_CODES = [
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "unsupported_response_type",
  "invalid_scope",
  "access_denied",
  "server_error",
  "temporarily_unavailable",
  "invalid_token",
  "insufficient_scope",
  "interaction_required",
  "login_required",
  "account_selection_required",
  "consent_required",
  "invalid_request_uri",
  "invalid_request_object",
  "request_not_supported",
  "request_uri_not_supported",
  "registration_not_supported",
  "unmet_authentication_requirements",
  "insufficient_user_authentication",
  "unsupported_token_type",
  "invalid_target",
  "invalid_redirect_uri",
  "slow_down",
  "expired_token",
  "invalid_dpop_proof",
  "use_dpop_nonce",
] as const;

/** A provider's own word for what a standard has a code for, with where it is documented. */
const SYNONYMS: ReadonlyMap<string, UpstreamErrorCode> = new Map([
  // GitHub, "Troubleshooting OAuth app access token request errors"
  ["incorrect_client_credentials", "invalid_client"],
  ["bad_verification_code", "invalid_grant"],
  ["bad_refresh_token", "invalid_grant"],
  ["redirect_uri_mismatch", "invalid_request"],
  // Slack, "oauth.v2.access"
  ["bad_client_secret", "invalid_client"],
  ["invalid_client_id", "invalid_client"],
  ["invalid_code", "invalid_grant"],
  ["code_already_used", "invalid_grant"],
  ["invalid_refresh_token", "invalid_grant"],
  ["bad_redirect_uri", "invalid_request"],
  ["ratelimited", "temporarily_unavailable"],
]);

const REGISTERED: ReadonlySet<string> = new Set(REGISTERED_CODES);

/** The registered code that a word of the refusal is or means; null if no word does. */
export function toErrorCode(words: readonly string[]): UpstreamErrorCode | null {
  const known = words.find((word) => REGISTERED.has(word)) as UpstreamErrorCode | undefined;
  const synonym = words.map((word) => SYNONYMS.get(word)).find((code) => code !== undefined);
  return known ?? synonym ?? (words.length > 0 ? "other" : null);
}

/** Whether one of a refusal's words is a code that is known here. */
export function isKnownCode(words: readonly string[]): boolean {
  return words.some((word) => REGISTERED.has(word) || SYNONYMS.has(word));
}
