import { assertEquals } from "@std/assert";
import { unavailable } from "../../functions/_shared/errors.ts";
import { buildDiscoveryEndpoint } from "../../functions/oauth/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import { encodeBase64, PNG } from "../support/client/images.ts";
import { buildDependencies } from "../support/functions/dependencies.ts";
import { reasons } from "../support/stack/log_lines.ts";
import { buildServer } from "../support/database/records.ts";

const METHODS = ["none", "client_secret_post", "client_secret_basic", "private_key_jwt"];
const ALGORITHMS = [
  "RS256",
  "PS256",
  "ES256",
  "EdDSA",
  "Ed25519",
  "RS384",
  "RS512",
  "PS384",
  "PS512",
  "ES384",
];

const AUTHORIZATION_SERVER = {
  issuer: "https://auth.example.com/oauth/demo",
  authorization_endpoint: "https://auth.example.com/oauth-authorize/demo",
  token_endpoint: "https://auth.example.com/oauth-token/demo",
  userinfo_endpoint: "https://auth.example.com/oauth-userinfo/demo",
  revocation_endpoint: "https://auth.example.com/oauth-revoke/demo",
  introspection_endpoint: "https://auth.example.com/oauth-introspect/demo",
  jwks_uri: "https://auth.example.com/oauth-jwks",
  registration_endpoint: "https://auth.example.com/oauth-register/demo",
  scopes_supported: ["openid", "email", "profile", "offline_access"],
  response_types_supported: ["code"],
  response_modes_supported: ["query"],
  grant_types_supported: ["authorization_code", "refresh_token"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["ES256"],
  token_endpoint_auth_methods_supported: METHODS,
  token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
  revocation_endpoint_auth_methods_supported: METHODS,
  revocation_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
  introspection_endpoint_auth_methods_supported: METHODS.slice(1),
  introspection_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
  code_challenge_methods_supported: ["S256"],
  prompt_values_supported: ["none", "login", "consent", "select_account"],
  claims_supported: [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "at_hash",
    "email",
    "email_verified",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "picture",
    "website",
    "locale",
    "zoneinfo",
  ],
  authorization_response_iss_parameter_supported: true,
  protected_resources: ["https://auth.example.com/mcp/demo"],
  client_id_metadata_document_supported: false,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
  claims_parameter_supported: false,
};
const PROTECTED_RESOURCE = {
  resource: "https://auth.example.com/mcp/demo",
  resource_name: "Demo server",
  authorization_servers: ["https://auth.example.com/oauth/demo"],
  scopes_supported: ["openid", "email", "profile"],
  bearer_methods_supported: ["header"],
};

function buildEndpoint(
  changes: Parameters<typeof buildServer>[0] = {},
  dependencies = buildDependencies({ find_mcp_server: { outcome: "found", server: buildServer(changes) } }),
): ReturnType<typeof buildDiscoveryEndpoint> {
  return buildDiscoveryEndpoint(dependencies);
}

function get(path: string, init: RequestInit = {}): Request {
  return new Request(`http://edge/oauth/${path}`, init);
}

const DOCUMENTS: [path: string, document: unknown][] = [
  ["demo/.well-known/openid-configuration", AUTHORIZATION_SERVER],
  ["demo/.well-known/oauth-authorization-server", AUTHORIZATION_SERVER],
  ["demo/.well-known/oauth-protected-resource", PROTECTED_RESOURCE],
];
for (const [path, document] of DOCUMENTS) {
  Deno.test(`GET /oauth/${path} answers with the whole document`, async () => {
    const response = await buildEndpoint()(get(path));

    assertEquals(
      ["Content-Type", "Cache-Control", "Access-Control-Allow-Origin"].map((name) =>
        response.headers.get(name)
      ),
      ["application/json", "public, max-age=60", "*"],
    );
    await assertJson(response, 200, document);
  });

  Deno.test(`HEAD /oauth/${path} answers without a body`, async () => {
    const response = await buildEndpoint()(get(path, { method: "HEAD" }));

    assertEquals([response.status, await response.text()], [200, ""]);
  });

  Deno.test(`OPTIONS /oauth/${path} lets a page send MCP-Protocol-Version`, async () => {
    const response = await buildDiscoveryEndpoint(buildDependencies())(get(path, {
      method: "OPTIONS",
      headers: {
        "Origin": "https://inspector.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "mcp-protocol-version",
      },
    }));

    assertEquals(
      [
        response.status,
        response.headers.get("Access-Control-Allow-Origin"),
        response.headers.get("Access-Control-Allow-Methods"),
        response.headers.get("Access-Control-Allow-Headers")?.includes("MCP-Protocol-Version"),
      ],
      [204, "*", "GET", true],
    );
  });
}

Deno.test("GET /oauth names no registration endpoint where registration is closed", async () => {
  const response = await buildEndpoint({ registration_policy: "closed" })(
    get("demo/.well-known/openid-configuration"),
  );

  const { registration_endpoint: _registration, ...document } = AUTHORIZATION_SERVER;
  await assertJson(response, 200, document);
});

for (const metadata_document_policy of ["open", "allow_list"] as const) {
  Deno.test(`GET /oauth advertises metadata documents where their policy is ${metadata_document_policy}`, async () => {
    const response = await buildEndpoint({ metadata_document_policy })(
      get("demo/.well-known/oauth-authorization-server"),
    );

    await assertJson(response, 200, { ...AUTHORIZATION_SERVER, client_id_metadata_document_supported: true });
  });
}

Deno.test("GET /oauth names a server's own resource where it is not behind the gateway", async () => {
  const response = await buildEndpoint({ resource: "https://mcp.example.com/mcp" })(
    get("demo/.well-known/oauth-protected-resource"),
  );

  await assertJson(response, 200, { ...PROTECTED_RESOURCE, resource: "https://mcp.example.com/mcp" });
});

Deno.test("GET /oauth takes nothing from forged headers", async () => {
  const forged = new Request("http://evil.example/oauth/demo/.well-known/openid-configuration", {
    headers: {
      "Host": "evil.example",
      "X-Forwarded-Host": "evil.example",
      "X-Forwarded-Proto": "http",
      "X-Forwarded-Prefix": "/evil",
      "Forwarded": "host=evil.example;proto=http",
    },
  });

  const response = await buildEndpoint()(forged);

  await assertJson(response, 200, AUTHORIZATION_SERVER);
});

Deno.test("GET /oauth keeps the path of the public URL in the issuer", async () => {
  const dependencies = buildDependencies(
    { find_mcp_server: { outcome: "found", server: buildServer() } },
    { publicUrl: "https://ref.supabase.co/functions/v1" },
  );

  const response = await buildEndpoint({}, dependencies)(
    new Request("http://edge/functions/v1/oauth/demo/.well-known/oauth-protected-resource"),
  );

  await assertJson(response, 200, {
    ...PROTECTED_RESOURCE,
    resource: "https://ref.supabase.co/functions/v1/mcp/demo",
    authorization_servers: ["https://ref.supabase.co/functions/v1/oauth/demo"],
  });
});

const UNKNOWN = [
  "",
  "demo",
  "demo/",
  "demo/.well-known",
  "demo/.well-known/",
  "demo/.well-known/openid-configuration//",
  "demo/.well-known/openid-configuration/x",
  "demo/.well-known/oauth-authorization-server/demo",
  "demo/.well-known/jwks.json",
  "demo/.well-known/webfinger",
  "demo/openid-configuration",
  ".well-known/openid-configuration",
  "DEMO/.well-known/openid-configuration",
  "de_mo/.well-known/openid-configuration",
  "demo%2f.well-known/openid-configuration",
];
for (const path of UNKNOWN) {
  Deno.test(`GET /oauth/${path} is a 404 that asks no database`, async () => {
    const response = await buildDiscoveryEndpoint(buildDependencies())(get(path));

    await assertJson(response, 404, {
      error: "not_found",
      error_description: "Cannot find this page: nothing is served at this address",
    });
  });
}

Deno.test("GET /oauth is a 404 for an unknown server", async () => {
  const dependencies = buildDependencies({ find_mcp_server: { outcome: "unknown_server" } });

  const response = await buildEndpoint({}, dependencies)(get("demo/.well-known/openid-configuration"));

  await assertJson(response, 404, {
    error: "not_found",
    error_description: "Cannot find server: no MCP server is served at this address",
  });
  assertEquals(reasons(dependencies.logged), ["unknown_server"]);
});

for (const method of ["POST", "PUT", "DELETE"]) {
  Deno.test(`${method} /oauth is refused`, async () => {
    const response = await buildDiscoveryEndpoint(buildDependencies())(
      get("demo/.well-known/openid-configuration", { method }),
    );

    assertEquals(response.headers.get("Allow"), "GET");
    await assertJson(response, 405, {
      error: "method_not_allowed",
      error_description: "Cannot use this method: the endpoint takes GET",
    });
  });
}

Deno.test("GET /oauth asks the database once a minute, for both documents", async () => {
  let time = 0;
  const dependencies = buildDependencies(
    { find_mcp_server: { outcome: "found", server: buildServer() } },
    { now: () => time },
  );
  const handle = buildEndpoint({}, dependencies);

  for (time of [0, 30_000, 59_999]) {
    for (const [path] of DOCUMENTS) {
      await (await handle(get(path))).body?.cancel();
    }
  }

  assertEquals(dependencies.database.calls.length, 1);
});

Deno.test("GET /oauth is 503 while the database is out of reach", async () => {
  const dependencies = buildDependencies({
    find_mcp_server: unavailable("Cannot answer now", "database_unavailable", new Error("secret detail")),
  });

  const response = await buildEndpoint({}, dependencies)(get("demo/.well-known/openid-configuration"));

  assertEquals(response.headers.get("Retry-After"), "5");
  await assertJson(response, 503, {
    error: "temporarily_unavailable",
    error_description: "Cannot answer now",
  });
});

Deno.test("GET /oauth/{slug}/logo serves an image that nothing takes for anything else", async () => {
  const image = encodeBase64(new Uint8Array([...PNG, 0xfb, 0xff]));
  const dependencies = buildDependencies({
    find_organization_logo: { outcome: "found", media_type: "image/png", image },
  });

  const response = await buildDiscoveryEndpoint(dependencies)(
    new Request("http://edge/oauth/demo/logo?v=0123456789abcdef"),
  );

  assertEquals(encodeBase64(new Uint8Array(await response.arrayBuffer())), image);
  const names = ["Content-Type", "X-Content-Type-Options", "Content-Security-Policy", "Cache-Control"];
  assertEquals([response.status, ...names.map((name) => response.headers.get(name))], [
    200,
    "image/png",
    "nosniff",
    "default-src 'none'; sandbox; frame-ancestors 'none'",
    "public, max-age=86400",
  ]);
  assertEquals(dependencies.database.calls, [{ name: "find_organization_logo", args: { p_slug: "demo" } }]);
});

Deno.test("GET /oauth/{slug}/logo serves no type that is not one of three, whatever SQL says", async () => {
  const dependencies = buildDependencies({
    find_organization_logo: { outcome: "found", media_type: "text/html", image: "PHNjcmlwdD4=" },
  });

  const response = await buildDiscoveryEndpoint(dependencies)(new Request("http://edge/oauth/demo/logo"));

  await assertJson(response, 500, {
    error: "server_error",
    error_description: "Cannot answer: an unexpected error occurred",
  });
});

for (const outcome of ["no_logo", "unknown_server"] as const) {
  Deno.test(`GET /oauth/{slug}/logo is a 404 where there is ${outcome}`, async () => {
    const dependencies = buildDependencies({ find_organization_logo: { outcome } });

    const response = await buildDiscoveryEndpoint(dependencies)(new Request("http://edge/oauth/demo/logo"));

    assertEquals([response.status, (await response.json()).error], [404, "not_found"]);
  });
}
