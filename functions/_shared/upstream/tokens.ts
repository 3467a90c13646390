/**
 * The upstream's tokens after the login: refreshing them and giving them back.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import type { OAuthError } from "../errors.ts";
import {
  authenticate,
  describeClient,
  requestOptions,
  toLifetime,
  type Upstream,
  type UpstreamDependencies,
  type UpstreamGrant,
} from "./upstream.ts";
import { explainFailure, isRefusedGrant, refused } from "./failure.ts";

/** Revokes a token at an upstream that has an endpoint for it (RFC 7009). */
export async function revokeUpstreamToken(
  { config, server }: Upstream,
  token: string,
  dependencies: UpstreamDependencies,
): Promise<void> {
  if (!server.revocation_endpoint) {
    return;
  }
  const authentication = await authenticate(config, dependencies);
  await explainFailure(async () => {
    const client = describeClient(config);
    const options = requestOptions(dependencies);
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, client, authentication, token, options),
    );
  });
}

/**
 * Refreshes an upstream's tokens (RFC 6749 §6).
 *
 * @throws {OAuthError} with the reason `upstream_grant_refused` when the upstream refuses the refresh token for good;
 * any other failure leaves the token as good as it was.
 */
export async function refreshUpstreamToken(
  { config, server }: Upstream,
  refreshToken: string,
  dependencies: UpstreamDependencies,
): Promise<UpstreamGrant> {
  const client = describeClient(config);
  const authentication = await authenticate(config, dependencies);
  const tokens = await explainFailure(async () => {
    const options = requestOptions(dependencies);
    const response = await oauth.refreshTokenGrantRequest(
      server,
      client,
      authentication,
      refreshToken,
      options,
    );
    return await oauth.processRefreshTokenResponse(server, client, await readAnswer(response));
  }).catch((error: OAuthError) => {
    throw isRefusedGrant(error.cause) ? refused("upstream_grant_refused", error.cause) : error;
  });
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    scope: tokens.scope ?? null,
    expiresIn: toLifetime(tokens.expires_in),
    idTokenClaims: null,
  };
}

/**
 * The answer to a refresh without what could spoil it: the refresh token is spent by now.
 *
 * An id_token is not looked at, for userinfo says who it is; and some providers
 * send null where they mean nothing.
 */
async function readAnswer(response: Response): Promise<Response> {
  const body: unknown = response.ok
    ? await response
      .clone()
      .json()
      .catch(() => null)
    : null;
  if (typeof body !== "object" || body === null) {
    return response;
  }
  const members = Object.entries(body).filter(([name, value]) => name !== "id_token" && value !== null);
  return Response.json(Object.fromEntries(members), { status: response.status });
}
