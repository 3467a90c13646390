/**
 * The shapes of real providers: where each departs from the standard or from the others, and who says so.
 *
 * @module
 */

import type { Endpoint, Person } from "./program.ts";

/** The name of a shape. */
export type ShapeName =
  | "openid"
  | "github"
  | "entra"
  | "entra_common"
  | "google"
  | "auth0"
  | "keycloak"
  | "cognito"
  | "glewlwyd";

/** One provider's habits. */
export interface Shape {
  /** Where its habits are documented or were reported. */
  source: string;
  /** What follows the origin in the issuer. */
  issuerPath: string;
  /** Whether it has discovery and id_tokens at all. */
  openId: boolean;
  paths: Record<Endpoint, string>;
  expiresIn: number | null;
  /** The tenant of everybody who logs in, where tenants share a document. */
  tenant?: string;
  /** Whether it decodes id and secret of HTTP Basic. */
  decodesBasic: boolean;
  /** Sends `iss` with the authorization response (RFC 9207). */
  sendsIss: boolean;
  /** Why an authorization or token request is refused, or undefined. */
  refuse: (parameters: URLSearchParams) => string | undefined;
  grantsRefreshToken: (authorization: URLSearchParams) => boolean;
  describePerson: (person: Person) => Record<string, unknown>;
  /** Columns of `custom_oauth_configs` that this provider calls for. */
  config: { scopes: string[]; authorization_parameters: Record<string, string>; subject_claim?: string };
}

const standard: Shape = {
  source: "RFC 6749, RFC 9207, OpenID Connect Core 1.0 errata set 2",
  issuerPath: "",
  openId: true,
  paths: {
    discovery: "/.well-known/openid-configuration",
    oauth_metadata: "/.well-known/oauth-authorization-server",
    authorize: "/authorize",
    token: "/token",
    userinfo: "/userinfo",
    emails: "/user/emails",
    jwks: "/jwks",
    revocation: "/revoke",
    trap: "/trap",
  },
  expiresIn: 3600,
  decodesBasic: true,
  sendsIss: true,
  refuse: () => undefined,
  grantsRefreshToken: () => true,
  describePerson: (person) => ({ ...person }),
  config: { scopes: ["openid", "email", "profile"], authorization_parameters: {} },
};

const ENTRA_TENANT = "8a1b6f02-4b0c-4d7e-9a3f-5c2d1e0f9b8a";

// Refuses `resource` beside `scope` and a list of prompts, says nothing of whether an address is verified.
const entra: Shape = {
  ...standard,
  source: "opencloud-eu/desktop#871",
  issuerPath: `/${ENTRA_TENANT}/v2.0`,
  sendsIss: false,
  refuse: (parameters) =>
    parameters.has("resource")
      ? "AADSTS901002: resource is not supported"
      : parameters.get("prompt")?.includes(" ")
      ? "AADSTS90023: Unsupported 'prompt' value"
      : undefined,
  grantsRefreshToken: (authorization) => hasScope(authorization, "offline_access"),
  describePerson: ({ sub, email, name }) => ({ sub, oid: `oid-${sub}`, tid: ENTRA_TENANT, email, name }),
  config: { scopes: ["openid", "email", "profile", "offline_access"], authorization_parameters: {} },
};

/** Every shape by name. */
export const SHAPES: Record<ShapeName, Shape> = {
  openid: standard,
  // No OpenID, tokens that do not expire, a numeric id, addresses at an URL of their own.
  github: {
    ...standard,
    source:
      "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps and /en/rest/users/emails",
    openId: false,
    paths: {
      ...standard.paths,
      authorize: "/login/oauth/authorize",
      token: "/login/oauth/access_token",
      userinfo: "/user",
    },
    expiresIn: null,
    sendsIss: false,
    grantsRefreshToken: () => false,
    describePerson: ({ sub, name }) => ({
      id: Number(sub),
      login: `user-${sub}`,
      name: name ?? null,
      email: null,
    }),
    config: { scopes: ["read:user", "user:email"], authorization_parameters: {}, subject_claim: "id" },
  },
  entra,
  // One document for all tenants.
  entra_common: {
    ...entra,
    source:
      "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration, openai/codex#38973",
    issuerPath: "/common/v2.0",
    tenant: ENTRA_TENANT,
  },
  // A refresh token only for those who ask for one in Google's own way.
  google: {
    ...standard,
    source: "https://developers.google.com/identity/protocols/oauth2/web-server",
    sendsIss: false,
    refuse: (parameters) =>
      hasScope(parameters, "offline_access") ? "invalid_scope: offline_access" : undefined,
    grantsRefreshToken: (authorization) =>
      authorization.get("access_type") === "offline" && authorization.get("prompt") === "consent",
    config: {
      scopes: ["openid", "email", "profile"],
      authorization_parameters: { access_type: "offline", prompt: "consent" },
    },
  },
  // The issuer ends in a slash; an API is named by `audience`.
  auth0: {
    ...standard,
    source: "https://auth0.com/docs/secure/tokens/access-tokens/get-access-tokens",
    issuerPath: "/",
    sendsIss: false,
    refuse: (parameters) =>
      parameters.get("response_type") === "code" && !parameters.has("audience")
        ? "Service not found: audience is missing"
        : undefined,
    grantsRefreshToken: (authorization) => hasScope(authorization, "offline_access"),
    config: {
      scopes: ["openid", "email", "profile", "offline_access"],
      authorization_parameters: { audience: "https://api.example.com" },
    },
  },
  keycloak: {
    ...standard,
    source: "https://www.keycloak.org/securing-apps/oidc-layers",
    issuerPath: "/realms/demo",
    describePerson: (person) => ({ ...person, preferred_username: person.name ?? person.sub }),
  },
  // Booleans as text, and only in userinfo.
  cognito: {
    ...standard,
    source: "https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html",
    issuerPath: "/eu-central-1_pool",
    sendsIss: false,
    describePerson: (person) => ({
      ...person,
      ...(person.email_verified === undefined ? {} : { email_verified: String(person.email_verified) }),
    }),
  },
  // Compares id and secret as they come.
  glewlwyd: { ...standard, source: "panva/oauth4webapi#148 and #199, glewlwyd 2.7.5", decodesBasic: false },
};

function hasScope(parameters: URLSearchParams, scope: string): boolean {
  return (parameters.get("scope") ?? "").split(" ").includes(scope);
}
