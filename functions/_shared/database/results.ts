/**
 * What the SQL functions answer, as schemas and types.
 *
 * Outcomes are closed unions: an outcome that SQL learns must be added here,
 * and then handled wherever a handler switches over it.
 *
 * @module
 */

import * as z from "zod/mini";

const text = z.nullable(z.string());
const time = z.nullable(z.string());

const serverSchema = z.object({
  id: z.string(),
  organization_id: z.string(),
  slug: z.string(),
  name: z.string(),
  auth_type: z.enum(["custom_oauth", "platform_oauth", "none"]),
  upstream_url: text,
  upstream_authorization: z.enum(["upstream_token", "none"]),
  resource: text,
  scopes_supported: z.array(z.string()),
  required_scopes: z.array(z.string()),
  scope_rules: z.array(
    z.object({ method: z.string(), name: z.optional(z.string()), scopes: z.array(z.string()) }),
  ),
  scope_hierarchy: z.record(z.string(), z.array(z.string())),
  access_token_seconds: z.number(),
  refresh_token_seconds: z.number(),
  registration_policy: z.enum(["open", "redirect_hosts", "token", "closed"]),
  registration_redirect_hosts: z.array(z.string()),
  metadata_document_policy: z.enum(["off", "allow_list", "open"]),
  metadata_document_hosts: z.array(z.string()),
});

const clientSchema = z.object({
  id: z.string(),
  client_id: z.string(),
  kind: z.enum(["dynamic", "metadata_document"]),
  client_name: text,
  redirect_uris: z.array(z.string()),
  token_endpoint_auth_method: z.string(),
});

const oauthConfigSchema = z.object({
  id: z.string(),
  organization_id: text,
  name: z.string(),
  issuer: text,
  authorization_endpoint: text,
  token_endpoint: text,
  userinfo_endpoint: text,
  jwks_uri: text,
  revocation_endpoint: text,
  emails_endpoint: text,
  client_id: z.string(),
  client_secret_ciphertext: text,
  client_generation: z.number(),
  token_endpoint_auth_method: z.enum(["client_secret_basic", "client_secret_post", "none"]),
  scopes: z.array(z.string()),
  authorization_parameters: z.record(z.string(), z.string()),
  identity_source: z.enum(["openid", "userinfo", "none"]),
  subject_claim: z.string(),
  allowed_tenants: z.array(z.string()),
});

/** A server, as every endpoint that answers for a slug sees it. */
export type McpServer = z.infer<typeof serverSchema>;
/** A registered client. */
export type McpClient = z.infer<typeof clientSchema>;
/** An upstream provider and the client it knows us as. */
export type OAuthConfig = z.infer<typeof oauthConfigSchema>;

export const serverFindingSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("found"), server: serverSchema }),
  z.object({ outcome: z.literal("unknown_server") }),
]);

export const clientRegistrationSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("registered"), client_id: z.string(), created_at: z.string() }),
  z.object({ outcome: z.enum(["unknown_server", "closed", "token_required", "redirect_host_refused"]) }),
]);

export const authorizationBeginningSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("ready"),
    server: serverSchema,
    client: clientSchema,
    provider_name: z.string(),
  }),
  z.object({ outcome: z.literal("unknown_client"), server: serverSchema, provider_name: z.string() }),
  z.object({ outcome: z.enum(["unknown_server", "no_sign_in"]) }),
]);

export const authorizationOpeningSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("opened"), config: oauthConfigSchema }),
  z.object({ outcome: z.enum(["form_replayed", "unknown_client", "unknown_server", "no_sign_in"]) }),
]);

export const authorizationClaimSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("claimed"),
    session_id: z.string(),
    request_ciphertext: z.string(),
    redirect_uri: z.string(),
    client_id: z.string(),
    server: serverSchema,
    config: oauthConfigSchema,
  }),
  z.object({ outcome: z.enum(["unknown", "expired", "replayed", "other_browser", "no_sign_in"]) }),
]);

export const authorizationFailureSchema = z.object({ outcome: z.enum(["failed", "set_back", "unknown"]) });

export const authorizationCompletionSchema = z.object({
  outcome: z.enum([
    "completed",
    "unknown",
    "unknown_config",
    "config_disabled",
    "organization_required",
    "wrong_organization",
    "subject_required",
    "user_blocked",
  ]),
});

const grantedSchema = {
  family_id: z.string(),
  organization_id: z.string(),
  mcp_server_user_id: z.string(),
  client_id: z.string(),
  resource: z.string(),
  scope: z.string(),
  nonce: text,
  auth_time: time,
  access_token_seconds: z.number(),
  email: text,
  email_verified: z.boolean(),
  profile: z.record(z.string(), z.unknown()),
};

const clientRefusals = ["unknown_server", "unknown_client", "wrong_secret"] as const;

export const codeRedemptionSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("redeemed"), ...grantedSchema }),
  z.object({
    outcome: z.enum([
      "unknown",
      "expired",
      "replayed",
      "wrong_client",
      "wrong_redirect_uri",
      "wrong_verifier",
      "wrong_resource",
      "user_blocked",
      ...clientRefusals,
    ]),
  }),
]);

export const refreshRotationSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("rotated"), ...grantedSchema }),
  z.object({ outcome: z.literal("converged"), ...grantedSchema, successor_ciphertext: z.string() }),
  z.object({
    outcome: z.enum([
      "unknown",
      "wrong_client",
      "revoked",
      "expired",
      "reused",
      "wrong_resource",
      "user_blocked",
      ...clientRefusals,
    ]),
  }),
]);

export const userinfoReadingSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("found"),
    mcp_server_user_id: z.string(),
    organization_id: z.string(),
    email: text,
    email_verified: z.boolean(),
    profile: z.record(z.string(), z.unknown()),
  }),
  z.object({ outcome: z.literal("ended") }),
]);

export const tokenRevocationSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("revoked"),
    family_id: z.string(),
    access_token_ciphertext: text,
    refresh_token_ciphertext: text,
    config: z.nullable(oauthConfigSchema),
  }),
  z.object({ outcome: z.enum(["ended", "unknown", "wrong_client", ...clientRefusals]) }),
]);

export const tokenIntrospectionSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("active"),
    organization_id: z.string(),
    mcp_server_user_id: z.string(),
    client_id: z.string(),
    resource: z.string(),
    scope: z.string(),
    created_at: z.string(),
    expires_at: z.string(),
    email: text,
    email_verified: z.boolean(),
  }),
  z.object({ outcome: z.enum(["inactive", "unknown_server", "unknown_resource_server", "wrong_secret"]) }),
]);

export const mcpCallOpeningSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("open"),
    organization_id: z.string(),
    mcp_server_user_id: z.string(),
    client_id: z.string(),
    email: text,
    email_verified: z.boolean(),
    upstream_token_id: z.string(),
    access_token_ciphertext: z.string(),
    upstream_expires_at: time,
    upstream_refreshed_at: time,
  }),
  z.object({ outcome: z.enum(["ended", "upstream_ended"]) }),
]);

export const anonymousCallOpeningSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("tracked"), organization_id: z.string(), mcp_server_user_id: z.string() }),
  z.object({ outcome: z.enum(["known", "crowded", "user_blocked", "unknown_server"]) }),
]);

export const upstreamRefreshLeaseSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("leased"),
    refresh_token_ciphertext: z.string(),
    profile_refreshed_at: time,
    config: oauthConfigSchema,
  }),
  z.object({
    outcome: z.literal("fresh"),
    access_token_ciphertext: z.string(),
    expires_at: time,
    refreshed_at: time,
  }),
  z.object({
    outcome: z.enum(["busy", "ended", "no_refresh_token", "credentials_changed", "config_disabled"]),
  }),
]);

export const upstreamRefreshStoringSchema = z.object({ outcome: z.enum(["stored", "lease_lost", "ended"]) });
export const upstreamRefreshReleaseSchema = z.object({ outcome: z.enum(["released", "lease_lost"]) });
export const upstreamTokenEndingSchema = z.object({ outcome: z.enum(["ended", "already_ended", "changed"]) });
export const ciphertextResealingSchema = z.object({ outcome: z.enum(["resealed", "changed"]) });
export const userProfileRefreshSchema = z.object({
  outcome: z.enum(["refreshed", "ended", "wrong_subject", "user_blocked"]),
});

/** The answer to whoever wants to refresh a vault entry. */
export type UpstreamRefreshLease = z.infer<typeof upstreamRefreshLeaseSchema>;
/** What a redeemed code or a rotated refresh token grants. */
export type TokenGrant = z.infer<z.ZodMiniObject<typeof grantedSchema>>;
/** What a revoked token leaves to be given back to the upstream. */
export type TokenRevocation = Extract<z.infer<typeof tokenRevocationSchema>, { outcome: "revoked" }>;
/** What is known of an introspected token. */
export type TokenIntrospection = z.infer<typeof tokenIntrospectionSchema>;
/** An opened gateway call. */
export type OpenMcpCall = Extract<z.infer<typeof mcpCallOpeningSchema>, { outcome: "open" }>;
