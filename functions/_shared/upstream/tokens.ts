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
  type Upstream,
  type UpstreamDependencies,
  type UpstreamGrant,
} from "./upstream.ts";
import { explainFailure, isRefusedGrant, refused } from "./failure.ts";
import { readTokenAnswer } from "./token_answer.ts";

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
  await explainFailure("revocation", async () => {
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
  const { idToken: _unread, ...tokens } = await explainFailure("refresh", async () =>
    await readTokenAnswer(
      await oauth.refreshTokenGrantRequest(
        server,
        client,
        authentication,
        refreshToken,
        requestOptions(dependencies),
      ),
    )).catch((error: OAuthError) => {
      throw isRefusedGrant(error.cause)
        ? refused("upstream_grant_refused", error.cause, error.detail)
        : error;
    });
  return { ...tokens, idTokenClaims: null };
}
