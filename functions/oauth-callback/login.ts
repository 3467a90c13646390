/**
 * The login: the provider's code becomes a known user, stored tokens and a code of Gatepost.
 *
 * One SQL function writes the user, the vault entry and the code in one
 * transaction. Nothing is written before.
 *
 * @module
 */

import * as z from "zod/mini";
import { defineCall } from "../_shared/database/database.ts";
import type { McpServer, OAuthConfig } from "../_shared/database/rows.ts";
import { sealSecret, upstreamTokenOf } from "../_shared/secrets/encryption.ts";
import { OAuthError, unavailable } from "../_shared/errors.ts";
import type { UpstreamFailureDetail } from "../_shared/upstream/failure_detail.ts";
import type { UpstreamIdentity } from "../_shared/upstream/identity.ts";
import { hashSecret, newRowId, randomSecret } from "../_shared/secrets/secrets.ts";
import { forgetIssuer } from "../_shared/upstream/discovery.ts";
import { findUpstream, type UpstreamDependencies, type UpstreamGrant } from "../_shared/upstream/upstream.ts";
import { readIdentity } from "../_shared/upstream/read_identity.ts";
import { redeemUpstreamCode } from "../_shared/upstream/login.ts";
import { buildCallbackName, buildCallbackUrl } from "../_shared/urls.ts";

/** A session that the callback claimed, with what only it knows. */
export interface ClaimedSession {
  session_id: string;
  redirect_uri: string;
  /** Whose callback the browser came to. */
  callbackName: string;
  server: McpServer;
  config: OAuthConfig;
  state: string;
  nonce: string;
  codeVerifier: string;
  /** By which the visitor was recognized before. */
  trackingId?: string | undefined;
}

export const completeAuthorization = defineCall(
  "complete_authorization",
  z.object({
    outcome: z.enum([
      "completed",
      "unknown",
      "unknown_config",
      "config_disabled",
      "organization_required",
      "wrong_organization",
      "subject_required",
      "user_blocked",
      "people_quota_reached",
      "too_many_new_people",
    ]),
  }),
  [
    "p_upstream_issuer",
    "p_upstream_sub",
    "p_email",
    "p_profile",
    "p_tracking_id",
    "p_refresh_token",
    "p_scope",
    "p_expires_at",
    "p_auth_time",
  ],
);

/** What a login needs from outside. */
export interface LoginDependencies extends UpstreamDependencies {
  publicUrl: string;
}

/** A login that came to its end: Gatepost's authorization code, and what was left out of tokens and identity. */
export interface FinishedLogin {
  code: string;
  omitted: UpstreamFailureDetail | null;
}

/** Finishes the login. */
export async function finishLogin(
  session: ClaimedSession,
  parameters: URLSearchParams,
  dependencies: LoginDependencies,
): Promise<FinishedLogin> {
  checkCallback(session);
  const upstream = await findUpstream(session.config, dependencies);
  const grant = await redeemUpstreamCode(
    upstream,
    parameters,
    {
      callbackUrl: buildCallbackUrl(dependencies.publicUrl, session.config.organization_id),
      state: session.state,
      nonce: session.nonce,
      codeVerifier: session.codeVerifier,
    },
    dependencies,
  ).catch((thrown: unknown) => {
    // What failed may be the kept document: the next login reads it anew.
    forgetIssuer(session.config.issuer, dependencies);
    throw thrown;
  });
  const { identity, omitted } = await readIdentity(upstream, grant, dependencies);
  return {
    code: await storeLogin(session, grant, identity, dependencies),
    omitted: grant.omitted ?? omitted,
  };
}

/** Checks the callback: at another organization's callback the code is of another provider, whatever it says. */
function checkCallback({ callbackName, config }: ClaimedSession): void {
  if (callbackName !== buildCallbackName(config.organization_id)) {
    throw new OAuthError("server_error", "Cannot log in: another provider answered", {
      reason: "callback_of_another",
    });
  }
}

async function storeLogin(
  session: ClaimedSession,
  grant: UpstreamGrant,
  identity: UpstreamIdentity,
  { database, encryptionKeys, now }: LoginDependencies,
): Promise<string> {
  const code = randomSecret();
  const place = upstreamTokenOf(session.server.organization_id, newRowId("uoat_"));
  const completion = await completeAuthorization(database, {
    p_session_id: session.session_id,
    p_upstream_issuer: identity.issuer,
    p_upstream_sub: identity.subject,
    p_email: identity.email,
    p_email_verified: identity.emailVerified,
    p_profile: identity.profile,
    p_tracking_id: session.trackingId ?? null,
    p_access_token: await sealSecret(grant.accessToken, place, encryptionKeys),
    p_refresh_token: grant.refreshToken === null
      ? null
      : await sealSecret(grant.refreshToken, place, encryptionKeys),
    p_scope: grant.scope,
    p_expires_at: grant.expiresIn === null ? null : new Date(now() + grant.expiresIn * 1000).toISOString(),
    p_auth_time: identity.authTime?.toISOString() ?? null,
    p_code_hash: hashSecret(code),
  });
  switch (completion.outcome) {
    case "completed":
      return code;
    case "unknown":
      throw unavailable("Cannot log in now: the login was interrupted, try again", "session_unknown");
    case "user_blocked":
      throw new OAuthError("access_denied", "Cannot log in: the account is blocked", {
        reason: completion.outcome,
      });
    case "people_quota_reached":
      throw new OAuthError("access_denied", "Cannot log in: the organization has no room for more people", {
        reason: completion.outcome,
      });
    case "too_many_new_people":
      throw unavailable(
        "Cannot log in today: too many new people have logged in, try again tomorrow",
        completion.outcome,
      );
    case "unknown_config":
    case "config_disabled":
    case "organization_required":
    case "wrong_organization":
    case "subject_required":
      throw new OAuthError("server_error", "Cannot log in: the sign-in of this server is not set up", {
        reason: completion.outcome,
      });
  }
}
