import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Answers } from "../support/database/fake_database.ts";
import { unavailable } from "../../functions/_shared/errors.ts";
import { buildAuthorizationEndpoint } from "../../functions/oauth-authorize/handler.ts";
import { assertErrorPage, assertJson, assertRedirect, readPage } from "../support/client/answers.ts";
import { buildDependencies, type TestDependencies } from "../support/functions/dependencies.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import { buildClient, buildServer, ISSUER, RESOURCE } from "../support/database/records.ts";
import { authorizeRequest, type Changes } from "../support/client/requests.ts";

const READY = {
  outcome: "ready",
  server: buildServer(),
  client: buildClient(),
  provider_name: "Example login",
  account_prompt: null,
} as const;
const CALLBACK = "https://app.example.com/callback";
/** Gatepost's own page, where people see what they allowed. */
const CONNECTIONS = "https://auth.example.com/oauth-connections/demo";

function beginning(answers: Answers = { begin_authorization: READY }): TestDependencies {
  return buildDependencies(answers);
}

Deno.test("GET /oauth-authorize shows who asks for what, and writes nothing", async () => {
  const dependencies = beginning();

  const response = await buildAuthorizationEndpoint(dependencies)(authorizeRequest());

  const page = await readPage(response);
  assertEquals([page.status, page.title], [200, "Connect to Demo server"]);
  assertEquals(
    page.text,
    "Example Inc. Connect Example app to Demo server? You continue at Example login to log in. " +
      "The app never sees your password. " +
      "App, as it calls itself (not verified) Example app " +
      "Sends you back to app.example.com " +
      `Server Demo server ${RESOURCE} ` +
      "It may Know who you are See your email address " +
      "Approve Cancel Approve only if you started this in an app you trust, just now. " +
      "See what you have allowed",
  );
  assertEquals(dependencies.database.calls, [
    { name: "begin_authorization", args: { p_slug: "demo", p_client_id: "client-1" } },
  ]);
  assertNothingLogged(dependencies.logged, ["client-state", "app.example.com"]);
});

Deno.test("GET /oauth-authorize serves a page without script or cookie that no site can frame", async () => {
  const response = await buildAuthorizationEndpoint(beginning())(authorizeRequest());

  const policy = response.headers.get("Content-Security-Policy") ?? "";
  const html = await response.text();
  assertStringIncludes(policy, "default-src 'none'");
  assertStringIncludes(policy, "frame-ancestors 'none'");
  assertEquals(policy.includes("form-action"), false);
  assertEquals(
    ["X-Frame-Options", "Cache-Control", "Referrer-Policy", "Set-Cookie", "Access-Control-Allow-Origin"].map((
      name,
    ) => response.headers.get(name)),
    ["DENY", "no-store", "same-origin", null, null],
  );
  assertEquals(/<script|<img|javascript:/i.test(html), false);
});

Deno.test("GET /oauth-authorize seals the request: nothing of it stands in the form in the clear", async () => {
  const response = await buildAuthorizationEndpoint(beginning())(authorizeRequest());

  const form = /<form method="post">(.*)<\/form>/s.exec(await response.text())?.[1] ?? "";
  const names = [...form.matchAll(/name="([^"]+)"/g)].map(([, name]) => name);
  assertEquals(names, ["form", "decision", "decision"]);
  assertEquals(/client-state|client-1/.test(form), false);
});

const LOOPBACK: Changes = { redirect_uri: "http://127.0.0.1:33418/callback" };
Deno.test("GET /oauth-authorize says that a loopback redirect stays on the computer", async () => {
  const response = await buildAuthorizationEndpoint(beginning())(authorizeRequest(LOOPBACK));

  assertStringIncludes((await readPage(response)).text, "Sends you back to 127.0.0.1 (this computer) Server");
});

Deno.test("GET /oauth-authorize shows HTML in a name as text", async () => {
  const hostile = `<img src=x onerror=alert(1)>"'&`;
  const dependencies = beginning({
    begin_authorization: {
      ...READY,
      client: buildClient({ client_name: hostile }),
      server: buildServer({ name: hostile, scopes_supported: ["<b>scope</b>"] }),
      provider_name: hostile,
    },
  });

  const response = await buildAuthorizationEndpoint(dependencies)(
    authorizeRequest({ scope: "<b>scope</b>" }),
  );

  const html = await response.text();
  assertEquals(/<img|<b>/.test(html), false);
  assertStringIncludes(html, "&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;");
  assertStringIncludes(html, "&lt;b&gt;scope&lt;/b&gt;");
});

const ASKED: [what: string, changes: Changes, may: string][] = [
  ["no scope gets all", { scope: null }, "Stay connected until you disconnect it"],
  ["more than there is gets what there is", { scope: "openid admin" }, "It may Know who you are Approve"],
  ["nothing that there is gets nothing", { scope: "admin" }, "It may Connect, and nothing else Approve"],
  ["the resource twice and with a slash", { resource: [RESOURCE, `${RESOURCE}/`] }, "It may"],
  ["no resource", { resource: null }, "It may"],
  ["no state", { state: null }, "It may"],
  ["the response mode query", { response_mode: "query" }, "It may"],
  ["prompt=consent", { prompt: "consent" }, "It may"],
  ["an unknown parameter", { unknown: "x" }, "It may"],
];
for (const [what, changes, may] of ASKED) {
  Deno.test(`GET /oauth-authorize: who asks for ${what} is asked for consent`, async () => {
    const response = await buildAuthorizationEndpoint(beginning())(authorizeRequest(changes));

    const page = await readPage(response);
    assertEquals([page.status, page.text.includes(may)], [200, true], page.text);
  });
}

Deno.test("GET /oauth-authorize tells whoever asks for JSON what a person would be asked", async () => {
  const response = await buildAuthorizationEndpoint(beginning())(
    authorizeRequest({}, { Accept: "application/json" }),
  );

  await assertJson(response, 200, {
    language: "en",
    organization_name: "Example Inc.",
    organization_logo_url: null,
    client_name: "Example app",
    client_id: "client-1",
    client_host: null,
    redirect_host: "app.example.com",
    server_name: "Demo server",
    resource: RESOURCE,
    provider_name: "Example login",
    login_hint: null,
    offers_other_account: false,
    scopes: [
      { scope: "openid", meaning: "Know who you are" },
      { scope: "email", meaning: "See your email address" },
    ],
  });
});

const OWN_PAGE = {
  ...READY,
  client: buildClient({
    kind: "gatepost",
    client_id: "gatepost-connections",
    client_name: "Connected apps",
    redirect_uris: [`${CONNECTIONS}/callback`],
  }),
} as const;
const OWN_REQUEST = {
  client_id: "gatepost-connections",
  redirect_uri: `${CONNECTIONS}/callback`,
  scope: "openid connections email",
  resource: CONNECTIONS,
};

Deno.test("GET /oauth-authorize grants Gatepost's own page its own scope, for itself, and nothing else", async () => {
  const endpoint = buildAuthorizationEndpoint(beginning({ begin_authorization: OWN_PAGE }));

  const consent = await endpoint(authorizeRequest(OWN_REQUEST, { Accept: "application/json" }));
  const page = await readPage(await endpoint(authorizeRequest(OWN_REQUEST)));

  const { resource, scopes } = await consent.json();
  assertEquals([resource, scopes], [CONNECTIONS, [
    { scope: "connections", meaning: "See which apps you have connected, and disconnect them" },
  ]]);
  assertEquals(page.title, "See your apps at Demo server");
  assertEquals(page.text.includes("See what you have allowed"), false);
});

Deno.test("GET /oauth-authorize gives no MCP client a token for Gatepost's own page", async () => {
  const server = buildServer({ scopes_supported: ["connections"] });
  const endpoint = buildAuthorizationEndpoint(beginning({ begin_authorization: { ...READY, server } }));

  const response = await endpoint(authorizeRequest({ resource: CONNECTIONS, scope: "connections" }));

  const location = new URL(response.headers.get("Location") ?? "missing:");
  assertEquals(location.searchParams.get("error"), "invalid_target");
});

const SPOKEN: [what: string, parameters: Changes, headers: Record<string, string>, title: string][] = [
  ["ui_locales", { ui_locales: "fr de-AT" }, { "Accept-Language": "en" }, "Mit Demo server verbinden"],
  ["Accept-Language", {}, { "Accept-Language": "en;q=0.5, de-CH" }, "Mit Demo server verbinden"],
  ["neither", {}, { "Accept-Language": "fr, *" }, "Connect to Demo server"],
];
for (const [what, parameters, headers, title] of SPOKEN) {
  Deno.test(`GET /oauth-authorize speaks the language of ${what}`, async () => {
    const response = await buildAuthorizationEndpoint(beginning())(authorizeRequest(parameters, headers));

    const page = await readPage(response);
    const language = /<html lang="(\w+)">/.exec(page.html)?.[1];
    assertEquals([page.title, language, response.headers.get("Content-Language")], [
      title,
      title.startsWith("Mit") ? "de" : "en",
      language,
    ]);
  });
}

Deno.test("GET /oauth-authorize shows the organization's logo from this origin, and no other image", async () => {
  const server = buildServer({ organization_logo: "0123456789abcdef" });

  const response = await buildAuthorizationEndpoint(
    beginning({ begin_authorization: { ...READY, server } }),
  )(authorizeRequest());

  const policy = response.headers.get("Content-Security-Policy") ?? "";
  const page = await readPage(response);
  const images = [...page.html.matchAll(/<img [^>]*src="([^"]*)"/g)].map(([, src]) => src);
  assertEquals(images, [`${ISSUER}/logo?v=0123456789abcdef`]);
  assertStringIncludes(policy, "default-src 'none'; img-src 'self'; style-src");
});

Deno.test("GET /oauth-authorize says what scopes mean in the owner's words, as text", async () => {
  const server = buildServer({ scope_descriptions: { email: "Write to <you>", other: "Nothing here" } });

  const response = await buildAuthorizationEndpoint(
    beginning({ begin_authorization: { ...READY, server } }),
  )(authorizeRequest());

  const page = await readPage(response);
  assertStringIncludes(page.text, "It may Know who you are Write to &lt;you&gt; Approve");
});

Deno.test("GET /oauth-authorize offers another account where the provider lets people take one", async () => {
  const response = await buildAuthorizationEndpoint(
    beginning({ begin_authorization: { ...READY, account_prompt: "select_account" } }),
  )(authorizeRequest());

  const page = await readPage(response);
  assertStringIncludes(page.text, "Approve Use another account Cancel");
  assertStringIncludes(page.html, 'value="approve_as_other"');
});

Deno.test("GET /oauth-authorize says who is about to log in, as text", async () => {
  const response = await buildAuthorizationEndpoint(beginning())(
    authorizeRequest({ login_hint: "ada@example.com\u202e<b>" }),
  );

  const page = await readPage(response);
  assertStringIncludes(page.html, "to log in as <strong>ada@example.com&lt;b&gt;</strong>.");
});

Deno.test("POST /oauth-authorize takes the request of a client as GET does", async () => {
  const request = new Request("http://edge/oauth-authorize/demo", {
    method: "POST",
    body: new URL(authorizeRequest().url).searchParams,
  });

  const response = await buildAuthorizationEndpoint(beginning())(request);

  assertEquals((await readPage(response)).title, "Connect to Demo server");
});

Deno.test("HEAD /oauth-authorize answers as GET does, without a body", async () => {
  const request = new Request(authorizeRequest(), { method: "HEAD" });

  const response = await buildAuthorizationEndpoint(beginning())(request);

  assertEquals([response.status, await response.text()], [200, ""]);
});

const SHOWN: [
  what: string,
  answers: Answers,
  changes: Changes,
  status: number,
  code: string,
  sentence: string,
  reason: string,
][] = [
  [
    "an unknown server",
    { begin_authorization: { outcome: "unknown_server" } },
    {},
    404,
    "not_found",
    "Cannot find server: no MCP server is served at this address",
    "unknown_server",
  ],
  [
    "a server without sign-in",
    { begin_authorization: { outcome: "no_sign_in" } },
    {},
    400,
    "invalid_request",
    "Cannot log in: this server has no sign-in",
    "no_sign_in",
  ],
  [
    "an unknown client",
    {
      begin_authorization: {
        outcome: "unknown_client",
        server: buildServer(),
        provider_name: "Example login",
        account_prompt: null,
      },
    },
    {},
    401,
    "invalid_client",
    "Cannot log in: the app is not registered with this server",
    "unknown_client",
  ],
  [
    "a missing client",
    {},
    { client_id: null },
    400,
    "invalid_request",
    "Cannot authorize: the parameter client_id is missing",
    "parameter_missing",
  ],
  [
    "a missing redirect URI",
    { begin_authorization: READY },
    { redirect_uri: null },
    400,
    "invalid_request",
    "Cannot authorize: the parameter redirect_uri is missing",
    "parameter_missing",
  ],
  ...[
    "https://evil.example/callback",
    "https://app.example.com.evil.example/callback",
    "https://app.example.com@evil.example/callback",
    "https://user@app.example.com/callback",
    "https://app.example.com\\@evil.example/callback",
    "https://app.example.com/callback/",
    "https://app.example.com/callback?x=1",
    "https://app.example.com/callback#x",
    "https://app.example.com/%63allback",
    "HTTPS://app.example.com/callback",
    "https://APP.example.com/callback",
    "http://app.example.com/callback",
    "http://2130706433/callback",
    "http://localhost/callback",
    "java\tscript:alert(1)",
    "javascript:alert(1)",
    "//evil.example/callback",
  ].map((redirect_uri): typeof SHOWN[number] => [
    `the redirect URI ${JSON.stringify(redirect_uri)}`,
    { begin_authorization: READY },
    { redirect_uri },
    400,
    "invalid_request",
    "Cannot log in: the app did not register the address to return to",
    "redirect_uri_not_registered",
  ]),
  [
    "a repeated parameter",
    {},
    { redirect_uri: [CALLBACK, "https://evil.example/"] },
    400,
    "invalid_request",
    "Cannot read request: a parameter is repeated",
    "parameter_repeated",
  ],
  [
    "a NUL in the client's id",
    {},
    { client_id: "client\0" },
    400,
    "invalid_request",
    "Cannot read request: a parameter holds a NUL character",
    "parameter_malformed",
  ],
  [
    "a metadata document where the server takes none",
    {
      begin_authorization: {
        outcome: "unknown_client",
        server: buildServer(),
        provider_name: "Example login",
        account_prompt: null,
      },
    },
    { client_id: "https://app.example.com/client.json" },
    401,
    "invalid_client",
    "Cannot log in: the app is known by a URL, and the server takes no apps that are described there",
    "metadata_document_not_allowed",
  ],
  [
    "a database out of reach",
    { begin_authorization: unavailable("Cannot answer now: try again", "database_unavailable") },
    {},
    503,
    "temporarily_unavailable",
    "Cannot answer now: try again",
    "database_unavailable",
  ],
];
for (const [what, answers, changes, status, code, sentence, reason] of SHOWN) {
  Deno.test(`GET /oauth-authorize shows and never redirects: ${what}`, async () => {
    const dependencies = beginning(answers);

    const response = await buildAuthorizationEndpoint(dependencies)(authorizeRequest(changes));

    await assertErrorPage(response, status, sentence);
    assertEquals(reasons(dependencies.logged), [reason]);
  });

  Deno.test(`GET /oauth-authorize answers JSON to whoever asks for it: ${what}`, async () => {
    const response = await buildAuthorizationEndpoint(beginning(answers))(
      authorizeRequest(changes, { Accept: "application/json" }),
    );

    await assertJson(response, status, { error: code, error_description: sentence });
  });
}

const PKCE = "Cannot authorize: PKCE with the method S256 is required";
const MALFORMED_CHALLENGE = "Cannot authorize: the code challenge is not a SHA-256 in base64url";
const REDIRECTED: [what: string, changes: Changes, error: string, description: string, reason: string][] = [
  [
    "no response type",
    { response_type: null },
    "invalid_request",
    "Cannot authorize: the parameter response_type is missing",
    "parameter_missing",
  ],
  ...["token", "code token", "id_token", "code id_token"].map((response_type): typeof REDIRECTED[number] => [
    `the response type ${response_type}`,
    { response_type },
    "unsupported_response_type",
    "Cannot authorize: the only response type is code",
    "unsupported_response_type",
  ]),
  ...["fragment", "form_post"].map((response_mode): typeof REDIRECTED[number] => [
    `the response mode ${response_mode}`,
    { response_mode },
    "invalid_request",
    "Cannot authorize: the only response mode is query",
    "response_mode_unsupported",
  ]),
  [
    "no challenge",
    { code_challenge: null, code_challenge_method: null },
    "invalid_request",
    PKCE,
    "pkce_required",
  ],
  ["a method without a challenge", { code_challenge: null }, "invalid_request", PKCE, "pkce_required"],
  ["the method plain", { code_challenge_method: "plain" }, "invalid_request", PKCE, "pkce_required"],
  ["no method, which means plain", { code_challenge_method: null }, "invalid_request", PKCE, "pkce_required"],
  ["the method s256", { code_challenge_method: "s256" }, "invalid_request", PKCE, "pkce_required"],
  [
    "a short challenge",
    { code_challenge: "a".repeat(42) },
    "invalid_request",
    MALFORMED_CHALLENGE,
    "code_challenge_malformed",
  ],
  [
    "a long challenge",
    { code_challenge: "a".repeat(44) },
    "invalid_request",
    MALFORMED_CHALLENGE,
    "code_challenge_malformed",
  ],
  [
    "a challenge with padding",
    { code_challenge: `${"a".repeat(42)}=` },
    "invalid_request",
    MALFORMED_CHALLENGE,
    "code_challenge_malformed",
  ],
  [
    "another resource",
    { resource: "https://auth.example.com/mcp/other" },
    "invalid_target",
    "Cannot grant access: the resource is not the one this server protects",
    "wrong_resource",
  ],
  [
    "another resource beside the right one",
    { resource: [RESOURCE, "https://evil.example/"] },
    "invalid_target",
    "Cannot grant access: the resource is not the one this server protects",
    "wrong_resource",
  ],
  [
    "a request object",
    { request: "eyJ" },
    "request_not_supported",
    "Cannot authorize: the parameter request is not supported",
    "request_not_supported",
  ],
  [
    "a request object elsewhere",
    { request_uri: "https://169.254.169.254/" },
    "request_uri_not_supported",
    "Cannot authorize: the parameter request_uri is not supported",
    "request_uri_not_supported",
  ],
  [
    "prompt=none",
    { prompt: "none" },
    "consent_required",
    "Cannot authorize without asking: every login needs an approval",
    "consent_required",
  ],
  [
    "a nonce that is too long",
    { nonce: "n".repeat(4001) },
    "invalid_request",
    "Cannot authorize: a parameter is too long",
    "parameter_too_long",
  ],
  [
    "a malformed tracking id",
    { tracking_id: "a b" },
    "invalid_request",
    "Cannot authorize: the tracking id is malformed",
    "tracking_id_malformed",
  ],
];
for (const [what, changes, error, error_description, reason] of REDIRECTED) {
  Deno.test(`GET /oauth-authorize redirects ${error} with state and iss: ${what}`, async () => {
    const dependencies = beginning();

    const response = await buildAuthorizationEndpoint(dependencies)(authorizeRequest(changes));

    await assertRedirect(response, CALLBACK, {
      error,
      error_description,
      state: "client-state",
      iss: ISSUER,
    });
    assertEquals(response.headers.get("Set-Cookie"), null);
    assertEquals(reasons(dependencies.logged), [reason]);
  });

  Deno.test(`GET /oauth-authorize shows ${error} of a client that nobody has logged in with: ${what}`, async () => {
    const newcomer = { ...READY, client: buildClient({ approved: false }) };
    const dependencies = beginning({ begin_authorization: newcomer });

    const response = await buildAuthorizationEndpoint(dependencies)(authorizeRequest(changes));

    assertEquals(response.headers.get("Location"), null);
    const page = await readPage(response);
    assertEquals(
      [page.status, page.text],
      [
        400,
        `Cannot continue ${error_description}. Nobody has logged in with this app here yet, so this is told to you ` +
        "and not to app.example.com. If that is an app you use, go back to it and connect again. " +
        `If this happens again, tell whoever runs the server: Code ${error}, request ${
          response.headers.get("X-Request-Id")
        }`,
      ],
    );
    assertEquals(reasons(dependencies.logged), [reason]);
  });
}

Deno.test("GET /oauth-authorize redirects the error of a client that an owner made", async () => {
  const client = buildClient({ kind: "preregistered" });

  const response = await buildAuthorizationEndpoint(beginning({ begin_authorization: { ...READY, client } }))(
    authorizeRequest({ prompt: "none" }),
  );

  assertEquals(response.status, 303);
});

Deno.test("GET /oauth-authorize tells where a client's error would go where pages are served elsewhere", async () => {
  const newcomer = { ...READY, client: buildClient({ approved: false }) };
  const dependencies = buildDependencies({ begin_authorization: newcomer }, {
    consentUrl: "https://consent.example.com/",
  });

  const response = await buildAuthorizationEndpoint(dependencies)(authorizeRequest({ prompt: "none" }));

  assertEquals(response.status, 400);
  assertStringIncludes(await response.text(), "this is told to you and not to app.example.com.");
});

Deno.test("GET /oauth-authorize tells whoever's app is unknown to make it forget this server", async () => {
  const dependencies = beginning({
    begin_authorization: {
      outcome: "unknown_client",
      server: buildServer(),
      provider_name: "Example login",
      account_prompt: null,
    },
  });

  const response = await buildAuthorizationEndpoint(dependencies)(authorizeRequest());

  const { status, text } = await readPage(response);
  assertEquals(status, 401);
  assertStringIncludes(
    text,
    "The app still uses a registration that this server does not have. Make the app forget this server: sign out of " +
      "it there, or remove it and add it again, and then connect.",
  );
  assertEquals(text.includes("Go back to the app you came from"), false);
});

Deno.test("GET /oauth-authorize asks for patience where the database is out of reach", async () => {
  const dependencies = beginning({
    begin_authorization: unavailable("Cannot answer now", "database_unavailable"),
  });

  const { text } = await readPage(await buildAuthorizationEndpoint(dependencies)(authorizeRequest()));

  assertStringIncludes(text, "Wait a moment and load this page again");
});

Deno.test("GET /oauth-authorize returns a hostile state encoded, byte for byte", async () => {
  const state = `a&error=x#"<script>\r\nSet-Cookie: é`;

  const response = await buildAuthorizationEndpoint(beginning())(authorizeRequest({ prompt: "none", state }));

  await assertRedirect(response, CALLBACK, {
    error: "consent_required",
    error_description: "Cannot authorize without asking: every login needs an approval",
    state,
    iss: ISSUER,
  });
});

Deno.test("GET /oauth-authorize redirects to the loopback port that the client listens on", async () => {
  const response = await buildAuthorizationEndpoint(beginning())(
    authorizeRequest({ ...LOOPBACK, prompt: "none" }),
  );

  await assertRedirect(response, "http://127.0.0.1:33418/callback", {
    error: "consent_required",
    error_description: "Cannot authorize without asking: every login needs an approval",
    state: "client-state",
    iss: ISSUER,
  });
});

const DOCUMENT_ID = "https://app.example.com/client.json";
const OPEN_SERVER = buildServer({ metadata_document_policy: "open" });
const DOCUMENT = {
  client_id: DOCUMENT_ID,
  client_name: "Document app",
  redirect_uris: [CALLBACK],
  token_endpoint_auth_method: "none",
};

Deno.test("GET /oauth-authorize describes a client by its metadata document, and says where that is", async () => {
  const dependencies = buildDependencies({
    begin_authorization: {
      outcome: "unknown_client",
      server: OPEN_SERVER,
      provider_name: "Example login",
      account_prompt: null,
    },
  }, { safeFetch: () => Promise.resolve(Response.json(DOCUMENT)) });

  const response = await buildAuthorizationEndpoint(dependencies)(
    authorizeRequest({ client_id: DOCUMENT_ID }),
  );

  assertStringIncludes(
    (await readPage(response)).text,
    "App, as it calls itself (not verified) Document app Described at app.example.com Sends you back to app.example.com",
  );
});

Deno.test("GET /oauth-authorize does not take a document's redirect URI for another client's", async () => {
  const dependencies = buildDependencies({
    begin_authorization: {
      outcome: "unknown_client",
      server: OPEN_SERVER,
      provider_name: "Example login",
      account_prompt: null,
    },
  }, { safeFetch: () => Promise.resolve(Response.json(DOCUMENT)) });

  const response = await buildAuthorizationEndpoint(dependencies)(
    authorizeRequest({ client_id: DOCUMENT_ID, redirect_uri: "https://evil.example/" }),
  );

  await assertErrorPage(response, 400, "Cannot log in: the app did not register the address to return to");
});

const stored = buildClient({ client_id: DOCUMENT_ID, kind: "metadata_document", client_name: "Stored app" });
const OUT_OF_REACH: [what: string, client: typeof stored | undefined, tells: string][] = [
  ["stands in while it is out of reach", stored, "Connect Stored app to Demo server?"],
  [
    "is needed while it is out of reach",
    undefined,
    "Cannot log in now: the description of the app is out of reach.",
  ],
];
for (const [what, client, tells] of OUT_OF_REACH) {
  Deno.test(`GET /oauth-authorize: what an earlier login stored of a document ${what}`, async () => {
    const dependencies = buildDependencies({
      begin_authorization: client
        ? {
          outcome: "ready",
          server: OPEN_SERVER,
          client,
          provider_name: "Example login",
          account_prompt: null,
        }
        : {
          outcome: "unknown_client",
          server: OPEN_SERVER,
          provider_name: "Example login",
          account_prompt: null,
        },
    }, {
      safeFetch: () =>
        Promise.reject(unavailable("Cannot reach the provider now: try again", "upstream_unreachable")),
    });

    const response = await buildAuthorizationEndpoint(dependencies)(
      authorizeRequest({ client_id: DOCUMENT_ID }),
    );

    assertStringIncludes((await readPage(response)).text, tells);
  });
}

Deno.test("GET /oauth-authorize does not let what was stored stand in for a document that refuses", async () => {
  const dependencies = buildDependencies({
    begin_authorization: {
      outcome: "ready",
      server: OPEN_SERVER,
      client: stored,
      provider_name: "Example login",
      account_prompt: null,
    },
  }, { safeFetch: () => Promise.resolve(new Response(null, { status: 404 })) });

  const response = await buildAuthorizationEndpoint(dependencies)(
    authorizeRequest({ client_id: DOCUMENT_ID }),
  );

  await assertErrorPage(
    response,
    401,
    "Cannot log in: the app is known by a URL, and its description was not found",
  );
});

Deno.test("GET /oauth-authorize sends the browser to a consent page elsewhere, the form in the fragment", async () => {
  const dependencies = buildDependencies({ begin_authorization: READY }, {
    consentUrl: "https://www.example.com/consent",
  });

  const response = await buildAuthorizationEndpoint(dependencies)(authorizeRequest());

  const location = new URL(response.headers.get("Location") ?? "missing:");
  const fragment = new URLSearchParams(location.hash.slice(1));
  assertEquals(
    [response.status, `${location.origin}${location.pathname}${location.search}`, [...fragment.keys()]],
    [303, "https://www.example.com/consent", ["authorize", "form"]],
  );
  assertEquals(fragment.get("authorize"), "https://auth.example.com/oauth-authorize/demo");
});

Deno.test("OPTIONS /oauth-authorize is refused: pages of other origins have no business here", async () => {
  const response = await buildAuthorizationEndpoint(buildDependencies())(
    new Request("http://edge/oauth-authorize/demo", {
      method: "OPTIONS",
      headers: { Accept: "application/json" },
    }),
  );

  assertEquals(response.headers.get("Access-Control-Allow-Origin"), null);
  await assertJson(response, 405, {
    error: "method_not_allowed",
    error_description: "Cannot use this method: the endpoint takes GET, POST",
  });
});
