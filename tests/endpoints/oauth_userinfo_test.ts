import { assertEquals } from "@std/assert";
import { type AccessTokenClaims, issueAccessToken } from "../../functions/_shared/tokens/signing.ts";
import { unavailable } from "../../functions/_shared/errors.ts";
import { buildUserinfoEndpoint } from "../../functions/oauth-userinfo/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import { buildDependencies, signingKeys, type TestDependencies } from "../support/functions/dependencies.ts";
import type { Answers } from "../support/database/fake_database.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import { buildServer, ISSUER, RESOURCE } from "../support/database/records.ts";

const READING = {
  outcome: "found",
  mcp_server_user_id: "mcpu_abcdefghijkl",
  organization_id: "org_1",
  email: "person@example.com",
  email_verified: true,
  profile: { name: "Example Person", sub: "upstream-1" },
} as const;

function buildEndpointDependencies(answers: Answers = {}): TestDependencies {
  return buildDependencies({
    find_mcp_server: { outcome: "found", server: buildServer() },
    read_userinfo: READING,
    ...answers,
  });
}

async function issue(changes: Partial<AccessTokenClaims> = {}, seconds = 60): Promise<string> {
  const claims = {
    issuer: ISSUER,
    audience: RESOURCE,
    subject: "mcpu_abcdefghijkl",
    clientId: "client-1",
    scope: "openid email profile",
    familyId: "family-1",
  };
  return await issueAccessToken({ ...claims, ...changes }, seconds, signingKeys);
}

function request(token: string | undefined, method = "GET"): Request {
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return new Request("http://edge/oauth-userinfo/demo", { method, headers });
}

for (const method of ["GET", "POST"]) {
  Deno.test(`${method} /oauth-userinfo tells who the token is for`, async () => {
    const dependencies = buildEndpointDependencies();
    const token = await issue();

    const response = await buildUserinfoEndpoint(dependencies)(request(token, method));

    await assertJson(response, 200, {
      sub: "mcpu_abcdefghijkl",
      email: "person@example.com",
      email_verified: true,
      name: "Example Person",
    });
    assertEquals(dependencies.database.calls.at(-1), {
      name: "read_userinfo",
      args: { p_slug: "demo", p_family_id: "family-1" },
    });
    assertNothingLogged(dependencies.logged, [token, "person@example.com"]);
  });
}

Deno.test("GET /oauth-userinfo tells no more than the token's scope", async () => {
  const response = await buildUserinfoEndpoint(buildEndpointDependencies())(
    request(await issue({ scope: "openid" })),
  );

  await assertJson(response, 200, { sub: "mcpu_abcdefghijkl" });
});

Deno.test("GET /oauth-userinfo asks for a token and names no error", async () => {
  const response = await buildUserinfoEndpoint(buildEndpointDependencies())(request(undefined));

  assertEquals(response.headers.get("WWW-Authenticate"), "Bearer");
  await assertJson(response, 401, {
    error: "invalid_token",
    error_description: "Cannot answer without an access token: log in first",
  });
});

const INVALID = {
  error: "invalid_token",
  error_description: "Cannot accept access token: it is expired or not valid here",
};
const REFUSED: [what: string, token: () => Promise<string>, reason: string][] = [
  [
    "of another server",
    () => issue({ issuer: "https://auth.example.com/oauth/other" }),
    "access_token_invalid",
  ],
  [
    "for another resource",
    () => issue({ audience: "https://auth.example.com/mcp/other" }),
    "access_token_of_other_resource",
  ],
  ["that expired", () => issue({}, -1), "access_token_expired"],
  ["that is opaque", () => Promise.resolve("opaque"), "access_token_invalid"],
];
for (const [what, makeToken, reason] of REFUSED) {
  Deno.test(`GET /oauth-userinfo refuses a token ${what}`, async () => {
    const dependencies = buildEndpointDependencies();
    const token = await makeToken();

    const response = await buildUserinfoEndpoint(dependencies)(request(token));

    assertEquals(
      response.headers.get("WWW-Authenticate"),
      `Bearer error="invalid_token", error_description="${INVALID.error_description}"`,
    );
    await assertJson(response, 401, INVALID);
    assertEquals(dependencies.database.calls.map(({ name }) => name), ["find_mcp_server"]);
    assertEquals(reasons(dependencies.logged), [reason]);
    assertNothingLogged(dependencies.logged, [token]);
  });
}

Deno.test("GET /oauth-userinfo refuses a token whose family was revoked", async () => {
  const dependencies = buildEndpointDependencies({ read_userinfo: { outcome: "ended" } });

  const response = await buildUserinfoEndpoint(dependencies)(request(await issue()));

  await assertJson(response, 401, INVALID);
  assertEquals(reasons(dependencies.logged), ["access_token_revoked"]);
});

Deno.test("GET /oauth-userinfo is a 404 for an unknown server", async () => {
  const dependencies = buildEndpointDependencies({ find_mcp_server: { outcome: "unknown_server" } });

  const response = await buildUserinfoEndpoint(dependencies)(request(await issue()));

  await assertJson(response, 404, {
    error: "not_found",
    error_description: "Cannot find server: no MCP server is served at this address",
  });
});

Deno.test("GET /oauth-userinfo is 503 and no challenge while the database is out of reach", async () => {
  const dependencies = buildEndpointDependencies({
    read_userinfo: unavailable("Cannot answer now", "database_unavailable"),
  });

  const response = await buildUserinfoEndpoint(dependencies)(request(await issue()));

  assertEquals(
    [response.headers.get("Retry-After"), response.headers.get("WWW-Authenticate")],
    ["5", null],
  );
  await assertJson(response, 503, {
    error: "temporarily_unavailable",
    error_description: "Cannot answer now",
  });
});
