import { assertEquals } from "@std/assert";
import { generateKeyPair, SignJWT } from "jose";
import type { McpServer } from "../../functions/_shared/database/rows.ts";
import { unavailable } from "../../functions/_shared/errors.ts";
import { issueToken } from "../../functions/_shared/tokens/signing.ts";
import { buildVerifyCaller } from "../../functions/mcp/access.ts";
import { buildGatewayEndpoint } from "../../functions/mcp/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import { buildDependencies, signingKeys, type TestDependencies } from "../support/functions/dependencies.ts";
import type { Answers } from "../support/database/fake_database.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import { callRequest, issueGatewayToken } from "../support/mcp_server/gateway_setup.ts";
import { buildServer, ISSUER, RESOURCE } from "../support/database/records.ts";

const METADATA = "https://auth.example.com/oauth/demo/.well-known/oauth-protected-resource";
const CHALLENGE = `resource_metadata="${METADATA}", scope="openid email profile"`;
const INVALID = "Cannot accept access token: it is expired or not valid here";

/** A gateway that finds its server and opens no call. */
function gateway(server: Partial<McpServer> = {}, answers: Answers = {}): TestDependencies {
  return buildDependencies({
    find_mcp_server: { outcome: "found", server: buildServer(server) },
    ...answers,
  });
}

const METHODS: RequestInit[] = [{ method: "POST" }, { method: "GET", body: null }, {
  method: "DELETE",
  body: null,
}];
for (const init of METHODS) {
  Deno.test(`${init.method} /mcp without a token is a 401 whose first challenge says where to log in`, async () => {
    const dependencies = gateway();

    const response = await buildGatewayEndpoint(dependencies)(callRequest(undefined, init));

    assertEquals(
      [response.headers.get("WWW-Authenticate"), response.headers.get("Access-Control-Expose-Headers")],
      [`Bearer ${CHALLENGE}`, "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version"],
    );
    await assertJson(response, 401, {
      error: "invalid_token",
      error_description: "Cannot answer without an access token: log in first",
    });
    assertEquals(reasons(dependencies.logged), ["token_missing"]);
  });
}

const SCOPES: [server: Partial<McpServer>, challenge: string][] = [
  [{ required_scopes: ["email"] }, `Bearer resource_metadata="${METADATA}", scope="email"`],
  [{ scopes_supported: ["offline_access"] }, `Bearer resource_metadata="${METADATA}"`],
];
for (const [server, challenge] of SCOPES) {
  Deno.test(`POST /mcp challenges a caller of ${JSON.stringify(server)} with its scopes`, async () => {
    const response = await buildGatewayEndpoint(gateway(server))(callRequest(undefined));
    await response.body?.cancel();

    assertEquals(response.headers.get("WWW-Authenticate"), challenge);
  });
}

Deno.test("POST /mcp names the configured address in its challenge, whatever the request says of itself", async () => {
  const forged = new Request("http://evil.example/mcp/demo", {
    method: "POST",
    headers: { "Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example" },
  });

  const response = await buildGatewayEndpoint(gateway())(forged);
  await response.body?.cancel();

  assertEquals(response.headers.get("WWW-Authenticate"), `Bearer ${CHALLENGE}`);
});

const now = Math.floor(Date.now() / 1000);
const PAYLOAD = {
  iss: ISSUER,
  aud: RESOURCE,
  sub: "mcpu_1",
  client_id: "client-1",
  scope: "openid",
  sid: "family-1",
  jti: "token-1",
};
const { privateKey: foreignKey } = await generateKeyPair("ES256");
const REFUSED: [what: string, token: () => Promise<string>, reason: string][] = [
  [
    "of another server",
    () => issueGatewayToken({ issuer: "https://auth.example.com/oauth/other" }),
    "access_token_invalid",
  ],
  [
    "for another server",
    () => issueGatewayToken({ audience: "https://auth.example.com/mcp/other" }),
    "access_token_of_other_resource",
  ],
  ["that expired", () => issueGatewayToken({}, -1), "access_token_expired"],
  [
    "that is an id_token",
    () => issueToken({ ...PAYLOAD, aud: "client-1" }, "JWT", 60, signingKeys),
    "access_token_invalid",
  ],
  [
    "that is the gateway's own word for a user",
    () => issueToken(PAYLOAD, "gatepost-user+jwt", 60, signingKeys),
    "access_token_invalid",
  ],
  [
    "of Supabase Auth",
    () =>
      new SignJWT({ ...PAYLOAD, role: "authenticated" })
        .setProtectedHeader({ alg: "ES256", kid: "signing-1", typ: "JWT" }).setExpirationTime(now + 60).sign(
          foreignKey,
        ),
    "access_token_invalid",
  ],
  [
    "that somebody else signed",
    () =>
      new SignJWT(PAYLOAD).setProtectedHeader({ alg: "ES256", kid: "signing-1", typ: "at+jwt" })
        .setIssuedAt().setExpirationTime(now + 60).sign(foreignKey),
    "access_token_invalid",
  ],
  ["that is the platform's key", () => Promise.resolve("sb_publishable_test"), "access_token_invalid"],
];
for (const [what, makeToken, reason] of REFUSED) {
  Deno.test(`POST /mcp refuses a token ${what} and opens no call`, async () => {
    const dependencies = gateway();
    const token = await makeToken();

    const response = await buildGatewayEndpoint(dependencies)(callRequest(token));

    assertEquals(
      response.headers.get("WWW-Authenticate"),
      `Bearer error="invalid_token", error_description="${INVALID}", ${CHALLENGE}`,
    );
    await assertJson(response, 401, { error: "invalid_token", error_description: INVALID });
    assertEquals(reasons(dependencies.logged), [reason]);
    assertEquals(dependencies.database.calls.map(({ name }) => name), ["find_mcp_server"]);
    assertNothingLogged(dependencies.logged, [token]);
  });
}

Deno.test("POST /mcp takes a token from the header alone", async () => {
  const token = await issueGatewayToken();

  const response = await buildGatewayEndpoint(gateway())(
    new Request(`http://edge/mcp/demo?access_token=${token}`, { method: "POST" }),
  );
  await response.body?.cancel();

  assertEquals([response.status, response.headers.get("WWW-Authenticate")], [401, `Bearer ${CHALLENGE}`]);
});

Deno.test("POST /mcp answers 403 with the scopes that a token lacks", async () => {
  const dependencies = gateway({ required_scopes: ["email", "profile"] });

  const response = await buildGatewayEndpoint(dependencies)(
    callRequest(await issueGatewayToken({ scope: "openid email" })),
  );

  const sentence = "Cannot call this server: the access token lacks a scope";
  assertEquals(
    response.headers.get("WWW-Authenticate"),
    `Bearer error="insufficient_scope", error_description="${sentence}", ` +
      `resource_metadata="${METADATA}", scope="openid email profile"`,
  );
  await assertJson(response, 403, { error: "insufficient_scope", error_description: sentence });
});

for (
  const [outcome, reason] of [["ended", "access_token_revoked"], [
    "upstream_ended",
    "upstream_ended",
  ]] as const
) {
  Deno.test(`POST /mcp asks to log in again when the login is ${outcome}`, async () => {
    const dependencies = gateway({}, { open_mcp_call: { outcome } });

    const response = await buildGatewayEndpoint(dependencies)(callRequest(await issueGatewayToken()));

    const sentence = "Cannot accept access token: its login has ended, log in again";
    assertEquals(
      response.headers.get("WWW-Authenticate"),
      `Bearer error="invalid_token", error_description="${sentence}", ${CHALLENGE}`,
    );
    await assertJson(response, 401, { error: "invalid_token", error_description: sentence });
    assertEquals(reasons(dependencies.logged), [reason]);
  });
}

Deno.test("POST /mcp is 503 and no challenge while the database is out of reach", async () => {
  const dependencies = gateway({}, {
    open_mcp_call: unavailable("Cannot answer now", "database_unavailable"),
  });

  const response = await buildGatewayEndpoint(dependencies)(callRequest(await issueGatewayToken()));

  assertEquals([response.headers.get("WWW-Authenticate"), response.headers.get("Retry-After")], [null, "5"]);
  await assertJson(response, 503, {
    error: "temporarily_unavailable",
    error_description: "Cannot answer now",
  });
});

const NOT_THERE: [what: string, answers: Answers, sentence: string][] = [
  [
    "an unknown server",
    { find_mcp_server: { outcome: "unknown_server" } },
    "Cannot find server: no MCP server is served at this address",
  ],
  [
    "a server that is not behind the gateway",
    { find_mcp_server: { outcome: "found", server: buildServer({ upstream_url: null }) } },
    "Cannot find this page: nothing is served at this address",
  ],
];
for (const [what, answers, error_description] of NOT_THERE) {
  Deno.test(`POST /mcp is a 404 for ${what}, with or without a token`, async () => {
    for (const token of [undefined, await issueGatewayToken()]) {
      const response = await buildGatewayEndpoint(gateway({}, answers))(callRequest(token));

      await assertJson(response, 404, { error: "not_found", error_description });
    }
  });
}

for (const path of ["", "/", "/demo//", "/demo/sse", "/demo/sub/path", "/De_mo"]) {
  Deno.test(`POST /mcp${path} is a 404 that asks no database`, async () => {
    const response = await buildGatewayEndpoint(buildDependencies())(
      new Request(`http://edge/mcp${path}`, { method: "POST" }),
    );

    await assertJson(response, 404, {
      error: "not_found",
      error_description: "Cannot find this page: nothing is served at this address",
    });
  });
}

for (const method of ["PUT", "PATCH"]) {
  Deno.test(`${method} /mcp is refused`, async () => {
    const response = await buildGatewayEndpoint(buildDependencies())(
      new Request("http://edge/mcp/demo", { method }),
    );

    assertEquals(response.headers.get("Allow"), "POST, GET, DELETE");
    await assertJson(response, 405, {
      error: "method_not_allowed",
      error_description: "Cannot use this method: the endpoint takes POST, GET, DELETE",
    });
  });
}

Deno.test("OPTIONS /mcp lets a page of any origin send what the protocol has", async () => {
  const response = await buildGatewayEndpoint(buildDependencies())(
    new Request("http://edge/mcp/demo", {
      method: "OPTIONS",
      headers: { Origin: "https://inspector.example" },
    }),
  );

  assertEquals(
    ["Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"].map((
      name,
    ) => response.headers.get(name)),
    [
      "*",
      "POST, GET, DELETE",
      "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, Last-Event-ID, Mcp-Method, Mcp-Name, traceparent, tracestate, " +
      "Gatepost-Tracking-Id, *",
    ],
  );
});

const ORIGINS: [origin: string, honest: boolean][] = [
  ["https://claude.ai", true],
  ["https://app.example.com:8443", true],
  ["http://localhost:6274", true],
  ["http://127.0.0.1:6274", true],
  ["http://[::1]:6274", true],
  ["http://evil.example", false],
  ["http://localhost.evil.example", false],
  ["null", false],
  ["https://claude.ai/", false],
  ["https://user@claude.ai", false],
  ["https://CLAUDE.ai", false],
  ["file://", false],
  ["chrome-extension://abc", false],
  ["", false],
];
for (const [origin, honest] of ORIGINS) {
  Deno.test(`POST /mcp from the origin ${JSON.stringify(origin)} is ${honest ? "asked to log in" : "refused"}`, async () => {
    const dependencies = honest ? gateway() : buildDependencies();

    const response = await buildGatewayEndpoint(dependencies)(
      callRequest(undefined, { headers: { Origin: origin } }),
    );

    await assertJson(
      response,
      honest ? 401 : 403,
      honest
        ? { error: "invalid_token", error_description: "Cannot answer without an access token: log in first" }
        : { error: "forbidden", error_description: "Cannot call this server: the origin is not allowed" },
    );
  });
}

Deno.test("a verified token is kept with its header, but not with a header stretched by spaces", async () => {
  let verifications = 0;
  const { findPublicKey } = signingKeys;
  const counted: typeof findPublicKey = Object.assign(
    (...asked: Parameters<typeof findPublicKey>) => {
      verifications++;
      return findPublicKey(...asked);
    },
    { jwks: findPublicKey.jwks },
  );
  const dependencies = { ...buildDependencies(), signingKeys: { ...signingKeys, findPublicKey: counted } };
  const authenticate = buildVerifyCaller(dependencies);
  const token = await issueGatewayToken({ familyId: "family-stretched" });
  const verify = async (header: string): Promise<[familyId: string, verifications: number]> => {
    const request = new Request("http://edge/mcp/demo", { headers: { "Authorization": header } });
    const { familyId } = await authenticate(request, buildServer());
    return [familyId, verifications];
  };
  const stretched = `Bearer ${" ".repeat(2048)}${token}`;

  const counts = [
    await verify(`Bearer ${token}`),
    await verify(`Bearer ${token}`),
    await verify(stretched),
    await verify(stretched),
  ];

  assertEquals(counts, [1, 1, 2, 3].map((count) => ["family-stretched", count]));
});
