import { assertEquals, assertMatch } from "@std/assert";
import { decodeProtectedHeader } from "jose";
import {
  configSecretOf,
  openSecret,
  parseEncryptionKeys,
  type SealedPlace,
  sealSecret,
} from "../../functions/_shared/secrets/encryption.ts";
import { buildConnectUser, type ConnectUser } from "../../functions/_shared/database/user_database.ts";
import { OAuthError, unavailable } from "../../functions/_shared/errors.ts";
import { buildConfigsEndpoint } from "../../functions/oauth-configs/handler.ts";
import { readOrganization, saveOAuthConfig } from "../../functions/oauth-configs/save.ts";
import { readSettings } from "../../functions/oauth-configs/settings.ts";
import { fakeDatabase } from "../support/database/fake_database.ts";
import { buildConfig } from "../support/database/records.ts";
import { assertJson } from "../support/client/answers.ts";
import {
  buildDependencies,
  encryptionKeys,
  type TestDependencies,
} from "../support/functions/dependencies.ts";
import { buildUpstream, type Upstream, type UpstreamChanges } from "../support/provider/upstream.ts";
import { makeEncryptionKeySet } from "../support/functions/keys.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";

const REDIRECT_URI = "https://auth.example.com/oauth-callback/org_1";
const TOKEN = "token-of-a-platform-user";

/** POST /oauth-configs of a signed-in owner, without a provider to be looked for. */
function configRequest(changes: Record<string, unknown> = {}, headers: Record<string, string> = {}): Request {
  return new Request("http://edge/oauth-configs", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Authorization": `Bearer ${TOKEN}`, ...headers },
    body: JSON.stringify({ organization_id: "org_1", name: "Example login", ...changes }),
  });
}

/** What became of a change, as SQL says it. */
type Saved = Awaited<ReturnType<typeof saveOAuthConfig>>;

interface Saving {
  dependencies: TestDependencies;
  upstream: Upstream;
  /** What was saved, and with whose token. */
  saved: { token: string; args: Record<string, unknown> }[];
  handle: (request: Request) => Promise<Response>;
}

/** The organizations that the signed-in user sees, by the id of what belongs to them. */
const VISIBLE: Record<string, Record<string, Record<string, unknown>>> = {
  organizations: { org_1: { id: "org_1" } },
  custom_oauth_configs: { coac_1: { ...buildConfig(), id: "coac_1", organization_id: "org_1" } },
};

/** An endpoint whose platform answers this to every change; `known` is the sealed secret that stands. */
function saving(
  result: Saved | Error,
  changes: UpstreamChanges = {},
  known?: string | null,
  keys = encryptionKeys,
): Saving {
  const upstream = buildUpstream(changes);
  const reading = { outcome: "found", client_secret_ciphertext: known };
  const dependencies = buildDependencies(known === undefined ? {} : { read_client_secret: reading }, {
    safeFetch: upstream.safeFetch,
    encryptionKeys: keys,
  });
  const saved: Saving["saved"] = [];
  const connectUser: ConnectUser = (token) => ({
    read: (table, columns, id) => {
      const found = VISIBLE[table]?.[id];
      return Promise.resolve(
        found ? Object.fromEntries(columns.split(",").map((name) => [name, found[name]])) : null,
      );
    },
    ...fakeDatabase({
      save_oauth_config: (args) => {
        saved.push({ token, args });
        if (result instanceof Error) {
          throw result;
        }
        return result;
      },
    }),
  });
  const handle = buildConfigsEndpoint({ ...dependencies, connectUser });
  return { dependencies, upstream, saved, handle };
}

const CREATED: Saved = { outcome: "created", id: "coac_1" };

/** The place of a new config's secret: the id is made with it. */
function newConfigOf(ciphertext: unknown): SealedPlace {
  const id = String(decodeProtectedHeader(String(ciphertext))["row"]);
  assertMatch(id, /^coac_[A-Za-z0-9_-]{12}$/);
  return configSecretOf({ id, organization_id: "org_1" });
}

Deno.test("POST /oauth-configs seals the client secret and saves the rest as the signed-in user", async () => {
  const { dependencies, upstream, saved, handle } = saving(CREATED);

  const response = await handle(
    configRequest({
      issuer: upstream.issuer,
      client_id: "client-1",
      client_secret: "upstream-secret",
      scopes: ["openid"],
    }),
  );

  await assertJson(response, 201, { id: "coac_1", redirect_uri: REDIRECT_URI, warnings: [] });
  const { p_client_secret_ciphertext, ...args } = saved[0]!.args;
  assertEquals([saved.length, saved[0]!.token], [1, TOKEN]);
  assertEquals(args, {
    p_organization_id: "org_1",
    p_name: "Example login",
    p_issuer: upstream.issuer,
    p_client_id: "client-1",
    p_scopes: ["openid"],
  });
  assertEquals(
    await openSecret(
      p_client_secret_ciphertext as string,
      newConfigOf(p_client_secret_ciphertext),
      encryptionKeys,
    ),
    { text: "upstream-secret", stale: false },
  );
  assertNothingLogged(dependencies.logged, [TOKEN, "upstream-secret"]);
});

Deno.test("POST /oauth-configs changes what is named and leaves the secret alone", async () => {
  const { saved, handle } = saving({ outcome: "saved", id: "coac_1" });

  const response = await handle(configRequest({ id: "coac_1", organization_id: undefined, disabled: true }));

  await assertJson(response, 200, { id: "coac_1", redirect_uri: REDIRECT_URI, warnings: [] });
  assertEquals(saved[0]!.args, { p_id: "coac_1", p_name: "Example login", p_disabled: true });
});

const otherKeys = parseEncryptionKeys(makeEncryptionKeySet("encryption-2"));
const bothKeys = { sealing: otherKeys.sealing, keys: new Map([...otherKeys.keys, ...encryptionKeys.keys]) };

Deno.test("POST /oauth-configs hands on the ciphertext that stands where the same secret is saved again", async () => {
  const known = await sealSecret(
    "upstream-secret",
    configSecretOf({ id: "coac_1", organization_id: "org_1" }),
    encryptionKeys,
  );
  const { dependencies, saved, handle } = saving({ outcome: "saved", id: "coac_1" }, {}, known);

  const response = await handle(configRequest({ id: "coac_1", client_secret: "upstream-secret" }));

  assertEquals([response.status, saved[0]!.args["p_client_secret_ciphertext"]], [200, known]);
  assertEquals(dependencies.database.calls, [
    { name: "read_client_secret", args: { p_oauth_config_id: "coac_1" } },
  ]);
});

const STANDING: [what: string, known: string | null][] = [
  [
    "another secret",
    await sealSecret(
      "upstream-secreT",
      configSecretOf({ id: "coac_1", organization_id: "org_1" }),
      encryptionKeys,
    ),
  ],
  [
    "a secret whose key is gone",
    await sealSecret(
      "upstream-secret",
      configSecretOf({ id: "coac_1", organization_id: "org_1" }),
      otherKeys,
    ),
  ],
  [
    "another organization's secret",
    await sealSecret(
      "upstream-secret",
      configSecretOf({ id: "coac_1", organization_id: "org_2" }),
      encryptionKeys,
    ),
  ],
  ["no secret", null],
];
for (const [what, known] of STANDING) {
  Deno.test(`POST /oauth-configs seals the secret anew where ${what} stands`, async () => {
    const { saved, handle } = saving({ outcome: "saved", id: "coac_1" }, {}, known);

    await handle(configRequest({ id: "coac_1", client_secret: "upstream-secret" }));

    const ciphertext = String(saved[0]!.args["p_client_secret_ciphertext"]);
    const opened = await openSecret(
      ciphertext,
      configSecretOf({ id: "coac_1", organization_id: "org_1" }),
      encryptionKeys,
    );
    assertEquals([ciphertext === known, opened.text], [false, "upstream-secret"]);
  });
}

Deno.test("POST /oauth-configs knows a secret again that stands under an older key", async () => {
  const known = await sealSecret(
    "upstream-secret",
    configSecretOf({ id: "coac_1", organization_id: "org_1" }),
    encryptionKeys,
  );
  const { saved, handle } = saving({ outcome: "saved", id: "coac_1" }, {}, known, bothKeys);

  await handle(configRequest({ id: "coac_1", client_secret: "upstream-secret" }));

  assertEquals(saved[0]!.args["p_client_secret_ciphertext"], known);
});

for (
  const [target, reason] of [
    [{ organization_id: "org_2" }, "unknown_organization"],
    [{ id: "coac_2", organization_id: "org_1" }, "unknown_config"],
  ] as const
) {
  Deno.test(`POST /oauth-configs is a 404 for an ${reason.replace("_", " ")}, and asks no provider`, async () => {
    const { dependencies, upstream, saved, handle } = saving(CREATED);

    const response = await handle(configRequest({ ...target, issuer: upstream.issuer }));

    await assertJson(response, 404, {
      error: "not_found",
      error_description: "Cannot save config: there is no such organization or config for you",
    });
    assertEquals([reasons(dependencies.logged), saved, upstream.requests()], [[reason], [], []]);
  });
}

Deno.test("POST /oauth-configs looks for no provider whose endpoints are named", async () => {
  const { upstream, handle } = saving(CREATED);

  const response = await handle(
    configRequest({ issuer: upstream.issuer, authorization_endpoint: "https://login.example/authorize" }),
  );

  assertEquals([response.status, upstream.requests()], [201, []]);
});

const OUTCOMES: [
  change: Saved,
  status: number,
  error: string,
  description: string,
  reason: string,
][] = [
  [
    { outcome: "forbidden" },
    403,
    "forbidden",
    "Cannot save config: only owners and admins may",
    "role_too_low",
  ],
  [
    { outcome: "unknown_organization" },
    404,
    "not_found",
    "Cannot save config: there is no such organization or config for you",
    "unknown_organization",
  ],
  [
    { outcome: "unknown_config" },
    404,
    "not_found",
    "Cannot save config: there is no such organization or config for you",
    "unknown_config",
  ],
  [
    {
      outcome: "invalid",
      reason: "config_auth_method_is_known",
      argument: "p_token_endpoint_auth_method",
      expected: "client_secret_basic, client_secret_post or none",
    },
    400,
    "invalid_request",
    "Cannot save config: token_endpoint_auth_method has to be client_secret_basic, client_secret_post or none",
    "config_auth_method_is_known",
  ],
  [
    {
      outcome: "invalid",
      reason: "config_secret_stands_with_its_method",
      argument: "p_client_secret_ciphertext",
      expected: "given",
    },
    400,
    "invalid_request",
    "Cannot save config: client_secret has to be given",
    "config_secret_stands_with_its_method",
  ],
];
for (const [result, status, error, error_description, reason] of OUTCOMES) {
  Deno.test(`POST /oauth-configs answers ${error} to ${result.outcome}`, async () => {
    const { dependencies, handle } = saving(result);

    const response = await handle(configRequest());

    await assertJson(response, status, { error, error_description });
    assertEquals(reasons(dependencies.logged), [reason]);
  });
}

const NO_PROVIDER =
  "Cannot save config: nothing at the issuer describes it as a provider; a check looks on the rest of the host";
const NAMED = "Cannot save config: the provider names itself";
const ISSUERS: [
  what: string,
  changes: UpstreamChanges,
  status: number,
  error: string,
  description: string,
][] = [
  [
    "says it is another",
    { metadata: { issuer: "https://evil.example" } },
    400,
    "invalid_request",
    `${NAMED} https://evil.example, and the issuer must be the same text`,
  ],
  [
    "says it is another in a way that cannot be shown",
    { metadata: { issuer: "https://evil.example/<script>" } },
    400,
    "invalid_request",
    "Cannot save config: the document at the issuer is another provider's",
  ],
  [
    "says it is another at great length",
    { metadata: { issuer: `https://evil.example/${"a".repeat(300)}` } },
    400,
    "invalid_request",
    "Cannot save config: the document at the issuer is another provider's",
  ],
  [
    "is none",
    { answers: { discovery: () => new Response(null, { status: 404 }) } },
    400,
    "invalid_request",
    NO_PROVIDER,
  ],
  [
    "redirects",
    { answers: { discovery: () => Response.redirect("https://login.example.com/") } },
    400,
    "invalid_request",
    "Cannot save config: the issuer answers with a redirect, and the issuer must be where it leads",
  ],
  [
    "shows a page",
    { answers: { discovery: () => new Response("<!doctype html>secret upstream text") } },
    400,
    "invalid_request",
    "Cannot save config: a page stands where the issuer must describe itself",
  ],
  [
    "speaks of something else",
    { answers: { discovery: () => Response.json({ swagger: "2.0" }) } },
    400,
    "invalid_request",
    "Cannot save config: the document at the issuer does not describe a provider",
  ],
  [
    "fails for the moment",
    { answers: { discovery: () => new Response("secret upstream text", { status: 500 }) } },
    503,
    "temporarily_unavailable",
    "Cannot log in now: the provider does not answer as it should, try again",
  ],
];
for (const [what, changes, status, error, error_description] of ISSUERS) {
  Deno.test(`POST /oauth-configs saves no provider that ${what}`, async () => {
    const { upstream, saved, handle } = saving(CREATED, changes);

    const response = await handle(configRequest({ issuer: upstream.issuer }));

    await assertJson(response, status, { error, error_description });
    assertEquals(saved, []);
  });
}

// jbarkin/scrumboy#126, Freika/dawarich#2925: what people type where the issuer belongs.
const TYPED: [what: string, typed: (issuer: string) => string][] = [
  ["without its final slash", (issuer) => issuer.replace(/\/$/, "")],
  ["with two final slashes", (issuer) => `${issuer}/`],
  ["as its discovery URL", (issuer) => `${issuer}.well-known/openid-configuration`],
  ["in capital letters", (issuer) => issuer.replace("https", "HTTPS")],
];
for (const [what, typed] of TYPED) {
  Deno.test(`POST /oauth-configs says how an issuer is spelled that was typed ${what}`, async () => {
    const { upstream: { issuer }, saved, handle } = saving(CREATED, { shape: "auth0", path: "/tenant" });

    const response = await handle(configRequest({ issuer: typed(issuer) }));

    await assertJson(response, 400, {
      error: "invalid_request",
      error_description: `${NAMED} ${issuer}, and the issuer must be the same text`,
    });
    assertEquals(saved, []);
  });
}

Deno.test("POST /oauth-configs cuts the blanks around what was typed", async () => {
  const { upstream, saved, handle } = saving(CREATED);

  await handle(configRequest({
    issuer: `  ${upstream.issuer}\n`,
    client_id: "client-1 ",
    client_secret: "upstream-secret\r\n",
    allowed_tenants: [" 11111111-2222-3333-4444-555555555555 "],
  }));

  const { p_client_secret_ciphertext, ...args } = saved[0]!.args;
  assertEquals(args, {
    p_organization_id: "org_1",
    p_name: "Example login",
    p_issuer: upstream.issuer,
    p_client_id: "client-1",
    p_allowed_tenants: ["11111111-2222-3333-4444-555555555555"],
  });
  assertEquals(
    (await openSecret(
      p_client_secret_ciphertext as string,
      newConfigOf(p_client_secret_ciphertext),
      encryptionKeys,
    )).text,
    "upstream-secret",
  );
});

for (const issuer of ["https://169.254.169.254", "http://login.example.com", "https://[::1]"]) {
  Deno.test(`POST /oauth-configs does not look for a provider at ${issuer}`, async () => {
    const { upstream, saved, handle } = saving(CREATED);

    const response = await handle(configRequest({ issuer }));

    await assertJson(response, 400, { error: "invalid_request", error_description: NO_PROVIDER });
    assertEquals([upstream.requests(), saved], [[], []]);
  });
}

Deno.test("POST /oauth-configs saves what a preset stands for, and what is given beside it wins", async () => {
  const { upstream, saved, handle } = saving(CREATED);

  const response = await handle(configRequest({
    name: undefined,
    preset: "auth0",
    preset_values: { domain: "a.eu.auth0.com", audience: "https://api.example.com" },
    issuer: upstream.issuer,
    client_id: "client-1",
  }));

  assertEquals([response.status, saved[0]!.args], [201, {
    p_organization_id: "org_1",
    p_name: "Auth0",
    p_issuer: upstream.issuer,
    p_client_id: "client-1",
    p_token_endpoint_auth_method: "client_secret_post",
    p_scopes: ["openid", "email", "profile", "offline_access"],
    p_identity_source: "openid",
    p_account_prompt: "login",
    p_authorization_parameters: { audience: "https://api.example.com" },
  }]);
});

const CANNOT_WORK: [
  what: string,
  changes: Record<string, unknown>,
  metadata: Record<string, unknown>,
  reason: string,
  sentence: string,
][] = [
  [
    "an id_token that nobody asks for",
    { scopes: ["email"] },
    {},
    "openid_not_asked",
    "Cannot save config: scopes cannot work. The id_token names the person, and the scopes have no openid. " +
    "Add openid to scopes, or set identity_source to userinfo",
  ],
  [
    "a method that the provider does not list",
    {},
    { token_endpoint_auth_methods_supported: ["client_secret_post", "<script>"] },
    "auth_method_not_listed",
    "Cannot save config: token_endpoint_auth_method cannot work. The provider does not list client_secret_basic. " +
    "Set token_endpoint_auth_method to client_secret_post",
  ],
];
for (const [what, changes, metadata, reason, error_description] of CANNOT_WORK) {
  Deno.test(`POST /oauth-configs does not save ${what}`, async () => {
    const { dependencies, upstream, saved, handle } = saving(CREATED, { metadata });

    const response = await handle(configRequest({ issuer: upstream.issuer, ...changes }));

    await assertJson(response, 400, { error: "invalid_request", error_description });
    assertEquals([reasons(dependencies.logged), saved], [[reason], []]);
  });
}

Deno.test("POST /oauth-configs saves a provider that lists no method at all, and one whose endpoints are named", async () => {
  const metadata = { token_endpoint_auth_methods_supported: [] };
  const { upstream, handle } = saving(CREATED, { metadata });

  const answers = [
    await handle(configRequest({ issuer: upstream.issuer })),
    await handle(configRequest({
      identity_source: "userinfo",
      scopes: ["email"],
      authorization_endpoint: "https://login.example/authorize",
    })),
  ];

  assertEquals(answers.map(({ status }) => status), [201, 201]);
});

Deno.test("POST /oauth-configs warns of what people would notice later", async () => {
  const { upstream, handle } = saving(CREATED, {
    metadata: {
      scopes_supported: ["openid", "email", "profile", "offline_access"],
      revocation_endpoint: undefined,
      code_challenge_methods_supported: ["S256"],
    },
  });

  const { warnings } = await (await handle(configRequest({ issuer: upstream.issuer }))).json();

  assertEquals(warnings, [
    {
      id: "refresh_tokens",
      state: "warning",
      finding: "refresh_token_by_scope",
      seen:
        "The provider offers offline_access, and the scopes do not have it: logins may end when the access token does",
      advice: "Add offline_access to scopes",
    },
    {
      id: "revocation",
      state: "warning",
      finding: "revocation_missing",
      seen: "The provider has no revocation endpoint: its tokens stay good until they expire",
      advice: "Nothing, or name revocation_endpoint",
    },
  ]);
});

const MALFORMED: [what: string, changes: Record<string, unknown>, sentence: string][] = [
  ["no organization", { organization_id: undefined }, "Cannot save config: organization_id is missing"],
  ["an unknown member", { owner: "me" }, "Cannot save config: the body has a member that is not known"],
  [
    "a ciphertext of the caller's own",
    { client_secret_ciphertext: "eyJ" },
    "Cannot save config: the body has a member that is not known",
  ],
  [
    "a name of another type",
    { name: 7 },
    "Cannot save config: name has to be a text of at most 2048 characters",
  ],
  [
    "a name that is too long",
    { name: "a".repeat(2049) },
    "Cannot save config: name has to be a text of at most 2048 characters",
  ],
  [
    "scopes of another type",
    { scopes: "openid" },
    "Cannot save config: scopes has to be a list of texts of at most 200 characters",
  ],
  [
    "a scope of another type",
    { scopes: ["openid", 7] },
    "Cannot save config: scopes has to be a list of texts of at most 200 characters",
  ],
  [
    "parameters of another type",
    { authorization_parameters: { max_age: 3600 } },
    "Cannot save config: authorization_parameters has to be an object of texts",
  ],
  [
    "a switch of another type",
    { disabled: "yes" },
    "Cannot save config: disabled has to be true or false",
  ],
  [
    "a preset that takes other values",
    { preset: "google", preset_values: { tenant: "x" } },
    "Cannot save config: preset_values has to be left out",
  ],
  [
    "values of a preset that is not named",
    { preset_values: { tenant: "x" } },
    "Cannot save config: preset_values has to be left out where there is no preset",
  ],
  [
    "values of another type",
    { preset: "entra", preset_values: { tenant: 7 } },
    "Cannot save config: preset_values has to be an object of texts",
  ],
  ["an issuer that is no URL", { issuer: "login" }, NO_PROVIDER],
  [
    "a NUL, which no column can hold",
    { name: "a\0b" },
    "Cannot read request: the JSON holds a text that cannot be stored",
  ],
  [
    "half a character",
    { authorization_parameters: { prompt: "\ud800" } },
    "Cannot read request: the JSON holds a text that cannot be stored",
  ],
];
for (const [what, changes, error_description] of MALFORMED) {
  Deno.test(`POST /oauth-configs answers invalid_request to ${what} and saves nothing`, async () => {
    const { saved, handle } = saving(CREATED);

    const response = await handle(configRequest(changes));

    await assertJson(response, 400, { error: "invalid_request", error_description });
    assertEquals(saved, []);
  });
}

Deno.test("POST /oauth-configs asks for a token before it reads anything", async () => {
  const { saved, handle } = saving(CREATED);

  const response = await handle(new Request("http://edge/oauth-configs", { method: "POST", body: "{" }));

  assertEquals([response.headers.get("WWW-Authenticate"), saved], ["Bearer", []]);
  await assertJson(response, 401, {
    error: "invalid_token",
    error_description: "Cannot answer without an access token: log in first",
  });
});

const FAILED: [what: string, failure: Error, status: number, error: string, description: string][] = [
  [
    "a token that the platform refuses",
    new OAuthError("invalid_token", "Cannot answer: sign in to the platform first"),
    401,
    "invalid_token",
    "Cannot answer: sign in to the platform first",
  ],
  [
    "a database out of reach",
    unavailable("Cannot answer now", "database_unavailable"),
    503,
    "temporarily_unavailable",
    "Cannot answer now",
  ],
  [
    "a bug of the database",
    new Error("column secret does not exist"),
    500,
    "server_error",
    "Cannot answer: an unexpected error occurred",
  ],
];
for (const [what, failure, status, error, error_description] of FAILED) {
  Deno.test(`POST /oauth-configs answers ${error} to ${what}`, async () => {
    const response = await saving(failure).handle(configRequest());

    await assertJson(response, status, { error, error_description });
  });
}

Deno.test("POST /oauth-configs/demo is a 404", async () => {
  const response = await saving(CREATED).handle(
    new Request("http://edge/oauth-configs/demo", configRequest()),
  );

  await assertJson(response, 404, {
    error: "not_found",
    error_description: "Cannot find this page: nothing is served at this address",
  });
});

Deno.test("OPTIONS /oauth-configs lets a dashboard send what supabase-js sends", async () => {
  const response = await saving(CREATED).handle(
    new Request("http://edge/oauth-configs", { method: "OPTIONS" }),
  );

  const allowed = response.headers.get("Access-Control-Allow-Headers") ?? "";
  assertEquals(["Authorization", "apikey", "x-client-info"].map((name) => allowed.includes(name)), [
    true,
    true,
    true,
  ]);
});

const ANSWERS: [status: number, body: unknown, code: string][] = [
  [200, { outcome: "created", id: "coac_1" }, "created"],
  [401, { code: "PGRST301", message: "JWT expired" }, "invalid_token"],
  [403, { code: "42501", message: "permission denied for function save_oauth_config" }, "invalid_token"],
  [500, { code: "40P01", message: "deadlock detected" }, "temporarily_unavailable"],
];
for (const [status, body, code] of ANSWERS) {
  Deno.test(`the platform's ${status} to a change is ${code}, asked with the user's token and the publishable key`, async () => {
    const seen: unknown[] = [];
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
      seen.push([
        new URL(request.url).pathname,
        request.headers.get("apikey"),
        request.headers.get("Authorization"),
      ]);
      return Response.json(body, { status });
    });
    const access = { url: `http://127.0.0.1:${server.addr.port}`, key: "sb_publishable_test" };

    const outcome = await saveOAuthConfig(buildConnectUser(access)(TOKEN), { p_name: "x" })
      .then(({ outcome }) => outcome, (error: OAuthError) => error.code)
      .finally(() => server.shutdown());

    assertEquals(outcome, code);
    assertEquals(seen, [["/rest/v1/rpc/save_oauth_config", "sb_publishable_test", `Bearer ${TOKEN}`]]);
  });
}

Deno.test("a row is read by its id with the user's token, and one that the user does not see is none", async () => {
  const seen: unknown[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const url = new URL(request.url);
    seen.push([url.pathname, url.search, request.headers.get("Authorization")]);
    return Response.json(url.search.includes("org_1") ? [{ id: "org_1" }] : []);
  });
  const access = { url: `http://127.0.0.1:${server.addr.port}`, key: "sb_publishable_test" };
  const database = buildConnectUser(access)(TOKEN);

  const found = await readOrganization(database, "org_1");
  const hidden = await readOrganization(database, "org_2");
  const config = await readSettings(database, "coac_2");
  await server.shutdown();

  assertEquals([found, hidden, config], ["org_1", undefined, undefined]);
  const [, , [table, columns]] = seen as string[][] as [unknown, unknown, string[]];
  assertEquals(seen.slice(0, 2), [
    ["/rest/v1/organizations", "?select=id&id=eq.org_1", `Bearer ${TOKEN}`],
    ["/rest/v1/organizations", "?select=id&id=eq.org_2", `Bearer ${TOKEN}`],
  ]);
  assertEquals([table, columns!.includes("secret")], ["/rest/v1/custom_oauth_configs", false]);
});
