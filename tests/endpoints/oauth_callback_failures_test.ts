import { assertEquals } from "@std/assert";
import { buildCallbackEndpoint } from "../../functions/oauth-callback/handler.ts";
import { callbackRequest, completionOf, loginAt } from "../support/functions/callback_login.ts";
import { NOW } from "../support/functions/dependencies.ts";
import type { EndpointAnswer } from "../support/provider/program.ts";
import type { UpstreamChanges } from "../support/provider/upstream.ts";
import type { Changes } from "../support/client/requests.ts";

/** Logs in and returns what the operator reads of it. */
async function logIn(changes: UpstreamChanges, parameters: Changes = {}): Promise<Record<string, unknown>> {
  const { dependencies } = await loginAt(changes, { fail_authorization_session: "failed" });
  await buildCallbackEndpoint(dependencies)(callbackRequest(parameters));
  return dependencies.logged.at(-1)!;
}

/** An answer with a text that must not leave. */
function refusing(status: number, body: unknown): EndpointAnswer {
  return () => Response.json(body, { status });
}

const seconds = NOW / 1000;
const FAILURES: [what: string, changes: UpstreamChanges, reason: string, detail: Record<string, unknown>][] =
  [
    [
      "discovery finds another issuer",
      { metadata: { issuer: "https://other.example" } },
      "upstream_untrusted",
      { step: "discovery", status: 200, member: "issuer", problem: "mismatch" },
    ],
    [
      "discovery finds a page",
      { answers: { discovery: () => new Response("<html>secret") } },
      "upstream_unavailable",
      { step: "discovery", status: 200, problem: "html" },
    ],
    [
      "the document names no token endpoint",
      { metadata: { token_endpoint: undefined } },
      "upstream_metadata_incomplete",
      { step: "token", member: "token_endpoint", problem: "missing" },
    ],
    [
      "the document names a token endpoint that is too long",
      { metadata: { token_endpoint: `https://provider.example.com/${"a".repeat(2048)}` } },
      "upstream_metadata_too_large",
      { step: "discovery", member: "token_endpoint", problem: "too_large" },
    ],
    [
      "the document names no keys",
      { metadata: { jwks_uri: undefined } },
      "upstream_metadata_incomplete",
      { step: "keys", member: "jwks_uri", problem: "missing" },
    ],
    [
      "the keys are gone",
      { answers: { jwks: () => new Response(null, { status: 404 }) } },
      "upstream_refused",
      { step: "keys", status: 404, problem: "refused" },
    ],
    [
      "there are no keys",
      { answers: { jwks: () => Response.json({ keys: [] }) } },
      "upstream_unavailable",
      { step: "keys", member: "keys", problem: "missing" },
    ],
    // oauth2-proxy/oauth2-proxy#1415: a client secret that has expired.
    [
      "the client secret is wrong",
      {
        answers: {
          token: refusing(401, { error: "invalid_client", error_description: "AADSTS7000222 secret" }),
        },
      },
      "upstream_refused",
      { step: "token", status: 401, error_code: "invalid_client", problem: "refused" },
    ],
    [
      "GitHub says with 200 that the client secret is wrong",
      { answers: { token: refusing(200, { error: "incorrect_client_credentials" }) } },
      "upstream_refused",
      { step: "token", status: 200, error_code: "invalid_client", problem: "refused" },
    ],
    [
      "the code is spent",
      { answers: { token: refusing(400, { error: "invalid_grant" }) } },
      "upstream_refused",
      { step: "token", status: 400, error_code: "invalid_grant", problem: "refused" },
    ],
    [
      "the provider has a code of its own",
      { answers: { token: refusing(422, { error: "secret_word_of_this_provider" }) } },
      "upstream_refused",
      { step: "token", status: 422, error_code: "other", problem: "refused" },
    ],
    [
      "the provider says nothing",
      { answers: { token: () => new Response(null, { status: 403 }) } },
      "upstream_refused",
      { step: "token", status: 403, problem: "refused" },
    ],
    [
      "the provider says slow down with 400",
      { answers: { token: refusing(400, { error: "slow_down" }) } },
      "upstream_unavailable",
      { step: "token", status: 400, error_code: "slow_down", problem: "refused" },
    ],
    [
      "the tokens come without an id_token",
      { tokens: { id_token: undefined } },
      "upstream_unavailable",
      { step: "token", member: "id_token", problem: "missing" },
    ],
    [
      "the access token is too large",
      { tokens: { access_token: "a".repeat(70_000) } },
      "upstream_token_too_large",
      { step: "token", status: 200, member: "access_token", problem: "too_large" },
    ],
    [
      "the id_token is too large",
      { idTokenClaims: { name: "a".repeat(70_000) } },
      "upstream_token_too_large",
      { step: "id_token", member: "id_token", problem: "too_large" },
    ],
    [
      "the id_token is no JWT",
      { tokens: { id_token: "x" } },
      "upstream_untrusted",
      { step: "id_token", problem: "malformed" },
    ],
    [
      "the id_token is encrypted",
      { tokens: { id_token: "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d" } },
      "upstream_untrusted",
      { step: "id_token", problem: "malformed" },
    ],
  ];
for (const [what, changes, reason, detail] of FAILURES) {
  Deno.test(`GET /oauth-callback tells the operator that ${what}`, async () => {
    const line = await logIn(changes);

    assertEquals([line["level"], line["reason"], line["detail"]], ["error", reason, detail]);
    assertEquals(JSON.stringify(line).includes("secret"), false);
  });
}

const REFUSED_CLAIMS: [what: string, claims: Record<string, unknown>, member: string, problem: string][] = [
  ["another issuer", { iss: "https://evil.example" }, "iss", "mismatch"],
  ["no issuer", { iss: undefined }, "iss", "missing"],
  ["an issuer that is a list", { iss: ["https://evil.example"] }, "iss", "malformed"],
  // BerriAI/litellm#42477
  ["another audience", { aud: "another-client" }, "aud", "mismatch"],
  ["other audiences", { aud: ["another-client", "a-third"] }, "aud", "mismatch"],
  ["no audience", { aud: undefined }, "aud", "missing"],
  ["an audience that is an object", { aud: { "gatepost-at-upstream": true } }, "aud", "mismatch"],
  ["another azp", { azp: "another-client" }, "azp", "mismatch"],
  [
    "another azp beside several audiences",
    { aud: ["gatepost-at-upstream", "another-client"], azp: "another-client" },
    "azp",
    "mismatch",
  ],
  ["an azp that is a list", { azp: ["gatepost-at-upstream"] }, "azp", "mismatch"],
  ["another nonce", { nonce: "nonce-of-another-login" }, "nonce", "mismatch"],
  // authlib/authlib#763: LinkedIn sends none. The config of such a provider has the identity source userinfo.
  ["no nonce", { nonce: undefined }, "nonce", "missing"],
  ["a nonce that is a list", { nonce: ["nonce-of-this-login"] }, "nonce", "malformed"],
  ["an end in the past", { exp: seconds - 31 }, "exp", "expired"],
  ["no end", { exp: undefined }, "exp", "missing"],
  ["an end that is no number", { exp: "never" }, "exp", "malformed"],
  ["an end that is null", { exp: null }, "exp", "malformed"],
  ["a start in the future", { nbf: seconds + 31 }, "nbf", "not_yet_valid"],
  ["a start that is no number", { nbf: "tomorrow" }, "nbf", "malformed"],
  ["no subject", { sub: undefined }, "sub", "missing"],
  ["an empty subject", { sub: "" }, "sub", "missing"],
  ["a subject that is a list", { sub: ["upstream-1"] }, "sub", "malformed"],
];
for (const [what, claims, member, problem] of REFUSED_CLAIMS) {
  Deno.test(`GET /oauth-callback tells the operator which claim was wrong: ${what}`, async () => {
    const line = await logIn({ idTokenClaims: claims });

    assertEquals([line["level"], line["reason"], line["detail"]], [
      "error",
      "upstream_untrusted",
      { step: "id_token", member, problem },
    ]);
  });
}

const ACCEPTED_CLAIMS: [what: string, claims: Record<string, unknown>][] = [
  // OpenID Connect Core errata set 2 §3.1.3.7 demands no azp any more.
  ["several audiences and no azp", { aud: ["another-client", "gatepost-at-upstream"] }],
  ["an azp that is this client", { azp: "gatepost-at-upstream" }],
  ["an azp that is null", { azp: null }],
  ["an end within the tolerance", { exp: seconds - 29 }],
  ["a start within the tolerance", { nbf: seconds + 29 }],
  ["an end that is a number as text", { exp: `${seconds + 60}` }],
  ["an end with a fraction", { exp: seconds + 60.5 }],
  ["a start that is null", { nbf: null }],
  ["no iat", { iat: undefined }],
  ["an iat that is no number", { iat: "yesterday" }],
  ["claims of any kind beside them", { amr: 7, acr: null, groups: [{}], _claim_sources: { a: 1 } }],
];
for (const [what, claims] of ACCEPTED_CLAIMS) {
  Deno.test(`GET /oauth-callback takes an id_token with ${what}`, async () => {
    assertEquals((await logIn({ idTokenClaims: claims }))["reason"], "ok");
  });
}

Deno.test("GET /oauth-callback takes an id_token whose subject is a number, digit by digit", async () => {
  const login = await loginAt({
    idTokenClaims: { sub: 7 as unknown as string },
    metadata: { userinfo_endpoint: undefined },
  });

  await buildCallbackEndpoint(login.dependencies)(callbackRequest());

  assertEquals(completionOf(login.dependencies).p_upstream_sub, "7");
});

for (const identity_source of ["userinfo", "none"] as const) {
  for (const id_token of ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", 7]) {
    Deno.test(`GET /oauth-callback does not judge the id_token ${id_token} of a config by ${identity_source}`, async () => {
      const login = await loginAt({ config: { identity_source }, tokens: { id_token } });

      await buildCallbackEndpoint(login.dependencies)(callbackRequest());

      assertEquals(login.dependencies.logged.at(-1)!["reason"], "ok");
      assertEquals(login.upstream.requests("jwks"), []);
    });
  }
}

const RESPONSES: [what: string, parameters: Changes, reason: string, detail: Record<string, unknown>][] = [
  [
    "a refusal with a registered code",
    { error: "invalid_scope", error_description: "secret" },
    "upstream_refused",
    { step: "authorization", error_code: "invalid_scope", problem: "refused" },
  ],
  [
    "a refusal with a code of its own",
    { error: "secret_word" },
    "upstream_refused",
    { step: "authorization", error_code: "other", problem: "refused" },
  ],
  [
    "another issuer",
    { iss: "https://evil.example" },
    "upstream_response_invalid",
    { step: "authorization", member: "iss", problem: "mismatch" },
  ],
  ["no code", { code: null }, "upstream_untrusted", {
    step: "authorization",
    member: "code",
    problem: "missing",
  }],
  [
    "two codes",
    { code: ["a", "b"] },
    "upstream_untrusted",
    { step: "authorization", member: "code", problem: "malformed" },
  ],
];
for (const [what, parameters, reason, detail] of RESPONSES) {
  Deno.test(`GET /oauth-callback tells the operator that the provider sent ${what}`, async () => {
    const line = await logIn(
      {},
      parameters.code === undefined && parameters.error ? { code: null, ...parameters } : parameters,
    );

    assertEquals([line["reason"], line["detail"]], [reason, detail]);
    assertEquals(JSON.stringify(line).includes("secret"), false);
  });
}

Deno.test("GET /oauth-callback refuses the provider's own iss beside another", async () => {
  const login = await loginAt({}, { fail_authorization_session: "failed" });

  await buildCallbackEndpoint(login.dependencies)(
    callbackRequest({ iss: [login.upstream.issuer, "https://evil.example"] }),
  );

  assertEquals(login.dependencies.logged.at(-1)!["detail"], {
    step: "authorization",
    member: "iss",
    problem: "mismatch",
  });
});

// A config for a provider without OpenID, such as GitHub, names the endpoints and no issuer; RFC 9207 lets it send an iss.
const WITHOUT_ISSUER: [iss: (origin: string) => string, reason: string][] = [
  [(origin) => `${origin}/login/oauth`, "ok"],
  [(origin) => origin, "ok"],
  [() => "https://evil.example/login/oauth", "upstream_response_invalid"],
  [() => "login", "upstream_response_invalid"],
];
for (const [iss, reason] of WITHOUT_ISSUER) {
  Deno.test(`GET /oauth-callback is ${reason} at the iss ${iss("of the host")} where the config knows no issuer`, async () => {
    const login = await loginAt({ config: { identity_source: "userinfo" } }, {
      fail_authorization_session: "failed",
    });
    const { issuer } = login.upstream;
    Object.assign(login.upstream.config, {
      issuer: null,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
    });

    await buildCallbackEndpoint(login.dependencies)(callbackRequest({ iss: iss(issuer) }));

    assertEquals(login.dependencies.logged.at(-1)!["reason"], reason);
  });
}

Deno.test("A35: GET /oauth-callback logs a failure that cannot be recorded as an error with its cause", async () => {
  const bug = Object.assign(new Error("The database refused a call"), { code: "22P05" });
  const login = await loginAt({}, { fail_authorization_session: bug });

  await buildCallbackEndpoint(login.dependencies)(
    callbackRequest({ error: "access_denied", code: null }),
  );

  const line = login.dependencies.logged.at(-1)!;
  assertEquals([line["level"], line["reason"]], ["error", "server_error"]);
  assertEquals(String(line["cause"]).startsWith("Error 22P05"), true);
});
