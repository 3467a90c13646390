/**
 * Mistakes that owners make at a provider, each told apart by the doctor, at providers that others wrote.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { OAuthConfig } from "../../functions/_shared/database/rows.ts";
import { UPSTREAM_TEXT } from "../support/provider/faults.ts";
import { hasGlewlwyd, startGlewlwyd } from "../support/provider/glewlwyd.ts";
import { examine, listFindings, REDIRECT_URI } from "../support/provider/examine.ts";
import { type OidcProvider, startOidcProvider } from "../support/provider/oidc_provider.ts";
import type { Program } from "../support/provider/program.ts";
import { type ProgrammableProvider, startProvider } from "../support/provider/provider.ts";
import { type Shape, SHAPES } from "../support/provider/shapes.ts";

const REGISTERED = [REDIRECT_URI];
type Start = NonNullable<Parameters<typeof startOidcProvider>[1]>;

interface Mistake {
  what: string;
  /** How the provider is set up; by default as it should be. */
  registered?: string[];
  start?: Start;
  /** What the config says wrongly. */
  config?: (provider: OidcProvider) => Partial<OAuthConfig>;
  secret?: string;
  failed: string[];
  warned?: string[];
}

const MISTAKES: Mistake[] = [
  { what: "nothing", failed: [] },
  {
    what: "the client id has a typing error",
    config: () => ({ client_id: "gatepast" }),
    failed: ["client_id_unknown"],
  },
  { what: "the client secret is another", secret: "an-old-secret", failed: ["client_secret_refused"] },
  {
    what: "the redirect URI is not registered",
    registered: ["https://elsewhere.example.com/callback"],
    failed: ["redirect_uri_refused"],
  },
  {
    what: "the redirect URI is registered with a slash more",
    registered: [`${REDIRECT_URI}/`],
    failed: ["redirect_uri_refused"],
  },
  {
    what: "a scope is one that the client may not ask for",
    start: { client: { scope: "openid email" } },
    config: () => ({ scopes: ["openid", "email", "profile"] }),
    failed: ["scopes_refused"],
  },
  {
    what: "a scope has a typing error",
    config: () => ({ scopes: ["openid", "emial"] }),
    failed: [],
    warned: ["scopes_unlisted"],
  },
  {
    what: "the issuer has a slash more",
    config: ({ issuer }) => ({ issuer: `${issuer}/` }),
    failed: ["issuer_misspelt"],
  },
  {
    what: "the issuer lacks its path",
    start: { issuerPath: "/tenant" },
    config: ({ issuer }) => ({ issuer: issuer.replace("/tenant", "") }),
    failed: ["issuer_misspelt"],
  },
  {
    what: "the issuer has a path of another realm",
    config: ({ issuer }) => ({ issuer: `${issuer}/realms/other` }),
    failed: ["document_elsewhere"],
  },
  {
    what: "the issuer's host has a typing error",
    config: () => ({ issuer: "http://127.0.0.1:9" }),
    failed: ["provider_unreachable"],
  },
  {
    what: "openid is not asked for",
    config: () => ({ scopes: ["email"] }),
    failed: ["openid_not_asked", "authorization_refused"],
  },
  {
    what: "the client may not use the authorization code grant",
    start: {
      client: { grant_types: ["client_credentials"], response_types: [], redirect_uris: [] },
      configuration: { features: { clientCredentials: { enabled: true } } },
    },
    failed: ["redirect_uri_refused"],
    warned: ["client_known"],
  },
  {
    what: "the token endpoint is a wrong address",
    config: ({ issuer }) => ({ token_endpoint: `${issuer}/oauth/token` }),
    failed: ["token_endpoint_not_found"],
  },
  {
    what: "the authorization endpoint is a wrong address",
    config: ({ issuer }) => ({ authorization_endpoint: `${issuer}/oauth/authorize` }),
    failed: ["authorization_not_found"],
  },
  {
    what: "the userinfo endpoint is a wrong address",
    config: ({ issuer }) => ({ userinfo_endpoint: `${issuer}/userinfo/me` }),
    failed: ["userinfo_not_found"],
  },
  {
    what: "the keys are at a wrong address",
    config: ({ issuer }) => ({ jwks_uri: `${issuer}/keys` }),
    failed: ["keys_unreachable"],
  },
];

for (const { what, registered = REGISTERED, start, config, secret, failed, warned } of MISTAKES) {
  Deno.test(`the doctor tells at oidc-provider: ${what}`, async () => {
    await using provider = await startOidcProvider(registered, start);

    const checks = await examine(
      { issuer: provider.issuer, client_id: provider.clientId, ...config?.(provider) },
      secret ?? provider.clientSecret,
    );

    assertEquals(listFindings(checks), failed, JSON.stringify(checks, null, 1));
    if (warned !== undefined) {
      assertEquals(warned.every((finding) => listFindings(checks, "warning").includes(finding)), true);
    }
  });
}

Deno.test("no two mistakes of an owner have the same findings, but for two spellings of one mistake", () => {
  const findings = MISTAKES.map(({ failed, warned = [] }) => [...failed, ...warned].join());

  assertEquals(MISTAKES.length - new Set(findings).size, 2);
  assertEquals(new Set(findings).size >= 13, true);
});

Deno.test("the doctor finds nothing to mend where nothing is wrong, and sees it all", async () => {
  await using provider = await startOidcProvider(REGISTERED);

  const checks = await examine(
    { issuer: provider.issuer, client_id: provider.clientId, scopes: ["openid", "email", "offline_access"] },
    provider.clientSecret,
  );

  assertEquals(checks.map(({ finding }) => finding), [
    "document_found",
    "issuer_exact",
    "endpoints_known",
    "userinfo_there",
    "keys_usable",
    "openid_asked",
    "pkce_supported",
    "auth_method_listed",
    "scopes_known",
    "refresh_token_asked",
    "revocation_there",
    "response_issuer_sent",
    "one_tenant",
    "redirect_uri_accepted",
    "client_accepted",
    "clock_right",
  ]);
});

// It has one answer for all that is wrong with a client, and looks at the redirect URI before the code.
const UNCLEAR = ["redirect_uri_unclear", "client_refused"];
const AT_GLEWLWYD: [
  what: string,
  changes: { registered?: string[]; config?: Partial<OAuthConfig>; secret?: string },
  failed: string[],
][] = [
  ["nothing", {}, []],
  ["another secret", { secret: "wrong" }, ["client_secret_refused"]],
  ["another client id", { config: { client_id: "gate-past" } }, UNCLEAR],
  ["a redirect URI that is not registered", { registered: ["https://elsewhere.example.com/"] }, UNCLEAR],
];
for (const [what, { registered = REGISTERED, config, secret }, failed] of AT_GLEWLWYD) {
  Deno.test({
    name: `the doctor tells at Glewlwyd: ${what}`,
    ignore: !hasGlewlwyd,
    async fn(): Promise<void> {
      await using glewlwyd = await startGlewlwyd(registered);

      const checks = await examine(
        { issuer: glewlwyd.issuer, client_id: glewlwyd.clientId, scopes: ["openid"], ...config },
        secret ?? glewlwyd.clientSecret,
      );

      assertEquals(listFindings(checks), failed, JSON.stringify(checks, null, 1));
    },
  });
}

Deno.test({
  name: "the doctor finds Glewlwyd from its host alone",
  ignore: !hasGlewlwyd,
  async fn(): Promise<void> {
    await using glewlwyd = await startGlewlwyd(REGISTERED);

    const [check] = await examine({ issuer: new URL(glewlwyd.issuer).origin }, undefined);

    assertEquals([check?.finding, check?.advice], [
      "document_elsewhere",
      `Give exactly ${glewlwyd.issuer} as issuer`,
    ]);
  },
});

const ELSEWHERE = { kind: "redirect", to: "https://login.example.com" } as const;
const AT_SHAPES: [
  what: string,
  shape: Partial<Shape>,
  config: (provider: ProgrammableProvider) => Partial<OAuthConfig>,
  program: Partial<Program>,
  failed: string[],
][] = [
  [
    "the client authenticates in another way",
    { refuse: (form) => form.has("client_secret") ? "not like that" : undefined },
    () => ({ token_endpoint_auth_method: "client_secret_post" }),
    {},
    ["auth_method_wrong"],
  ],
  [
    "the provider lists another way",
    {},
    () => ({ token_endpoint_auth_method: "client_secret_post" }),
    { metadata: { token_endpoint_auth_methods_supported: ["client_secret_basic"] } },
    ["auth_method_not_listed"],
  ],
  ["the issuer is a page", {}, () => ({}), {
    faults: { discovery: { kind: "html" }, oauth_metadata: { kind: "html" } },
  }, ["issuer_is_a_page"]],
  [
    "the issuer redirects",
    {},
    () => ({}),
    { faults: { discovery: ELSEWHERE, oauth_metadata: ELSEWHERE } },
    ["issuer_redirects"],
  ],
  [
    "the provider is down",
    {},
    () => ({}),
    { faults: { discovery: { kind: "status", status: 503 } } },
    ["provider_failing"],
  ],
  [
    "id_tokens are signed with the client secret",
    {},
    () => ({}),
    { metadata: { id_token_signing_alg_values_supported: ["HS256"] } },
    ["algorithms_unusable"],
  ],
  ["there are no keys", {}, () => ({}), { publishKeys: () => ({ keys: [] }) }, ["keys_unusable"]],
  [
    "the user pool has no domain",
    {},
    () => ({}),
    { metadata: { authorization_endpoint: undefined } },
    ["endpoint_missing"],
  ],
  [
    "PKCE is plain",
    {},
    () => ({}),
    { metadata: { code_challenge_methods_supported: ["plain"] } },
    ["pkce_unsupported"],
  ],
  [
    "userinfo names the person and is not there",
    {},
    () => ({ identity_source: "userinfo" }),
    { metadata: { userinfo_endpoint: undefined } },
    ["userinfo_missing"],
  ],
  [
    "any code is good",
    {},
    () => ({}),
    { faults: { token: { kind: "json", body: { access_token: "for anybody" } } } },
    ["any_code_accepted"],
  ],
  [
    "a parameter is one that the provider refuses",
    { refuse: (form) => form.has("resource") ? "no resource" : undefined },
    () => ({ authorization_parameters: { resource: "https://api.example.com" } }),
    {},
    ["authorization_refused"],
  ],
];
for (const [what, shape, config, program, failed] of AT_SHAPES) {
  Deno.test(`the doctor tells at a provider where ${what}`, async () => {
    await using provider = await startProvider({ ...SHAPES.openid, ...shape }, program);

    const checks = await examine(
      { issuer: provider.issuer, client_id: provider.clientId, ...config(provider) },
      provider.clientSecret,
    );

    assertEquals(listFindings(checks), failed, JSON.stringify(checks, null, 1));
    assertEquals(JSON.stringify(checks).includes(UPSTREAM_TEXT), false);
  });
}
