import { assertEquals } from "@std/assert";
import { sealSecret, upstreamTokenOf } from "../../functions/_shared/secrets/encryption.ts";
import { unavailable } from "../../functions/_shared/errors.ts";
import { parseRefreshToken } from "../../functions/_shared/tokens/refresh_token.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { issueAccessToken } from "../../functions/_shared/tokens/signing.ts";
import { buildRevocationEndpoint, type revokeToken } from "../../functions/oauth-revoke/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import { buildDependencies, encryptionKeys, signingKeys } from "../support/functions/dependencies.ts";
import { onlyArguments } from "../support/database/fake_database.ts";
import { buildUpstream, listSent, type UpstreamChanges } from "../support/provider/upstream.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import { ISSUER, RESOURCE } from "../support/database/records.ts";
import { basic, change, type Changes, REFRESH_TOKEN } from "../support/client/requests.ts";

/** POST /oauth-revoke/demo of a public client. */
function revokeRequest(changes: Changes = {}, headers: Record<string, string> = {}): Request {
  return new Request("http://edge/oauth-revoke/demo", {
    method: "POST",
    headers,
    body: change({ client_id: "client-1", token: REFRESH_TOKEN }, changes),
  });
}

type Revocation = Awaited<ReturnType<typeof revokeToken>>;

/** A revoked family of its own, whose upstream has nothing to be given back. */
function revoked(changes: Partial<Extract<Revocation, { outcome: "revoked" }>> = {}): Revocation {
  return {
    outcome: "revoked",
    family_id: crypto.randomUUID(),
    organization_id: "org_1",
    upstream_token_id: "uoat_1",
    refresh_token_id: "uoat_lender",
    access_token_ciphertext: null,
    refresh_token_ciphertext: null,
    config: null,
    ...changes,
  };
}

async function issue(issuer = ISSUER, seconds = 60): Promise<string> {
  const claims = {
    issuer,
    audience: RESOURCE,
    subject: "mcpu_1",
    clientId: "client-1",
    scope: "",
    familyId: "family-1",
  };
  return await issueAccessToken(claims, seconds, signingKeys);
}

/** Fails unless an answer is 200 and says nothing, in the way that clients can parse which need not (simple-oauth2 5.1). */
async function assertDone(response: Response): Promise<void> {
  await assertJson(response, 200, {});
}

const { handleHash } = parseRefreshToken(REFRESH_TOKEN)!;
const TOKENS: [what: string, token: string, handle: string | null, family: string | null][] = [
  ["a refresh token", REFRESH_TOKEN, handleHash, null],
  ["an access token", await issue(), null, "family-1"],
  ["an expired access token", await issue(ISSUER, -1), null, ""],
  ["an access token of another server", await issue("https://auth.example.com/oauth/other"), null, ""],
  ["anything else", "opaque", null, ""],
];
for (const [what, token, p_handle_hash, p_family_id] of TOKENS) {
  Deno.test(`POST /oauth-revoke tells the database which family ${what} is of`, async () => {
    const dependencies = buildDependencies({ revoke_token: revoked() });

    const response = await buildRevocationEndpoint(dependencies)(revokeRequest({ token }));

    await assertDone(response);
    assertEquals(onlyArguments(dependencies.database, "revoke_token"), {
      p_slug: "demo",
      p_client_id: "client-1",
      p_client_secret_hash: null,
      p_handle_hash,
      p_family_id,
    });
    assertNothingLogged(dependencies.logged, [token]);
  });
}

Deno.test("POST /oauth-revoke hands on the hash of a client's secret", async () => {
  const dependencies = buildDependencies({ revoke_token: revoked() });

  await buildRevocationEndpoint(dependencies)(
    revokeRequest({ client_id: null }, basic("client-1", "secret-1")),
  );

  assertEquals(
    onlyArguments(dependencies.database, "revoke_token").p_client_secret_hash,
    hashSecret("secret-1"),
  );
});

for (const outcome of ["ended", "unknown", "wrong_client"] as const) {
  Deno.test(`POST /oauth-revoke tells nothing of a token that is ${outcome}`, async () => {
    const dependencies = buildDependencies({ revoke_token: { outcome } });

    await assertDone(await buildRevocationEndpoint(dependencies)(revokeRequest()));

    assertEquals(reasons(dependencies.logged), [`revocation_${outcome}`]);
  });
}

const GIVEN_BACK: [what: string, changes: UpstreamChanges][] = [
  ["takes it", {}],
  ["refuses it", {
    answers: { revocation: () => Response.json({ error: "unsupported_token_type" }, { status: 400 }) },
  }],
  ["fails", { answers: { revocation: () => new Response(null, { status: 500 }) } }],
  [
    "does not answer",
    {
      answers: {
        revocation: () => {
          throw new TypeError("connection refused");
        },
      },
    },
  ],
];
for (const [what, changes] of GIVEN_BACK) {
  Deno.test(`POST /oauth-revoke gives the refresh token back to a provider that ${what}`, async () => {
    const upstream = buildUpstream(changes);
    const dependencies = buildDependencies({
      revoke_token: revoked({
        access_token_ciphertext: await sealSecret(
          "upstream-access",
          upstreamTokenOf("org_1", "uoat_1"),
          encryptionKeys,
        ),
        refresh_token_ciphertext: await sealSecret(
          "upstream-refresh",
          upstreamTokenOf("org_1", "uoat_lender"),
          encryptionKeys,
        ),
        config: upstream.config,
      }),
    }, { safeFetch: upstream.safeFetch });

    await assertDone(await buildRevocationEndpoint(dependencies)(revokeRequest()));

    assertEquals(listSent(upstream).at(-1)?.parameters, {
      client_id: "gatepost-at-upstream",
      token: "upstream-refresh",
    });
    assertNothingLogged(dependencies.logged, ["upstream-access", "upstream-refresh"]);
  });
}

Deno.test("POST /oauth-revoke gives the access token back where there is no refresh token", async () => {
  const upstream = buildUpstream();
  const dependencies = buildDependencies({
    revoke_token: revoked({
      access_token_ciphertext: await sealSecret(
        "upstream-access",
        upstreamTokenOf("org_1", "uoat_1"),
        encryptionKeys,
      ),
      config: upstream.config,
    }),
  }, { safeFetch: upstream.safeFetch });

  await assertDone(await buildRevocationEndpoint(dependencies)(revokeRequest()));

  assertEquals(listSent(upstream).at(-1)?.parameters["token"], "upstream-access");
});

const CLIENT = "Cannot authenticate client: it is unknown here or its secret is wrong";
const REFUSED: [
  outcome: "unknown_server" | "unknown_client" | "wrong_secret",
  status: number,
  error: string,
  description: string,
][] = [
  ["unknown_server", 404, "not_found", "Cannot find server: no MCP server is served at this address"],
  ["unknown_client", 401, "invalid_client", CLIENT],
  ["wrong_secret", 401, "invalid_client", CLIENT],
];
for (const [outcome, status, error, error_description] of REFUSED) {
  Deno.test(`POST /oauth-revoke answers ${error} to ${outcome}`, async () => {
    const dependencies = buildDependencies({ revoke_token: { outcome } });

    const response = await buildRevocationEndpoint(dependencies)(revokeRequest());

    await assertJson(response, status, { error, error_description });
    assertEquals(reasons(dependencies.logged), [outcome]);
  });
}

const MALFORMED: [what: string, changes: Changes, status: number, error: string, description: string][] = [
  ["no token", { token: null }, 400, "invalid_request", "Cannot tell which token is meant: it is missing"],
  ["no client", { client_id: null }, 401, "invalid_client", "Cannot tell who asks: client_id is missing"],
  [
    "two tokens",
    { token: ["a", "b"] },
    400,
    "invalid_request",
    "Cannot read request: a parameter is repeated",
  ],
];
for (const [what, changes, status, error, error_description] of MALFORMED) {
  Deno.test(`POST /oauth-revoke answers ${error} to ${what} and asks no database`, async () => {
    const response = await buildRevocationEndpoint(buildDependencies())(revokeRequest(changes));

    await assertJson(response, status, { error, error_description });
  });
}

Deno.test("POST /oauth-revoke is 503 while the database is out of reach", async () => {
  const dependencies = buildDependencies({
    revoke_token: unavailable("Cannot answer now", "database_unavailable"),
  });

  const response = await buildRevocationEndpoint(dependencies)(revokeRequest());

  assertEquals(response.headers.get("Retry-After"), "5");
  await assertJson(response, 503, {
    error: "temporarily_unavailable",
    error_description: "Cannot answer now",
  });
});
