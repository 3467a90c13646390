import { assertEquals, assertMatch } from "@std/assert";
import { base64url, createLocalJWKSet, jwtVerify } from "jose";
import { unavailable } from "../../functions/_shared/errors.ts";
import { parseRefreshToken } from "../../functions/_shared/tokens/refresh_token.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import type { redeemAuthorizationCode } from "../../functions/oauth-token/authorization_code.ts";
import { buildTokenEndpoint } from "../../functions/oauth-token/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import { buildDependencies, signingKeys, type TestDependencies } from "../support/functions/dependencies.ts";
import { onlyArguments } from "../support/database/fake_database.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import { buildGrant, ISSUER, RESOURCE } from "../support/database/records.ts";
import { basic, CODE_CHALLENGE, CODE_VERIFIER, codeGrantRequest } from "../support/client/requests.ts";

function redeeming(changes: Parameters<typeof buildGrant>[0] = {}): TestDependencies {
  return buildDependencies({ redeem_authorization_code: { outcome: "redeemed", ...buildGrant(changes) } });
}

Deno.test("POST /oauth-token redeems a code for an access token, a refresh token and an id_token", async () => {
  const dependencies = redeeming();

  const response = await buildTokenEndpoint(dependencies)(codeGrantRequest());

  const { access_token, refresh_token, id_token, ...rest } = await response.json();
  assertEquals([response.status, rest], [200, {
    token_type: "Bearer",
    expires_in: 900,
    scope: "openid email profile offline_access",
  }]);
  assertEquals(
    ["Cache-Control", "Pragma", "Access-Control-Allow-Origin"].map((name) => response.headers.get(name)),
    ["no-store", "no-cache", "*"],
  );
  const refreshToken = parseRefreshToken(refresh_token);
  assertEquals(onlyArguments(dependencies.database, "redeem_authorization_code"), {
    p_slug: "demo",
    p_client_id: "client-1",
    p_client_secret_hash: null,
    p_code_hash: hashSecret("code-1"),
    p_redirect_uri: "https://app.example.com/callback",
    p_code_challenge: CODE_CHALLENGE,
    p_resource: RESOURCE,
    p_handle_hash: refreshToken!.handleHash,
    p_refresh_hash: refreshToken!.secretHash,
  });
  assertNothingLogged(dependencies.logged, [
    access_token,
    refresh_token,
    id_token,
    "code-1",
    CODE_VERIFIER,
    "person@example.com",
  ]);
});

/** Verifies a token of a response as its receiver would. */
async function verify(
  token: string,
  audience: string,
): Promise<{ header: unknown; claims: Record<string, unknown> }> {
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(signingKeys.publicKeys), {
    issuer: ISSUER,
    audience,
  });
  const { iat, exp, jti: _jti, ...claims } = payload;
  return { header: protectedHeader, claims: { ...claims, lives: exp! - iat! } };
}

Deno.test("POST /oauth-token issues an access token of RFC 9068 for the resource of the grant", async () => {
  const response = await buildTokenEndpoint(redeeming({ access_token_seconds: 300 }))(codeGrantRequest());

  const { access_token, expires_in } = await response.json();
  assertEquals(expires_in, 300);
  assertEquals(await verify(access_token, RESOURCE), {
    header: { alg: "ES256", kid: "signing-1", typ: "at+jwt" },
    claims: {
      iss: ISSUER,
      aud: RESOURCE,
      sub: "mcpu_abcdefghijkl",
      client_id: "client-1",
      scope: "openid email profile offline_access",
      sid: "family-1",
      lives: 300,
    },
  });
});

Deno.test("POST /oauth-token issues an id_token for the client, bound to its nonce and the access token", async () => {
  const dependencies = redeeming({ nonce: "client-nonce", auth_time: "2026-11-23T08:59:00.5Z" });

  const response = await buildTokenEndpoint(dependencies)(codeGrantRequest());

  const { access_token, id_token } = await response.json();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(access_token));
  assertEquals(await verify(id_token, "client-1"), {
    header: { alg: "ES256", kid: "signing-1", typ: "JWT" },
    claims: {
      iss: ISSUER,
      aud: "client-1",
      sub: "mcpu_abcdefghijkl",
      nonce: "client-nonce",
      auth_time: Date.parse("2026-11-23T08:59:00Z") / 1000,
      at_hash: base64url.encode(new Uint8Array(digest).slice(0, 16)),
      email: "person@example.com",
      email_verified: true,
      name: "Example Person",
      locale: "en",
      lives: 3600,
    },
  });
});

Deno.test("POST /oauth-token says in an id_token no more than the scope opens", async () => {
  const response = await buildTokenEndpoint(redeeming({ scope: "openid" }))(codeGrantRequest());

  const { id_token } = await response.json();
  const { claims } = await verify(id_token, "client-1");
  assertEquals(Object.keys(claims).sort(), ["at_hash", "aud", "iss", "lives", "sub"]);
});

Deno.test("POST /oauth-token issues no id_token where openid was not granted", async () => {
  const response = await buildTokenEndpoint(redeeming({ scope: "email" }))(codeGrantRequest());

  const { access_token, refresh_token, ...rest } = await response.json();
  assertMatch(refresh_token, /^gpr_/);
  assertEquals([typeof access_token, rest], ["string", {
    token_type: "Bearer",
    expires_in: 900,
    scope: "email",
  }]);
});

Deno.test("POST /oauth-token takes a code without a redirect URI and a resource, which the code is bound to", async () => {
  const dependencies = redeeming();

  const response = await buildTokenEndpoint(dependencies)(
    codeGrantRequest({ redirect_uri: null, resource: null }),
  );

  assertEquals(response.status, 200);
  const args = onlyArguments(dependencies.database, "redeem_authorization_code");
  assertEquals([args.p_redirect_uri, args.p_resource], [null, null]);
});

for (const resource of [`${RESOURCE}/`, "HTTPS://AUTH.example.com/mcp/demo", [RESOURCE, `${RESOURCE}/`]]) {
  Deno.test(`POST /oauth-token compares the resource ${resource} in one spelling`, async () => {
    const dependencies = redeeming();

    await buildTokenEndpoint(dependencies)(codeGrantRequest({ resource }));

    assertEquals(onlyArguments(dependencies.database, "redeem_authorization_code").p_resource, RESOURCE);
  });
}

const VERIFIERS = [
  null,
  "",
  "short",
  "a".repeat(42),
  "a".repeat(129),
  `${"a".repeat(43)}+`,
  `${"a".repeat(42)}é`,
];
for (const code_verifier of VERIFIERS) {
  Deno.test(`POST /oauth-token spends the code of the verifier ${JSON.stringify(code_verifier)?.slice(0, 20)}`, async () => {
    const dependencies = buildDependencies({ redeem_authorization_code: { outcome: "wrong_verifier" } });

    const response = await buildTokenEndpoint(dependencies)(codeGrantRequest({ code_verifier }));

    assertEquals(onlyArguments(dependencies.database, "redeem_authorization_code").p_code_challenge, "");
    await assertJson(response, 400, {
      error: "invalid_grant",
      error_description: "Cannot redeem code: it is expired, used or was not issued for this request",
    });
  });
}

type Refusal = Exclude<Awaited<ReturnType<typeof redeemAuthorizationCode>>["outcome"], "redeemed">;

const REFUSED: [outcome: Refusal, status: number, error: string, description: string, reason: string][] = [
  ...([
    "unknown",
    "expired",
    "replayed",
    "wrong_client",
    "wrong_redirect_uri",
    "wrong_verifier",
    "user_blocked",
  ] as const).map((outcome): typeof REFUSED[number] => [
    outcome,
    400,
    "invalid_grant",
    "Cannot redeem code: it is expired, used or was not issued for this request",
    `code_${outcome}`,
  ]),
  [
    "wrong_resource",
    400,
    "invalid_target",
    "Cannot redeem code: it was issued for another resource",
    "code_wrong_resource",
  ],
  ...(["unknown_client", "wrong_secret"] as const).map((outcome): typeof REFUSED[number] => [
    outcome,
    401,
    "invalid_client",
    "Cannot authenticate client: it is unknown here or its secret is wrong",
    outcome,
  ]),
  [
    "unknown_server",
    404,
    "not_found",
    "Cannot find server: no MCP server is served at this address",
    "unknown_server",
  ],
];
for (const [outcome, status, error, description, reason] of REFUSED) {
  Deno.test(`POST /oauth-token answers ${error} to a code that is ${outcome}`, async () => {
    const dependencies = buildDependencies({ redeem_authorization_code: { outcome } });

    const response = await buildTokenEndpoint(dependencies)(codeGrantRequest());

    assertEquals(response.headers.get("Cache-Control"), "no-store");
    await assertJson(response, status, { error, error_description: description });
    assertEquals(reasons(dependencies.logged), [reason]);
    assertNothingLogged(dependencies.logged, ["code-1", CODE_VERIFIER]);
  });
}

Deno.test("POST /oauth-token names Basic to a client whose secret is wrong", async () => {
  const dependencies = buildDependencies({ redeem_authorization_code: { outcome: "wrong_secret" } });

  const response = await buildTokenEndpoint(dependencies)(
    codeGrantRequest({ client_id: null }, basic("client-1", "wrong-secret")),
  );
  await response.body?.cancel();

  assertEquals(response.headers.get("WWW-Authenticate"), 'Basic realm="gatepost"');
  assertNothingLogged(dependencies.logged, ["wrong-secret", btoa("client-1:wrong-secret")]);
});

const FAILURES: [what: string, failure: Error, status: number, body: unknown, retry: string | null][] = [
  [
    "503 and never invalid_grant while the database is out of reach",
    unavailable("Cannot answer now: try again", "database_unavailable"),
    503,
    { error: "temporarily_unavailable", error_description: "Cannot answer now: try again" },
    "5",
  ],
  [
    "500 without text when the database has a bug",
    new Error("relation mcp_authorization_codes does not exist"),
    500,
    { error: "server_error", error_description: "Cannot answer: an unexpected error occurred" },
    null,
  ],
];
for (const [what, failure, status, body, retry] of FAILURES) {
  Deno.test(`POST /oauth-token answers ${what}`, async () => {
    const dependencies = buildDependencies({ redeem_authorization_code: failure });

    const response = await buildTokenEndpoint(dependencies)(codeGrantRequest());

    assertEquals(response.headers.get("Retry-After"), retry);
    await assertJson(response, status, body);
  });
}
