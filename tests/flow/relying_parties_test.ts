/**
 * OpenID Connect relying parties that know nothing of MCP: a whole login with every check they make.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { base64url, exportJWK, generateKeyPair, type JWK } from "jose";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { walkLogin } from "../../supabase/commands/login/walk_login.ts";
import { REDIRECT_URI } from "../support/client/mcp_client.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");
const scope = "openid email profile offline_access";
// The embedded stack speaks plain http, on loopback only.
const insecure = { [oauth.allowInsecureRequests]: true };

for (const authMethod of ["client_secret_basic", "client_secret_post", "none", "private_key_jwt"] as const) {
  Deno.test(`openid-client logs in, refreshes and reads userinfo with ${authMethod}`, async () => {
    const config = await openid.dynamicClientRegistration(
      new URL(stack.status.ISSUER),
      { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: authMethod, ...keys[authMethod] },
      authentications[authMethod],
      { execute: [openid.allowInsecureRequests] },
    );
    const [pkceCodeVerifier, expectedState, expectedNonce] = [
      openid.randomPKCECodeVerifier(),
      openid.randomState(),
      openid.randomNonce(),
    ];
    const authorizeUrl = openid.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      scope,
      state: expectedState,
      nonce: expectedNonce,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
    });

    const returned = await walkLogin(authorizeUrl, { userName: "ada" });
    const tokens = await openid.authorizationCodeGrant(config, returned, {
      pkceCodeVerifier,
      expectedState,
      expectedNonce,
      idTokenExpected: true,
    });

    const claims = tokens.claims()!;
    assertMatch(claims.sub, /^mcpu_[A-Za-z0-9_-]{12}$/);
    assertEquals(claims.iss, stack.status.ISSUER);
    assertEquals(claims["nonce"], expectedNonce);
    assertEquals(claims["at_hash"], await hashHalf(tokens.access_token));
    const userinfo = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
    assertEquals(userinfo.sub, claims.sub);
    assertEquals(userinfo.email, "ada@example.com");

    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!);

    assertEquals(refreshed.claims()!.sub, claims.sub);
    assertEquals(refreshed.claims()!["at_hash"], await hashHalf(refreshed.access_token));
    assertNotEquals(refreshed.refresh_token, tokens.refresh_token);
  });
}

const { privateKey, publicKey } = await generateKeyPair("ES256");
/** What a client publishes of its own. */
const keys: Record<string, { jwks: { keys: JWK[] } }> = {
  private_key_jwt: { jwks: { keys: [await exportJWK(publicKey)] } },
};
const authentications = {
  client_secret_basic: openid.ClientSecretBasic(),
  client_secret_post: openid.ClientSecretPost(),
  none: openid.None(),
  private_key_jwt: openid.PrivateKeyJwt(privateKey),
};

Deno.test("oauth4webapi logs in, verifies the id_token's signature, refreshes and reads userinfo", async () => {
  const { server, client, verifier, nonce, parameters } = await logIn();

  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    REDIRECT_URI,
    verifier,
    insecure,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(server, response, insecure);

  const claims = oauth.getValidatedIdTokenClaims(tokens)!;
  assertMatch(claims.sub, /^mcpu_[A-Za-z0-9_-]{12}$/);
  assertEquals(claims.aud, client.client_id);
  assertEquals(claims["at_hash"], await hashHalf(tokens.access_token));

  const userinfo = await oauth.processUserInfoResponse(
    server,
    client,
    claims.sub,
    await oauth.userInfoRequest(server, client, tokens.access_token, insecure),
  );
  assertEquals(userinfo.sub, claims.sub);
  assertEquals(userinfo.name, "Grace");

  const refreshing = await oauth.refreshTokenGrantRequest(
    server,
    client,
    oauth.None(),
    tokens.refresh_token!,
    insecure,
  );
  const refreshed = await oauth.processRefreshTokenResponse(server, client, refreshing);
  await oauth.validateApplicationLevelSignature(server, refreshing, insecure);
  assertEquals(oauth.getValidatedIdTokenClaims(refreshed)!.sub, claims.sub);
});

Deno.test("oauth4webapi accepts the access token as an RFC 9068 token of this issuer for this resource", async () => {
  const { server, client, verifier, nonce, parameters } = await logIn();
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    REDIRECT_URI,
    verifier,
    insecure,
  );
  const { access_token } = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce,
  });

  const call = new Request(stack.status.MCP_URL, { headers: { Authorization: `Bearer ${access_token}` } });
  const claims = await oauth.validateJwtAccessToken(server, call, stack.status.MCP_URL, insecure);

  assertEquals(claims.client_id, client.client_id);
  assert(claims.jti);
});

Deno.test("a relying party that expects another nonce refuses the id_token", async () => {
  const { server, client, verifier, parameters } = await logIn();
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    REDIRECT_URI,
    verifier,
    insecure,
  );

  const error = await assertRejects(
    () =>
      oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: oauth.generateRandomNonce(),
      }),
    oauth.OperationProcessingError,
  );

  assertEquals(error.code, oauth.JWT_CLAIM_COMPARISON);
});

interface Login {
  server: oauth.AuthorizationServer;
  client: oauth.Client;
  verifier: string;
  nonce: string;
  parameters: URLSearchParams;
}

/** Discovers, registers and logs in with oauth4webapi, up to a code whose response it has checked. */
async function logIn(): Promise<Login> {
  const issuer = new URL(stack.status.ISSUER);
  const server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, insecure),
  );
  const client = await oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(
      server,
      { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: "none" },
      insecure,
    ),
  );
  const [verifier, state, nonce] = [
    oauth.generateRandomCodeVerifier(),
    oauth.generateRandomState(),
    oauth.generateRandomNonce(),
  ];
  const authorizeUrl = new URL(server.authorization_endpoint!);
  authorizeUrl.search = new URLSearchParams({
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: REDIRECT_URI,
    scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  }).toString();
  const returned = await walkLogin(authorizeUrl, { userName: "grace" });
  const parameters = oauth.validateAuthResponse(server, client, returned, state);
  return { server, client, verifier, nonce, parameters };
}

/** What `at_hash` must be (OpenID Connect Core §3.1.3.6). */
async function hashHalf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return base64url.encode(new Uint8Array(digest, 0, 16));
}
