/**
 * The upstream's tokens after the login: refreshing and revoking them.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import { countOutcome } from "../telemetry/telemetry.ts";
import {
  describeClient,
  requestOptions,
  type Upstream,
  type UpstreamDependencies,
  type UpstreamGrant,
} from "./upstream.ts";
import { buildClientAuthentication } from "./client_authentication.ts";
import { explainFailure, ProviderRefusal } from "./failure.ts";
import { readRefusal } from "./refusal_words.ts";
import { readTokenAnswer, type TokenAnswer } from "./token_answer.ts";

/** Revokes a token at an upstream that has an endpoint for it (RFC 7009). */
export async function revokeUpstreamToken(
  { config, server }: Upstream,
  token: string,
  dependencies: UpstreamDependencies,
): Promise<void> {
  if (!server.revocation_endpoint) {
    return;
  }
  const authentication = await buildClientAuthentication(config, dependencies);
  await explainFailure("revocation", async () => {
    const client = describeClient(config);
    const options = requestOptions(dependencies);
    const response = await oauth.revocationRequest(server, client, authentication, token, options);
    if (!response.ok) {
      throw new ProviderRefusal(response.status, await readRefusal(response));
    }
  });
}

/**
 * Refreshes an upstream's tokens (RFC 6749 §6).
 *
 * What a failure means for the login is judged in `refresh_failure.ts`. The
 * scopes of the config go along where the config says so: Entra refuses a
 * refresh without them (AADSTS90009, punkpeye/mcp-remote PR 357).
 */
export async function refreshUpstreamToken(
  { config, server }: Upstream,
  refreshToken: string,
  dependencies: UpstreamDependencies,
): Promise<UpstreamGrant> {
  const client = describeClient(config);
  const authentication = await buildClientAuthentication(config, dependencies);
  const additionalParameters = config.refresh_sends_scope && config.scopes.length > 0
    ? { scope: config.scopes.join(" ") }
    : {};
  const refresh = async (): Promise<TokenAnswer> =>
    await readTokenAnswer(
      await oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken, {
        ...requestOptions(dependencies),
        additionalParameters,
      }),
    );
  const { idToken: _unread, ...tokens } = await countOutcome(
    "gatepost.upstream.refreshes",
    () => explainFailure("refresh", refresh),
  );
  return { ...tokens, idTokenClaims: null };
}
