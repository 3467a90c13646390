/**
 * simple-oauth2, which takes an answer only if it is JSON: that of revocation, too.
 *
 * @module
 */

import { assertEquals, assertNotEquals } from "@std/assert";
import { AuthorizationCode } from "simple-oauth2";
import { hashSecret, randomSecret } from "../../functions/_shared/secrets/secrets.ts";
import { walkLogin } from "../../supabase/commands/login/walk_login.ts";
import { discover, postMessage, REDIRECT_URI, register } from "../support/client/mcp_client.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");

for (const authorizationMethod of ["header", "body"]) {
  Deno.test(`simple-oauth2 logs in, refreshes and revokes with its secret in the ${authorizationMethod}`, async () => {
    const { discovery, clientId, clientSecret } = await register(await discover(stack.status.MCP_URL), {
      token_endpoint_auth_method: authorizationMethod === "header"
        ? "client_secret_basic"
        : "client_secret_post",
    });
    const path = (name: string): string =>
      new URL(discovery.token_endpoint.replace("oauth-token", name)).pathname;
    const client = new AuthorizationCode({
      client: { id: clientId, secret: clientSecret },
      auth: {
        tokenHost: new URL(discovery.token_endpoint).origin,
        authorizePath: path("oauth-authorize"),
        tokenPath: path("oauth-token"),
        revokePath: path("oauth-revoke"),
      },
      options: { authorizationMethod },
    });
    const codeVerifier = randomSecret();
    const authorizeUrl = client.authorizeURL({
      redirect_uri: REDIRECT_URI,
      scope: "openid email",
      state: "state",
      code_challenge: hashSecret(codeVerifier),
      code_challenge_method: "S256",
    });

    const returned = await walkLogin(authorizeUrl, { userName: "ada" });
    const first = await client.getToken({
      code: returned.searchParams.get("code"),
      redirect_uri: REDIRECT_URI,
      code_verifier: codeVerifier,
    });
    const second = await first.refresh();

    assertNotEquals(second.token.refresh_token, first.token.refresh_token);
    assertEquals(await call(second.token.access_token), 200);

    await second.revokeAll();

    assertEquals(await call(second.token.access_token), 401);
  });
}

async function call(accessToken: string): Promise<number> {
  const response = await postMessage(stack.status.MCP_URL, accessToken, { id: 1, method: "tools/list" });
  await response.body?.cancel();
  return response.status;
}
