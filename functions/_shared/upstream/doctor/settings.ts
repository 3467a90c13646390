/**
 * Checks that need no network: a config against itself, and against what the provider published.
 *
 * Saving a config runs those of `checkSettings`, and refuses what cannot work.
 *
 * @module
 */

import type * as oauth from "oauth4webapi";
import type { OAuthConfig } from "../../database/rows.ts";
import { isTemplate } from "../tenant.ts";
import { readTexts } from "./examination.ts";
import { type Check, find } from "./findings.ts";

/** What the settings say, as far as they are checked. */
export type Settings = Pick<
  OAuthConfig,
  | "issuer"
  | "authorization_endpoint"
  | "token_endpoint"
  | "userinfo_endpoint"
  | "token_endpoint_auth_method"
  | "scopes"
  | "authorization_parameters"
  | "identity_source"
  | "allowed_tenants"
>;

type Document = Record<string, unknown> | undefined;

/** Every check of the settings; `document` is what the provider published, if that is known. */
export function checkSettings(
  settings: Settings,
  document: Document,
  server?: oauth.AuthorizationServer,
): Check[] {
  return [
    checkOpenIdScope(settings),
    checkPkce(document),
    checkAuthMethod(settings, document),
    checkScopes(settings, document),
    checkRefreshTokens(settings, document),
    find(server?.revocation_endpoint ? "revocation_there" : "revocation_missing"),
    find(
      server?.authorization_response_iss_parameter_supported
        ? "response_issuer_sent"
        : "response_issuer_not_sent",
    ),
    checkTenants(settings, server),
  ];
}

export function checkOpenIdScope({ identity_source: source, scopes }: Settings): Check {
  return find(
    source !== "openid"
      ? "openid_not_needed"
      : scopes.includes("openid")
      ? "openid_asked"
      : "openid_not_asked",
  );
}

function checkPkce(document: Document): Check {
  const methods = readTexts(document, "code_challenge_methods_supported");
  return find(
    methods === undefined || methods.length === 0
      ? "pkce_not_published"
      : methods.includes("S256")
      ? "pkce_supported"
      : "pkce_unsupported",
  );
}

/** The methods that Gatepost has. */
const METHODS = ["client_secret_basic", "client_secret_post", "none"];

export function checkAuthMethod({ token_endpoint_auth_method: method }: Settings, document: Document): Check {
  const published = readTexts(document, "token_endpoint_auth_methods_supported");
  if (published === undefined) {
    return find("auth_method_not_published", { method });
  }
  const listed = METHODS.filter((known) => published.includes(known));
  return published.includes(method)
    ? find("auth_method_listed", { method })
    : find("auth_method_not_listed", {
      method,
      listed: listed.join(" or ") || "another one: the provider lists none that Gatepost has",
    });
}

function checkScopes({ scopes }: Settings, document: Document): Check {
  const published = readTexts(document, "scopes_supported");
  if (published === undefined) {
    return find("scopes_not_published");
  }
  const unlisted = scopes.filter((scope) => !published.includes(scope));
  return unlisted.length === 0
    ? find("scopes_known")
    : find("scopes_unlisted", { scopes: unlisted.join(", ") });
}

/** Scopes that bring a refresh token: OpenID Connect Core §11, and Salesforce's own. */
const OFFLINE_SCOPES = ["offline_access", "refresh_token"];

function checkRefreshTokens(
  { issuer, authorization_endpoint: endpoint, scopes, authorization_parameters: parameters }: Settings,
  document: Document,
): Check {
  if ((issuer ?? endpoint ?? "").startsWith("https://accounts.google.com")) {
    return find(
      parameters["access_type"] === "offline" ? "refresh_token_asked" : "refresh_token_by_parameter",
    );
  }
  if (OFFLINE_SCOPES.some((scope) => scopes.includes(scope))) {
    return find("refresh_token_asked");
  }
  const published = readTexts(document, "scopes_supported") ?? [];
  const offered = OFFLINE_SCOPES.find((scope) => published.includes(scope));
  if (offered !== undefined) {
    return find("refresh_token_by_scope", { scope: offered });
  }
  const grants = readTexts(document, "grant_types_supported");
  return find(
    grants !== undefined && !grants.includes("refresh_token")
      ? "refresh_tokens_not_offered"
      : "refresh_token_not_told",
  );
}

function checkTenants({ allowed_tenants: tenants }: Settings, server?: oauth.AuthorizationServer): Check {
  if (server === undefined || !isTemplate(server.issuer)) {
    return find("one_tenant");
  }
  return find(tenants.length > 0 ? "tenants_listed" : "any_tenant");
}
