/**
 * The end of a login at the provider: its code becomes tokens, and the id_token says who logged in.
 *
 * The request that sends the browser there is in `authorization_request.ts`,
 * the check of what it brings back in `authorization_response.ts`.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import { checkAuthorizationResponse } from "./authorization_response.ts";
import { buildClientAuthentication } from "./client_authentication.ts";
import { explainFailure, ProviderFailure } from "./failure.ts";
import { validateIdToken } from "./id_token.ts";
import { prepareKeys } from "./keys.ts";
import { readTokenAnswer } from "./token_answer.ts";
import {
  describeClient,
  findKeys,
  requestOptions,
  type Upstream,
  type UpstreamDependencies,
  type UpstreamGrant,
} from "./upstream.ts";

/** What a callback is checked against. */
export interface CallbackExpectation {
  callbackUrl: string;
  state: string;
  nonce: string;
  codeVerifier: string;
}

/**
 * Checks the authorization response (state, and `iss` after RFC 9207) and redeems its code.
 *
 * If the config says that the id_token names the users, it is required and
 * validated in full: signature, issuer, audience, times, nonce.
 */
export async function redeemUpstreamCode(
  found: Upstream,
  callbackParameters: URLSearchParams,
  expected: CallbackExpectation,
  dependencies: UpstreamDependencies,
): Promise<UpstreamGrant> {
  const isOpenId = found.config.identity_source === "openid";
  const upstream = isOpenId ? await findKeys(found, dependencies) : found;
  const { config, server } = upstream;
  const { parameters, issuer } = checkAuthorizationResponse(upstream, callbackParameters, expected.state);
  const authentication = await buildClientAuthentication(config, dependencies);
  if (isOpenId) {
    await prepareKeys(upstream, dependencies);
  }

  const { idToken, ...tokens } = await explainFailure("token", async () =>
    await readTokenAnswer(
      await oauth.authorizationCodeGrantRequest(
        server,
        describeClient(config),
        authentication,
        parameters,
        expected.callbackUrl,
        expected.codeVerifier,
        requestOptions(dependencies),
      ),
    ));
  return {
    ...tokens,
    idTokenClaims: isOpenId
      ? await readIdToken(upstream, idToken, { nonce: expected.nonce, issuer }, dependencies)
      : null,
  };
}

/** The claims of the id_token. It is not read if the config takes the identity from elsewhere. */
async function readIdToken(
  upstream: Upstream,
  idToken: string | null,
  { nonce, issuer }: { nonce: string; issuer: string | undefined },
  dependencies: UpstreamDependencies,
): Promise<Record<string, unknown>> {
  if (idToken === null) {
    return await explainFailure("token", () => {
      throw new ProviderFailure({ member: "id_token", problem: "missing" });
    });
  }
  const { config } = upstream;
  const expected = {
    clientId: config.client_id,
    nonce,
    responseIssuer: issuer,
    tenants: config.allowed_tenants,
  };
  return await explainFailure("id_token", () => validateIdToken(idToken, upstream, expected, dependencies));
}
