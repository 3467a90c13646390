/**
 * Everything that the doctor can find, and what the owner does about it.
 *
 * The words are Gatepost's own. A sentence has at most values that are safe to
 * show in `{}`: an HTTP status, a registered error code, an issuer that is an
 * ordinary URL, or settings of the config itself.
 *
 * @module
 */

/** What is examined. */
export type CheckId =
  | "reachable"
  | "issuer"
  | "endpoints"
  | "openid_scope"
  | "userinfo"
  | "pkce"
  | "keys"
  | "auth_method"
  | "scopes"
  | "refresh_tokens"
  | "revocation"
  | "response_issuer"
  | "tenants"
  | "clock"
  | "redirect_uri"
  | "client";

/** How it went: `skipped` could not be examined, or does not matter here. */
export type CheckState = "ok" | "warning" | "failed" | "skipped";

/** The result of one check, as it goes over the wire. */
export interface Check {
  id: CheckId;
  state: CheckState;
  /** A stable name of what was found. */
  finding: FindingName;
  /** What was seen. */
  seen: string;
  /** What to do; null where there is nothing to do. */
  advice: string | null;
}

type Finding = readonly [id: CheckId, state: CheckState, seen: string, advice: string | null];

const CREDENTIALS =
  "Copy client id and client secret anew from the provider; register the redirect URI first, because some providers look at it before the secret";

export const FINDINGS = {
  document_found: ["reachable", "ok", "The provider's document was found", null],
  document_not_needed: [
    "reachable",
    "skipped",
    "The config names the endpoints, so no document is needed",
    null,
  ],
  provider_unreachable: [
    "reachable",
    "failed",
    "No answer came from the issuer",
    "Check the host in the issuer, and that the provider is reached from the internet",
  ],
  host_unknown: [
    "reachable",
    "failed",
    "The issuer's host has no address",
    "Correct the spelling of the host in the issuer",
  ],
  certificate_refused: [
    "reachable",
    "failed",
    "The issuer's host answers, and no TLS connection can be trusted",
    "Install a certificate for this host at the provider, with its whole chain, and check the port in the issuer",
  ],
  address_refused: [
    "reachable",
    "failed",
    "The issuer's address is private or not https, so nothing was asked",
    "Give an https URL with a public address",
  ],
  issuer_no_url: [
    "reachable",
    "failed",
    "The issuer is not a URL",
    "Give the issuer as a whole URL with https://",
  ],
  document_not_found: [
    "reachable",
    "failed",
    "Nothing at the issuer describes it: the answer was {status}",
    "Copy the issuer from the provider: often its path has a name, as in /realms/<realm> (Keycloak), " +
    "/application/o/<slug>/ (authentik), /oauth2/<server> (Okta) or /<tenant>/v2.0 (Entra). A provider without " +
    "OpenID Connect has none: name its endpoints, and set identity_source to userinfo",
  ],
  document_elsewhere: [
    "reachable",
    "failed",
    "No provider describes itself there, and on this host one does: {issuer}",
    "Give exactly {issuer} as issuer",
  ],
  document_misplaced: [
    "reachable",
    "failed",
    "The document of this issuer is not where the issuer says, but at {place}",
    "Keep the issuer, and name authorization_endpoint, token_endpoint, userinfo_endpoint and jwks_uri as that document does",
  ],
  issuer_redirects: [
    "reachable",
    "failed",
    "The issuer answers with a redirect, and redirects are not followed",
    "Give the issuer that the redirect leads to",
  ],
  issuer_is_a_page: [
    "reachable",
    "failed",
    "A page stands where the issuer must describe itself",
    "Give the issuer, and not the address of the login page or the dashboard",
  ],
  document_malformed: [
    "reachable",
    "failed",
    "The document at the issuer does not describe a provider",
    "Check that the issuer is the one of an authorization server",
  ],
  provider_failing: [
    "reachable",
    "failed",
    "The provider does not answer as it should: the status was {status}",
    "Try again later",
  ],

  issuer_exact: ["issuer", "ok", "The document names the issuer as it was given", null],
  issuer_is_a_template: ["issuer", "ok", "The document is shared by many tenants", null],
  issuer_misspelt: [
    "issuer",
    "failed",
    "The provider names itself {issuer}",
    "Save exactly that text as issuer",
  ],
  issuer_of_another: [
    "issuer",
    "failed",
    "The document at the issuer is another provider's",
    "Copy the issuer from the provider's own documentation or console",
  ],
  issuer_not_given: ["issuer", "skipped", "The config has no issuer", null],

  endpoints_known: ["endpoints", "ok", "Authorization and token endpoint are known", null],
  endpoint_missing: [
    "endpoints",
    "failed",
    "The provider's document does not name {member}",
    "Name it in the config, or finish the set-up at the provider: Cognito names it once the user pool has a domain",
  ],
  endpoint_unusable: [
    "endpoints",
    "failed",
    "{member} is not an https URL",
    "Correct it in the config or at the provider",
  ],

  openid_asked: ["openid_scope", "ok", "The scopes have openid", null],
  openid_not_needed: ["openid_scope", "skipped", "The id_token does not name the person", null],
  openid_not_asked: [
    "openid_scope",
    "failed",
    "The id_token names the person, and the scopes have no openid",
    "Add openid to scopes, or set identity_source to userinfo",
  ],

  userinfo_there: ["userinfo", "ok", "The userinfo endpoint refuses an invented token, as it should", null],
  userinfo_not_needed: ["userinfo", "skipped", "The config says that nobody is named", null],
  userinfo_not_published: [
    "userinfo",
    "warning",
    "There is no userinfo endpoint",
    "Nothing, if the id_token has all claims that you want; otherwise name userinfo_endpoint",
  ],
  userinfo_missing: [
    "userinfo",
    "failed",
    "Userinfo names the person, and there is no userinfo endpoint",
    "Name userinfo_endpoint, or set identity_source to openid",
  ],
  userinfo_not_found: [
    "userinfo",
    "failed",
    "Nothing is at the userinfo endpoint: the answer was {status}",
    "Correct userinfo_endpoint",
  ],
  userinfo_odd: [
    "userinfo",
    "warning",
    "The userinfo endpoint answers {status} to an invented token",
    "Check that userinfo_endpoint is the right one",
  ],
  userinfo_unreachable: [
    "userinfo",
    "warning",
    "The userinfo endpoint does not answer",
    "Check userinfo_endpoint, or try again later",
  ],

  pkce_supported: ["pkce", "ok", "The provider supports PKCE with S256", null],
  pkce_not_published: [
    "pkce",
    "warning",
    "The provider does not say whether it supports PKCE",
    "Nothing: Gatepost always sends it, and providers that do not know it ignore it",
  ],
  pkce_unsupported: [
    "pkce",
    "failed",
    "The provider supports PKCE, and not with S256",
    "Enable S256 at the provider",
  ],

  pkce_refused: [
    "pkce",
    "failed",
    "The provider refuses the authorization request with PKCE, and takes it without",
    "Allow PKCE for the client at the provider: Gatepost always sends it",
  ],

  keys_usable: ["keys", "ok", "The provider publishes keys that id_tokens can be verified with", null],
  keys_not_needed: ["keys", "skipped", "The id_token does not name the person", null],
  keys_missing: ["keys", "failed", "The provider publishes no jwks_uri", "Name jwks_uri in the config"],
  keys_unreachable: [
    "keys",
    "failed",
    "The provider's keys do not answer as they should",
    "Check jwks_uri, or try again later",
  ],
  keys_unusable: [
    "keys",
    "failed",
    "The provider publishes no key that verifies signatures",
    "Add a signing key at the provider: RSA, EC or Ed25519",
  ],
  algorithms_unusable: [
    "keys",
    "failed",
    "The provider signs id_tokens only with algorithms that prove nothing to others, such as HS256",
    "Choose an asymmetric algorithm at the provider: RS256 or ES256",
  ],

  auth_method_listed: ["auth_method", "ok", "The provider lists {method}", null],
  auth_method_not_published: [
    "auth_method",
    "ok",
    "The provider lists no methods, so {method} is tried",
    null,
  ],
  auth_method_not_listed: [
    "auth_method",
    "failed",
    "The provider does not list {method}",
    "Set token_endpoint_auth_method to {listed}",
  ],
  auth_method_wrong: [
    "auth_method",
    "failed",
    "The provider refuses the client with {method} and accepts it with {other}",
    "Set token_endpoint_auth_method to {other}",
  ],

  scopes_known: ["scopes", "ok", "The provider lists every scope", null],
  scopes_not_published: ["scopes", "skipped", "The provider does not list its scopes", null],
  scopes_unlisted: [
    "scopes",
    "warning",
    "The provider does not list {scopes}",
    "Check the spelling; some providers list only a part of their scopes",
  ],
  scopes_refused: [
    "scopes",
    "failed",
    "The provider refuses the scopes: invalid_scope",
    "Correct scopes, and allow them for the client at the provider",
  ],

  refresh_token_asked: [
    "refresh_tokens",
    "ok",
    "The login asks for a refresh token in the provider's way",
    null,
  ],
  refresh_token_not_told: [
    "refresh_tokens",
    "ok",
    "The provider does not say what brings a refresh token",
    "If people have to log in again every hour, look for it in the provider's documentation",
  ],
  refresh_token_by_scope: [
    "refresh_tokens",
    "warning",
    "The provider offers {scope}, and the scopes do not have it: logins may end when the access token does",
    "Add {scope} to scopes",
  ],
  refresh_token_by_parameter: [
    "refresh_tokens",
    "warning",
    "Google sends a refresh token only for access_type=offline",
    "Set authorization_parameters to access_type offline and prompt consent",
  ],
  refresh_tokens_not_offered: [
    "refresh_tokens",
    "warning",
    "The provider does not list the grant refresh_token: logins end when the access token does",
    "Allow it at the provider",
  ],

  revocation_there: ["revocation", "ok", "Gatepost revokes a person's tokens when they disconnect", null],
  revocation_missing: [
    "revocation",
    "warning",
    "The provider has no revocation endpoint: its tokens stay good until they expire",
    "Nothing, or name revocation_endpoint",
  ],

  response_issuer_sent: [
    "response_issuer",
    "ok",
    "The provider promises to name itself in each response",
    null,
  ],
  response_issuer_not_sent: [
    "response_issuer",
    "ok",
    "The provider does not promise to name itself: the redirect URI of your own tells its responses apart",
    null,
  ],

  one_tenant: ["tenants", "skipped", "The issuer has one tenant", null],
  tenants_listed: ["tenants", "ok", "The config says whose people may log in", null],
  any_tenant: [
    "tenants",
    "warning",
    "People of every tenant may log in",
    "List the tenants in allowed_tenants, unless everybody may",
  ],

  clock_right: ["clock", "ok", "The provider's clock is right", null],
  clock_unknown: ["clock", "skipped", "The provider does not say its time", null],
  clock_off: [
    "clock",
    "warning",
    "The provider's clock differs by {seconds} seconds",
    "Set the provider's clock: beyond 30 seconds id_tokens are refused",
  ],

  redirect_uri_accepted: ["redirect_uri", "ok", "The provider takes {redirect_uri}", null],
  redirect_uri_not_told: [
    "redirect_uri",
    "warning",
    "The provider tells only a person whether {redirect_uri} is registered",
    "Register it at the provider, and log in once",
  ],
  redirect_uri_refused: [
    "redirect_uri",
    "failed",
    "The provider does not know {redirect_uri}",
    "Register exactly this redirect URI at the provider, for this client",
  ],
  redirect_uri_unclear: [
    "redirect_uri",
    "failed",
    "The provider refuses the authorization request: the answer was {status}",
    "Check at the provider that this client exists and has the redirect URI {redirect_uri}",
  ],
  authorization_refused: [
    "redirect_uri",
    "failed",
    "The provider takes {redirect_uri} and refuses the authorization request: {code}",
    "Check authorization_parameters, and what the client may do at the provider",
  ],
  authorization_unreachable: [
    "redirect_uri",
    "warning",
    "The authorization endpoint does not answer as it should",
    "Check authorization_endpoint, or try again later",
  ],
  authorization_not_found: [
    "redirect_uri",
    "failed",
    "Nothing is at the authorization endpoint: the answer was 404",
    "Correct authorization_endpoint",
  ],
  redirect_uri_untried: [
    "redirect_uri",
    "skipped",
    "Without a client id no authorization request is tried",
    null,
  ],

  client_accepted: ["client", "ok", "The provider knows the client and accepts how it authenticates", null],
  client_known: [
    "client",
    "warning",
    "The provider knows the client, and refuses an invented code with {code} in place of invalid_grant",
    "Check at the provider that the client may use the authorization code grant",
  ],
  client_not_told: [
    "client",
    "warning",
    "The provider refuses an invented code before it looks at the client, so it does not say whether it knows it",
    "Log in once to make sure that client id and client secret are right",
  ],
  client_id_unknown: [
    "client",
    "failed",
    "The provider does not know the client id",
    "Copy the client id anew from the provider",
  ],
  client_secret_refused: [
    "client",
    "failed",
    "The provider knows the client id and refuses the client: invalid_client",
    "Copy the client secret anew from the provider, and check that it has not expired",
  ],
  client_refused: [
    "client",
    "failed",
    "The provider refuses client id or secret: invalid_client",
    CREDENTIALS,
  ],
  client_not_allowed: [
    "client",
    "failed",
    "The client may not use the authorization code grant: {code}",
    "Allow the authorization code grant for the client at the provider",
  ],
  token_endpoint_not_found: [
    "client",
    "failed",
    "The token endpoint does not answer as one: the answer was {status}",
    "Correct token_endpoint",
  ],
  token_request_refused: [
    "client",
    "warning",
    "The provider refuses an invented code with {code}, which does not say whether it knows the client",
    "Log in once to make sure",
  ],
  token_endpoint_unreachable: [
    "client",
    "warning",
    "The token endpoint does not answer",
    "Check token_endpoint, or try again later",
  ],
  any_code_accepted: [
    "client",
    "failed",
    "The token endpoint gives a token for an invented code",
    "Do not use this provider: anybody could log in as somebody",
  ],
  client_untried: [
    "client",
    "skipped",
    "Without client id and client secret no token request is tried",
    "Give both: a stored secret is tried only with the config as it is saved",
  ],
} as const satisfies Record<string, Finding>;

/** The name of a finding. */
export type FindingName = keyof typeof FINDINGS;

/** Makes the result of a check. Values stand in place of their names in braces. */
export function find(finding: FindingName, values: Record<string, string | number> = {}): Check {
  const [id, state, seen, advice]: Finding = FINDINGS[finding];
  const fill = (text: string): string =>
    text.replace(/\{([a-z_]+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  return { id, state, finding, seen: fill(seen), advice: advice === null ? null : fill(advice) };
}
