import { assertEquals, assertStringIncludes } from "@std/assert";
import { unavailable } from "../../functions/_shared/errors.ts";
import { sealSecret, upstreamTokenOf } from "../../functions/_shared/secrets/encryption.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import {
  type AccessTokenClaims,
  issueAccessToken,
  verifyAccessToken,
} from "../../functions/_shared/tokens/signing.ts";
import { CONNECTIONS_CLIENT_ID } from "../../functions/_shared/tokens/own_page.ts";
import { buildConnectionsEndpoint } from "../../functions/oauth-connections/handler.ts";
import { assertErrorPage, assertJson, readPage } from "../support/client/answers.ts";
import type { Answers } from "../support/database/fake_database.ts";
import { buildServer, ISSUER, RESOURCE } from "../support/database/records.ts";
import {
  buildDependencies,
  type Dependencies,
  encryptionKeys,
  signingKeys,
  type TestDependencies,
} from "../support/functions/dependencies.ts";
import { buildUpstream, listSent, type UpstreamChanges } from "../support/provider/upstream.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";

const PAGE = "https://auth.example.com/oauth-connections/demo";
const COOKIE = "__Host-gatepost-connections-demo";
const STATE = "state-of-this-login";
const VERIFIER = "v".repeat(43);
const BINDING = `__Host-gatepost-${hashSecret(STATE).slice(0, 16)}`;

const LISTED = {
  outcome: "listed",
  email: "ada@example.com",
  organization_name: "Example Inc.",
  connections: [
    {
      id: "mcr_1",
      server_slug: "demo",
      server_name: "Demo server",
      scope_descriptions: { "files:read": "Read your <files>" },
      client_id: "mcr_1",
      kind: "dynamic",
      client_name: "Example\u202e app\u200b<b>",
      redirect_uris: [
        "https://app.example.com/callback",
        "http://127.0.0.1/",
        "https://app.example.com/other",
      ],
      scopes: ["openid", "files:read"],
      first_used_at: "2026-11-01T08:00:00+00:00",
      last_used_at: "2026-11-20T09:30:00+00:00",
    },
    {
      id: "mcr_2",
      server_slug: "other",
      server_name: "Other server",
      scope_descriptions: {},
      client_id: "https://claude.ai/oauth/mcp-oauth-client-metadata",
      kind: "metadata_document",
      client_name: null,
      redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
      scopes: [],
      first_used_at: "2026-11-02T08:00:00+00:00",
      last_used_at: "2026-11-02T08:00:00+00:00",
    },
  ],
};

function pageDependencies(answers: Answers = {}, others: Partial<Dependencies> = {}): TestDependencies {
  return buildDependencies({
    find_mcp_server: { outcome: "found", server: buildServer() },
    list_own_connections: LISTED,
    ...answers,
  }, others);
}

async function issue(changes: Partial<AccessTokenClaims> = {}, seconds = 60): Promise<string> {
  const claims = {
    issuer: ISSUER,
    audience: PAGE,
    subject: "mcpu_1",
    clientId: CONNECTIONS_CLIENT_ID,
    scope: "connections",
    familyId: "family-1",
  };
  return await issueAccessToken({ ...claims, ...changes }, seconds, signingKeys);
}

/** A request of a program with a token. */
async function program(method = "GET", path = "", token?: string): Promise<Request> {
  const headers = { Authorization: `Bearer ${token ?? await issue()}` };
  return new Request(`http://edge/oauth-connections/demo${path}`, { method, headers });
}

/** What a browser sends that opens a page (Chromium 141). */
const BROWSER = { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8" };

/** A browser that is logged in, or not for null. */
async function browser(
  path = "",
  { token, headers = {} }: { token?: string | null; headers?: Record<string, string> } = {},
): Promise<Request> {
  const cookie = token === null ? {} : { Cookie: `other=1; ${COOKIE}=${token ?? await issue()}` };
  return new Request(`http://edge/oauth-connections/demo${path}`, {
    headers: { ...BROWSER, ...cookie, ...headers } as Record<string, string>,
  });
}

/** A form of the page, posted by a browser that is logged in. */
async function form(
  fields: Record<string, string>,
  { token, headers = {} }: { token?: string | null; headers?: Record<string, string> } = {},
): Promise<Request> {
  const sent = (await browser("", { token: token ?? await issue() })).headers;
  if (token === null) {
    sent.delete("Cookie");
  }
  sent.set("Origin", "https://auth.example.com");
  Object.entries(headers).forEach(([name, value]) => sent.set(name, value));
  return new Request("http://edge/oauth-connections/demo", {
    method: "POST",
    headers: sent,
    body: new URLSearchParams(fields),
  });
}

Deno.test("GET /oauth-connections lists what is connected in the name of the token's person", async () => {
  const dependencies = pageDependencies();
  const token = await issue();

  const response = await buildConnectionsEndpoint(dependencies)(await program("GET", "", token));

  await assertJson(response, 200, {
    email: "ada@example.com",
    organization: "Example Inc.",
    connections: [
      {
        id: "mcr_1",
        app: "Example app<b>",
        hosts: ["app.example.com", "127.0.0.1 (this computer)"],
        server: { slug: "demo", name: "Demo server" },
        scopes: ["openid", "files:read"],
        connected_since: "2026-11-01T08:00:00+00:00",
        last_used_at: "2026-11-20T09:30:00+00:00",
      },
      {
        id: "mcr_2",
        app: null,
        hosts: ["claude.ai"],
        server: { slug: "other", name: "Other server" },
        scopes: [],
        connected_since: "2026-11-02T08:00:00+00:00",
        last_used_at: "2026-11-02T08:00:00+00:00",
      },
    ],
  });
  assertEquals(dependencies.database.calls, [
    { name: "list_own_connections", args: { p_slug: "demo", p_family_id: "family-1" } },
  ]);
  assertNothingLogged(dependencies.logged, [token, "ada@example.com"]);
});

Deno.test("GET /oauth-connections asks a program for a token, and a stream of events too", async () => {
  for (const Accept of ["*/*", "application/json", "text/event-stream, text/html"]) {
    const request = new Request("http://edge/oauth-connections/demo", { headers: { Accept } });

    const response = await buildConnectionsEndpoint(pageDependencies())(request);

    assertEquals([response.status, response.headers.get("WWW-Authenticate")], [401, "Bearer"]);
    await response.body?.cancel();
  }
});

const REFUSED: [what: string, changes: Partial<AccessTokenClaims>, seconds: number, status: number][] = [
  ["for the MCP server", { audience: RESOURCE, scope: "openid connections" }, 60, 401],
  ["of another server", { issuer: "https://auth.example.com/oauth/other" }, 60, 401],
  [
    "for the page of another server",
    { audience: "https://auth.example.com/oauth-connections/other" },
    60,
    401,
  ],
  ["without the scope", { scope: "openid" }, 60, 403],
  ["that has expired", {}, -1, 401],
];
for (const [what, changes, seconds, status] of REFUSED) {
  Deno.test(`/oauth-connections refuses a token ${what}, in a header and in a cookie`, async () => {
    const token = await issue(changes, seconds);
    const dependencies = pageDependencies();
    const endpoint = buildConnectionsEndpoint(dependencies);

    const answers = [
      await endpoint(await program("GET", "", token)),
      await endpoint(await program("DELETE", "", token)),
      await endpoint(await program("DELETE", "/mcr_1", token)),
    ];
    const page = await readPage(await endpoint(await browser("", { token })));

    assertEquals(answers.map((answer) => answer.status), [status, status, status]);
    assertStringIncludes(page.text, "Log in");
    assertEquals(page.text.includes("ada@example.com"), false);
    assertEquals(dependencies.database.calls.map(({ name }) => name), ["find_mcp_server"]);
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
  });
}

Deno.test("/oauth-connections refuses a token whose login has ended", async () => {
  const dependencies = pageDependencies({
    list_own_connections: { outcome: "ended" },
    revoke_own_connections: { outcome: "ended" },
  });
  const endpoint = buildConnectionsEndpoint(dependencies);

  for (const method of ["GET", "DELETE"]) {
    await assertJson(await endpoint(await program(method)), 401, {
      error: "invalid_token",
      error_description: "Cannot accept access token: it is expired or not valid here",
    });
  }
  assertEquals(reasons(dependencies.logged), ["access_token_revoked", "access_token_revoked"]);
});

function revoked(changes: Record<string, unknown> = {}): Answers {
  return {
    revoke_own_connections: {
      outcome: "revoked",
      family_ids: [crypto.randomUUID()],
      upstream_tokens: [],
      ...changes,
    },
  };
}

for (const [path, p_connection_id] of [["", null], ["/mcr_1", "mcr_1"]] as const) {
  Deno.test(`DELETE /oauth-connections/demo${path} ends ${p_connection_id ?? "all connections"}`, async () => {
    const dependencies = pageDependencies(revoked());

    const response = await buildConnectionsEndpoint(dependencies)(await program("DELETE", path));

    await assertJson(response, 200, { ended: 1 });
    assertEquals(dependencies.database.calls, [{
      name: "revoke_own_connections",
      args: { p_slug: "demo", p_family_id: "family-1", p_connection_id },
    }]);
  });
}

Deno.test("DELETE /oauth-connections is a 404 for a connection that there is not", async () => {
  const dependencies = pageDependencies({ revoke_own_connections: { outcome: "unknown_connection" } });

  const response = await buildConnectionsEndpoint(dependencies)(await program("DELETE", "/mcr_9"));

  await assertJson(response, 404, {
    error: "not_found",
    error_description: "Cannot disconnect: there is no such connection",
  });
});

Deno.test("DELETE /oauth-connections never reads the cookie", async () => {
  const request = await browser();
  const response = await buildConnectionsEndpoint(pageDependencies(revoked()))(
    new Request(request, { method: "DELETE" }),
  );

  assertEquals(response.status, 401);
  await response.body?.cancel();
});

const PROVIDERS: [what: string, changes: UpstreamChanges, reason: string][] = [
  ["takes them", {}, "ok"],
  ["fails", { answers: { revocation: () => new Response(null, { status: 500 }) } }, "upstream_unavailable"],
];
for (const [what, changes, reason] of PROVIDERS) {
  Deno.test(`DELETE /oauth-connections gives each token back to a provider that ${what}`, async () => {
    const upstream = buildUpstream(changes);
    const seal = (text: string, id: string): Promise<string> =>
      sealSecret(text, upstreamTokenOf("org_1", id), encryptionKeys);
    const tokens = await Promise.all(["uoat_1", "uoat_2"].map(async (id) => ({
      organization_id: "org_1",
      upstream_token_id: id,
      refresh_token_id: id,
      access_token_ciphertext: await seal(`access of ${id}`, id),
      refresh_token_ciphertext: id === "uoat_1" ? await seal(`refresh of ${id}`, id) : null,
      config: upstream.config,
    })));
    const dependencies = pageDependencies(revoked({ upstream_tokens: tokens }), {
      safeFetch: upstream.safeFetch,
    });

    const response = await buildConnectionsEndpoint(dependencies)(await program("DELETE"));

    await assertJson(response, 200, { ended: 1 });
    const told = listSent(upstream).map(({ parameters }) => parameters["token"]).filter(Boolean);
    assertEquals(told.sort(), ["access of uoat_2", "refresh of uoat_1"]);
    assertEquals(reasons(dependencies.logged), [reason]);
    assertNothingLogged(dependencies.logged, ["access of", "refresh of"]);
  });
}

Deno.test("a browser that is not logged in is shown how, by a page that loads nothing and runs nothing", async () => {
  const response = await buildConnectionsEndpoint(pageDependencies())(await browser("", { token: null }));

  const policy = response.headers.get("Content-Security-Policy") ?? "";
  const page = await readPage(response);
  assertEquals(
    page.text,
    "Example Inc. Your connected apps at Demo server Here you see which apps may act in your name, and can end that. " +
      "You log in where you always log in for Demo server. Log in",
  );
  assertEquals(
    [
      policy.includes("default-src 'none'"),
      policy.includes("frame-ancestors 'none'"),
      policy.includes("script"),
    ],
    [true, true, false],
  );
  assertEquals(["X-Frame-Options", "Cache-Control", "Set-Cookie"].map((name) => response.headers.get(name)), [
    "DENY",
    "no-store",
    null,
  ]);
});

Deno.test("a browser that is logged in sees its apps, with names cleaned and escaped, in its language", async () => {
  const response = await buildConnectionsEndpoint(pageDependencies())(
    await browser("", { headers: { "Accept-Language": "de" } }),
  );

  const page = await readPage(response);
  assertEquals(
    page.text,
    "Example Inc. Ihre verbundenen Apps bei Example Inc. Angemeldet als ada@example.com . " +
      "Example app&lt;b&gt; Schickt Sie zurück zu app.example.com 127.0.0.1 (dieser Computer) Server Demo server " +
      "Sie darf Wissen, wer Sie sind Read your &lt;files&gt; Verbunden seit 1. November 2026 Zuletzt benutzt 20. November 2026 " +
      "Trennen Eine App ohne Namen Beschrieben unter claude.ai Server Other server Sie darf Sich verbinden, sonst nichts " +
      "Verbunden seit 2. November 2026 Zuletzt benutzt 2. November 2026 Trennen " +
      "Alle Apps trennen Jede App muss neu verbunden werden, bevor sie wieder in Ihrem Namen handeln kann. " +
      "Alle Apps trennen Eine getrennte App ist sofort ausgesperrt, spätestens nach einer halben Minute. " +
      "Die Namen der Apps sind die, die sich die Apps selbst geben. Niemand hat sie geprüft. Abmelden",
  );
  assertStringIncludes(page.html, 'aria-label="Example app&lt;b&gt; trennen"');
});

Deno.test("a person without an app is told so", async () => {
  const dependencies = pageDependencies({
    list_own_connections: { ...LISTED, email: null, connections: [] },
  });

  const page = await readPage(await buildConnectionsEndpoint(dependencies)(await browser()));

  assertEquals(
    page.text,
    "Example Inc. Your connected apps at Example Inc. You are logged in. No app is connected in your name. Log out",
  );
});

Deno.test("a browser whose login has ended loses its cookie and is shown how to log in", async () => {
  const dependencies = pageDependencies({ list_own_connections: { outcome: "ended" } });

  const response = await buildConnectionsEndpoint(dependencies)(await browser());

  assertEquals(
    response.headers.get("Set-Cookie"),
    `${COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0`,
  );
  assertStringIncludes((await readPage(response)).text, "You log in where");
});

Deno.test("the page is 503 while the database is out of reach, and nobody is logged out", async () => {
  const dependencies = pageDependencies({
    list_own_connections: unavailable("Cannot answer now", "database_unavailable"),
  });

  const response = await buildConnectionsEndpoint(dependencies)(await browser());

  assertEquals(response.headers.get("Set-Cookie"), null);
  await assertErrorPage(response, 503, "Cannot answer now");
});

Deno.test("log in sends the browser to the authorization endpoint, with PKCE and a cookie that binds it", async () => {
  const dependencies = pageDependencies({
    open_connections_client: { outcome: "open", client_id: CONNECTIONS_CLIENT_ID },
  });

  const response = await buildConnectionsEndpoint(dependencies)(
    await form({ action: "log_in" }, { token: null, headers: { "Accept-Language": "de" } }),
  );

  const location = new URL(response.headers.get("Location") ?? "missing:");
  const { state, code_challenge, ...fixed } = Object.fromEntries(location.searchParams);
  const cookie = response.headers.get("Set-Cookie") ?? "";
  const [, name, verifier] = /^([^=]+)=([A-Za-z0-9_-]{43}); (.*)$/.exec(cookie) ?? [];
  assertEquals([response.status, location.origin + location.pathname], [
    303,
    "https://auth.example.com/oauth-authorize/demo",
  ]);
  assertEquals(fixed, {
    response_type: "code",
    client_id: CONNECTIONS_CLIENT_ID,
    redirect_uri: `${PAGE}/callback`,
    scope: "connections",
    resource: PAGE,
    code_challenge_method: "S256",
    ui_locales: "de",
  });
  assertEquals(name, `__Host-gatepost-${hashSecret(state!).slice(0, 16)}`);
  assertEquals(code_challenge, hashSecret(verifier!));
  assertEquals(cookie.endsWith("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600"), true);
  assertEquals(dependencies.database.calls, [{
    name: "open_connections_client",
    args: { p_slug: "demo", p_redirect_uri: `${PAGE}/callback` },
  }]);
  assertNothingLogged(dependencies.logged, [state!, verifier!]);
});

const REDEEMED = {
  outcome: "redeemed",
  family_id: "family-1",
  mcp_server_user_id: "mcpu_1",
  client_id: CONNECTIONS_CLIENT_ID,
  resource: PAGE,
  scope: "connections",
  access_token_seconds: 600,
};

function callback(
  changes: Record<string, string | null> = {},
  cookie = `${BINDING}=${VERIFIER}`,
): Request {
  const search = new URLSearchParams({ code: "code-1", state: STATE, iss: ISSUER });
  for (const [name, value] of Object.entries(changes)) {
    value === null ? search.delete(name) : search.set(name, value);
  }
  return new Request(`http://edge/oauth-connections/demo/callback?${search}`, {
    headers: { ...BROWSER, Cookie: cookie },
  });
}

Deno.test("the callback redeems the code and puts the token into a cookie, and no URL has either", async () => {
  const dependencies = pageDependencies({ redeem_authorization_code: REDEEMED });

  const response = await buildConnectionsEndpoint(dependencies)(callback());

  const [released, kept] = response.headers.getSetCookie();
  const [, token, attributes] = /^__Host-gatepost-connections-demo=([^;]+); (.*)$/.exec(kept ?? "") ?? [];
  const verified = await verifyAccessToken(token!, { issuer: ISSUER, audience: PAGE }, signingKeys);
  assertEquals([response.status, response.headers.get("Location"), response.headers.get("Referrer-Policy")], [
    303,
    PAGE,
    "no-referrer",
  ]);
  assertEquals(released, `${BINDING}=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0`);
  assertEquals(attributes, "Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600");
  assertEquals([verified.scope, verified.familyId, verified.clientId], [
    "connections",
    "family-1",
    CONNECTIONS_CLIENT_ID,
  ]);
  const { p_handle_hash: _handle, p_refresh_hash: _refresh, ...args } = dependencies.database.calls[0]!.args;
  assertEquals(args, {
    p_slug: "demo",
    p_client_id: CONNECTIONS_CLIENT_ID,
    p_client_secret_hash: null,
    p_code_hash: hashSecret("code-1"),
    p_redirect_uri: `${PAGE}/callback`,
    p_code_challenge: hashSecret(VERIFIER),
    p_resource: PAGE,
  });
  assertNothingLogged(dependencies.logged, ["code-1", VERIFIER, token!]);
});

const INTERRUPTED: [what: string, request: () => Request, answers: Answers, reason: string][] = [
  ["that another browser began", () => callback({}, ""), {}, "login_of_other_browser"],
  ["without a state", () => callback({ state: null }), {}, "login_of_other_browser"],
  ["of another issuer", () => callback({ iss: "https://evil.example.com" }), {}, "login_of_other_issuer"],
  ["without an issuer", () => callback({ iss: null }), {}, "login_of_other_issuer"],
  [
    "that the person did not approve",
    () => callback({ code: null, error: "access_denied" }),
    {},
    "login_refused",
  ],
  [
    "whose code was used",
    () => callback(),
    { redeem_authorization_code: { outcome: "replayed" } },
    "code_replayed",
  ],
  [
    "of a blocked person",
    () => callback(),
    { redeem_authorization_code: { outcome: "user_blocked" } },
    "code_user_blocked",
  ],
];
for (const [what, request, answers, reason] of INTERRUPTED) {
  Deno.test(`an answer ${what} logs nobody in`, async () => {
    const dependencies = pageDependencies(answers);
    const endpoint = buildConnectionsEndpoint(dependencies);

    const response = await endpoint(request());
    const page = await readPage(await endpoint(await browser("?login=interrupted", { token: null })));

    const cookies = response.headers.getSetCookie().filter((cookie) => cookie.startsWith(COOKIE));
    assertEquals([response.status, response.headers.get("Location"), cookies], [
      303,
      `${PAGE}?login=interrupted`,
      [],
    ]);
    assertEquals(reasons(dependencies.logged)[0], reason);
    assertStringIncludes(page.text, "You are not logged in. The login was interrupted");
  });
}

Deno.test("disconnect ends one app, disconnect all ends all, and the browser is back at the page", async () => {
  const dependencies = pageDependencies(revoked());
  const endpoint = buildConnectionsEndpoint(dependencies);

  const answers = [
    await endpoint(await form({ action: "disconnect", connection: "mcr_1" })),
    await endpoint(await form({ action: "disconnect_all" })),
  ];

  assertEquals(answers.map(({ status, headers }) => [status, headers.get("Location")]), [
    [303, PAGE],
    [303, PAGE],
  ]);
  assertEquals(dependencies.database.calls.map(({ args }) => args["p_connection_id"]), ["mcr_1", null]);
});

Deno.test("disconnect without the name of an app ends none", async () => {
  const dependencies = pageDependencies({ revoke_own_connections: { outcome: "unknown_connection" } });

  const response = await buildConnectionsEndpoint(dependencies)(await form({ action: "disconnect" }));

  assertEquals([response.status, response.headers.get("Location")], [303, PAGE]);
  assertEquals(dependencies.database.calls[0]?.args["p_connection_id"], "");
});

Deno.test("log out ends the login and takes the cookie away", async () => {
  const dependencies = pageDependencies({ revoke_token: { outcome: "revoked" } });

  const response = await buildConnectionsEndpoint(dependencies)(await form({ action: "log_out" }));

  assertEquals([response.status, response.headers.get("Location"), response.headers.get("Set-Cookie")], [
    303,
    PAGE,
    `${COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0`,
  ]);
  assertEquals(dependencies.database.calls, [{
    name: "revoke_token",
    args: {
      p_slug: "demo",
      p_client_id: CONNECTIONS_CLIENT_ID,
      p_client_secret_hash: null,
      p_handle_hash: null,
      p_family_id: "family-1",
    },
  }]);
});

const FOREIGN: [what: string, headers: Record<string, string>][] = [
  ["another origin", { Origin: "https://evil.example.com" }],
  ["an origin that hides", { Origin: "null" }],
  ["another port", { Origin: "https://auth.example.com:8443" }],
];
for (const [what, headers] of FOREIGN) {
  for (const action of ["log_in", "disconnect", "disconnect_all", "log_out"]) {
    Deno.test(`a form ${action} of ${what} does nothing`, async () => {
      const dependencies = pageDependencies();

      const response = await buildConnectionsEndpoint(dependencies)(
        await form({ action, connection: "mcr_1" }, { headers }),
      );

      await assertErrorPage(response, 403, "Cannot do this: the form did not come from this page");
      assertEquals([dependencies.database.calls, reasons(dependencies.logged)], [[], [
        "form_of_other_origin",
      ]]);
    });
  }
}

Deno.test("a form of nobody, who may have been logged in too long ago, leads back to the page", async () => {
  const dependencies = pageDependencies();

  const response = await buildConnectionsEndpoint(dependencies)(
    await form({ action: "disconnect_all" }, { token: await issue({}, -1) }),
  );

  assertEquals([response.status, response.headers.get("Location"), dependencies.database.calls], [
    303,
    PAGE,
    [],
  ]);
});

Deno.test("where pages stand elsewhere, there is the JSON and nothing else", async () => {
  const dependencies = pageDependencies({}, { consentUrl: "https://pages.example.com/consent.html" });
  const endpoint = buildConnectionsEndpoint(dependencies);

  const answers = [
    await endpoint(await program()),
    await endpoint(await browser()),
    await endpoint(await form({ action: "log_in" })),
    await endpoint(callback()),
  ];

  assertEquals(answers.map(({ status }) => status), [200, 401, 404, 404]);
  assertEquals(dependencies.database.calls.map(({ name }) => name), ["list_own_connections"]);
  await Promise.all(answers.map((answer) => answer.body?.cancel()));
});

for (const path of ["/x", "/callback/x", "/../../x"]) {
  Deno.test(`GET /oauth-connections/demo${path} is a 404`, async () => {
    const response = await buildConnectionsEndpoint(pageDependencies())(await browser(path));

    assertEquals(response.status, 404);
    await response.body?.cancel();
  });
}
