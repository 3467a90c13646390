import { assertEquals } from "@std/assert";
import { decodeJwt } from "jose";
import { unavailable } from "../../functions/_shared/errors.ts";
import { parseRefreshToken } from "../../functions/_shared/tokens/refresh_token.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { issueAccessToken } from "../../functions/_shared/tokens/signing.ts";
import { buildIntrospectionEndpoint } from "../../functions/oauth-introspect/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import { buildDependencies, signingKeys } from "../support/functions/dependencies.ts";
import { onlyArguments } from "../support/database/fake_database.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import { ISSUER, RESOURCE } from "../support/database/records.ts";
import { basic, change, type Changes, REFRESH_TOKEN } from "../support/client/requests.ts";

/** POST /oauth-introspect/demo of a resource server. */
function introspectRequest(changes: Changes = {}, headers = basic("resource-server-1", "secret-1")): Request {
  return new Request("http://edge/oauth-introspect/demo", {
    method: "POST",
    headers,
    body: change({ token: REFRESH_TOKEN }, changes),
  });
}

const ACTIVE = {
  outcome: "active",
  organization_id: "org_1",
  mcp_server_user_id: "mcpu_abcdefghijkl",
  client_id: "client-1",
  resource: RESOURCE,
  scope: "openid email",
  created_at: "2026-11-23T08:00:00Z",
  expires_at: "2026-12-23T08:00:00Z",
  email: "person@example.com",
  email_verified: true,
} as const;
const COMMON = {
  active: true,
  iss: ISSUER,
  sub: "mcpu_abcdefghijkl",
  client_id: "client-1",
  aud: RESOURCE,
  organization_id: "org_1",
  email: "person@example.com",
  email_verified: true,
};

async function issue(issuer = ISSUER, seconds = 60): Promise<string> {
  const claims = {
    issuer,
    audience: RESOURCE,
    subject: "mcpu_abcdefghijkl",
    clientId: "client-1",
    scope: "email",
    familyId: "family-1",
  };
  return await issueAccessToken(claims, seconds, signingKeys);
}

Deno.test("POST /oauth-introspect tells of an active access token what it says itself", async () => {
  const dependencies = buildDependencies({ introspect_token: ACTIVE });
  const token = await issue();

  const response = await buildIntrospectionEndpoint(dependencies)(introspectRequest({ token }));

  const { exp, iat, jti } = decodeJwt(token);
  await assertJson(response, 200, { ...COMMON, token_type: "Bearer", scope: "email", exp, iat, jti });
  assertEquals(onlyArguments(dependencies.database, "introspect_token"), {
    p_slug: "demo",
    p_resource_server_id: "resource-server-1",
    p_secret_hash: hashSecret("secret-1"),
    p_family_id: "family-1",
    p_handle_hash: null,
    p_refresh_hash: null,
  });
  assertNothingLogged(dependencies.logged, [token, "secret-1", "person@example.com"]);
});

Deno.test("POST /oauth-introspect tells of an active refresh token what its family is worth", async () => {
  const dependencies = buildDependencies({ introspect_token: ACTIVE });

  const response = await buildIntrospectionEndpoint(dependencies)(introspectRequest());

  await assertJson(response, 200, {
    ...COMMON,
    scope: "openid email",
    exp: Date.parse(ACTIVE.expires_at) / 1000,
    iat: Date.parse(ACTIVE.created_at) / 1000,
  });
  const { handleHash, secretHash } = parseRefreshToken(REFRESH_TOKEN)!;
  const { p_family_id, p_handle_hash, p_refresh_hash } = onlyArguments(
    dependencies.database,
    "introspect_token",
  );
  assertEquals([p_family_id, p_handle_hash, p_refresh_hash], [null, handleHash, secretHash]);
});

Deno.test("POST /oauth-introspect leaves out the address of a user who has none", async () => {
  const dependencies = buildDependencies({
    introspect_token: { ...ACTIVE, email: null, email_verified: false },
  });

  const response = await buildIntrospectionEndpoint(dependencies)(introspectRequest());

  const body = await response.json();
  assertEquals(["email" in body, "email_verified" in body], [false, false]);
});

const UNKNOWN: [what: string, token: string][] = [
  ["an expired access token", await issue(ISSUER, -1)],
  ["an access token of another server", await issue("https://auth.example.com/oauth/other")],
  ["anything else", "opaque"],
];
for (const [what, token] of UNKNOWN) {
  Deno.test(`POST /oauth-introspect says no more of ${what} than that it is not active, to known callers`, async () => {
    const dependencies = buildDependencies({ introspect_token: { outcome: "inactive" } });

    const response = await buildIntrospectionEndpoint(dependencies)(introspectRequest({ token }));

    await assertJson(response, 200, { active: false });
    const { p_family_id, p_handle_hash, p_refresh_hash } = onlyArguments(
      dependencies.database,
      "introspect_token",
    );
    assertEquals([p_family_id, p_handle_hash, p_refresh_hash], ["", null, null]);
  });
}

Deno.test("POST /oauth-introspect takes credentials from the form as well", async () => {
  const dependencies = buildDependencies({ introspect_token: { outcome: "inactive" } });

  await buildIntrospectionEndpoint(dependencies)(
    introspectRequest(
      { client_id: "resource-server-1", client_secret: "secret-1" },
      {} as ReturnType<typeof basic>,
    ),
  );

  const { p_resource_server_id, p_secret_hash } = onlyArguments(dependencies.database, "introspect_token");
  assertEquals([p_resource_server_id, p_secret_hash], ["resource-server-1", hashSecret("secret-1")]);
});

Deno.test("POST /oauth-introspect refuses a caller without credentials and asks no database", async () => {
  const response = await buildIntrospectionEndpoint(buildDependencies())(
    introspectRequest({}, {} as ReturnType<typeof basic>),
  );

  await assertJson(response, 401, {
    error: "invalid_client",
    error_description: "Cannot tell who asks: client_id is missing",
  });
});

Deno.test("POST /oauth-introspect never knows a caller without a secret", async () => {
  const dependencies = buildDependencies({ introspect_token: { outcome: "wrong_secret" } });

  const response = await buildIntrospectionEndpoint(dependencies)(
    introspectRequest({}, basic("resource-server-1", "")),
  );

  assertEquals(onlyArguments(dependencies.database, "introspect_token").p_secret_hash, "");
  assertEquals([response.status, response.headers.get("WWW-Authenticate")], [401, 'Basic realm="gatepost"']);
});

const CLIENT = "Cannot authenticate client: it is unknown here or its secret is wrong";
const REFUSED: [
  outcome: "unknown_server" | "unknown_resource_server" | "wrong_secret",
  status: number,
  error: string,
  description: string,
][] = [
  ["unknown_server", 404, "not_found", "Cannot find server: no MCP server is served at this address"],
  ["unknown_resource_server", 401, "invalid_client", CLIENT],
  ["wrong_secret", 401, "invalid_client", CLIENT],
];
for (const [outcome, status, error, error_description] of REFUSED) {
  Deno.test(`POST /oauth-introspect answers ${error} to ${outcome}`, async () => {
    const dependencies = buildDependencies({ introspect_token: { outcome } });

    const response = await buildIntrospectionEndpoint(dependencies)(introspectRequest());

    await assertJson(response, status, { error, error_description });
    assertEquals(reasons(dependencies.logged), [outcome]);
  });
}

Deno.test("POST /oauth-introspect refuses a request without a token", async () => {
  const response = await buildIntrospectionEndpoint(buildDependencies())(introspectRequest({ token: null }));

  await assertJson(response, 400, {
    error: "invalid_request",
    error_description: "Cannot tell which token is meant: it is missing",
  });
});

Deno.test("POST /oauth-introspect is 503 and not inactive while the database is out of reach", async () => {
  const dependencies = buildDependencies({
    introspect_token: unavailable("Cannot answer now", "database_unavailable"),
  });

  const response = await buildIntrospectionEndpoint(dependencies)(introspectRequest());

  assertEquals(response.headers.get("Retry-After"), "5");
  await assertJson(response, 503, {
    error: "temporarily_unavailable",
    error_description: "Cannot answer now",
  });
});

Deno.test("OPTIONS /oauth-introspect is refused: no page introspects", async () => {
  const response = await buildIntrospectionEndpoint(buildDependencies())(
    new Request("http://edge/oauth-introspect/demo", { method: "OPTIONS" }),
  );

  assertEquals([response.status, response.headers.get("Access-Control-Allow-Origin")], [405, null]);
  await response.body?.cancel();
});
