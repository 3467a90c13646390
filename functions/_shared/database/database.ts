/**
 * The one door to the database: a typed call for each SQL function.
 *
 * What a function takes is checked against the generated schema, so that an
 * argument that is missing, misspelled or gone does not compile.
 * Every result is parsed here, by the schemas of `results.ts`. A
 * failure of the moment becomes `temporarily_unavailable`; anything else that
 * SQL raises is a bug and becomes `server_error`.
 *
 * @module
 */

import { createClient, type PostgrestError } from "@supabase/supabase-js";
import * as z from "zod/mini";
import type { Config } from "../config.ts";
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
} from "./results.ts";
import type { Database as Schema, Json } from "./types.ts";
import { unavailable } from "../errors.ts";

/** Connects to the database through the platform's REST layer, with the secret key. */
export function connectDatabase(config: Config): Database {
  const client = createClient<Schema>(config.supabaseUrl, config.supabaseSecretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  return buildDatabase(async (name, args) => {
    const { data, error } = await client
      .rpc(name, args as SqlFunctions[typeof name]["Args"])
      .abortSignal(AbortSignal.timeout(10_000));
    if (error) {
      throw toFailure(error);
    }
    return data;
  });
}

type SqlFunctions = Schema["public"]["Functions"];

/** A SQL function, by its SQL name. */
export type FunctionName = keyof SqlFunctions;

type GeneratedArguments<Name extends FunctionName> = SqlFunctions[Name]["Args"];

/** The names of a SQL function's arguments. */
type ArgumentName<Name extends FunctionName> = keyof GeneratedArguments<Name> & string;

/**
 * What a SQL function takes: the generated names and types, all of them.
 *
 * The generator takes no argument for one that may be null, so those are named
 * by hand; and it knows of jsonb only that it is JSON, where all of ours is objects.
 */
export type Arguments<Name extends FunctionName, Nullable extends ArgumentName<Name> = never> = {
  [Key in ArgumentName<Name>]:
    | (Json extends GeneratedArguments<Name>[Key] ? Record<string, unknown> : GeneratedArguments<Name>[Key])
    | (Key extends Nullable ? null : never);
};

/** Calls one SQL function with named arguments and returns its row, or throws. */
export type CallFunction = (name: FunctionName, args: Record<string, unknown>) => Promise<unknown>;

/** Every SQL function that the Edge Functions call, by its SQL name. */
export type Database = ReturnType<typeof buildDatabase>;

/** Builds the typed calls over one way to call a SQL function. */
// deno-lint-ignore explicit-function-return-type -- the schemas say the types; writing them again would let them drift.
export function buildDatabase(call: CallFunction) {
  const typed =
    <Name extends FunctionName, Result extends z.ZodMiniType, Nullable extends ArgumentName<Name> = never>(
      name: Name,
      schema: Result,
      _nullable: Nullable[] = [],
    ): (args: Arguments<Name, Nullable>) => Promise<z.infer<Result>> =>
    async (args) => z.parse(schema, await call(name, args)) as z.infer<Result>;

  return {
    findMcpServer: typed("find_mcp_server", serverFindingSchema),
    registerMcpClient: typed("register_mcp_client", clientRegistrationSchema, [
      "p_initial_access_token_hash",
      "p_client_secret_hash",
      "p_client_name",
    ]),
    beginAuthorization: typed("begin_authorization", authorizationBeginningSchema),
    openAuthorizationSession: typed("open_authorization_session", authorizationOpeningSchema, [
      "p_metadata_document",
      "p_nonce",
      "p_tracking_id",
    ]),
    claimAuthorizationSession: typed("claim_authorization_session", authorizationClaimSchema),
    failAuthorizationSession: typed("fail_authorization_session", authorizationFailureSchema),
    completeAuthorization: typed("complete_authorization", authorizationCompletionSchema, [
      "p_upstream_issuer",
      "p_upstream_sub",
      "p_email",
      "p_profile",
      "p_refresh_token",
      "p_scope",
      "p_expires_at",
      "p_auth_time",
    ]),
    redeemAuthorizationCode: typed("redeem_authorization_code", codeRedemptionSchema, [
      "p_client_secret_hash",
      "p_redirect_uri",
      "p_resource",
    ]),
    rotateRefreshToken: typed("rotate_refresh_token", refreshRotationSchema, [
      "p_client_secret_hash",
      "p_resource",
    ]),
    readUserinfo: typed("read_userinfo", userinfoReadingSchema),
    revokeToken: typed("revoke_token", tokenRevocationSchema, [
      "p_client_secret_hash",
      "p_handle_hash",
      "p_family_id",
    ]),
    introspectToken: typed("introspect_token", tokenIntrospectionSchema, [
      "p_family_id",
      "p_handle_hash",
      "p_refresh_hash",
    ]),
    openMcpCall: typed("open_mcp_call", mcpCallOpeningSchema, ["p_session_hash"]),
    openAnonymousCall: typed("open_anonymous_call", anonymousCallOpeningSchema, ["p_session_hash"]),
    leaseUpstreamRefresh: typed("lease_upstream_refresh", upstreamRefreshLeaseSchema),
    storeUpstreamRefresh: typed("store_upstream_refresh", upstreamRefreshStoringSchema, [
      "p_refresh_token",
      "p_scope",
      "p_expires_at",
    ]),
    releaseUpstreamRefresh: typed("release_upstream_refresh", upstreamRefreshReleaseSchema),
    endUpstreamToken: typed("end_upstream_token", upstreamTokenEndingSchema, ["p_lease_hash"]),
    resealUpstreamToken: typed("reseal_upstream_token", ciphertextResealingSchema),
    resealOAuthConfig: typed("reseal_oauth_config", ciphertextResealingSchema),
    refreshUserProfile: typed("refresh_user_profile", userProfileRefreshSchema, [
      "p_upstream_issuer",
      "p_email",
    ]),
  };
}

/** SQLSTATE classes and codes that pass: connection, resources, serialization, deadlock, lock and statement time-outs. */
const PASSING_SQLSTATE = /^(08|53|57P0|40001|40P01|55P03|57014|25006)/;

/** An error of the REST layer: of the moment, or a bug. */
export function toFailure(error: Pick<PostgrestError, "code" | "message">): Error {
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
