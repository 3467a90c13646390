/**
 * The authorization server's metadata (RFC 8414, OpenID Connect Discovery §3).
 *
 * The document is the same under both names: clients look for one of them, and
 * some require the OpenID members under either.
 *
 * @module
 */

import { ASSERTION_ALGORITHMS, AUTH_METHODS } from "../_shared/client/auth_method.ts";
import type { McpServer } from "../_shared/database/rows.ts";
import { buildResource, buildServerUrls } from "../_shared/urls.ts";
import { PROFILE_CLAIMS } from "../_shared/tokens/user_claims.ts";

/** Builds the document. It names only what the server supports. */
export function describeAuthorizationServer(server: McpServer, publicUrl: string): Record<string, unknown> {
  const urls = buildServerUrls(publicUrl, server.slug);
  return {
    issuer: urls.issuer,
    authorization_endpoint: urls.authorize,
    token_endpoint: urls.token,
    userinfo_endpoint: urls.userinfo,
    revocation_endpoint: urls.revoke,
    introspection_endpoint: urls.introspect,
    jwks_uri: urls.jwks,
    ...(server.registration_policy === "closed" ? {} : { registration_endpoint: urls.register }),
    scopes_supported: server.scopes_supported,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    revocation_endpoint_auth_methods_supported: AUTH_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    introspection_endpoint_auth_methods_supported: AUTH_METHODS.filter((method) => method !== "none"),
    introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    code_challenge_methods_supported: ["S256"],
    prompt_values_supported: ["none", "login", "consent", "select_account"],
    claims_supported: [
      "iss",
      "sub",
      "aud",
      "exp",
      "iat",
      "auth_time",
      "nonce",
      "at_hash",
      "email",
      "email_verified",
      ...PROFILE_CLAIMS,
    ],
    authorization_response_iss_parameter_supported: true,
    protected_resources: [buildResource(server, publicUrl)],
    client_id_metadata_document_supported: server.metadata_document_policy !== "off",
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    claims_parameter_supported: false,
  };
}
