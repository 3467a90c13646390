/**
 * The upstream leg: Gatepost as one ordinary OAuth or OpenID Connect client.
 *
 * Everything on the wire is oauth4webapi's; this module says what a config
 * means for it and what its failures mean for a login. A failure of the moment
 * (unreachable, 429, 5xx, nonsense) leaves as `temporarily_unavailable`, a
 * refusal as `server_error`. No text of the upstream leaves at all.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import type { OAuthConfig } from "./database.ts";
import { openSecret } from "./encryption.ts";
import type { Dependencies } from "./dependencies.ts";
import { OAuthError, unavailable } from "./errors.ts";
import type { SafeFetch } from "./safe_fetch.ts";

/** An upstream that is ready to be talked to. */
export interface Upstream {
  config: OAuthConfig;
  server: oauth.AuthorizationServer;
}

/** What an upstream granted. */
export interface UpstreamGrant {
  accessToken: string;
  refreshToken: string | null;
  scope: string | null;
  /** Seconds, where the upstream tells. */
  expiresIn: number | null;
  /** Claims of the validated id_token, where there is one. */
  idTokenClaims: Record<string, unknown> | null;
}

type UpstreamDependencies = Pick<
  Dependencies,
  "config" | "encryptionKeys" | "safeFetch" | "now"
>;

const DISCOVERY_MILLISECONDS = 10 * 60 * 1000;
const CLOCK_TOLERANCE_SECONDS = 30;
const ID_TOKEN_ALGORITHMS = [
  "RS256",
  "PS256",
  "ES256",
  "EdDSA",
  "Ed25519",
  "RS384",
  "RS512",
  "ES384",
  "ES512",
];
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

const discovered = new Map<
  string,
  { server: oauth.AuthorizationServer; until: number }
>();

/** Finds an upstream's endpoints: those the config names, or those it publishes (kept for ten minutes). */
export async function findUpstream(
  config: OAuthConfig,
  dependencies: UpstreamDependencies,
): Promise<Upstream> {
  if (config.authorization_endpoint && config.token_endpoint) {
    return { config, server: nameEndpoints(config) };
  }
  const issuer = config.issuer!;
  const known = discovered.get(issuer);
  if (known && known.until > dependencies.now()) {
    return {
      config,
      server: { ...known.server, ...overrideEndpoints(config) },
    };
  }
  const server = await discover(new URL(issuer), dependencies);
  discovered.set(issuer, {
    server,
    until: dependencies.now() + DISCOVERY_MILLISECONDS,
  });
  return { config, server: { ...server, ...overrideEndpoints(config) } };
}

/** OpenID Connect Discovery first, then RFC 8414. */
async function discover(
  issuer: URL,
  dependencies: UpstreamDependencies,
): Promise<oauth.AuthorizationServer> {
  return await explainFailure(async () => {
    for (const algorithm of ["oidc", "oauth2"] as const) {
      const response = await oauth.discoveryRequest(issuer, {
        algorithm,
        ...requestOptions(dependencies),
      });
      if (response.status !== 404 || algorithm === "oauth2") {
        return await oauth.processDiscoveryResponse(issuer, response);
      }
    }
    throw new Error("unreachable: the last algorithm always answers");
  });
}

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
): string {
  if (!server.authorization_endpoint) {
    throw refused("upstream_metadata_incomplete", undefined);
  }
  const url = new URL(server.authorization_endpoint);
  for (
    const [name, value] of [
      ...Object.entries(request.hints),
      ...Object.entries(config.authorization_parameters),
    ]
  ) {
    if (!RESERVED_PARAMETERS.has(name)) {
      url.searchParams.set(name, value);
    }
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
  const parameters = checkAuthorizationResponse(
    upstream,
    client,
    callbackParameters,
    expected.state,
  );
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
    const tokens = await oauth.processAuthorizationCodeResponse(
      server,
      client,
      response,
      {
        requireIdToken: isOpenId,
        ...(isOpenId ? { expectedNonce: expected.nonce } : {}),
      },
    );
    return { response, tokens };
  });
  if (isOpenId) {
    await checkSignature(server, response, dependencies);
  }

  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    scope: tokens.scope ?? null,
    expiresIn: tokens.expires_in ?? null,
    idTokenClaims: isOpenId ? { ...oauth.getValidatedIdTokenClaims(tokens) } : null,
  };
}

/**
 * Fetches the userinfo document; `undefined` where the upstream has none.
 *
 * With `expectedSubject` its `sub` must be the same (OpenID Connect Core §5.3.2).
 */
export async function fetchUserinfo(
  { config, server }: Upstream,
  accessToken: string,
  expectedSubject: string | undefined,
  dependencies: UpstreamDependencies,
): Promise<Record<string, unknown> | undefined> {
  if (!server.userinfo_endpoint) {
    return undefined;
  }
  const client = describeClient(config);
  return await explainFailure(async () => {
    if (expectedSubject !== undefined) {
      const response = await oauth.userInfoRequest(
        server,
        client,
        accessToken,
        requestOptions(dependencies),
      );
      return {
        ...await oauth.processUserInfoResponse(
          server,
          client,
          expectedSubject,
          response,
        ),
      };
    }
    return await fetchJson(
      server.userinfo_endpoint!,
      accessToken,
      dependencies,
    ) as Record<string, unknown>;
  });
}

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
    return await oauth.processRefreshTokenResponse(server, client, response);
  }).catch((error: OAuthError) => {
    throw isRefusedGrant(error.cause) ? refused("upstream_grant_refused", error.cause) : error;
  });
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    scope: tokens.scope ?? null,
    expiresIn: tokens.expires_in ?? null,
    // An id_token that comes with a refresh is not looked at: userinfo says who it is.
    idTokenClaims: null,
  };
}

/** Fetches the list of a user's addresses, for an upstream that keeps it apart (GitHub). */
export async function fetchEmails(
  { config }: Upstream,
  accessToken: string,
  dependencies: UpstreamDependencies,
): Promise<unknown> {
  return await explainFailure(() => fetchJson(config.emails_endpoint!, accessToken, dependencies));
}

async function fetchJson(
  url: string,
  accessToken: string,
  dependencies: UpstreamDependencies,
): Promise<unknown> {
  const headers = new Headers({
    Accept: "application/json",
    "User-Agent": "gatepost",
  });
  const response = await oauth.protectedResourceRequest(
    accessToken,
    "GET",
    new URL(url),
    headers,
    undefined,
    requestOptions(dependencies),
  );
  const body: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
  if (typeof body !== "object" || body === null) {
    throw Object.assign(
      new Error("The provider's answer is not a JSON object"),
      { status: response.status },
    );
  }
  return body;
}

function nameEndpoints(config: OAuthConfig): oauth.AuthorizationServer {
  return {
    issuer: config.issuer ?? new URL(config.token_endpoint!).origin,
    id_token_signing_alg_values_supported: ID_TOKEN_ALGORITHMS,
    ...overrideEndpoints(config),
  };
}

function overrideEndpoints(
  config: OAuthConfig,
): Partial<oauth.AuthorizationServer> {
  return {
    ...(config.authorization_endpoint &&
      { authorization_endpoint: config.authorization_endpoint }),
    ...(config.token_endpoint && { token_endpoint: config.token_endpoint }),
    ...(config.userinfo_endpoint &&
      { userinfo_endpoint: config.userinfo_endpoint }),
    ...(config.jwks_uri && { jwks_uri: config.jwks_uri }),
    ...(config.revocation_endpoint &&
      { revocation_endpoint: config.revocation_endpoint }),
  };
}

function describeClient(config: OAuthConfig): oauth.Client {
  return {
    client_id: config.client_id,
    [oauth.clockTolerance]: CLOCK_TOLERANCE_SECONDS,
  };
}

async function authenticate(
  config: OAuthConfig,
  dependencies: UpstreamDependencies,
): Promise<oauth.ClientAuth> {
  if (config.token_endpoint_auth_method === "none") {
    return oauth.None();
  }
  const { text: secret } = await openSecret(
    config.client_secret_ciphertext!,
    "config-secret",
    dependencies.encryptionKeys,
  );
  return config.token_endpoint_auth_method === "client_secret_post"
    ? oauth.ClientSecretPost(secret)
    : oauth.ClientSecretBasic(secret);
}

function requestOptions(
  { safeFetch, config }: UpstreamDependencies,
): { [oauth.customFetch]: SafeFetch; [oauth.allowInsecureRequests]: boolean } {
  return {
    [oauth.customFetch]: safeFetch,
    [oauth.allowInsecureRequests]: config.allowPrivateUpstreams,
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

/** What the person or the provider decided against; its own description stays here. */
function explainAuthorizationError(
  cause: oauth.AuthorizationResponseError,
): OAuthError {
  switch (cause.error) {
    case "access_denied":
      return new OAuthError(
        "access_denied",
        "Cannot log in: the provider denied access",
        {
          reason: "upstream_denied",
          cause,
        },
      );
    case "login_required":
    case "interaction_required":
    case "account_selection_required":
      return new OAuthError(
        "login_required",
        "Cannot log in: the provider wants the person to log in",
        {
          reason: "upstream_login_required",
          cause,
        },
      );
    case "consent_required":
      return new OAuthError(
        "consent_required",
        "Cannot log in: the provider wants the person to consent",
        {
          reason: "upstream_consent_required",
          cause,
        },
      );
    case "temporarily_unavailable":
    case "server_error":
      return unavailable(
        "Cannot log in now: the provider has a problem, try again",
        "upstream_error",
        cause,
      );
    default:
      return refused("upstream_refused", cause);
  }
}

async function checkSignature(
  server: oauth.AuthorizationServer,
  response: Response,
  dependencies: UpstreamDependencies,
): Promise<void> {
  try {
    await oauth.validateApplicationLevelSignature(
      server,
      response,
      requestOptions(dependencies),
    );
  } catch (cause) {
    if (cause instanceof OAuthError) {
      throw cause;
    }
    throw refused("upstream_id_token_signature", cause);
  }
}

/** Runs a step of the upstream leg and explains what it throws. */
async function explainFailure<Result>(
  step: () => Promise<Result>,
): Promise<Result> {
  try {
    return await step();
  } catch (cause) {
    throw cause instanceof OAuthError ? cause : toUpstreamError(cause);
  }
}

/** Codes of oauth4webapi for an answer that was understood and must not be trusted. */
const UNTRUSTED = new Set<unknown>([
  oauth.JWT_CLAIM_COMPARISON,
  oauth.JWT_TIMESTAMP_CHECK,
  oauth.JSON_ATTRIBUTE_COMPARISON,
  oauth.KEY_SELECTION,
  oauth.UNSUPPORTED_OPERATION,
  oauth.MISSING_SERVER_METADATA,
  oauth.INVALID_SERVER_METADATA,
  oauth.HTTP_REQUEST_FORBIDDEN,
  oauth.REQUEST_PROTOCOL_FORBIDDEN,
]);

/** A failure of the moment or a refusal, by what oauth4webapi threw. */
function toUpstreamError(cause: unknown): OAuthError {
  const { code, status } = cause as { code?: unknown; status?: unknown };
  const answered = cause instanceof Error && cause.cause instanceof Response ? cause.cause.status : status;
  if (UNTRUSTED.has(code)) {
    return refused("upstream_untrusted", cause);
  }
  if (
    typeof answered === "number" && answered >= 400 && answered < 500 &&
    ![408, 425, 429].includes(answered)
  ) {
    return refused("upstream_refused", cause);
  }
  return unavailable(
    "Cannot log in now: the provider does not answer as it should, try again",
    "upstream_unavailable",
    cause,
  );
}

/** Whether an upstream said that a grant is dead. GitHub says so with a 200 and a code of its own. */
function isRefusedGrant(cause: unknown): boolean {
  const body = cause instanceof oauth.ResponseBodyError
    ? cause.cause
    : (cause as { cause?: { body?: unknown } } | undefined)?.cause?.body;
  const error = (body as { error?: unknown } | undefined)?.error;
  return error === "invalid_grant" || error === "bad_refresh_token";
}

function refused(reason: string, cause: unknown): OAuthError {
  return new OAuthError(
    "server_error",
    "Cannot log in: the provider refused or its answer cannot be trusted",
    {
      reason,
      cause,
    },
  );
}
