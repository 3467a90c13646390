/**
 * Clients that an owner makes, and one with keys of its own: whole logins with openid-client.
 *
 * @module
 */

import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import * as openid from "openid-client";
import { walkLogin } from "../../supabase/commands/login/walk_login.ts";
import { type ClientKey, makeClientKey } from "../support/client/assertions.ts";
import { REDIRECT_URI } from "../support/client/mcp_client.ts";
import { signInMember } from "../support/client/platform_user.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");
const insecure = { execute: [openid.allowInsecureRequests] };

/** A client that an owner of the demo's organization makes through the REST layer. */
async function makeClient(
  confidential: boolean,
): Promise<{ client_id: string; client_secret: string | null }> {
  const { client } = await signInMember(stack, "org_demo", "admin");
  const { data, error } = await client.rpc("create_mcp_client", {
    p_mcp_server_id: "mcps_demo",
    p_name: "Company chat",
    p_redirect_uris: [REDIRECT_URI],
    p_confidential: confidential,
  });
  assertEquals([error, data.outcome], [null, "created"]);
  return data;
}

async function logIn(
  config: openid.Configuration,
): Promise<Awaited<ReturnType<typeof openid.authorizationCodeGrant>>> {
  const [pkceCodeVerifier, expectedState] = [openid.randomPKCECodeVerifier(), openid.randomState()];
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: "openid email offline_access",
    state: expectedState,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  });
  const returned = await walkLogin(url, { userName: "ada" });
  return await openid.authorizationCodeGrant(config, returned, { pkceCodeVerifier, expectedState });
}

for (const method of ["ClientSecretBasic", "ClientSecretPost"] as const) {
  Deno.test(`a confidential client of an owner logs in, refreshes and revokes with ${method}`, async () => {
    const { client_id, client_secret } = await makeClient(true);
    const config = await openid.discovery(
      new URL(stack.status.ISSUER),
      client_id,
      {},
      openid[method](client_secret!),
      insecure,
    );

    const tokens = await logIn(config);
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!);

    assertMatch(client_secret!, /^[A-Za-z0-9_-]{43}$/);
    assertNotEquals(refreshed.refresh_token, tokens.refresh_token);
    await openid.tokenRevocation(config, refreshed.refresh_token!);
    await assertRejects(
      () => openid.refreshTokenGrant(config, refreshed.refresh_token!),
      openid.ResponseBodyError,
    );
  });
}

Deno.test("a confidential client of an owner does not log in with another secret, and a public one with none", async () => {
  const { client_id } = await makeClient(true);
  const wrong = await openid.discovery(
    new URL(stack.status.ISSUER),
    client_id,
    {},
    openid.ClientSecretBasic("guessed"),
    insecure,
  );
  const made = await makeClient(false);
  const open = await openid.discovery(
    new URL(stack.status.ISSUER),
    made.client_id,
    {},
    openid.None(),
    insecure,
  );

  const refusal = await assertRejects(() => logIn(wrong), openid.WWWAuthenticateChallengeError);
  const tokens = await logIn(open);

  assertEquals([refusal.status, made.client_secret], [401, null]);
  assertMatch(tokens.claims()!.sub, /^mcpu_/);
});

Deno.test("a client that its owner deletes is logged out, and unknown from then on", async () => {
  const { client_id, client_secret } = await makeClient(true);
  const config = await openid.discovery(
    new URL(stack.status.ISSUER),
    client_id,
    {},
    openid.ClientSecretBasic(client_secret!),
    insecure,
  );
  const tokens = await logIn(config);
  const { client } = await signInMember(stack, "org_demo");

  const { data } = await client.rpc("delete_mcp_client", { p_id: client_id });

  assertEquals(data.outcome, "deleted");
  const refusal = await assertRejects(
    () => openid.refreshTokenGrant(config, tokens.refresh_token!),
    openid.WWWAuthenticateChallengeError,
  );
  assertEquals(refusal.status, 401);
});

Deno.test("a registered client whose keys stand elsewhere logs in, changes its key, refreshes, asks and revokes", async () => {
  let key = await makeClientKey();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    () => Response.json({ keys: [key.publicJwk] }),
  );
  const jwks_uri = `http://127.0.0.1:${server.addr.port}/jwks.json`;
  try {
    const registered = await openid.dynamicClientRegistration(
      new URL(stack.status.ISSUER),
      { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: "private_key_jwt", jwks_uri },
      proveWith(key),
      insecure,
    );
    const tokens = await logIn(registered);
    const { client_id, client_secret } = registered.clientMetadata();
    assertEquals(client_secret, undefined);

    key = await makeClientKey();
    const config = await openid.discovery(
      new URL(stack.status.ISSUER),
      client_id,
      {},
      proveWith(key),
      insecure,
    );
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!);
    const asked = await openid.tokenIntrospection(config, refreshed.access_token);
    await openid.tokenRevocation(config, refreshed.refresh_token!);
    const ended = await openid.tokenIntrospection(config, refreshed.access_token);

    assertEquals([asked.active, asked.client_id, ended], [true, client_id, { active: false }]);
    const refusal = await assertRejects(
      () => openid.refreshTokenGrant(registered, tokens.refresh_token!),
      openid.WWWAuthenticateChallengeError,
    );
    assertEquals(refusal.status, 401);
  } finally {
    await server.shutdown();
  }
});

function proveWith({ kid, privateKey }: ClientKey): openid.ClientAuth {
  return openid.PrivateKeyJwt({ key: privateKey, kid });
}
