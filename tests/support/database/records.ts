/**
 * Valid rows, as the database returns them. A test states its one change.
 *
 * @module
 */

import type { McpServer, OAuthConfig } from "../../../functions/_shared/database/rows.ts";
import type { openMcpCall } from "../../../functions/mcp/calls.ts";
import type { McpClient } from "../../../functions/oauth-authorize/proven_client.ts";
import type { TokenGrant } from "../../../functions/oauth-token/grant.ts";

/** The public URL of the server under test. */
export const PUBLIC_URL = "https://auth.example.com";
/** The slug of the server under test. */
export const SLUG = "demo";
/** The issuer of the server under test. */
export const ISSUER = "https://auth.example.com/oauth/demo";
/** The resource of the server under test. */
export const RESOURCE = "https://auth.example.com/mcp/demo";

/** A server behind the gateway, with an upstream of its own. */
export function buildServer(changes: Partial<McpServer> = {}): McpServer {
  return {
    id: "mcps_1",
    organization_id: "org_1",
    organization_name: "Example Inc.",
    organization_logo: null,
    slug: SLUG,
    name: "Demo server",
    auth_type: "custom_oauth",
    upstream_url: "https://mcp.example.com/mcp",
    upstream_authorization: "upstream_token",
    resource: null,
    scopes_supported: ["openid", "email", "profile", "offline_access"],
    required_scopes: [],
    scope_rules: [],
    scope_hierarchy: {},
    scope_descriptions: {},
    access_token_seconds: 900,
    refresh_token_seconds: 2592000,
    registration_policy: "open",
    registration_redirect_hosts: [],
    metadata_document_policy: "off",
    metadata_document_hosts: [],
    record_payloads: "none",
    redacted_paths: [],
    ...changes,
  };
}

/** A public client that registered an https and a loopback redirect URI, and that somebody has logged in with. */
export function buildClient(changes: Partial<McpClient> = {}): McpClient {
  return {
    id: "mcr_1",
    client_id: "client-1",
    kind: "dynamic",
    client_name: "Example app",
    redirect_uris: ["https://app.example.com/callback", "http://127.0.0.1/callback"],
    token_endpoint_auth_method: "none",
    approved: true,
    ...changes,
  };
}

/** An OpenID provider that is found by discovery and takes no client secret. */
export function buildConfig(changes: Partial<OAuthConfig> = {}): OAuthConfig {
  return {
    id: "coac_1",
    organization_id: "org_1",
    name: "Example login",
    issuer: "https://login.example.com",
    authorization_endpoint: null,
    token_endpoint: null,
    userinfo_endpoint: null,
    jwks_uri: null,
    revocation_endpoint: null,
    emails_endpoint: null,
    client_id: "gatepost-at-upstream",
    client_secret_ciphertext: null,
    client_generation: 1,
    token_endpoint_auth_method: "none",
    scopes: ["openid", "email"],
    authorization_parameters: {},
    identity_source: "openid",
    subject_claim: "sub",
    allowed_tenants: [],
    refresh_sends_scope: false,
    account_prompt: null,
    ...changes,
  };
}

/** What a code or a refresh token grants: everything the server supports, to a known user. */
export function buildGrant(changes: Partial<TokenGrant> = {}): TokenGrant {
  return {
    family_id: "family-1",
    organization_id: "org_1",
    mcp_server_user_id: "mcpu_abcdefghijkl",
    client_id: "client-1",
    resource: RESOURCE,
    scope: "openid email profile offline_access",
    nonce: null,
    auth_time: null,
    access_token_seconds: 900,
    email: "person@example.com",
    email_verified: true,
    profile: { name: "Example Person", locale: "en", department: "not for clients" },
    ...changes,
  };
}

type OpenMcpCall = Extract<Awaited<ReturnType<typeof openMcpCall>>, { outcome: "open" }>;

/** An open gateway call, but for the upstream token, which each test seals itself. */
export function buildOpenCall(
  changes: Partial<OpenMcpCall> & Pick<OpenMcpCall, "access_token_ciphertext">,
): OpenMcpCall {
  return {
    outcome: "open",
    organization_id: "org_1",
    mcp_server_user_id: "mcpu_abcdefghijkl",
    client_id: "client-1",
    email: "person@example.com",
    email_verified: true,
    upstream_token_id: "uoat_1",
    upstream_expires_at: null,
    upstream_refreshed_at: null,
    ...changes,
  };
}
