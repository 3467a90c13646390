/**
 * Every reason in English: the lines of `supabase/REASONS.md`, word for word. A test holds them equal.
 *
 * What stands between backticks is shown as code.
 *
 * @module
 */

/** What each reason means, and what the owner does. */
export const REASONS_EN = {
  created: {
    meaning: "the person is new",
    remedy: "nothing",
  },
  matched: {
    meaning: "the person is known",
    remedy: "nothing",
  },
  linked_email: {
    meaning: "a new identity was linked to a person by a verified address",
    remedy: "nothing",
  },
  claimed_tracking: {
    meaning: "a visitor became a known person",
    remedy: "nothing",
  },
  anonymous: {
    meaning: "the config's `identity_source` is `none`: nobody says who it is",
    remedy: "nothing",
  },
  verified_email: {
    meaning: "of the event `user_linked`: what linked the identity to the person",
    remedy: "nothing",
  },
  provider_sent_nobody_back: {
    meaning: "ten minutes after the approval nobody had come back from the provider",
    remedy: "asks the person whether the provider showed an error: often the redirect URI is missing",
  },
  callback_did_not_finish: {
    meaning: "the person came back, and the function was stopped before it had an answer",
    remedy: "looks for the request id in the log",
  },
  session_expired: {
    meaning: "the person came back later than ten minutes after the approval",
    remedy: "nothing: the person connects again",
  },
  session_replayed: {
    meaning: "the callback was loaded a second time",
    remedy: "nothing: the person connects again",
  },
  session_other_browser: {
    meaning: "another browser than the one that approved came back",
    remedy: "nothing, unless it happens often: then somebody sends such links to people",
  },
  session_unknown: {
    meaning: "no such login: it is over for more than an hour, or never was",
    remedy: "nothing: the person connects again",
  },
  session_no_sign_in: {
    meaning: "the server or its config was disabled meanwhile",
    remedy: "enables it again",
  },
  session_config_changed: {
    meaning: "the provider's client or place was changed meanwhile",
    remedy: "nothing: the person connects again",
  },
  request_key_gone: {
    meaning: "the key that sealed the login was removed while it was under way",
    remedy: "keeps old keys for ten minutes",
  },
  request_not_genuine: {
    meaning: "a sealed login was changed in the database",
    remedy: "asks whoever writes to the database",
  },
  state_missing: {
    meaning: "the provider sent no `state`",
    remedy: "checks that the provider sends back `state` as it is",
  },
  other_browser: {
    meaning: "the cookie of the approval is missing",
    remedy: "asks whether the browser blocks cookies",
  },
  callback_of_another: {
    meaning: "the provider of another organization answered",
    remedy: "registers at the provider the redirect URI that `oauth-configs` answered, and no other",
  },
  upstream_denied: {
    meaning: "the person, or the provider's policy, denied access",
    remedy: "allows the person to use the app at the provider",
  },
  upstream_login_required: {
    meaning: "the provider wants the person to log in first",
    remedy: "takes `prompt` `none` out of `authorization_parameters`",
  },
  upstream_consent_required: {
    meaning: "the provider wants the person, or an administrator, to consent",
    remedy: "has an administrator consent at the provider",
  },
  upstream_refused: {
    meaning: "the provider refused; `step`, `status` and `error_code` say where",
    remedy: "corrects the client id, secret, redirect URI or scopes",
  },
  upstream_response_invalid: {
    meaning: "the provider's answer lacks something, or has it twice",
    remedy: "checks the endpoints of the config",
  },
  upstream_untrusted: {
    meaning: "an answer is not the provider's own, or not for this login",
    remedy: "checks `issuer`, `client_id` and `jwks_uri`; `member` says which",
  },
  upstream_metadata_incomplete: {
    meaning: "the provider's document and the config lack an endpoint",
    remedy: "names the endpoint in the config",
  },
  upstream_answer_too_large: {
    meaning: "an answer or a token is larger than is taken",
    remedy: "asks for fewer claims",
  },
  upstream_unavailable: {
    meaning: "the provider did not answer as it should",
    remedy: "nothing, unless it goes on",
  },
  upstream_error: {
    meaning: "the provider says that it has a problem",
    remedy: "nothing, unless it goes on",
  },
  upstream_unreachable: {
    meaning: "no connection to the provider",
    remedy: "checks the host and the port",
  },
  upstream_certificate_refused: {
    meaning: "the provider's host answers, and no TLS connection can be trusted",
    remedy: "installs a certificate with its whole chain at the provider",
  },
  upstream_unresolved: {
    meaning: "the provider's host has no address",
    remedy: "checks the spelling of the host",
  },
  upstream_address_refused: {
    meaning: "the host's address is a private one",
    remedy: "uses a public address",
  },
  client_secret_unreadable: {
    meaning: "the key that sealed the client secret is gone",
    remedy: "saves `client_secret` again",
  },
  tenant_not_allowed: {
    meaning: "the person's tenant is not in `allowed_tenants`",
    remedy: "adds the tenant",
  },
  subject_missing: {
    meaning: "the provider does not say who logged in",
    remedy: "corrects `subject_claim` or `identity_source`",
  },
  subject_malformed: {
    meaning: "the subject has characters that cannot be stored",
    remedy: "chooses another `subject_claim`",
  },
  subject_too_long: {
    meaning: "the subject is longer than 255 characters",
    remedy: "chooses another `subject_claim`",
  },
  subject_required: {
    meaning: "the provider named nobody",
    remedy: "corrects `subject_claim`, or sets `identity_source` to `none`",
  },
  user_blocked: {
    meaning: "the person is blocked; also why a blocked person's logins are refused",
    remedy: "lets the person in again with `block_mcp_server_user`",
  },
  people_quota_reached: {
    meaning: "the organization has as many people as it may; those it knows still log in",
    remedy: "deletes people who are gone, or asks the operator for more",
  },
  too_many_new_people: {
    meaning: "more new people came today than may; those it knows still log in",
    remedy: "looks whom the provider lets in; tomorrow there is room again",
  },
  unknown_config: {
    meaning: "the config was deleted meanwhile",
    remedy: "gives the server another config",
  },
  config_disabled: {
    meaning: "the config was disabled meanwhile",
    remedy: "enables it again",
  },
  organization_required: {
    meaning: "a service named no organization for a config of the platform",
    remedy: "tells whoever runs the service",
  },
  unknown_organization: {
    meaning: "a service named an organization that there is not",
    remedy: "tells whoever runs the service",
  },
  wrong_organization: {
    meaning: "a service named an organization that does not own the config",
    remedy: "tells whoever runs the service",
  },
  server_error: {
    meaning: "an unexpected error",
    remedy: "looks for the request id in the log",
  },
  temporarily_unavailable: {
    meaning: "Gatepost's database did not answer",
    remedy: "nothing, unless it goes on",
  },
  client_revoked: {
    meaning: "the client itself ended it: the person disconnected",
    remedy: "nothing",
  },
  person_revoked: {
    meaning: "the person ended it, on the page of what the person has allowed",
    remedy: "nothing",
  },
  not_needed: {
    meaning: "a login at that page, which calls no MCP server: the provider's token was not kept",
    remedy: "nothing",
  },
  organization_revoked: {
    meaning: "an owner or admin ended it; `platform_user_id` says who",
    remedy: "nothing",
  },
  client_deleted: {
    meaning: "an owner or admin deleted the client",
    remedy: "nothing: the client registers again, or is made again",
  },
  server_deleted: {
    meaning: "an owner or admin deleted the server",
    remedy: "nothing",
  },
  user_deleted: {
    meaning: "an owner or admin deleted or erased the person",
    remedy: "nothing",
  },
  user_merged: {
    meaning: "the person was merged with another",
    remedy: "nothing: the person logs in again",
  },
  users_unmerged: {
    meaning: "a merge of two people was taken back",
    remedy: "nothing: both log in again",
  },
  user_claimed: {
    meaning: "a visitor became a known person, so the visitor's tokens ended",
    remedy: "nothing",
  },
  refresh_token_expired: {
    meaning: "nobody used it for `refresh_token_seconds`",
    remedy: "raises `refresh_token_seconds`, if people complain",
  },
  refresh_token_reused: {
    meaning: "an old refresh token came back: two parties held it",
    remedy: "nothing once; often: finds out which client shares its tokens",
  },
  code_replayed: {
    meaning: "a code came back: two parties held it",
    remedy: "as with `refresh_token_reused`",
  },
  too_many_connections: {
    meaning:
      "the person logged in a hundred times with this client since, or left a hundred codes unredeemed",
    remedy: "often: finds out which client logs in anew and never refreshes",
  },
  code_expired: {
    meaning: "the client did not redeem its code within an hour",
    remedy: "nothing",
  },
  upstream_ended: {
    meaning: "the provider's token ended before",
    remedy: "looks for the event `upstream_token_ended`",
  },
  upstream_grant_refused: {
    meaning: "the provider says that its refresh token is dead",
    remedy: "looks at the provider how long its refresh tokens live",
  },
  upstream_no_refresh_token: {
    meaning: "the provider's access token expired, and it gave no refresh token",
    remedy: "asks for one, with `offline_access` or the provider's own parameter",
  },
  upstream_credentials_changed: {
    meaning: "the provider's client or place was changed: what one issued is not sent to another",
    remedy: "nothing: people log in again",
  },
  upstream_config_disabled: {
    meaning: "the config is disabled, so nothing is renewed",
    remedy: "enables it again",
  },
  upstream_client_refused: {
    meaning: "the provider refuses the client id or secret; no login ends",
    remedy: "saves the right `client_secret`",
  },
  upstream_token_key_gone: {
    meaning: "the key that sealed the provider's token was removed too early",
    remedy: "keeps old keys until `deno task keys --in-use` counts none",
  },
  upstream_token_not_genuine: {
    meaning: "a sealed token was changed in the database",
    remedy: "asks whoever writes to the database",
  },
  mcp_server_refused_token: {
    meaning: "the MCP server refused the provider's token, and a renewed one",
    remedy: "has the MCP server accept tokens of this provider, or corrects scopes, audience",
  },
  mcp_server_refused_token_again: {
    meaning:
      "the MCP server refused the token of the next login as well, so the login stays; in the log only",
    remedy: "as with `mcp_server_refused_token`: then the same login works",
  },
  database_unavailable: {
    meaning: "the REST layer or PostgreSQL did not answer",
    remedy: "nothing, unless it goes on",
  },
  database_login_refused: {
    meaning: "PostgreSQL or its pooler refuses `gatepost_functions`",
    remedy: "checks the password in `GATEPOST_DATABASE_URL`, and that the role may log in",
  },
  crowded: {
    meaning: "all places of a source are taken: see [Bounds](README.md#bounds)",
    remedy: "nothing once; often: sets `GATEPOST_CLIENT_ADDRESS_HEADER`",
  },
  too_many_assertions: {
    meaning: "a client used as many assertions as it may within an hour",
    remedy: "tells whoever runs the client",
  },
  refresh_busy: {
    meaning: "another worker renewed the provider's token for too long",
    remedy: "nothing, unless it goes on",
  },
  mcp_server_timeout: {
    meaning: "the MCP server did not answer in time",
    remedy: "looks at the MCP server",
  },
  mcp_server_unreachable: {
    meaning: "no connection to the MCP server",
    remedy: "looks at the MCP server, its host and its certificate",
  },
  mcp_server_unresolved: {
    meaning: "the host of `upstream_url` has no address",
    remedy: "corrects `upstream_url`",
  },
  mcp_server_address_refused: {
    meaning: "the host of `upstream_url` is a private address",
    remedy: "uses a public address",
  },
  mcp_server_broke_off: {
    meaning: "the MCP server's answer ended before all of it was there",
    remedy: "looks at the MCP server's log, and at proxies before it with a time limit",
  },
  mcp_server_redirected: {
    meaning: "the MCP server answered with a redirect, which is not followed",
    remedy: "saves the URL that it leads to as `upstream_url`",
  },
  mcp_server_refused_gateway: {
    meaning: "the MCP server wants a token, and gets none: `upstream_authorization` is `none`",
    remedy: "corrects `upstream_authorization`",
  },
  mcp_server_is_gateway: {
    meaning: "`upstream_url` leads to the gateway",
    remedy: "corrects `upstream_url`",
  },
  records_lost: {
    meaning: "so many calls (`lost`) were not recorded: beyond the bounds of a worker",
    remedy: "nothing, unless it goes on: the database is too slow or out of reach",
  },
  records_refused: {
    meaning: "the database refused a batch of records",
    remedy: "deploys functions and schema of the same version",
  },
  records_left_out: {
    meaning: "so many records (`left_out`) were of a server or a person that is gone",
    remedy: "nothing",
  },
} as const;
