import { assertEquals, assertMatch } from "@std/assert";
import { unavailable } from "../../functions/_shared/errors.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { buildRegistrationEndpoint } from "../../functions/oauth-register/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import { buildDependencies } from "../support/functions/dependencies.ts";
import { onlyArguments } from "../support/database/fake_database.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import { registerRequest } from "../support/client/requests.ts";

const REGISTERED = {
  outcome: "registered",
  client_id: "client-1",
  created_at: "2026-11-23T09:00:00Z",
} as const;
const GRANTED = {
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
};

const CLIENTS: [name: string, sent: Record<string, unknown>][] = [
  ["Cursor", {
    client_name: "Cursor",
    redirect_uris: [
      "cursor://anysphere.cursor-mcp/oauth/callback",
      "https://www.cursor.com/agents/mcp/oauth/callback",
      "http://localhost:8787/callback",
    ],
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  }],
  ["VS Code", {
    client_name: "Visual Studio Code",
    client_uri: "https://code.visualstudio.com",
    redirect_uris: ["https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/"],
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    application_type: "native",
  }],
];
for (const [name, sent] of CLIENTS) {
  Deno.test(`POST /oauth-register registers ${name} as a public client`, async () => {
    const dependencies = buildDependencies({ register_mcp_client: REGISTERED });

    const response = await buildRegistrationEndpoint(dependencies)(registerRequest(sent));

    await assertJson(response, 201, { client_id: "client-1", client_id_issued_at: 1795424400, ...sent });
    assertEquals(onlyArguments(dependencies.database, "register_mcp_client"), {
      p_slug: "demo",
      p_initial_access_token_hash: null,
      p_client_secret_hash: null,
      p_token_endpoint_auth_method: "none",
      p_client_name: sent["client_name"] as string,
      p_redirect_uris: sent["redirect_uris"] as string[],
      p_grant_types: GRANTED.grant_types,
      p_client_metadata: sent,
      p_source: null,
    });
  });
}

Deno.test("POST /oauth-register gives Claude the secret it asks for, which only its hash reaches the database", async () => {
  const dependencies = buildDependencies({ register_mcp_client: REGISTERED });
  const sent = {
    client_name: "Claude",
    redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
    token_endpoint_auth_method: "client_secret_post",
    scope: "openid email",
  };

  const response = await buildRegistrationEndpoint(dependencies)(
    registerRequest({ ...sent, logo_uri: null }),
  );

  const { client_secret, ...rest } = await response.json();
  assertMatch(client_secret, /^[A-Za-z0-9_-]{43}$/);
  assertEquals([response.status, rest], [201, {
    client_id: "client-1",
    client_id_issued_at: 1795424400,
    client_secret_expires_at: 0,
    ...sent,
    ...GRANTED,
  }]);
  const args = onlyArguments(dependencies.database, "register_mcp_client");
  assertEquals(args.p_client_secret_hash, hashSecret(client_secret));
  assertEquals(JSON.stringify(args).includes(client_secret), false);
  assertNothingLogged(dependencies.logged, [client_secret]);
});

Deno.test("POST /oauth-register answers with no null member and is not cached", async () => {
  const dependencies = buildDependencies({ register_mcp_client: REGISTERED });

  const response = await buildRegistrationEndpoint(dependencies)(
    registerRequest({ client_uri: null, contacts: null }),
  );

  assertEquals(response.headers.get("Cache-Control"), "no-store");
  assertEquals(Object.values(await response.json()).filter((value) => value === null), []);
});

Deno.test("POST /oauth-register hands on the hash of an initial access token", async () => {
  const dependencies = buildDependencies({ register_mcp_client: REGISTERED });

  const response = await buildRegistrationEndpoint(dependencies)(
    registerRequest({}, { Authorization: "Bearer initial-token" }),
  );
  await response.body?.cancel();

  assertEquals(
    onlyArguments(dependencies.database, "register_mcp_client").p_initial_access_token_hash,
    hashSecret("initial-token"),
  );
  assertNothingLogged(dependencies.logged, ["initial-token"]);
});

/** Registrations that were refused elsewhere (anthropics/claude-code#94630, PostHog/posthog#98775), and what is answered. */
const CLEANED: [what: string, sent: Record<string, unknown>, kept: Record<string, unknown>][] = [
  ["a logo in the registration itself", { logo_uri: "data:image/png;base64,iVBORw0KGgo=" }, {}],
  ["a joined emoji in its name", { client_name: "👩‍💻 Pair" }, { client_name: "👩‍💻 Pair" }],
  ["a Persian name", { client_name: "برنامهٔ می‌خواهم" }, { client_name: "برنامهٔ می‌خواهم" }],
  ["a name of 250 characters", { client_name: "n".repeat(250) }, { client_name: "n".repeat(200) }],
  ["a name with a line break", { client_name: "Claude Code (posthog)\n" }, {
    client_name: "Claude Code (posthog)",
  }],
  ["a name that turns the text around", { client_name: "moc.live\u202e" }, { client_name: "moc.live" }],
  ["a name with a NUL", { client_name: "a\u0000b" }, { client_name: "ab" }],
  ["a blank scope", { scope: " " }, {}],
  ["no grant type and no response type", { grant_types: [], response_types: [] }, {}],
  ["an application type of its own", { application_type: "browser" }, {}],
  ["members of the wrong type", { client_name: 7, client_uri: {}, software_version: 2 }, {}],
  ["members that nobody knows", { contacts: ["a@b.example"], mcp: { nested: [null, "\u0000"] } }, {}],
  ["a method that there is not", { token_endpoint_auth_method: "tls_client_auth" }, {
    token_endpoint_auth_method: "client_secret_basic",
  }],
];
for (const [what, sent, kept] of CLEANED) {
  Deno.test(`POST /oauth-register registers a client with ${what}, and answers with what was kept`, async () => {
    const dependencies = buildDependencies({ register_mcp_client: REGISTERED });
    const redirect_uris = ["https://app.example.com/@me/callback?for=a@b.example"];

    const response = await buildRegistrationEndpoint(dependencies)(
      registerRequest({ redirect_uris, token_endpoint_auth_method: "none", ...sent }),
    );

    const { client_secret: _secret, client_secret_expires_at: _expiry, ...answered } = await response.json();
    const metadata = { redirect_uris, token_endpoint_auth_method: "none", ...GRANTED, ...kept };
    assertEquals([response.status, answered], [
      201,
      { client_id: "client-1", client_id_issued_at: 1795424400, ...metadata },
    ]);
    assertEquals(onlyArguments(dependencies.database, "register_mcp_client").p_client_metadata, metadata);
  });
}

Deno.test("POST /oauth-register gives a client with keys no secret, and fetches nothing", async () => {
  const dependencies = buildDependencies({ register_mcp_client: REGISTERED });
  const sent = {
    redirect_uris: ["https://app.example.com/callback"],
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: "RS256",
    jwks_uri: "https://app.example.com/jwks.json",
  };

  const response = await buildRegistrationEndpoint(dependencies)(registerRequest(sent));

  await assertJson(response, 201, {
    client_id: "client-1",
    client_id_issued_at: 1795424400,
    ...sent,
    ...GRANTED,
  });
  const args = onlyArguments(dependencies.database, "register_mcp_client");
  assertEquals([args["p_client_secret_hash"], args["p_token_endpoint_auth_method"]], [
    null,
    "private_key_jwt",
  ]);
});

const REFUSED_BY_POLICY: [
  outcome: "unknown_server" | "closed" | "token_required",
  status: number,
  error: string,
  description: string,
  reason: string,
][] = [
  [
    "unknown_server",
    404,
    "not_found",
    "Cannot find server: no MCP server is served at this address",
    "unknown_server",
  ],
  [
    "closed",
    403,
    "forbidden",
    "Cannot register client: this server registers no clients by itself",
    "registration_closed",
  ],
  [
    "token_required",
    401,
    "invalid_token",
    "Cannot register client: an initial access token is required",
    "initial_access_token_wrong",
  ],
];
for (const [outcome, status, error, description, reason] of REFUSED_BY_POLICY) {
  Deno.test(`POST /oauth-register answers ${error} to ${outcome}`, async () => {
    const dependencies = buildDependencies({ register_mcp_client: { outcome } });

    const response = await buildRegistrationEndpoint(dependencies)(registerRequest());

    assertEquals(response.headers.get("WWW-Authenticate"), status === 401 ? "Bearer" : null);
    await assertJson(response, status, { error, error_description: description });
    assertEquals(reasons(dependencies.logged), [reason]);
  });
}

function raw(body: BodyInit, contentType = "application/json"): Request {
  return new Request("http://edge/oauth-register/demo", {
    method: "POST",
    headers: { "Content-Type": contentType },
    body,
  });
}

const REFUSED: [what: string, request: Request, status: number, error: string, description: string][] = [
  [
    "a hostile redirect URI",
    registerRequest({ redirect_uris: ["https://app.example.com/callback", "javascript:alert(1)"] }),
    400,
    "invalid_redirect_uri",
    "Cannot register redirect URI: its scheme does not lead to an app",
  ],
  [
    "no redirect URI",
    registerRequest({ redirect_uris: [] }),
    400,
    "invalid_redirect_uri",
    "Cannot register client: redirect_uris must list 1 to 20 URIs",
  ],
  [
    "a proof by keys that it does not name",
    registerRequest({ token_endpoint_auth_method: "private_key_jwt" }),
    400,
    "invalid_client_metadata",
    "Cannot register client: the keys of private_key_jwt are malformed or not supported",
  ],
  ["a broken body", raw("{"), 400, "invalid_request", "Cannot read request: the body is not JSON"],
  ["a list", raw("[]"), 400, "invalid_request", "Cannot read request: the body is not a JSON object"],
  [
    "deep JSON",
    raw(`{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`),
    400,
    "invalid_request",
    "Cannot read request: the JSON is nested too deeply",
  ],
  [
    "invalid UTF-8",
    raw(new Uint8Array([0xff])),
    400,
    "invalid_request",
    "Cannot read request: the body is not UTF-8",
  ],
  [
    "a form",
    raw("redirect_uris=x", "application/x-www-form-urlencoded"),
    415,
    "unsupported_media_type",
    "Cannot read request: the body must be application/json",
  ],
  [
    "an oversized body",
    registerRequest({ client_name: "a".repeat(64 * 1024) }),
    413,
    "payload_too_large",
    "Cannot read body: it is larger than 65536 bytes",
  ],
];
for (const [what, request, status, error, description] of REFUSED) {
  Deno.test(`POST /oauth-register answers ${error} to ${what} and asks no database`, async () => {
    const response = await buildRegistrationEndpoint(buildDependencies())(request);

    await assertJson(response, status, { error, error_description: description });
  });
}

Deno.test("POST /oauth-register is 503 while the database is out of reach", async () => {
  const dependencies = buildDependencies({
    register_mcp_client: unavailable("Cannot answer now", "database_unavailable"),
  });

  const response = await buildRegistrationEndpoint(dependencies)(registerRequest());

  assertEquals(response.headers.get("Retry-After"), "5");
  await assertJson(response, 503, {
    error: "temporarily_unavailable",
    error_description: "Cannot answer now",
  });
});

for (const method of ["GET", "PUT", "DELETE"]) {
  Deno.test(`${method} /oauth-register is refused`, async () => {
    const response = await buildRegistrationEndpoint(buildDependencies())(
      new Request("http://edge/oauth-register/demo", { method }),
    );

    await assertJson(response, 405, {
      error: "method_not_allowed",
      error_description: "Cannot use this method: the endpoint takes POST",
    });
  });
}

for (const path of ["", "/", "/demo//", "/demo/client-1", "/Demo"]) {
  Deno.test(`POST /oauth-register${path} is a 404`, async () => {
    const response = await buildRegistrationEndpoint(buildDependencies())(
      new Request(`http://edge/oauth-register${path}`, registerRequest()),
    );

    await assertJson(response, 404, {
      error: "not_found",
      error_description: "Cannot find this page: nothing is served at this address",
    });
  });
}

Deno.test("POST /oauth-register answers 429 and when to come back while its source is crowded", async () => {
  const dependencies = buildDependencies({ register_mcp_client: { outcome: "crowded" } });

  const response = await buildRegistrationEndpoint(dependencies)(registerRequest(CLIENTS[0]![1]));

  assertEquals(response.headers.get("Retry-After"), "60");
  await assertJson(response, 429, {
    error: "temporarily_unavailable",
    error_description: "Cannot register client now: too many others register at this moment, try again later",
  });
  assertEquals(dependencies.logged.map(({ reason }) => reason), ["crowded"]);
});

Deno.test("POST /oauth-register tells the database where a registration comes from, and cleans up behind the answer", async () => {
  let cleaned = 0;
  const dependencies = buildDependencies({ register_mcp_client: REGISTERED }, {
    findSource: () => Promise.resolve("source-1"),
    cleanUp: () => {
      cleaned++;
    },
  });

  await buildRegistrationEndpoint(dependencies)(registerRequest(CLIENTS[0]![1]));

  assertEquals(onlyArguments(dependencies.database, "register_mcp_client")["p_source"], "source-1");
  assertEquals(cleaned, 1);
});
