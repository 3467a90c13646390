/**
 * The whole login with plain requests: what each answer says, to the header.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import {
  attemptAuthorization,
  connect,
  decide,
  discover,
  followCallback,
  openConsentForm,
  postForm,
  postMessage,
  reachCallback,
  readMessage,
  redemptionForm,
  REDIRECT_URI,
  refreshForm,
  register,
  requestTokens,
} from "../support/client/mcp_client.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");
const ada = { userName: "ada" };

for (const method of ["POST", "GET"]) {
  Deno.test(`${method} without a token is answered with where to log in`, async () => {
    const { MCP_URL, ISSUER } = stack.status;

    const response = await fetch(MCP_URL, { method });

    assertEquals(response.status, 401);
    assertEquals(
      response.headers.get("WWW-Authenticate"),
      `Bearer resource_metadata="${ISSUER}/.well-known/oauth-protected-resource", scope="openid email profile"`,
    );
    assertEquals(response.headers.get("Access-Control-Allow-Origin"), "*");
    assertStringIncludes(response.headers.get("Access-Control-Expose-Headers") ?? "", "WWW-Authenticate");
    assertEquals(await response.json(), {
      error: "invalid_token",
      error_description: "Cannot answer without an access token: log in first",
    });
  });
}

Deno.test("the protected resource metadata names the pasted URL and one authorization server", async () => {
  const { MCP_URL, ISSUER } = stack.status;

  const response = await fetch(`${ISSUER}/.well-known/oauth-protected-resource`);

  assertEquals(response.status, 200);
  assertEquals(response.headers.get("Content-Type"), "application/json");
  assertEquals(response.headers.get("Cache-Control"), "public, max-age=60");
  assertEquals(await response.json(), {
    resource: MCP_URL,
    resource_name: "Demo MCP server",
    authorization_servers: [ISSUER],
    scopes_supported: ["openid", "email", "profile"],
    bearer_methods_supported: ["header"],
  });
});

Deno.test("the authorization server's metadata is one document under both names", async () => {
  const { ISSUER } = stack.status;

  const openId = await fetch(`${ISSUER}/.well-known/openid-configuration`);
  const oauth = await fetch(`${ISSUER}/.well-known/oauth-authorization-server`);

  assertEquals([openId.status, oauth.status], [200, 200]);
  const metadata = await openId.json();
  assertEquals(metadata, await oauth.json());
  assertEquals(metadata.issuer, ISSUER);
  assertEquals(metadata.code_challenge_methods_supported, ["S256"]);
  assertEquals(metadata.authorization_response_iss_parameter_supported, true);
  assertEquals(metadata.id_token_signing_alg_values_supported, ["ES256"]);
});

for (
  const path of [
    "/.well-known/oauth-authorization-server/functions/v1/oauth",
    "/.well-known/openid-configuration/functions/v1/mcp/demo",
    "/.well-known/oauth-protected-resource/functions/v1/oauth/demo",
    "/functions/v1/oauth/demo/.well-known/something-else",
    "/functions/v1/oauth/demo",
  ]
) {
  Deno.test(`GET ${path} is a 404 in JSON`, async () => {
    const response = await fetch(stack.status.API_URL + path, { redirect: "manual" });

    assertEquals(response.status, 404);
    assertEquals(response.headers.get("Content-Type"), "application/json");
    await response.json();
  });
}

Deno.test("a registration is answered with 201 and everything that was granted", async () => {
  const { registration_endpoint } = await discover(stack.status.MCP_URL);

  const response = await fetch(registration_endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ client_name: "Plain client", redirect_uris: [REDIRECT_URI] }),
  });

  assertEquals(response.status, 201);
  assertEquals(response.headers.get("Cache-Control"), "no-store");
  const { client_id, client_secret, client_id_issued_at, ...metadata } = await response.json();
  assertMatch(client_id, /^mcr_[A-Za-z0-9_-]{12}$/);
  assertMatch(client_secret, /^[A-Za-z0-9_-]{43}$/);
  assert(Math.abs(client_id_issued_at - Date.now() / 1000) < 60);
  assertEquals(metadata, {
    client_secret_expires_at: 0,
    redirect_uris: [REDIRECT_URI],
    client_name: "Plain client",
    token_endpoint_auth_method: "client_secret_basic",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  });
});

Deno.test("the authorization endpoint shows a page that can load and frame nothing", async () => {
  const client = await register(await discover(stack.status.MCP_URL));
  const { url } = attemptAuthorization(client);

  const response = await fetch(url, { headers: { Accept: "text/html" } });

  assertEquals(response.status, 200);
  assertEquals(response.headers.get("Content-Type"), "text/html; charset=utf-8");
  assertMatch(
    response.headers.get("Content-Security-Policy") ?? "",
    /^default-src 'none'; style-src 'nonce-[A-Za-z0-9_-]{22}'; base-uri 'none'; frame-ancestors 'none'$/,
  );
  assertEquals(response.headers.get("X-Frame-Options"), "DENY");
  assertEquals(response.headers.get("Cache-Control"), "no-store");
  assertEquals(response.headers.get("Set-Cookie"), null);
  assertEquals(response.headers.get("Access-Control-Allow-Origin"), null);
  const page = await response.text();
  assertStringIncludes(page, "Plain client");
  assertStringIncludes(page, "127.0.0.1 (this computer)");
  assertStringIncludes(page, "Demo provider");
});

Deno.test("the approval leads to the provider with PKCE, state and nonce of its own, and binds the browser", async () => {
  const client = await register(await discover(stack.status.MCP_URL));
  const { url, state, nonce } = attemptAuthorization(client);

  const response = await decide(url, await openConsentForm(url), "approve");

  assertEquals(response.status, 303);
  const location = new URL(response.headers.get("Location")!);
  const parameters = Object.fromEntries(location.searchParams);
  assertEquals(location.origin + location.pathname, `${stack.status.UPSTREAM_ISSUER}/auth`);
  assertEquals(
    { ...parameters, state: "", nonce: "", code_challenge: "" },
    {
      response_type: "code",
      client_id: "gatepost",
      redirect_uri: `${stack.status.PUBLIC_URL}/oauth-callback/org_demo`,
      scope: "openid email profile offline_access",
      prompt: "consent",
      code_challenge_method: "S256",
      state: "",
      nonce: "",
      code_challenge: "",
    },
  );
  assertMatch(parameters["code_challenge"]!, /^[A-Za-z0-9_-]{43}$/);
  assertNotEquals(parameters["state"], state);
  assertNotEquals(parameters["nonce"], nonce);
  assertNotEquals(parameters["code_challenge"], url.searchParams.get("code_challenge"));
  assertMatch(
    response.headers.get("Set-Cookie")!,
    /^gatepost-[A-Za-z0-9_-]{16}=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/,
  );
  assertEquals(response.headers.get("Referrer-Policy"), "no-referrer");
});

Deno.test("the callback returns to the client with code, its own state and the issuer", async () => {
  const client = await register(await discover(stack.status.MCP_URL));
  const pending = await reachCallback(client, ada);

  const response = await followCallback(pending);

  assertEquals(response.status, 303);
  const location = new URL(response.headers.get("Location")!);
  assertEquals(location.origin + location.pathname, REDIRECT_URI);
  const { code, ...others } = Object.fromEntries(location.searchParams);
  assertMatch(code!, /^[A-Za-z0-9_-]{43}$/);
  assertEquals(others, { state: pending.attempt.state, iss: stack.status.ISSUER });
  assertMatch(response.headers.get("Set-Cookie")!, /^gatepost-[A-Za-z0-9_-]{16}=; .*Max-Age=0$/);
  assertEquals(response.headers.get("Referrer-Policy"), "no-referrer");
});

Deno.test("a code becomes an access token for this server, a refresh token and an id_token", async () => {
  const client = await register(await discover(stack.status.MCP_URL));
  const pending = await reachCallback(client, ada);
  const returned = new URL((await followCallback(pending)).headers.get("Location")!);
  const form = redemptionForm(client, returned.searchParams.get("code")!, pending.attempt.codeVerifier);

  const response = await postForm(client.discovery.token_endpoint, form);

  assertEquals(response.status, 200);
  assertEquals(response.headers.get("Cache-Control"), "no-store");
  assertEquals(response.headers.get("Pragma"), "no-cache");
  const { access_token, refresh_token, id_token, ...others } = await response.json();
  assertEquals(others, {
    token_type: "Bearer",
    expires_in: 900,
    scope: "openid email profile offline_access",
  });
  assertMatch(refresh_token, /^gpr_[A-Za-z0-9_-]{65}$/);

  const keys = createRemoteJWKSet(new URL(client.discovery.jwks_uri));
  const access = await jwtVerify(access_token, keys, {
    typ: "at+jwt",
    issuer: stack.status.ISSUER,
    audience: stack.status.MCP_URL,
  });
  assertEquals(Object.keys(access.payload).sort(), [
    "aud",
    "client_id",
    "exp",
    "iat",
    "iss",
    "jti",
    "scope",
    "sid",
    "sub",
  ]);
  assertMatch(access.payload.sub!, /^mcpu_[A-Za-z0-9_-]{12}$/);
  assertEquals(access.payload["client_id"], client.clientId);
  assertEquals(access.payload.exp! - access.payload.iat!, 900);

  assertEquals(decodeProtectedHeader(id_token).typ, "JWT");
  const id = await jwtVerify(id_token, keys, { issuer: stack.status.ISSUER, audience: client.clientId });
  assertEquals(id.payload.sub, access.payload.sub);
  assertEquals(id.payload["nonce"], pending.attempt.nonce);
  assertEquals(id.payload["email"], "ada@example.com");
});

Deno.test("userinfo says who the access token is for", async () => {
  const { discovery, tokens } = await connect(stack.status.MCP_URL, ada);

  for (const method of ["GET", "POST"]) {
    const response = await fetch(discovery.userinfo_endpoint, {
      method,
      headers: { Authorization: `Bearer ${tokens.access_token}` },
    });

    assertEquals(response.status, 200);
    const { sub, ...claims } = await response.json();
    assertMatch(sub, /^mcpu_/);
    assertEquals(claims, {
      email: "ada@example.com",
      email_verified: true,
      name: "Ada",
      preferred_username: "ada",
      picture: "https://example.com/ada.png",
    });
  }
});

Deno.test("2025-11-25: initialize, list and call pass the gateway as event streams", async () => {
  const { MCP_URL } = stack.status;
  const { tokens: { access_token } } = await connect(MCP_URL, ada);

  const initialized = await postMessage(MCP_URL, access_token, {
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "plain", version: "1.0.0" },
    },
  });
  const noted = await postMessage(MCP_URL, access_token, { method: "notifications/initialized" });
  const listed = await postMessage(MCP_URL, access_token, { id: 2, method: "tools/list" });
  const called = await postMessage(MCP_URL, access_token, {
    id: 3,
    method: "tools/call",
    params: { name: "add", arguments: { a: 2, b: 40 } },
  });

  assertEquals([initialized, noted, listed, called].map(({ status }) => status), [200, 202, 200, 200]);
  assertEquals(initialized.headers.get("Content-Type"), "text/event-stream");
  const { result } = await readMessage(initialized) as { result: Record<string, unknown> };
  assertEquals(result["protocolVersion"], "2025-11-25");
  const { result: { tools } } = await readMessage(listed) as { result: { tools: { name: string }[] } };
  assertEquals(tools.map(({ name }) => name), ["add", "whoami"]);
  assertEquals(await readMessage(called), {
    jsonrpc: "2.0",
    id: 3,
    result: { content: [{ type: "text", text: "42" }] },
  });
  await noted.body?.cancel();
});

Deno.test("2026-07-28: a single stateless request calls a tool", async () => {
  const { MCP_URL } = stack.status;
  const { tokens } = await connect(MCP_URL, ada);

  const response = await postMessage(MCP_URL, tokens.access_token, {
    id: 1,
    method: "tools/call",
    params: {
      name: "add",
      arguments: { a: 2, b: 40 },
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "plain", version: "1.0.0" },
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  }, { "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "add" });

  assertEquals(response.status, 200);
  assertEquals(response.headers.get("Content-Type"), "application/json");
  assertEquals(response.headers.get("Mcp-Session-Id"), null);
  const { result } = await response.json();
  assertEquals(result.content, [{ type: "text", text: "42" }]);
});

Deno.test("GET with a token is a 405 where the server offers no stream", async () => {
  const { MCP_URL } = stack.status;
  const { tokens } = await connect(MCP_URL, ada);

  const response = await fetch(MCP_URL, {
    headers: { Authorization: `Bearer ${tokens.access_token}`, Accept: "text/event-stream" },
  });

  assertEquals(response.status, 405);
  assert(response.headers.get("Allow"));
  await response.body?.cancel();
});

Deno.test("a refresh rotates the refresh token, and both access tokens call", async () => {
  const { MCP_URL } = stack.status;
  const client = await connect(MCP_URL, ada);

  const response = await postForm(
    client.discovery.token_endpoint,
    refreshForm(client, client.tokens.refresh_token),
  );

  assertEquals(response.status, 200);
  const { access_token, refresh_token, id_token, ...others } = await response.json();
  assertEquals(others, {
    token_type: "Bearer",
    expires_in: 900,
    scope: "openid email profile offline_access",
  });
  assert(id_token);
  assertNotEquals(refresh_token, client.tokens.refresh_token);
  for (const token of [client.tokens.access_token, access_token]) {
    const called = await postMessage(MCP_URL, token, { id: 1, method: "tools/list" });
    assertEquals(called.status, 200);
    await called.body?.cancel();
  }
});

Deno.test("a refresh token that is presented twice at once gives one successor", async () => {
  const client = await connect(stack.status.MCP_URL, ada);
  const form = refreshForm(client, client.tokens.refresh_token);

  const answers = await Promise.all([1, 2, 3].map(() => requestTokens(client.discovery, form)));

  assertEquals(new Set(answers.map(({ refresh_token }) => refresh_token)).size, 1);
});

Deno.test("a revoked refresh token ends its whole login, at once for refresh, userinfo and introspection", async () => {
  const client = await connect(stack.status.MCP_URL, ada);
  const { access_token, refresh_token } = client.tokens;
  assertEquals((await introspect(access_token))["active"], true);

  const response = await postForm(`${stack.status.PUBLIC_URL}/oauth-revoke/demo`, {
    token: refresh_token,
    client_id: client.clientId,
  });

  assertEquals(response.status, 200);
  assertEquals(await response.json(), {});
  const refreshed = await postForm(client.discovery.token_endpoint, refreshForm(client, refresh_token));
  assertEquals(refreshed.status, 400);
  assertEquals((await refreshed.json()).error, "invalid_grant");
  const asked = await fetch(client.discovery.userinfo_endpoint, {
    headers: { Authorization: `Bearer ${access_token}` },
  });
  assertEquals(asked.status, 401);
  await asked.body?.cancel();
  assertEquals(await introspect(access_token), { active: false });
  assertEquals(await introspect(refresh_token), { active: false });
});

Deno.test("introspection tells a resource server whose token it was sent", async () => {
  const client = await connect(stack.status.MCP_URL, ada);

  const { exp, iat, jti, sub, ...answer } = await introspect(client.tokens.access_token);

  assertMatch(String(sub), /^mcpu_/);
  assert(jti && Number(exp) - Number(iat) === 900);
  assertEquals(answer, {
    active: true,
    iss: stack.status.ISSUER,
    client_id: client.clientId,
    aud: stack.status.MCP_URL,
    organization_id: "org_demo",
    email: "ada@example.com",
    email_verified: true,
    token_type: "Bearer",
    scope: "openid email profile offline_access",
  });
});

/** Asks as a resource server of the demo server. */
async function introspect(token: string): Promise<Record<string, unknown>> {
  await stack.sql`
    insert into public.mcp_resource_servers (id, organization_id, mcp_server_id, name, secret_hash)
    values ('mrs_flow', 'org_demo', 'mcps_demo', 'Resource server', ${hashSecret("resource-secret")})
    on conflict do nothing`;
  const response = await postForm(`${stack.status.PUBLIC_URL}/oauth-introspect/demo`, { token }, {
    Authorization: `Basic ${btoa("mrs_flow:resource-secret")}`,
  });
  assertEquals(response.status, 200);
  return await response.json();
}
