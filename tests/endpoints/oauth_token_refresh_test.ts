import { assertEquals } from "@std/assert";
import { decodeJwt } from "jose";
import { openUnderToken, sealUnderToken } from "../../functions/_shared/secrets/encryption.ts";
import { unavailable } from "../../functions/_shared/errors.ts";
import { makeRefreshToken, parseRefreshToken } from "../../functions/_shared/tokens/refresh_token.ts";
import { buildTokenEndpoint } from "../../functions/oauth-token/handler.ts";
import type { rotateRefreshToken } from "../../functions/oauth-token/refresh_token.ts";
import { assertJson } from "../support/client/answers.ts";
import { buildDependencies, type TestDependencies } from "../support/functions/dependencies.ts";
import { onlyArguments } from "../support/database/fake_database.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import { buildGrant, RESOURCE } from "../support/database/records.ts";
import { REFRESH_TOKEN, refreshGrantRequest } from "../support/client/requests.ts";

const presented = parseRefreshToken(REFRESH_TOKEN)!;

function rotating(changes: Parameters<typeof buildGrant>[0] = {}): TestDependencies {
  return buildDependencies({ rotate_refresh_token: { outcome: "rotated", ...buildGrant(changes) } });
}

Deno.test("POST /oauth-token rotates a refresh token, and hands the successor to the database sealed", async () => {
  const dependencies = rotating();

  const response = await buildTokenEndpoint(dependencies)(refreshGrantRequest());

  const { access_token, id_token, refresh_token, ...rest } = await response.json();
  const successor = parseRefreshToken(refresh_token)!;
  const { p_successor_ciphertext, ...args } = onlyArguments(dependencies.database, "rotate_refresh_token");
  assertEquals([response.status, rest], [200, {
    token_type: "Bearer",
    expires_in: 900,
    scope: "openid email profile offline_access",
  }]);
  assertEquals([successor.handle, successor.token === REFRESH_TOKEN], [presented.handle, false]);
  assertEquals(args, {
    p_slug: "demo",
    p_client_id: "client-1",
    p_client_secret_hash: null,
    p_handle_hash: presented.handleHash,
    p_refresh_hash: presented.secretHash,
    p_next_refresh_hash: successor.secretHash,
    p_resource: null,
  });
  assertEquals(await openUnderToken(String(p_successor_ciphertext), REFRESH_TOKEN), refresh_token);
  assertEquals([decodeJwt(access_token)["sid"], decodeJwt(id_token).aud], ["family-1", "client-1"]);
  assertNothingLogged(dependencies.logged, [access_token, id_token, refresh_token, REFRESH_TOKEN]);
});

function converging(successor_ciphertexts: string[]): TestDependencies {
  return buildDependencies({
    rotate_refresh_token: { outcome: "converged", ...buildGrant(), successor_ciphertexts },
  });
}

/** Tokens that replaced one another, the presented one first, and what seals each under the one before. */
async function makeSuccession(length: number): Promise<{ tokens: string[]; ciphertexts: string[] }> {
  const tokens = [REFRESH_TOKEN];
  const ciphertexts: string[] = [];
  for (let count = 0; count < length; count++) {
    const { token } = makeRefreshToken(presented.handle);
    ciphertexts.push(await sealUnderToken(token, tokens.at(-1)!));
    tokens.push(token);
  }
  return { tokens, ciphertexts };
}

for (const length of [0, 1, 2, 20]) {
  Deno.test(`POST /oauth-token returns the present token to whoever presents one that was replaced ${length} times since`, async () => {
    const { tokens, ciphertexts } = await makeSuccession(length);

    const response = await buildTokenEndpoint(converging(ciphertexts))(refreshGrantRequest());

    assertEquals((await response.json()).refresh_token, tokens.at(-1));
  });
}

Deno.test("POST /oauth-token cannot open a successor that another token sealed", async () => {
  const { ciphertexts } = await makeSuccession(2);
  const other = await sealUnderToken("gpr_secret", `gpr_${"x".repeat(65)}`);

  for (
    const successors of [[other], [ciphertexts[0]!, other], ciphertexts.slice(1), ciphertexts.toReversed()]
  ) {
    const response = await buildTokenEndpoint(converging(successors))(refreshGrantRequest());

    await assertJson(response, 500, {
      error: "server_error",
      error_description: "Cannot answer: an unexpected error occurred",
    });
  }
});

const SCOPES: [asked: string | null, granted: string, issued: string][] = [
  [null, "openid email", "openid email"],
  ["openid email", "openid email", "openid email"],
  ["email", "openid email", "email"],
  ["email admin", "openid email", "email"],
  ["admin", "openid email", "openid email"],
];
for (const [asked, granted, issued] of SCOPES) {
  Deno.test(`POST /oauth-token: who holds ${granted} and asks for ${asked} is issued ${issued}`, async () => {
    const response = await buildTokenEndpoint(rotating({ scope: granted }))(
      refreshGrantRequest({ scope: asked }),
    );

    const { scope, access_token } = await response.json();
    assertEquals([scope, decodeJwt(access_token)["scope"]], [issued, issued]);
  });
}

Deno.test("POST /oauth-token hands the resource of a refresh to the database", async () => {
  const dependencies = rotating();

  await buildTokenEndpoint(dependencies)(refreshGrantRequest({ resource: `${RESOURCE}/` }));

  assertEquals(onlyArguments(dependencies.database, "rotate_refresh_token").p_resource, RESOURCE);
});

const DEAD = "Cannot refresh: the refresh token is expired, revoked or not valid here";
for (const refresh_token of ["opaque", `gpr_${"a".repeat(64)}`, `gpr_${"a".repeat(66)}`, "eyJ.eyJ.sig"]) {
  Deno.test(`POST /oauth-token answers invalid_grant to ${refresh_token.slice(0, 12)}… and asks no database`, async () => {
    const dependencies = buildDependencies();

    const response = await buildTokenEndpoint(dependencies)(refreshGrantRequest({ refresh_token }));

    await assertJson(response, 400, { error: "invalid_grant", error_description: DEAD });
    assertEquals(reasons(dependencies.logged), ["refresh_token_malformed"]);
  });
}

type Refusal = Exclude<
  Awaited<ReturnType<typeof rotateRefreshToken>>["outcome"],
  "rotated" | "converged"
>;

const REFUSED: [outcome: Refusal, status: number, error: string, description: string, reason: string][] = [
  ...(["unknown", "wrong_client", "revoked", "expired", "reused", "user_blocked"] as const).map(
    (outcome): typeof REFUSED[number] => [outcome, 400, "invalid_grant", DEAD, `refresh_token_${outcome}`],
  ),
  [
    "wrong_resource",
    400,
    "invalid_target",
    "Cannot refresh: the token was issued for another resource",
    "refresh_token_wrong_resource",
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
  Deno.test(`POST /oauth-token answers ${error} to a refresh token that is ${outcome}`, async () => {
    const dependencies = buildDependencies({ rotate_refresh_token: { outcome } });

    const response = await buildTokenEndpoint(dependencies)(refreshGrantRequest());

    await assertJson(response, status, { error, error_description: description });
    assertEquals(reasons(dependencies.logged), [reason]);
    assertNothingLogged(dependencies.logged, [REFRESH_TOKEN]);
  });
}

Deno.test("POST /oauth-token answers 503 and never invalid_grant to a refresh while the database is out of reach", async () => {
  const dependencies = buildDependencies({
    rotate_refresh_token: unavailable("Cannot answer now: try again", "database_unavailable"),
  });

  const response = await buildTokenEndpoint(dependencies)(refreshGrantRequest());

  assertEquals(response.headers.get("Retry-After"), "5");
  await assertJson(response, 503, {
    error: "temporarily_unavailable",
    error_description: "Cannot answer now: try again",
  });
});
