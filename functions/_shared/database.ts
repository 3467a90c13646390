/**
 * The one door to the database: a typed call for each SQL function.
 *
 * Every result is parsed here. Outcomes are closed unions, so that an outcome
 * that SQL learns must be handled where the handlers switch over it. A failure
 * of the moment becomes `temporarily_unavailable`; anything else that SQL
 * raises is a bug and becomes `server_error`.
 *
 * @module
 */

import { createClient, type PostgrestError } from "@supabase/supabase-js";
import * as z from "zod/mini";
import type { Config } from "./config.ts";
import { unavailable } from "./errors.ts";

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
  token_endpoint_auth_method: z.enum([
    "client_secret_basic",
    "client_secret_post",
    "none",
  ]),
  scopes: z.array(z.string()),
  authorization_parameters: z.record(z.string(), z.string()),
  identity_source: z.enum(["openid", "userinfo", "none"]),
  subject_claim: z.string(),
});

/** A server, as every endpoint that answers for a slug sees it. */
export type McpServer = z.infer<typeof serverSchema>;
/** A registered client. */
export type McpClient = z.infer<typeof clientSchema>;
/** An upstream provider and the client it knows us as. */
export type OAuthConfig = z.infer<typeof oauthConfigSchema>;

const serverFindingSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("found"), server: serverSchema }),
  z.object({ outcome: z.literal("unknown_server") }),
]);

const clientRegistrationSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("registered"),
    client_id: z.string(),
    created_at: z.string(),
  }),
  z.object({ outcome: z.enum(["unknown_server", "closed", "token_required", "redirect_host_refused"]) }),
]);

const authorizationBeginningSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("ready"),
    server: serverSchema,
    client: clientSchema,
    provider_name: z.string(),
  }),
  z.object({
    outcome: z.literal("unknown_client"),
    server: serverSchema,
    provider_name: z.string(),
  }),
  z.object({ outcome: z.enum(["unknown_server", "no_sign_in"]) }),
]);

const authorizationOpeningSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("opened"), config: oauthConfigSchema }),
  z.object({
    outcome: z.enum([
      "form_replayed",
      "unknown_client",
      "unknown_server",
      "no_sign_in",
    ]),
  }),
]);

const authorizationClaimSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("claimed"),
    session_id: z.string(),
    request_ciphertext: z.string(),
    redirect_uri: z.string(),
    client_id: z.string(),
    server: serverSchema,
    config: oauthConfigSchema,
  }),
  z.object({
    outcome: z.enum([
      "unknown",
      "expired",
      "replayed",
      "other_browser",
      "no_sign_in",
    ]),
  }),
]);

const authorizationFailureSchema = z.object({
  outcome: z.enum(["failed", "set_back", "unknown"]),
});

const authorizationCompletionSchema = z.object({
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

const clientRefusals = [
  "unknown_server",
  "unknown_client",
  "wrong_secret",
] as const;

const codeRedemptionSchema = z.discriminatedUnion("outcome", [
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

const refreshRotationSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("rotated"), ...grantedSchema }),
  z.object({
    outcome: z.literal("converged"),
    ...grantedSchema,
    successor_ciphertext: z.string(),
  }),
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

const userinfoReadingSchema = z.discriminatedUnion("outcome", [
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

const tokenRevocationSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("revoked"),
    access_token_ciphertext: text,
    refresh_token_ciphertext: text,
    config: z.nullable(oauthConfigSchema),
  }),
  z.object({ outcome: z.enum(["ended", "unknown", "wrong_client", ...clientRefusals]) }),
]);

const tokenIntrospectionSchema = z.discriminatedUnion("outcome", [
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

const mcpCallOpeningSchema = z.discriminatedUnion("outcome", [
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
  }),
  z.object({ outcome: z.enum(["ended", "upstream_ended"]) }),
]);

const upstreamRefreshLeaseSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("leased"),
    refresh_token_ciphertext: z.string(),
    profile_refreshed_at: time,
    config: oauthConfigSchema,
  }),
  z.object({ outcome: z.literal("fresh"), access_token_ciphertext: z.string(), expires_at: time }),
  z.object({
    outcome: z.enum(["busy", "ended", "no_refresh_token", "credentials_changed", "config_disabled"]),
  }),
]);

const upstreamRefreshStoringSchema = z.object({ outcome: z.enum(["stored", "lease_lost", "ended"]) });
const upstreamRefreshReleaseSchema = z.object({ outcome: z.enum(["released", "lease_lost"]) });
const upstreamTokenEndingSchema = z.object({ outcome: z.enum(["ended", "already_ended", "changed"]) });
const ciphertextResealingSchema = z.object({ outcome: z.enum(["resealed", "changed"]) });
const userProfileRefreshSchema = z.object({
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
export type OpenMcpCall = Extract<
  z.infer<typeof mcpCallOpeningSchema>,
  { outcome: "open" }
>;

/** Connects to the database through the platform's REST layer, with the secret key. */
export function connectDatabase(config: Config): Database {
  const client = createClient(config.supabaseUrl, config.supabaseSecretKey, {
    auth: {
      persistSession: false,
      autoRefreshToken: false,
      detectSessionInUrl: false,
    },
  });
  return buildDatabase(async (name, args) => {
    const { data, error } = await client.rpc(name, args).abortSignal(
      AbortSignal.timeout(10_000),
    );
    if (error) {
      throw toFailure(error);
    }
    return data;
  });
}

/** Calls one SQL function with named arguments and returns its row, or throws. */
export type CallFunction = (
  name: string,
  args: Record<string, unknown>,
) => Promise<unknown>;

/** Every SQL function that the Edge Functions call, by its SQL name. */
export type Database = ReturnType<typeof buildDatabase>;

/** Builds the typed calls over one way to call a SQL function. */
// deno-lint-ignore explicit-function-return-type -- the schemas say the types; writing them again would let them drift.
export function buildDatabase(call: CallFunction) {
  const typed = <Result extends z.ZodMiniType, Arguments extends Record<string, unknown>>(
    name: string,
    schema: Result,
  ): (args: Arguments) => Promise<z.infer<Result>> =>
  async (args) => z.parse(schema, await call(name, args)) as z.infer<Result>;

  return {
    findMcpServer: typed<typeof serverFindingSchema, { p_slug: string }>(
      "find_mcp_server",
      serverFindingSchema,
    ),
    registerMcpClient: typed<typeof clientRegistrationSchema, {
      p_slug: string;
      p_initial_access_token_hash: string | null;
      p_client_secret_hash: string | null;
      p_token_endpoint_auth_method: string;
      p_client_name: string | null;
      p_redirect_uris: string[];
      p_grant_types: string[];
      p_client_metadata: Record<string, unknown>;
    }>("register_mcp_client", clientRegistrationSchema),
    beginAuthorization: typed<
      typeof authorizationBeginningSchema,
      { p_slug: string; p_client_id: string }
    >(
      "begin_authorization",
      authorizationBeginningSchema,
    ),
    openAuthorizationSession: typed<typeof authorizationOpeningSchema, {
      p_slug: string;
      p_client_id: string;
      p_metadata_document: Record<string, unknown> | null;
      p_form_hash: string;
      p_state_hash: string;
      p_browser_hash: string;
      p_request_ciphertext: string;
      p_redirect_uri: string;
      p_resource: string;
      p_scope: string;
      p_code_challenge: string;
      p_nonce: string | null;
      p_tracking_id: string | null;
    }>("open_authorization_session", authorizationOpeningSchema),
    claimAuthorizationSession: typed<typeof authorizationClaimSchema, {
      p_state_hash: string;
      p_browser_hash: string;
    }>("claim_authorization_session", authorizationClaimSchema),
    failAuthorizationSession: typed<typeof authorizationFailureSchema, {
      p_session_id: string;
      p_reason: string;
      p_retry: boolean;
    }>("fail_authorization_session", authorizationFailureSchema),
    completeAuthorization: typed<typeof authorizationCompletionSchema, {
      p_session_id: string;
      p_upstream_issuer: string | null;
      p_upstream_sub: string | null;
      p_email: string | null;
      p_email_verified: boolean;
      p_profile: Record<string, unknown> | null;
      p_access_token: string;
      p_refresh_token: string | null;
      p_scope: string | null;
      p_expires_at: string | null;
      p_auth_time: string | null;
      p_code_hash: string;
    }>("complete_authorization", authorizationCompletionSchema),
    redeemAuthorizationCode: typed<typeof codeRedemptionSchema, {
      p_slug: string;
      p_client_id: string;
      p_client_secret_hash: string | null;
      p_code_hash: string;
      p_redirect_uri: string | null;
      p_code_challenge: string;
      p_resource: string | null;
      p_handle_hash: string;
      p_refresh_hash: string;
    }>("redeem_authorization_code", codeRedemptionSchema),
    rotateRefreshToken: typed<typeof refreshRotationSchema, {
      p_slug: string;
      p_client_id: string;
      p_client_secret_hash: string | null;
      p_handle_hash: string;
      p_refresh_hash: string;
      p_next_refresh_hash: string;
      p_successor_ciphertext: string;
      p_resource: string | null;
    }>("rotate_refresh_token", refreshRotationSchema),
    readUserinfo: typed<
      typeof userinfoReadingSchema,
      { p_slug: string; p_family_id: string }
    >(
      "read_userinfo",
      userinfoReadingSchema,
    ),
    revokeToken: typed<typeof tokenRevocationSchema, {
      p_slug: string;
      p_client_id: string;
      p_client_secret_hash: string | null;
      p_handle_hash: string | null;
      p_family_id: string | null;
    }>("revoke_token", tokenRevocationSchema),
    introspectToken: typed<typeof tokenIntrospectionSchema, {
      p_slug: string;
      p_resource_server_id: string;
      p_secret_hash: string;
      p_family_id: string | null;
      p_handle_hash: string | null;
      p_refresh_hash: string | null;
    }>("introspect_token", tokenIntrospectionSchema),
    openMcpCall: typed<typeof mcpCallOpeningSchema, {
      p_slug: string;
      p_family_id: string;
      p_session_hash: string | null;
    }>("open_mcp_call", mcpCallOpeningSchema),
    leaseUpstreamRefresh: typed<typeof upstreamRefreshLeaseSchema, {
      p_upstream_token_id: string;
      p_lease_hash: string;
      p_known_access_token: string;
    }>("lease_upstream_refresh", upstreamRefreshLeaseSchema),
    storeUpstreamRefresh: typed<typeof upstreamRefreshStoringSchema, {
      p_upstream_token_id: string;
      p_lease_hash: string;
      p_access_token: string;
      p_refresh_token: string | null;
      p_scope: string | null;
      p_expires_at: string | null;
    }>("store_upstream_refresh", upstreamRefreshStoringSchema),
    releaseUpstreamRefresh: typed<typeof upstreamRefreshReleaseSchema, {
      p_upstream_token_id: string;
      p_lease_hash: string;
    }>("release_upstream_refresh", upstreamRefreshReleaseSchema),
    endUpstreamToken: typed<typeof upstreamTokenEndingSchema, {
      p_upstream_token_id: string;
      p_lease_hash: string | null;
      p_known_access_token: string;
      p_reason: string;
    }>("end_upstream_token", upstreamTokenEndingSchema),
    resealUpstreamToken: typed<typeof ciphertextResealingSchema, {
      p_upstream_token_id: string;
      p_known_ciphertext: string;
      p_new_ciphertext: string;
    }>("reseal_upstream_token", ciphertextResealingSchema),
    resealOAuthConfig: typed<typeof ciphertextResealingSchema, {
      p_oauth_config_id: string;
      p_known_ciphertext: string;
      p_new_ciphertext: string;
    }>("reseal_oauth_config", ciphertextResealingSchema),
    refreshUserProfile: typed<typeof userProfileRefreshSchema, {
      p_upstream_token_id: string;
      p_upstream_issuer: string | null;
      p_upstream_sub: string;
      p_email: string | null;
      p_email_verified: boolean;
      p_profile: Record<string, unknown>;
    }>("refresh_user_profile", userProfileRefreshSchema),
  };
}

/** SQLSTATE classes and codes that pass: connection, resources, serialization, deadlock, lock and statement time-outs. */
const PASSING_SQLSTATE = /^(08|53|57P0|40001|40P01|55P03|57014|25006)/;

/** An error of the REST layer: of the moment, or a bug. */
export function toFailure(
  error: Pick<PostgrestError, "code" | "message">,
): Error {
  const { code } = error;
  // Without a code the request never reached the REST layer; PGRST000 to 003 mean it did not reach the database.
  if (!code || PASSING_SQLSTATE.test(code) || /^PGRST00[0-3]$/.test(code)) {
    return unavailable(
      "Cannot answer now: the database is out of reach, try again",
      "database_unavailable",
      error,
    );
  }
  return Object.assign(new Error("The database refused a call"), { code });
}
