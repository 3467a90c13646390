import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  authorizationRequestOf,
  consentFormOf,
  openSecret,
  parseEncryptionKeys,
  type SealedPlace,
  sealSecret,
} from "../../functions/_shared/secrets/encryption.ts";
import { unavailable } from "../../functions/_shared/errors.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { buildAuthorizationEndpoint } from "../../functions/oauth-authorize/handler.ts";
import type { OwnPages } from "../../functions/oauth-authorize/own_page.ts";
import { assertErrorPage, assertJson, assertRedirect, readPage } from "../support/client/answers.ts";
import {
  buildDependencies,
  encryptionKeys,
  NOW,
  type TestDependencies,
} from "../support/functions/dependencies.ts";
import { type Answers, onlyArguments } from "../support/database/fake_database.ts";
import { buildUpstream, type Upstream } from "../support/provider/upstream.ts";
import { makeEncryptionKeySet } from "../support/functions/keys.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import { buildClient, buildServer, ISSUER, RESOURCE } from "../support/database/records.ts";
import {
  approvalRequest,
  authorizeRequest,
  type Changes,
  CODE_CHALLENGE,
} from "../support/client/requests.ts";

const CALLBACK = "https://app.example.com/callback";
const FORGED = "Cannot approve: the form did not come from the approval page";

/** The sealed form of the consent page that a valid request is shown. */
async function askForConsent(changes: Changes = {}, pages: Partial<OwnPages> = {}): Promise<string> {
  const dependencies = buildDependencies({
    begin_authorization: {
      outcome: "ready",
      server: buildServer(),
      client: buildClient(),
      provider_name: "Example login",
      account_prompt: null,
    },
  }, pages);
  const response = await buildAuthorizationEndpoint(dependencies)(authorizeRequest(changes));
  return /name="form" value="([^"]+)"/.exec(await response.text())![1]!;
}

interface Opening {
  dependencies: TestDependencies;
  upstream: Upstream;
}

/** A database that opens the session, and a provider to send the browser to. */
function openingWith(changes: Parameters<typeof buildUpstream>[0] = {}, answers: Answers = {}): Opening {
  const upstream = buildUpstream(changes);
  const dependencies = buildDependencies({
    open_authorization_session: { outcome: "opened", config: upstream.config },
    ...answers,
  }, { safeFetch: upstream.safeFetch });
  return { dependencies, upstream };
}

Deno.test("POST /oauth-authorize answers 429 and when to come back while logins are crowded, and binds no browser", async () => {
  const { dependencies } = openingWith({}, { open_authorization_session: { outcome: "crowded" } });

  const response = await buildAuthorizationEndpoint(dependencies)(
    approvalRequest({ form: await askForConsent() }),
  );

  assertEquals([response.headers.get("Retry-After"), response.headers.get("Set-Cookie")], ["60", null]);
  await assertErrorPage(response, 429, "Cannot begin the login now: too many others log in at this moment");
  assertEquals(reasons(dependencies.logged), ["crowded"]);
});

Deno.test("POST /oauth-authorize tells the database where an approval comes from, and cleans up behind the answer", async () => {
  const { dependencies } = openingWith();
  let cleaned = 0;
  const changed = {
    ...dependencies,
    findSource: () => Promise.resolve("source-1"),
    cleanUp: () => {
      cleaned++;
    },
  };

  await buildAuthorizationEndpoint(changed)(approvalRequest({ form: await askForConsent() }));

  assertEquals(onlyArguments(dependencies.database, "open_authorization_session").p_source, "source-1");
  assertEquals(cleaned, 1);
});

Deno.test("POST /oauth-authorize opens a session, binds the browser and sends it to the provider", async () => {
  const { dependencies, upstream } = openingWith();
  const form = await askForConsent({ nonce: "client-nonce", tracking_id: "track-1" });

  const response = await buildAuthorizationEndpoint(dependencies)(approvalRequest({ form }));

  const location = new URL(response.headers.get("Location") ?? "missing:");
  const sent = Object.fromEntries(location.searchParams);
  const cookie = response.headers.get("Set-Cookie") ?? "";
  const args = onlyArguments(dependencies.database, "open_authorization_session");
  const sealed = await openSecret(
    String(args.p_request_ciphertext),
    authorizationRequestOf("org_1", String(args.p_state_hash)),
    encryptionKeys,
  );
  const { clientState, trackingId, nonce, codeVerifier } = JSON.parse(sealed.text);
  const [, cookieName, browserSecret] = /^([^=]+)=([^;]+);/.exec(cookie) ?? [];

  assertEquals([response.status, `${location.origin}${location.pathname}`], [
    303,
    `${upstream.issuer}/authorize`,
  ]);
  assertEquals(response.headers.get("Referrer-Policy"), "no-referrer");
  assertEquals(sent, {
    response_type: "code",
    client_id: "gatepost-at-upstream",
    redirect_uri: "https://auth.example.com/oauth-callback/org_1",
    scope: "openid email",
    state: sent["state"]!,
    nonce,
    code_challenge: hashSecret(codeVerifier),
    code_challenge_method: "S256",
  });
  assertEquals([cookieName, clientState, trackingId], [
    `__Host-gatepost-${String(args.p_state_hash).slice(0, 16)}`,
    "client-state",
    "track-1",
  ]);
  assertMatch(cookie, /; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=600$/);
  assertEquals({ ...args, p_form_hash: "…", p_request_ciphertext: "…" }, {
    p_slug: "demo",
    p_client_id: "client-1",
    p_metadata_document: null,
    p_form_hash: "…",
    p_state_hash: hashSecret(sent["state"]!),
    p_browser_hash: hashSecret(browserSecret!),
    p_request_ciphertext: "…",
    p_redirect_uri: CALLBACK,
    p_resource: RESOURCE,
    p_scope: "openid email",
    p_code_challenge: CODE_CHALLENGE,
    p_nonce: "client-nonce",
    p_source: null,
  });
});

Deno.test("POST /oauth-authorize hands the database nothing that could be used, and logs no secret", async () => {
  const { dependencies } = openingWith();
  const form = await askForConsent();

  const response = await buildAuthorizationEndpoint(dependencies)(approvalRequest({ form }));

  const state = new URL(response.headers.get("Location")!).searchParams.get("state")!;
  const browserSecret = /=([^;]+);/.exec(response.headers.get("Set-Cookie")!)![1]!;
  const args = JSON.stringify(dependencies.database.calls);
  assertEquals([state, browserSecret, form, "client-state"].filter((secret) => args.includes(secret)), []);
  assertNothingLogged(dependencies.logged, [state, browserSecret, form, "client-state"]);
});

Deno.test("POST /oauth-authorize makes every login its own state, cookie and verifier", async () => {
  const logins = [];
  for (let round = 0; round < 2; round++) {
    const { dependencies } = openingWith();
    const response = await buildAuthorizationEndpoint(dependencies)(
      approvalRequest({ form: await askForConsent() }),
    );
    const { searchParams } = new URL(response.headers.get("Location")!);
    logins.push([
      searchParams.get("state"),
      searchParams.get("nonce"),
      searchParams.get("code_challenge"),
      response.headers.get("Set-Cookie"),
      onlyArguments(dependencies.database, "open_authorization_session").p_form_hash,
    ]);
  }

  assertEquals(new Set(logins.flat()).size, 10);
});

Deno.test("POST /oauth-authorize passes the client's hints on, and never its resource", async () => {
  const { dependencies } = openingWith();
  const form = await askForConsent({
    prompt: "login consent",
    login_hint: "a@x.example",
    max_age: "60",
    ui_locales: "de",
  });

  const response = await buildAuthorizationEndpoint(dependencies)(approvalRequest({ form }));

  const { searchParams } = new URL(response.headers.get("Location")!);
  assertEquals(
    ["prompt", "login_hint", "max_age", "ui_locales", "resource"].map((name) => searchParams.get(name)),
    ["login", "a@x.example", "60", "de", null],
  );
});

Deno.test("POST /oauth-authorize opens a form that was sealed under an older key", async () => {
  const [older, newer] = [makeEncryptionKeySet("older"), makeEncryptionKeySet("newer")];
  const both = parseEncryptionKeys(JSON.stringify({
    keys: [...JSON.parse(newer).keys, ...JSON.parse(older).keys],
  }));
  const { text } = await openSecret(await askForConsent(), FORM, encryptionKeys);
  const form = await sealSecret(text, FORM, parseEncryptionKeys(older));
  const { dependencies } = openingWith();

  const response = await buildAuthorizationEndpoint({ ...dependencies, encryptionKeys: both })(
    approvalRequest({ form }),
  );

  assertEquals([response.status, response.headers.has("Set-Cookie")], [303, true]);
});

Deno.test("POST /oauth-authorize redirects access_denied when the person cancels, and opens nothing", async () => {
  const dependencies = buildDependencies();

  const response = await buildAuthorizationEndpoint(dependencies)(
    approvalRequest({ form: await askForConsent(), decision: "deny" }),
  );

  await assertRedirect(response, CALLBACK, {
    error: "access_denied",
    error_description: "Cannot connect: the person did not approve",
    state: "client-state",
    iss: ISSUER,
  });
  assertEquals([reasons(dependencies.logged), response.headers.get("Set-Cookie")], [
    ["consent_denied"],
    null,
  ]);
});

const FOREIGN: [what: string, headers: Record<string, string | null>][] = [
  ["from another origin", { "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site" }],
  ["from another origin of the same site", {
    "Origin": "https://other.example.com",
    "Sec-Fetch-Site": "same-site",
  }],
  ["from an opaque origin", { "Origin": "null" }],
  ["from our host over http", { "Origin": "http://auth.example.com" }],
  ["from our host at another port", { "Origin": "https://auth.example.com:8443" }],
  ["across sites without an origin", { "Origin": null, "Sec-Fetch-Site": "cross-site" }],
  ["across one site without an origin", { "Origin": null, "Sec-Fetch-Site": "same-site" }],
];
for (const [what, headers] of FOREIGN) {
  Deno.test(`POST /oauth-authorize refuses an approval ${what}`, async () => {
    const dependencies = buildDependencies();

    const response = await buildAuthorizationEndpoint(dependencies)(
      approvalRequest({ form: await askForConsent() }, headers),
    );

    await assertErrorPage(response, 400, FORGED);
    assertEquals([reasons(dependencies.logged), response.headers.get("Set-Cookie")], [[
      "form_of_other_origin",
    ], null]);
  });
}

for (const site of ["same-origin", "none", null]) {
  Deno.test(`POST /oauth-authorize takes an approval without Origin whose Sec-Fetch-Site is ${site}`, async () => {
    const { dependencies } = openingWith();

    const response = await buildAuthorizationEndpoint(dependencies)(
      approvalRequest({ form: await askForConsent() }, { "Origin": null, "Sec-Fetch-Site": site }),
    );

    assertEquals([response.status, response.headers.has("Set-Cookie")], [303, true]);
  });
}

const FORM = consentFormOf("demo");

/** A valid form, opened, changed and sealed again. */
async function reseal(
  change: (form: Record<string, unknown>) => Record<string, unknown>,
  place: SealedPlace = FORM,
  keys = encryptionKeys,
): Promise<string> {
  const { text } = await openSecret(await askForConsent(), FORM, encryptionKeys);
  return await sealSecret(JSON.stringify(change(JSON.parse(text))), place, keys);
}

const REFUSED: [what: string, form: () => Promise<string>, reason: string][] = [
  ["nobody sealed", () => Promise.resolve("form"), "form_forged"],
  ["was altered", async () => (await askForConsent()).slice(0, -4) + "AAAA", "form_forged"],
  [
    "somebody else sealed",
    () => reseal((form) => form, FORM, parseEncryptionKeys(makeEncryptionKeySet("encryption-1"))),
    "form_forged",
  ],
  [
    "was sealed for another purpose",
    () => reseal((form) => form, { ...FORM, purpose: "upstream-token" }),
    "form_of_other_place",
  ],
  ["is for another server", () => reseal((form) => form, consentFormOf("other")), "form_of_other_place"],
];
for (const [what, makeForm, reason] of REFUSED) {
  Deno.test(`POST /oauth-authorize refuses a form that ${what}`, async () => {
    const dependencies = buildDependencies();

    const response = await buildAuthorizationEndpoint(dependencies)(
      approvalRequest({ form: await makeForm() }),
    );

    await assertErrorPage(response, 400, FORGED);
    assertEquals([reasons(dependencies.logged), response.headers.get("Set-Cookie")], [[reason], null]);
  });
}

Deno.test("POST /oauth-authorize refuses a decision it does not know", async () => {
  const dependencies = buildDependencies();

  const response = await buildAuthorizationEndpoint(dependencies)(
    approvalRequest({ form: await askForConsent(), decision: "maybe" }),
  );

  await assertErrorPage(response, 400, FORGED);
  assertEquals(reasons(dependencies.logged), ["decision_unknown"]);
});

/** Where the link of a page leads, as the parameters of the request behind it. */
function readLink(html: string): Record<string, string> {
  const href = /<a href="([^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "missing:";
  assertEquals(href.split("?")[0], "https://auth.example.com/oauth-authorize/demo");
  return Object.fromEntries(new URL(href).searchParams);
}

const AGAIN = {
  response_type: "code",
  client_id: "client-1",
  redirect_uri: CALLBACK,
  scope: "openid email",
  state: "client-state",
  resource: RESOURCE,
  code_challenge: CODE_CHALLENGE,
  code_challenge_method: "S256",
  login_hint: "a@x.example",
};

for (const decision of ["approve", "deny"]) {
  Deno.test(`POST /oauth-authorize offers a new start to a form that is ten minutes old: ${decision}`, async () => {
    const dependencies = buildDependencies({}, { now: () => NOW + 10 * 60 * 1000 });
    const form = await askForConsent({ login_hint: "a@x.example" });

    const response = await buildAuthorizationEndpoint(dependencies)(approvalRequest({ form, decision }));

    const page = await readPage(response);
    assertEquals(
      [page.status, page.text, readLink(page.html), reasons(dependencies.logged)],
      [
        400,
        "Approve again This approval page is too old. Nothing is lost: open it anew and approve there. " +
        "Open the approval page",
        AGAIN,
        ["form_expired"],
      ],
    );
  });
}

Deno.test("POST /oauth-authorize takes a form until its last millisecond", async () => {
  const { dependencies } = openingWith();

  const response = await buildAuthorizationEndpoint({ ...dependencies, now: () => NOW + 10 * 60 * 1000 - 1 })(
    approvalRequest({ form: await askForConsent() }),
  );

  assertEquals(response.status, 303);
});

Deno.test("POST /oauth-authorize offers a new start to a form that was used", async () => {
  const { dependencies } = openingWith({}, { open_authorization_session: { outcome: "form_replayed" } });
  const form = await askForConsent({ login_hint: "a@x.example" });

  const response = await buildAuthorizationEndpoint(dependencies)(approvalRequest({ form }));

  const page = await readPage(response);
  assertEquals([page.status, readLink(page.html), response.headers.get("Set-Cookie")], [400, AGAIN, null]);
  assertStringIncludes(page.text, "This approval page was used already.");
  assertEquals(reasons(dependencies.logged), ["form_replayed"]);
});

Deno.test("POST /oauth-authorize hashes one form to one hash, so that it is good once", async () => {
  const form = await askForConsent();
  const hashes = [];
  for (let round = 0; round < 2; round++) {
    const { dependencies } = openingWith();
    await buildAuthorizationEndpoint(dependencies)(approvalRequest({ form }));
    hashes.push(onlyArguments(dependencies.database, "open_authorization_session").p_form_hash);
  }

  assertEquals(hashes[0], hashes[1]);
});

const REMOVED = "Cannot approve: the app or its sign-in was removed meanwhile";
const NOT_OPENED: [
  outcome: "unknown_server" | "unknown_client" | "no_sign_in",
  status: number,
  sentence: string,
][] = [
  ["unknown_server", 404, "Cannot find server: no MCP server is served at this address"],
  ["unknown_client", 400, REMOVED],
  ["no_sign_in", 400, REMOVED],
];
for (const [outcome, status, sentence] of NOT_OPENED) {
  Deno.test(`POST /oauth-authorize shows that meanwhile the session cannot be opened: ${outcome}`, async () => {
    const { dependencies } = openingWith({}, { open_authorization_session: { outcome } });

    const response = await buildAuthorizationEndpoint(dependencies)(
      approvalRequest({ form: await askForConsent() }),
    );

    await assertErrorPage(response, status, sentence);
    assertEquals([reasons(dependencies.logged), response.headers.get("Set-Cookie")], [[outcome], null]);
  });
}

Deno.test("POST /oauth-authorize shows a database that is out of reach, which can be tried again", async () => {
  const { dependencies } = openingWith({}, {
    open_authorization_session: unavailable("Cannot answer now: try again", "database_unavailable"),
  });

  const response = await buildAuthorizationEndpoint(dependencies)(
    approvalRequest({ form: await askForConsent() }),
  );

  assertEquals(response.headers.get("Retry-After"), "5");
  await assertErrorPage(response, 503, "Cannot answer now: try again");
});

const ENDING: Answers = {
  // Of a claim only the session is read here, and one of a config that changed has nothing else.
  claim_authorization_session: { outcome: "config_changed", session_id: "ses_1", request_id: null },
  fail_authorization_session: "failed",
};
const UNTRUSTED = "Cannot log in: the provider refused or its answer cannot be trusted";
const UNREACHABLE: [
  what: string,
  changes: Parameters<typeof buildUpstream>[0],
  error: string,
  description: string,
  reason: string,
][] = [
  [
    "does not answer",
    {
      answers: {
        discovery: () => {
          throw new TypeError("connection refused");
        },
      },
    },
    "temporarily_unavailable",
    "Cannot reach the provider now: try again",
    "upstream_unreachable",
  ],
  [
    "answers 500",
    { answers: { discovery: () => new Response("secret stack trace", { status: 500 }) } },
    "temporarily_unavailable",
    "Cannot log in now: the provider does not answer as it should, try again",
    "upstream_unavailable",
  ],
  [
    "says it is another",
    { metadata: { issuer: "https://evil.example" } },
    "server_error",
    UNTRUSTED,
    "upstream_untrusted",
  ],
  [
    "publishes a hostile address",
    { metadata: { authorization_endpoint: "javascript:alert(1)" } },
    "server_error",
    UNTRUSTED,
    "upstream_untrusted",
  ],
];
for (const [what, changes, error, error_description, reason] of UNREACHABLE) {
  Deno.test(`POST /oauth-authorize redirects ${error} when the provider ${what}`, async () => {
    const { dependencies } = openingWith(changes, ENDING);

    const response = await buildAuthorizationEndpoint(dependencies)(
      approvalRequest({ form: await askForConsent() }),
    );

    const [opened, claimed, failed] = dependencies.database.calls;
    assertEquals(
      [claimed?.args["p_state_hash"], claimed?.args["p_browser_hash"]],
      [opened?.args["p_state_hash"], opened?.args["p_browser_hash"]],
    );
    assertEquals([
      failed?.name,
      failed?.args["p_session_id"],
      failed?.args["p_reason"],
      failed?.args["p_retry"],
    ], [
      "fail_authorization_session",
      "ses_1",
      reason,
      false,
    ]);
    await assertRedirect(response, CALLBACK, {
      error,
      error_description,
      state: "client-state",
      iss: ISSUER,
    });
    assertEquals([reasons(dependencies.logged), response.headers.get("Set-Cookie")], [[reason], null]);
  });
}

const SILENT: [what: string, answers: Answers][] = [
  ["cannot be found", { claim_authorization_session: { outcome: "unknown" } }],
  ["cannot be asked for", { claim_authorization_session: new Error("no connection") }],
  ["cannot be ended", { ...ENDING, fail_authorization_session: new Error("no connection") }],
];
for (const [what, answers] of SILENT) {
  Deno.test(`POST /oauth-authorize tells the client that the provider failed even if the session ${what}`, async () => {
    const { dependencies } = openingWith({
      answers: { discovery: () => new Response(null, { status: 500 }) },
    }, answers);

    const response = await buildAuthorizationEndpoint(dependencies)(
      approvalRequest({ form: await askForConsent() }),
    );

    const { searchParams } = new URL(response.headers.get("Location")!);
    assertEquals([searchParams.get("error"), reasons(dependencies.logged)], [
      "temporarily_unavailable",
      ["upstream_unavailable"],
    ]);
  });
}

const CONSENT_URL = "https://www.example.com/consent";

function ownPageDependencies(answers: Answers = {}): TestDependencies {
  return buildDependencies(answers, { consentUrl: CONSENT_URL });
}

Deno.test("POST /oauth-authorize tells the page that is served elsewhere what is asked, and no other page", async () => {
  const response = await buildAuthorizationEndpoint(ownPageDependencies())(
    approvalRequest({ form: await askForConsent(), decision: null }, {
      "Origin": "https://www.example.com",
      "Sec-Fetch-Site": "cross-site",
      "Accept": "application/json",
    }),
  );

  assertEquals(
    [response.headers.get("Access-Control-Allow-Origin"), response.headers.get("Vary")],
    ["https://www.example.com", "Origin"],
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

Deno.test("POST /oauth-authorize takes the approval of the page that is served elsewhere", async () => {
  const upstream = buildUpstream();
  const dependencies = {
    ...ownPageDependencies({ open_authorization_session: { outcome: "opened", config: upstream.config } }),
    safeFetch: upstream.safeFetch,
  };

  const response = await buildAuthorizationEndpoint(dependencies)(
    approvalRequest({ form: await askForConsent() }, {
      "Origin": "https://www.example.com",
      "Sec-Fetch-Site": "cross-site",
    }),
  );

  assertEquals([response.status, response.headers.has("Set-Cookie")], [303, true]);
});

Deno.test("POST /oauth-authorize takes no approval of that page's neighbours", async () => {
  const dependencies = ownPageDependencies();

  const response = await buildAuthorizationEndpoint(dependencies)(
    approvalRequest({ form: await askForConsent() }, { "Origin": "https://www.example.com.evil.example" }),
  );

  await assertErrorPage(response, 400, FORGED);
});

const BODIES: [what: string, request: () => Request, status: number, sentence: string][] = [
  [
    "JSON",
    () =>
      new Request("http://edge/oauth-authorize/demo", {
        method: "POST",
        body: "{}",
        headers: { "Content-Type": "application/json" },
      }),
    415,
    "Cannot read request: the body must be application/x-www-form-urlencoded",
  ],
  [
    "an oversized form",
    () => approvalRequest({ form: "a".repeat(64 * 1024) }),
    413,
    "Cannot read body: it is larger than 65536 bytes",
  ],
  [
    "a form twice",
    () => approvalRequest({ form: ["a", "b"] }),
    400,
    "Cannot read request: a parameter is repeated",
  ],
];
for (const [what, request, status, sentence] of BODIES) {
  Deno.test(`POST /oauth-authorize refuses ${what}`, async () => {
    const response = await buildAuthorizationEndpoint(buildDependencies())(request());

    await assertErrorPage(response, status, sentence);
  });
}

const OTHERS: [account_prompt: "select_account" | "login" | null, prompt: string | null][] = [
  ["select_account", "select_account"],
  ["login", "login"],
  [null, null],
];
for (const [account_prompt, prompt] of OTHERS) {
  Deno.test(`POST /oauth-authorize sends a person who wants another account on with prompt ${prompt}, and without a hint`, async () => {
    const { dependencies, upstream } = openingWith();
    const config = { ...upstream.config, account_prompt };
    const endpoint = buildAuthorizationEndpoint(buildDependencies({
      open_authorization_session: { outcome: "opened", config },
    }, { safeFetch: upstream.safeFetch }));
    const form = await askForConsent({ login_hint: "ada@example.com", ui_locales: "de" });

    const same = await endpoint(approvalRequest({ form, decision: "approve" }));
    const other = await endpoint(approvalRequest({ form, decision: "approve_as_other" }));

    const sent = [same, other].map((response) => {
      const { searchParams } = new URL(response.headers.get("Location") ?? "missing:");
      return ["prompt", "login_hint", "ui_locales"].map((name) => searchParams.get(name));
    });
    assertEquals(sent, [[null, "ada@example.com", "de"], [prompt, null, "de"]]);
    assertEquals(dependencies.database.calls, []);
  });
}
