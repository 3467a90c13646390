import { assertEquals, assertRejects } from "@std/assert";
import { observeFetch } from "../../functions/_shared/upstream/doctor/examination.ts";
import { find, FINDINGS } from "../../functions/_shared/upstream/doctor/findings.ts";
import { checkSettings, type Settings } from "../../functions/_shared/upstream/doctor/settings.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { buildConfig } from "../support/database/records.ts";
import { NOW } from "../support/functions/dependencies.ts";

const answer = (): Promise<Response> => Promise.resolve(Response.json({}));

Deno.test("an examination makes 32 requests, and no more", async () => {
  let asked = 0;
  const { fetch } = observeFetch(() => (asked++, answer()), () => NOW);
  for (let count = 0; count < 32; count++) {
    await fetch("https://login.example.com/");
  }

  const error = await assertRejects(() => fetch("https://login.example.com/"), OAuthError);

  assertEquals([error.reason, asked], ["upstream_examination_too_long", 32]);
});

Deno.test("an examination begins no request after half a minute", async () => {
  let now = NOW;
  const { fetch } = observeFetch(answer, () => now);
  await fetch("https://login.example.com/");
  now += 30_001;

  const error = await assertRejects(() => fetch("https://login.example.com/"), OAuthError);

  assertEquals(error.reason, "upstream_examination_too_long");
});

Deno.test("an examination notes the provider's clock and its document, and hands the answer on", async () => {
  const document = { issuer: "https://login.example.com", scopes_supported: ["openid"] };
  const headers = { Date: new Date(NOW + 90_000).toUTCString() };
  const { fetch, observed } = observeFetch(
    () => Promise.resolve(Response.json(document, { headers })),
    () => NOW,
  );

  const response = await fetch("https://login.example.com/.well-known/openid-configuration");

  assertEquals([observed, await response.json()], [{ document, clockSkew: 90 }, document]);
});

Deno.test("every finding is filled by its own values, and says what to do where something failed", () => {
  for (const [name, [, state, , advice]] of Object.entries(FINDINGS)) {
    assertEquals(state !== "failed" && state !== "warning" || advice !== null, true, name);
  }
  assertEquals(find("issuer_misspelt", { issuer: "https://a.example/" }), {
    id: "issuer",
    state: "failed",
    finding: "issuer_misspelt",
    seen: "The provider names itself https://a.example/",
    advice: "Save exactly that text as issuer",
  });
});

const SERVER = { issuer: "https://login.example.com" };
const TEMPLATE = { issuer: "https://login.example.com/{tenantid}/v2.0" };
const SETTINGS: [
  what: string,
  settings: Partial<Settings>,
  document: Record<string, unknown> | undefined,
  server: { issuer: string },
  finding: string,
][] = [
  [
    "Google without access_type",
    { issuer: "https://accounts.google.com" },
    {},
    SERVER,
    "refresh_token_by_parameter",
  ],
  [
    "Google with access_type",
    { issuer: "https://accounts.google.com", authorization_parameters: { access_type: "offline" } },
    {},
    SERVER,
    "refresh_token_asked",
  ],
  [
    "a scope that brings a refresh token and is not asked for",
    {},
    { scopes_supported: ["openid", "offline_access"] },
    SERVER,
    "refresh_token_by_scope",
  ],
  ["Salesforce's scope", { scopes: ["openid", "refresh_token"] }, {}, SERVER, "refresh_token_asked"],
  [
    "no grant for refresh tokens",
    {},
    { grant_types_supported: ["implicit"] },
    SERVER,
    "refresh_tokens_not_offered",
  ],
  ["people of every tenant", {}, {}, TEMPLATE, "any_tenant"],
  ["listed tenants", { allowed_tenants: ["a"] }, {}, TEMPLATE, "tenants_listed"],
  [
    "a public client",
    { token_endpoint_auth_method: "none" },
    {
      token_endpoint_auth_methods_supported: ["none"],
    },
    SERVER,
    "auth_method_listed",
  ],
  ["PKCE in plain only", {}, { code_challenge_methods_supported: ["plain"] }, SERVER, "pkce_unsupported"],
  ["nobody named", { identity_source: "none", scopes: [] }, {}, SERVER, "openid_not_needed"],
];
for (const [what, settings, document, server, finding] of SETTINGS) {
  Deno.test(`the settings are checked: ${what} is ${finding}`, () => {
    const checks = checkSettings(buildConfig(settings), document, server);

    assertEquals(
      checks.map((check): string => check.finding).includes(finding),
      true,
      JSON.stringify(checks),
    );
  });
}
