/**
 * The one door to the database: a typed call for each SQL function.
 *
 * Every result is parsed here, by the schemas of `database_results.ts`. A
 * failure of the moment becomes `temporarily_unavailable`; anything else that
 * SQL raises is a bug and becomes `server_error`.
 *
 * @module
 */

import { createClient, type PostgrestError } from "@supabase/supabase-js";
import * as z from "zod/mini";
import type { Config } from "./config.ts";
import {
  anonymousCallOpeningSchema,
  authorizationBeginningSchema,
  authorizationClaimSchema,
  authorizationCompletionSchema,
  authorizationFailureSchema,
  authorizationOpeningSchema,
  ciphertextResealingSchema,
  clientRegistrationSchema,
  codeRedemptionSchema,
  mcpCallOpeningSchema,
  refreshRotationSchema,
  serverFindingSchema,
  tokenIntrospectionSchema,
  tokenRevocationSchema,
  upstreamRefreshLeaseSchema,
  upstreamRefreshReleaseSchema,
  upstreamRefreshStoringSchema,
  upstreamTokenEndingSchema,
  userinfoReadingSchema,
  userProfileRefreshSchema,
} from "./database_results.ts";
import { unavailable } from "./errors.ts";

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
    openAnonymousCall: typed<typeof anonymousCallOpeningSchema, {
      p_slug: string;
      p_tracking_id: string;
      p_session_hash: string | null;
    }>("open_anonymous_call", anonymousCallOpeningSchema),
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
