import { assertEquals, assertMatch } from "@std/assert";
import { base64url, decodeProtectedHeader, SignJWT } from "jose";
import {
  authorizationRequestOf,
  configSecretOf,
  openSecret,
  sealSecret,
  upstreamTokenOf,
} from "../../functions/_shared/secrets/encryption.ts";
import { unavailable } from "../../functions/_shared/errors.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { buildCallbackEndpoint } from "../../functions/oauth-callback/handler.ts";
import type { completeAuthorization } from "../../functions/oauth-callback/login.ts";
import { assertErrorPage, assertJson, assertRedirect } from "../support/client/answers.ts";
import {
  assertFailed,
  BROWSER_SECRET,
  CALLBACK,
  callbackRequest,
  claimOf,
  completionOf,
  COOKIE_NAME,
  failedLogin,
  type Login,
  loginAt,
  RELEASED,
  STATE,
  STATE_HASH,
} from "../support/functions/callback_login.ts";
import { buildDependencies, encryptionKeys, NOW } from "../support/functions/dependencies.ts";
import type { EndpointAnswer } from "../support/provider/program.ts";
import {
  buildUpstream,
  listAsked,
  listSent,
  UPSTREAM_JWK,
  UPSTREAM_NONCE,
  type UpstreamChanges,
} from "../support/provider/upstream.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";
import { ISSUER } from "../support/database/records.ts";
import { type Changes, CODE_VERIFIER } from "../support/client/requests.ts";

const REFUSED =
  "Cannot finish the login: it was started in another browser, took too long or is finished already";

Deno.test("GET /oauth-callback finishes the login and returns to the client with a code", async () => {
  const { dependencies, upstream } = await loginAt();

  const response = await buildCallbackEndpoint(dependencies)(callbackRequest());

  const code = new URL(response.headers.get("Location")!).searchParams.get("code")!;
  assertMatch(code, /^[A-Za-z0-9_-]{43}$/);
  await assertRedirect(response, CALLBACK, { code, state: "client-state", iss: ISSUER });
  assertEquals(
    [response.headers.get("Set-Cookie"), response.headers.get("Referrer-Policy")],
    [RELEASED, "no-referrer"],
  );
  assertEquals(dependencies.database.calls.map(({ name }) => name), [
    "claim_authorization_session",
    "complete_authorization",
  ]);
  assertEquals(dependencies.database.calls[0]?.args, {
    p_state_hash: STATE_HASH,
    p_browser_hash: hashSecret(BROWSER_SECRET),
  });
  const { p_access_token, p_refresh_token, ...completion } = completionOf(dependencies);
  assertEquals(completion, {
    p_session_id: "session-1",
    p_upstream_issuer: upstream.issuer,
    p_upstream_sub: "upstream-1",
    p_email: "person@example.com",
    p_email_verified: true,
    p_profile: {
      sub: "upstream-1",
      name: "Example Person",
      email: "person@example.com",
      email_verified: true,
    },
    p_tracking_id: "track-1",
    p_scope: "openid email",
    p_expires_at: new Date(NOW + 3600_000).toISOString(),
    p_auth_time: null,
    p_code_hash: hashSecret(code),
  });
  const row = String(decodeProtectedHeader(p_access_token)["row"]);
  assertMatch(row, /^uoat_[A-Za-z0-9_-]{12}$/);
  assertEquals(
    await Promise.all(
      [p_access_token, p_refresh_token!].map(async (sealed) =>
        (await openSecret(sealed, upstreamTokenOf("org_1", row), encryptionKeys)).text
      ),
    ),
    ["upstream-access-token", "upstream-refresh-token"],
  );
});

Deno.test("GET /oauth-callback redeems the upstream's code with PKCE and the redirect URI of its organization", async () => {
  const { dependencies, upstream } = await loginAt({
    config: {
      token_endpoint_auth_method: "client_secret_basic",
      client_secret_ciphertext: await sealSecret(
        "upstream-secret",
        configSecretOf({ id: "coac_1", organization_id: "org_1" }),
        encryptionKeys,
      ),
    },
  });

  await buildCallbackEndpoint(dependencies)(callbackRequest());

  assertEquals(listAsked(upstream), [
    "discovery",
    "jwks",
    "token",
    "userinfo",
  ]);
  assertEquals(listSent(upstream)[2], {
    endpoint: "token",
    method: "POST",
    authorization: `Basic ${btoa("gatepost-at-upstream:upstream-secret")}`,
    parameters: {
      grant_type: "authorization_code",
      code: "upstream-code",
      redirect_uri: "https://auth.example.com/oauth-callback/org_1",
      code_verifier: CODE_VERIFIER,
    },
  });
});

Deno.test("GET /oauth-callback logs no secret and no address", async () => {
  const { dependencies } = await loginAt();

  const response = await buildCallbackEndpoint(dependencies)(callbackRequest());

  const code = new URL(response.headers.get("Location")!).searchParams.get("code")!;
  assertNothingLogged(dependencies.logged, [
    code,
    STATE,
    BROWSER_SECRET,
    "upstream-code",
    "upstream-access-token",
    "upstream-refresh-token",
    CODE_VERIFIER,
    "person@example.com",
    "client-state",
  ]);
  assertEquals(decodeProtectedHeader(completionOf(dependencies).p_access_token).alg, "dir");
});

Deno.test("GET /oauth-callback logs the server that the login is for", async () => {
  const { dependencies } = await loginAt();

  await buildCallbackEndpoint(dependencies)(callbackRequest());

  assertEquals(dependencies.logged.map(({ server, reason }) => [server, reason]), [["demo", "ok"]]);
});

const NOT_BOUND: [what: string, request: Request, reason: string][] = [
  ["no state", callbackRequest({ state: null }), "state_missing"],
  ["an empty state", callbackRequest({ state: "" }), "state_missing"],
  ["two states", callbackRequest({ state: [STATE, STATE] }), "state_missing"],
  ["no cookie", callbackRequest({}, { Cookie: "" }), "other_browser"],
  [
    "another login's cookie",
    callbackRequest({}, { Cookie: "__Host-gatepost-aaaaaaaaaaaaaaaa=x" }),
    "other_browser",
  ],
  ["an empty cookie", callbackRequest({}, { Cookie: `${COOKIE_NAME}=` }), "other_browser"],
  [
    "a cookie without its prefix, which a neighbour could plant",
    callbackRequest({}, { Cookie: `${COOKIE_NAME.replace("__Host-", "")}=${BROWSER_SECRET}` }),
    "other_browser",
  ],
  ["another state", callbackRequest({ state: "other" }), "other_browser"],
];
for (const [what, request, reason] of NOT_BOUND) {
  Deno.test(`GET /oauth-callback refuses ${what} before it asks anyone`, async () => {
    const dependencies = buildDependencies();

    const response = await buildCallbackEndpoint(dependencies)(request);

    await assertErrorPage(response, 400, REFUSED);
    assertEquals(reasons(dependencies.logged), [reason]);
  });
}

for (const outcome of ["unknown", "expired", "replayed", "other_browser", "no_sign_in"] as const) {
  Deno.test(`GET /oauth-callback shows one sentence for a session that is ${outcome}, and redeems nothing`, async () => {
    const { dependencies, upstream } = await loginAt({}, { claim_authorization_session: { outcome } });

    const response = await buildCallbackEndpoint(dependencies)(callbackRequest());

    await assertErrorPage(response, 400, REFUSED);
    assertEquals([reasons(dependencies.logged), upstream.requests()], [[`session_${outcome}`], []]);
  });
}

Deno.test("GET /oauth-callback answers JSON to whoever asks for it", async () => {
  const response = await buildCallbackEndpoint(buildDependencies())(
    callbackRequest({ state: null }, { Accept: "application/json" }),
  );

  await assertJson(response, 400, { error: "invalid_request", error_description: REFUSED });
});

Deno.test("GET /oauth-callback leaves the browser bound while the database is out of reach", async () => {
  const { dependencies } = await loginAt({}, {
    claim_authorization_session: unavailable("Cannot answer now: try again", "database_unavailable"),
  });

  const response = await buildCallbackEndpoint(dependencies)(callbackRequest());

  assertEquals([response.headers.get("Set-Cookie"), response.headers.get("Retry-After")], [null, "5"]);
  await assertErrorPage(response, 503, "Cannot answer now: try again");
});

Deno.test("GET /oauth-callback refuses what came to another organization's callback, and redeems nothing", async () => {
  const { dependencies, upstream } = await loginAt({}, { fail_authorization_session: "failed" });
  const { url, headers } = callbackRequest();

  const response = await buildCallbackEndpoint(dependencies)(
    new Request(url.replace("/org_1?", "/org_2?"), { headers }),
  );

  await assertRedirect(response, CALLBACK, {
    error: "server_error",
    error_description: "Cannot log in: another provider answered",
    state: "client-state",
    iss: ISSUER,
  });
  assertEquals([reasons(dependencies.logged), upstream.requests()], [["callback_of_another"], []]);
});

Deno.test("GET /oauth-callback below another path is a 404", async () => {
  const response = await buildCallbackEndpoint(buildDependencies())(
    new Request("http://edge/oauth-callback/org_1/more?state=x", { headers: { Accept: "application/json" } }),
  );

  await assertJson(response, 404, {
    error: "not_found",
    error_description: "Cannot find this page: nothing is served at this address",
  });
});

const UNTRUSTED = "Cannot log in: the provider refused or its answer cannot be trusted";
const PROBLEM = "Cannot log in now: the provider has a problem, try again";
const DENIED: [parameters: Changes, error: string, description: string, reason: string][] = [
  [
    { error: "access_denied" },
    "access_denied",
    "Cannot log in: the provider denied access",
    "upstream_denied",
  ],
  [
    { error: "login_required" },
    "login_required",
    "Cannot log in: the provider wants the person to log in",
    "upstream_login_required",
  ],
  [
    { error: "interaction_required" },
    "login_required",
    "Cannot log in: the provider wants the person to log in",
    "upstream_login_required",
  ],
  [
    { error: "consent_required" },
    "consent_required",
    "Cannot log in: the provider wants the person to consent",
    "upstream_consent_required",
  ],
  [{ error: "temporarily_unavailable" }, "temporarily_unavailable", PROBLEM, "upstream_error"],
  [{ error: "server_error" }, "temporarily_unavailable", PROBLEM, "upstream_error"],
  [{ error: "invalid_scope" }, "server_error", UNTRUSTED, "upstream_refused"],
  [{ error: "made_up" }, "server_error", UNTRUSTED, "upstream_refused"],
];
for (const [parameters, error, description, reason] of DENIED) {
  Deno.test(`GET /oauth-callback redirects ${error} when the provider says ${parameters["error"]}`, async () => {
    const login = await failedLogin(
      {},
      callbackRequest({ code: null, error_description: "secret upstream text", ...parameters }),
    );

    assertEquals(login.response.headers.get("Location")!.includes("secret"), false);
    await assertFailed(login, error, description, reason);
  });
}

const MIXED_UP: [what: string, metadata: Record<string, unknown>, parameters: Changes, reason: string][] = [
  ["another provider's iss", {}, { iss: "https://evil.example" }, "upstream_response_invalid"],
  ["two iss", {}, { iss: ["https://evil.example", "https://evil.example"] }, "upstream_response_invalid"],
  [
    "no iss though the provider promises one",
    { authorization_response_iss_parameter_supported: true },
    {},
    "upstream_response_invalid",
  ],
  ["an implicit answer", {}, { id_token: "x" }, "upstream_response_invalid"],
  ["no code", {}, { code: null }, "upstream_untrusted"],
  ["two codes", {}, { code: ["a", "b"] }, "upstream_untrusted"],
];
for (const [what, metadata, parameters, reason] of MIXED_UP) {
  Deno.test(`GET /oauth-callback refuses ${what} before the upstream code is redeemed`, async () => {
    const login = await failedLogin({ metadata }, callbackRequest(parameters));

    assertEquals(listAsked(login.upstream), ["discovery"]);
    await assertFailed(login, "server_error", UNTRUSTED, reason);
  });
}

Deno.test("GET /oauth-callback takes the provider's own iss", async () => {
  const { dependencies, upstream } = await loginAt({
    metadata: { authorization_response_iss_parameter_supported: true },
  });

  const response = await buildCallbackEndpoint(dependencies)(callbackRequest({ iss: upstream.issuer }));

  assertEquals(new URL(response.headers.get("Location")!).searchParams.has("code"), true);
});

const seconds = NOW / 1000;
const CLAIMS: [what: string, claims: Record<string, unknown>][] = [
  ["another issuer", { iss: "https://evil.example" }],
  ["another audience", { aud: "another-client" }],
  ["other audiences", { aud: ["another-client", "a-third"] }],
  ["another azp", { azp: "another-client" }],
  ["several audiences and another azp", {
    aud: ["gatepost-at-upstream", "another-client"],
    azp: "another-client",
  }],
  ["another nonce", { nonce: "nonce-of-another-login" }],
  ["an end in the past", { iat: seconds - 7200, exp: seconds - 3600 }],
  ["a start in the future", { nbf: seconds + 3600 }],
];
for (const [what, claims] of CLAIMS) {
  Deno.test(`GET /oauth-callback refuses an id_token with ${what}`, async () => {
    const login = await failedLogin({ idTokenClaims: claims }, callbackRequest());

    await assertFailed(login, "server_error", UNTRUSTED, "upstream_untrusted");
  });
}

const NONSENSE = "Cannot log in now: the provider does not answer as it should, try again";
const MISSING: [what: string, claims: Record<string, unknown>][] = [
  ["nonce", { nonce: undefined }],
  ["subject", { sub: undefined }],
  ["audience", { aud: undefined }],
  ["end", { exp: undefined }],
];
for (const [what, claims] of MISSING) {
  Deno.test(`GET /oauth-callback knows nobody by an id_token without ${what}`, async () => {
    const login = await failedLogin({ idTokenClaims: claims }, callbackRequest());

    assertEquals(login.dependencies.database.calls.map(({ name }) => name), [
      "claim_authorization_session",
      "fail_authorization_session",
    ]);
    assertEquals(new URL(login.response.headers.get("Location")!).searchParams.has("code"), false);
  });
}

/** The parts of a signed token. */
function encode(part: unknown): string {
  return base64url.encode(JSON.stringify(part));
}

/** The claims of a signed token. */
function readClaims(idToken: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(base64url.decode(idToken.split(".")[1]!)));
}

/** A provider whose id_token somebody exchanges. */
function forging(forge: (idToken: string) => string | Promise<string>): UpstreamChanges {
  return {
    answerTokens: async (members) =>
      Response.json({ ...members, id_token: await forge(String(members["id_token"])) }),
  };
}

/** The public key taken for the secret of HS256. */
async function signWithPublicKey(idToken: string, header: { kid?: string }): Promise<string> {
  return await new SignJWT(readClaims(idToken)).setProtectedHeader({ alg: "HS256", ...header })
    .sign(new TextEncoder().encode(JSON.stringify(UPSTREAM_JWK)));
}

const FORGED: [what: string, changes: UpstreamChanges][] = [
  ["alg none", forging((idToken) => `${encode({ alg: "none" })}.${idToken.split(".")[1]}.`)],
  ["HS256 over the public key", forging((idToken) => signWithPublicKey(idToken, { kid: UPSTREAM_JWK.kid! }))],
  [
    "the signature of other claims",
    forging((idToken) => {
      const [header, , signature] = idToken.split(".");
      return `${header}.${encode({ ...readClaims(idToken), sub: "victim" })}.${signature}`;
    }),
  ],
  ["no signature", forging((idToken) => idToken.replace(/[^.]+$/, ""))],
  ["a key that the provider does not publish", { idTokenHeader: { kid: "of-another" } }],
];
for (const [what, changes] of FORGED) {
  Deno.test(`GET /oauth-callback refuses an id_token with ${what}`, async () => {
    const login = await loginAt(changes, { fail_authorization_session: "failed" });

    const response = await buildCallbackEndpoint(login.dependencies)(callbackRequest());

    await assertRedirect(response, CALLBACK, {
      error: "server_error",
      error_description: UNTRUSTED,
      state: "client-state",
      iss: ISSUER,
    });
    const { name, args } = login.dependencies.database.calls.at(-1)!;
    const { p_detail, ...others } = args;
    assertEquals([name, others], [
      "fail_authorization_session",
      { p_session_id: "session-1", p_reason: "upstream_untrusted", p_retry: false },
    ]);
    assertEquals((p_detail as Record<string, unknown>)["step"], "id_token");
  });
}

Deno.test("GET /oauth-callback refuses HS256 also where the provider's metadata allows it", async () => {
  const login = await loginAt({
    metadata: { id_token_signing_alg_values_supported: ["HS256", "none", "ES256"] },
    ...forging((idToken) => signWithPublicKey(idToken, {})),
  }, { fail_authorization_session: "failed" });

  const response = await buildCallbackEndpoint(login.dependencies)(callbackRequest());

  assertEquals(new URL(response.headers.get("Location")!).searchParams.get("error"), "server_error");
});

Deno.test("GET /oauth-callback makes no user when userinfo speaks of somebody else", async () => {
  const login = await failedLogin(
    { userinfo: { sub: "victim", email: "victim@example.com" } },
    callbackRequest(),
  );

  assertEquals(
    login.dependencies.database.calls.some(({ name }) => name === "complete_authorization"),
    false,
  );
  await assertFailed(login, "server_error", UNTRUSTED, "upstream_untrusted");
});

const UNREACHABLE = "Cannot reach the provider now: try again";
const down: EndpointAnswer = () => {
  throw new TypeError("connection refused");
};
const slow: EndpointAnswer = () => {
  throw new DOMException("timed out", "TimeoutError");
};
const MOMENTS: [what: string, answer: EndpointAnswer, description: string, reason: string][] = [
  ["429", () => new Response("secret upstream text", { status: 429 }), NONSENSE, "upstream_unavailable"],
  ["408", () => new Response("secret upstream text", { status: 408 }), NONSENSE, "upstream_unavailable"],
  ["500", () => new Response("secret upstream text", { status: 500 }), NONSENSE, "upstream_unavailable"],
  [
    "503",
    () => Response.json({ error: "secret upstream text" }, { status: 503 }),
    NONSENSE,
    "upstream_unavailable",
  ],
  [
    "HTML",
    () => new Response("<html>secret upstream text", { headers: { "Content-Type": "text/html" } }),
    NONSENSE,
    "upstream_unavailable",
  ],
  [
    "broken JSON",
    () => new Response("{", { headers: { "Content-Type": "application/json" } }),
    NONSENSE,
    "upstream_unavailable",
  ],
  ["a list", () => Response.json([]), NONSENSE, "upstream_unavailable"],
  ["nothing", () => new Response(null), NONSENSE, "upstream_unavailable"],
  ["no connection", down, UNREACHABLE, "upstream_unreachable"],
  ["no answer in time", slow, UNREACHABLE, "upstream_unreachable"],
  [
    "a redirect to the metadata service",
    () => Response.redirect("http://169.254.169.254/", 302),
    UNREACHABLE,
    "upstream_unreachable",
  ],
  [
    "ten megabytes",
    () => new Response(new Uint8Array(10 * 1024 * 1024)),
    "Cannot log in now: an answer of the provider is too large, try again",
    "upstream_answer_too_large",
  ],
];
for (const endpoint of ["discovery", "token", "jwks"] as const) {
  for (const [what, answer, description, reason] of MOMENTS) {
    Deno.test(`GET /oauth-callback sets the login back when ${endpoint} answers ${what}`, async () => {
      const login = await failedLogin({ answers: { [endpoint]: answer } }, callbackRequest());

      assertEquals(login.response.headers.get("Location")!.includes("secret"), false);
      await assertFailed(login, "temporarily_unavailable", description, reason);
    });
  }
}

const WRONG_TYPES: [what: string, tokens: Record<string, unknown>][] = [
  ["an access token that is a number", { access_token: 7 }],
  ["no access token", { access_token: undefined }],
  ["an id_token that is a number", { id_token: 7 }],
  ["no id_token", { id_token: undefined }],
];
for (const [what, tokens] of WRONG_TYPES) {
  Deno.test(`GET /oauth-callback sets the login back when the token endpoint sends ${what}`, async () => {
    const login = await failedLogin({ tokens }, callbackRequest());

    await assertFailed(login, "temporarily_unavailable", NONSENSE, "upstream_unavailable");
  });
}

const REFUSALS: [what: string, answer: EndpointAnswer][] = [
  [
    "invalid_grant",
    () => Response.json({ error: "invalid_grant", error_description: "secret" }, { status: 400 }),
  ],
  ["invalid_client", () => Response.json({ error: "invalid_client" }, { status: 401 })],
  ["403", () => new Response("<html>secret", { status: 403 })],
];
for (const [what, answer] of REFUSALS) {
  Deno.test(`GET /oauth-callback ends the login when the token endpoint answers ${what}`, async () => {
    const login = await failedLogin({ answers: { token: answer } }, callbackRequest());

    await assertFailed(login, "server_error", UNTRUSTED, "upstream_refused");
  });
}

Deno.test("GET /oauth-callback ends the login when the provider moved into a private network", async () => {
  const login = await failedLogin(
    { metadata: { token_endpoint: "https://169.254.169.254/token" } },
    callbackRequest(),
  );

  await assertFailed(
    login,
    "server_error",
    "Cannot reach the provider: its address may not be used",
    "upstream_address_refused",
  );
});

Deno.test("GET /oauth-callback tells the client also when the failure cannot be written down", async () => {
  const login = await failedLogin({ answers: { token: down } }, callbackRequest(), {
    fail_authorization_session: unavailable("Cannot answer now", "database_unavailable"),
  });

  await assertFailed(login, "temporarily_unavailable", UNREACHABLE, "upstream_unreachable");
});

const NOT_SET_UP = "Cannot log in: the sign-in of this server is not set up";
const NOT_COMPLETED: [
  outcome: Exclude<Awaited<ReturnType<typeof completeAuthorization>>["outcome"], "completed">,
  error: string,
  description: string,
  reason: string,
][] = [
  [
    "unknown",
    "temporarily_unavailable",
    "Cannot log in now: the login was interrupted, try again",
    "session_unknown",
  ],
  ["user_blocked", "access_denied", "Cannot log in: the account is blocked", "user_blocked"],
  [
    "people_quota_reached",
    "access_denied",
    "Cannot log in: the organization has no room for more people",
    "people_quota_reached",
  ],
  [
    "too_many_new_people",
    "temporarily_unavailable",
    "Cannot log in today: too many new people have logged in, try again tomorrow",
    "too_many_new_people",
  ],
  ["unknown_config", "server_error", NOT_SET_UP, "unknown_config"],
  ["config_disabled", "server_error", NOT_SET_UP, "config_disabled"],
  ["organization_required", "server_error", NOT_SET_UP, "organization_required"],
  ["wrong_organization", "server_error", NOT_SET_UP, "wrong_organization"],
  ["subject_required", "server_error", NOT_SET_UP, "subject_required"],
];
for (const [outcome, error, description, reason] of NOT_COMPLETED) {
  Deno.test(`GET /oauth-callback redirects ${error} when the login is not completed: ${outcome}`, async () => {
    const login = await failedLogin({}, callbackRequest(), { complete_authorization: { outcome } });

    await assertFailed(login, error, description, reason);
  });
}

Deno.test("GET /oauth-callback redirects server_error without text when the database has a bug", async () => {
  const login = await failedLogin({}, callbackRequest(), {
    complete_authorization: new Error("duplicate key value (person@example.com)"),
  });

  await assertFailed(login, "server_error", "Cannot answer: an unexpected error occurred", "server_error");
  assertNothingLogged(login.dependencies.logged, ["person@example.com"]);
});

const VERIFIED: [claim: unknown, verified: boolean][] = [
  [true, true],
  ["true", true],
  [false, false],
  ["false", false],
  [1, false],
  [0, false],
  [null, false],
  [undefined, false],
];
for (const [claim, verified] of VERIFIED) {
  Deno.test(`GET /oauth-callback stores email_verified ${JSON.stringify(claim)} as ${verified}`, async () => {
    const { dependencies } = await loginAt({ idTokenClaims: { email_verified: claim } });

    await buildCallbackEndpoint(dependencies)(callbackRequest());

    const { p_email, p_email_verified } = completionOf(dependencies);
    assertEquals([p_email, p_email_verified], ["person@example.com", verified]);
  });
}

Deno.test("GET /oauth-callback knows a user without an address", async () => {
  const { dependencies } = await loginAt({ idTokenClaims: { email: undefined, email_verified: undefined } });

  await buildCallbackEndpoint(dependencies)(callbackRequest());

  const { p_email, p_email_verified, p_upstream_sub } = completionOf(dependencies);
  assertEquals([p_email, p_email_verified, p_upstream_sub], [null, false, "upstream-1"]);
});

Deno.test("GET /oauth-callback knows a user of a provider without userinfo", async () => {
  const { dependencies, upstream } = await loginAt({ metadata: { userinfo_endpoint: undefined } });

  await buildCallbackEndpoint(dependencies)(callbackRequest());

  assertEquals(completionOf(dependencies).p_profile, {
    sub: "upstream-1",
    email: "person@example.com",
    email_verified: true,
  });
  assertEquals(upstream.requests("userinfo"), []);
});

Deno.test("GET /oauth-callback stores when the person authenticated", async () => {
  const { dependencies } = await loginAt({ idTokenClaims: { auth_time: 1700000000 } });

  await buildCallbackEndpoint(dependencies)(callbackRequest());

  assertEquals(completionOf(dependencies).p_auth_time, "2023-11-14T22:13:20.000Z");
});

Deno.test("GET /oauth-callback stores a token that has no refresh token and no end", async () => {
  const { dependencies } = await loginAt({
    tokens: { refresh_token: undefined, expires_in: undefined, scope: undefined },
  });

  await buildCallbackEndpoint(dependencies)(callbackRequest());

  const { p_refresh_token, p_expires_at, p_scope } = completionOf(dependencies);
  assertEquals([p_refresh_token, p_expires_at, p_scope], [null, null, null]);
});

/** GitHub with this list of addresses. */
function likeGitHub(emails: EndpointAnswer, user: Record<string, unknown> = {}): UpstreamChanges {
  return {
    shape: "github",
    person: { sub: "583231" },
    userinfo: { login: "example", name: undefined, email: "public@example.com", ...user },
    answers: { emails },
  };
}

async function loginAtGitHub(changes: UpstreamChanges): Promise<Login> {
  return await loginAt(changes, { fail_authorization_session: "failed" });
}

const primary = [
  { email: "old@example.com", primary: false, verified: true },
  { email: "person@example.com", primary: true, verified: true },
];
Deno.test("GET /oauth-callback knows a user of a provider like GitHub", async () => {
  const { dependencies, upstream } = await loginAtGitHub(likeGitHub(() => Response.json(primary)));

  await buildCallbackEndpoint(dependencies)(callbackRequest());

  const { p_upstream_issuer, p_upstream_sub, p_email, p_email_verified, p_profile, p_expires_at } =
    completionOf(
      dependencies,
    );
  assertEquals(
    { p_upstream_issuer, p_upstream_sub, p_email, p_email_verified, p_profile, p_expires_at },
    {
      p_upstream_issuer: null,
      p_upstream_sub: "583231",
      p_email: "person@example.com",
      p_email_verified: true,
      p_profile: { id: 583231, login: "example", email: "public@example.com" },
      p_expires_at: null,
    },
  );
  assertEquals(
    listSent(upstream).map(({ endpoint, authorization }) => [endpoint, authorization]),
    [
      ["token", null],
      ["userinfo", "Bearer upstream-access-token"],
      ["emails", "Bearer upstream-access-token"],
    ],
  );
});

const GITHUB_FAILURES: [
  what: string,
  changes: UpstreamChanges,
  error: string,
  description: string,
  reason: string,
][] = [
  [
    "names no user",
    likeGitHub(() => Response.json(primary), { id: undefined }),
    "server_error",
    "Cannot log in: the provider does not say who logged in",
    "subject_missing",
  ],
  [
    "limits the rate",
    likeGitHub(() => new Response(null, { status: 429 })),
    "temporarily_unavailable",
    NONSENSE,
    "upstream_unavailable",
  ],
  [
    "answers a refused code with 200",
    {
      ...likeGitHub(() => Response.json(primary)),
      tokens: { access_token: undefined, error: "bad_verification_code" },
    },
    "server_error",
    UNTRUSTED,
    "upstream_refused",
  ],
];
for (const [what, changes, error, description, reason] of GITHUB_FAILURES) {
  Deno.test(`GET /oauth-callback makes no user when a provider like GitHub ${what}`, async () => {
    const { dependencies, upstream } = await loginAtGitHub(changes);

    const response = await buildCallbackEndpoint(dependencies)(callbackRequest());

    const told = dependencies.database.calls.find(({ name }) => name === "fail_authorization_session")?.args;
    assertEquals(dependencies.database.calls.some(({ name }) => name === "complete_authorization"), false);
    await assertFailed({ dependencies, upstream, response, told }, error, description, reason);
  });
}

Deno.test("GET /oauth-callback asks a provider without identity for nobody", async () => {
  const { dependencies, upstream } = await loginAt({
    config: { identity_source: "none" },
    tokens: { id_token: undefined },
  });

  await buildCallbackEndpoint(dependencies)(callbackRequest());

  const { p_upstream_issuer, p_upstream_sub, p_email, p_profile } = completionOf(dependencies);
  assertEquals([p_upstream_issuer, p_upstream_sub, p_email, p_profile], [upstream.issuer, null, null, null]);
  assertEquals(listAsked(upstream), ["discovery", "token"]);
});

Deno.test("GET /oauth-callback returns to a client that sent no state without one", async () => {
  const { dependencies, upstream } = await loginAt();
  const request_ciphertext = await sealSecret(
    JSON.stringify({ nonce: UPSTREAM_NONCE, codeVerifier: CODE_VERIFIER }),
    authorizationRequestOf("org_1", STATE_HASH),
    encryptionKeys,
  );
  const stateless = buildDependencies({
    claim_authorization_session: { ...await claimOf(upstream), request_ciphertext },
    complete_authorization: { outcome: "completed" },
  }, { safeFetch: dependencies.safeFetch });

  const response = await buildCallbackEndpoint(stateless)(callbackRequest());

  assertEquals([...new URL(response.headers.get("Location")!).searchParams.keys()], ["code", "iss"]);
});

Deno.test("GET /oauth-callback binds by a name without prefix on loopback, where there is no https", async () => {
  const upstream = buildUpstream();
  const publicUrl = "http://127.0.0.1:54321/functions/v1";
  const code = upstream.logIn(`${publicUrl}/oauth-callback/org_1`);
  const dependencies = buildDependencies({
    claim_authorization_session: await claimOf(upstream),
    complete_authorization: { outcome: "completed" },
  }, { safeFetch: upstream.safeFetch, publicUrl });

  const response = await buildCallbackEndpoint(dependencies)(
    callbackRequest({ code }, { Cookie: `gatepost-${STATE_HASH.slice(0, 16)}=${BROWSER_SECRET}` }),
  );

  assertEquals(
    [response.status, response.headers.get("Set-Cookie")],
    [303, `gatepost-${STATE_HASH.slice(0, 16)}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`],
  );
});
