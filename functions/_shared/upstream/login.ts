/**
 * The upstream's part of a login: the request that sends the browser there, and the code that comes back.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import {
  authenticate,
  describeClient,
  requestOptions,
  toLifetime,
  type Upstream,
  type UpstreamDependencies,
  type UpstreamGrant,
} from "./upstream.ts";
import { parseScope } from "../tokens/scope.ts";
import { explainAuthorizationError, explainFailure, refused } from "./failure.ts";

/** Parameters of the authorization request that a config cannot set. */
const RESERVED_PARAMETERS = new Set([
  "response_type",
  "client_id",
  "redirect_uri",
  "scope",
  "state",
  "nonce",
  "code_challenge",
  "code_challenge_method",
]);

/** What the authorization request to the upstream carries of this one login. */
export interface UpstreamRequest {
  callbackUrl: string;
  state: string;
  nonce: string;
  codeChallenge: string;
  /** Passed on from the client: `prompt`, `login_hint`, `max_age`. */
  hints: Record<string, string>;
}

/** Builds the authorization request (RFC 6749 §4.1.1 with PKCE S256). `resource` is never sent: not every provider bears it. */
export function buildAuthorizationRequest(
  { config, server }: Upstream,
  request: UpstreamRequest,
  dependencies: Pick<UpstreamDependencies, "allowPrivateUpstreams">,
): string {
  const url = readAuthorizationEndpoint(server, dependencies);
  const parameters = { ...request.hints, ...config.authorization_parameters };
  for (const [name, value] of Object.entries(parameters)) {
    if (!RESERVED_PARAMETERS.has(name)) {
      url.searchParams.set(name, value);
    }
  }
  // A config asks for consent where that is how it gets a refresh token; a client that wants a login wants it as well.
  const prompts = parseScope(`${request.hints["prompt"] ?? ""} ${parameters["prompt"] ?? ""}`);
  if (prompts.length > 0) {
    url.searchParams.set("prompt", prompts.join(" "));
  }
  url.searchParams.set("response_type", "code");
  url.searchParams.set("client_id", config.client_id);
  url.searchParams.set("redirect_uri", request.callbackUrl);
  url.searchParams.set("state", request.state);
  url.searchParams.set("code_challenge", request.codeChallenge);
  url.searchParams.set("code_challenge_method", "S256");
  if (config.scopes.length > 0) {
    url.searchParams.set("scope", config.scopes.join(" "));
  }
  if (config.identity_source === "openid") {
    url.searchParams.set("nonce", request.nonce);
  }
  return url.href;
}

/** The address that a browser is sent to. A provider publishes it, so it can be anything that a browser would act upon. */
function readAuthorizationEndpoint(
  { authorization_endpoint }: oauth.AuthorizationServer,
  { allowPrivateUpstreams }: Pick<UpstreamDependencies, "allowPrivateUpstreams">,
): URL {
  if (!authorization_endpoint) {
    throw refused("upstream_metadata_incomplete", undefined);
  }
  const schemes = allowPrivateUpstreams ? ["https:", "http:"] : ["https:"];
  const url = URL.canParse(authorization_endpoint) ? new URL(authorization_endpoint) : undefined;
  if (!url || !schemes.includes(url.protocol)) {
    throw refused("upstream_untrusted", undefined);
  }
  return url;
}

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
 * An id_token is demanded of a config whose users it names, and validated in
 * full: signature, issuer, audience, times, nonce.
 */
export async function redeemUpstreamCode(
  upstream: Upstream,
  callbackParameters: URLSearchParams,
  expected: CallbackExpectation,
  dependencies: UpstreamDependencies,
): Promise<UpstreamGrant> {
  const { config, server } = upstream;
  const client = describeClient(config);
  const parameters = checkAuthorizationResponse(upstream, client, callbackParameters, expected.state);
  const authentication = await authenticate(config, dependencies);
  const isOpenId = config.identity_source === "openid";

  const { response, tokens } = await explainFailure(async () => {
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      parameters,
      expected.callbackUrl,
      expected.codeVerifier,
      requestOptions(dependencies),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      requireIdToken: isOpenId,
      ...(isOpenId ? { expectedNonce: expected.nonce } : {}),
    });
    return { response, tokens };
  });
  if (isOpenId) {
    await explainFailure(() =>
      oauth.validateApplicationLevelSignature(server, response, requestOptions(dependencies))
    );
  }

  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    scope: tokens.scope ?? null,
    expiresIn: toLifetime(tokens.expires_in),
    idTokenClaims: isOpenId ? { ...oauth.getValidatedIdTokenClaims(tokens) } : null,
  };
}

/** A mix-up, another state and an upstream error are told apart for the log only. */
function checkAuthorizationResponse(
  { server }: Upstream,
  client: oauth.Client,
  parameters: URLSearchParams,
  state: string,
): URLSearchParams {
  try {
    return oauth.validateAuthResponse(server, client, parameters, state);
  } catch (cause) {
    if (cause instanceof oauth.AuthorizationResponseError) {
      throw explainAuthorizationError(cause);
    }
    throw refused("upstream_response_invalid", cause);
  }
}
