/**
 * What the console's forms of providers and servers make of what was typed: only what differs is sent.
 *
 * @module
 */

import { assertEquals, assertNotEquals } from "@std/assert";
import {
  fillPreset,
  isChange,
  parseList,
  parseParameters,
  type Provider,
  toChangeBody,
  toDraft,
  toNewBody,
} from "../../supabase/console/data/provider_draft.ts";
import {
  makeInitialAccessToken,
  type Server,
  showDescriptions,
  toServerArguments,
  toSlug,
} from "../../supabase/console/data/server_settings.ts";
import { PRESETS } from "../../functions/_shared/upstream/presets/presets.ts";

const PROVIDER: Provider = {
  organization_id: "org_1",
  oauth_config_id: "coac_1",
  name: "Staff login",
  issuer: "https://login.example.com",
  authorization_endpoint: null,
  token_endpoint: null,
  userinfo_endpoint: null,
  jwks_uri: null,
  revocation_endpoint: null,
  emails_endpoint: null,
  client_id: "gatepost",
  token_endpoint_auth_method: "client_secret_basic",
  scopes: ["openid", "email"],
  account_prompt: null,
  authorization_parameters: { prompt: "consent", resource: "a=b" },
  identity_source: "openid",
  subject_claim: "sub",
  allowed_tenants: [],
  link_verified_email: false,
  refresh_sends_scope: true,
  servers: [],
  refused_at: null,
  refused_reason: null,
  disabled_at: null,
  created_at: "2026-11-01T00:00:00Z",
  updated_at: "2026-11-01T00:00:00Z",
};

const SERVER: Server = {
  organization_id: "org_1",
  mcp_server_id: "mcps_1",
  slug: "tools",
  name: "Tools",
  auth_type: "custom_oauth",
  oauth_config_id: "coac_1",
  provider: "Staff login",
  upstream_url: "https://tools.example.com/mcp",
  upstream_authorization: "upstream_token",
  resource: null,
  scopes_supported: ["read", "write"],
  required_scopes: [],
  scope_rules: [],
  scope_hierarchy: {},
  scope_descriptions: {},
  access_token_seconds: 900,
  refresh_token_seconds: 2_592_000,
  registration_policy: "open",
  registration_redirect_hosts: [],
  metadata_document_policy: "allow_list",
  metadata_document_hosts: ["claude.ai"],
  record_payloads: "none",
  redacted_paths: ["$..secret"],
  disabled_at: null,
  created_at: "2026-11-01T00:00:00Z",
  updated_at: "2026-11-01T00:00:00Z",
};

/** What the form of that server says before anybody has typed. */
const VALUES = {
  name: "Tools",
  slug: "tools",
  custom_oauth_config_id: "coac_1",
  place: "gateway",
  upstream_url: "https://tools.example.com/mcp",
  upstream_authorization: "upstream_token",
  scopes_supported: "read write",
  required_scopes: "",
  access_token_seconds: "900",
  refresh_token_seconds: "2592000",
  registration_policy: "open",
  metadata_document_policy: "allow_list",
  metadata_document_hosts: "claude.ai",
  record_payloads: "none",
  redacted_paths: "$..secret",
};

Deno.test("a provider that nobody has changed is sent with nothing", () => {
  const body = toChangeBody(toDraft(PROVIDER), PROVIDER);

  assertEquals(body, { id: "coac_1" });
  assertEquals(isChange(body), false);
});

Deno.test("of a provider that somebody has changed only that is sent", () => {
  const draft = {
    ...toDraft(PROVIDER),
    issuer: " https://other.example.com ",
    scopes: "openid,\nemail profile",
    authorization_parameters: "",
    client_secret: "s3cret",
  };

  assertEquals(toChangeBody(draft, PROVIDER), {
    id: "coac_1",
    issuer: "https://other.example.com",
    scopes: ["openid", "email", "profile"],
    authorization_parameters: {},
    client_secret: "s3cret",
  });
});

Deno.test("an optional setting that was emptied is sent as an empty text, which clears it", () => {
  assertEquals(toChangeBody({ ...toDraft(PROVIDER), issuer: "" }, PROVIDER), { id: "coac_1", issuer: "" });
});

Deno.test("a new provider is sent with its organization and without what is empty", () => {
  const body = toNewBody({ ...toDraft(), name: "Staff login", issuer: "https://login.example.com" }, "org_1");

  assertEquals(body, {
    organization_id: "org_1",
    name: "Staff login",
    issuer: "https://login.example.com",
    token_endpoint_auth_method: "client_secret_basic",
    identity_source: "openid",
    subject_claim: "sub",
    link_verified_email: false,
    refresh_sends_scope: false,
    scopes: ["openid", "email", "profile"],
    allowed_tenants: [],
    authorization_parameters: {},
  });
});

for (const [id, preset] of Object.entries(PRESETS)) {
  Deno.test(`the fields that the preset ${id} fills say what the preset says`, () => {
    const values = Object.fromEntries(
      Object.entries(preset.values).map(([name, { example }]) => [name, example]),
    );

    const body = toNewBody(fillPreset(toDraft(), id, values)!, "org_1");

    const { authorization_parameters: parameters, ...columns } = preset.columns;
    const fill = (text: string): string => text.replace(/\{([a-z_]+)\}/g, (_, name: string) => values[name]!);
    for (const [name, value] of Object.entries(columns)) {
      assertEquals(body[name], typeof value === "string" ? fill(value) : value, name);
    }
    const filled = Object.entries(parameters ?? {}).map(([name, value]) => [name, fill(value)]);
    assertEquals(body["authorization_parameters"], Object.fromEntries(filled));
  });
}

Deno.test("a preset fills nothing while a value is missing or leads elsewhere, and keeps name and client", () => {
  const draft = {
    ...toDraft(),
    name: "Ours",
    client_id: "gatepost",
    client_secret: "s3cret",
    issuer: "https://a.example",
  };

  assertEquals(fillPreset(draft, "keycloak", { host: "sso.example.com" }), undefined);
  assertEquals(fillPreset(draft, "keycloak", { host: "sso.example.com", realm: "../master" }), undefined);
  const { name, client_id, client_secret, issuer } = fillPreset(draft, "google", {})!;
  assertEquals([name, client_id, client_secret, issuer], [
    "Ours",
    "gatepost",
    "s3cret",
    "https://accounts.google.com",
  ]);
});

Deno.test("lists are divided by blanks, commas and lines; parameters have a line each, and = in their values", () => {
  assertEquals(parseList(" a, b\n c  a"), ["a", "b", "c"]);
  assertEquals(parseList(""), []);
  assertEquals(parseParameters("access_type = offline\n\nq=a=b\nbare"), {
    access_type: "offline",
    q: "a=b",
    bare: "",
  });
});

Deno.test("a server that nobody has changed is sent with nothing", () => {
  assertEquals(toServerArguments(VALUES, SERVER), {});
});

Deno.test("of a server that somebody has changed only that is sent", () => {
  const changed = { ...VALUES, name: "More tools", required_scopes: "read", access_token_seconds: "60" };

  assertEquals(toServerArguments(changed, SERVER), {
    p_name: "More tools",
    p_required_scopes: ["read"],
    p_access_token_seconds: 60,
  });
});

Deno.test("a server that goes to another place leaves the one of before", () => {
  const { upstream_url: _, upstream_authorization: __, ...others } = VALUES;

  assertEquals(
    toServerArguments({ ...others, place: "own", resource: "https://tools.example.com/mcp" }, SERVER),
    { p_resource: "https://tools.example.com/mcp", p_upstream_url: "" },
  );
});

Deno.test("how people sign in is one choice: a provider, nothing, or what the operator has set", () => {
  const choose = (choice: string, server?: Server): object =>
    toServerArguments({ custom_oauth_config_id: choice }, server);

  assertEquals(choose("none", SERVER), { p_auth_type: "none" });
  assertEquals(choose("coac_2", SERVER), { p_auth_type: "custom_oauth", p_custom_oauth_config_id: "coac_2" });
  assertEquals(choose("none", { ...SERVER, auth_type: "none", oauth_config_id: null }), {});
  assertEquals(choose("platform", { ...SERVER, auth_type: "platform_oauth" }), {});
  assertEquals(choose("coac_2"), { p_auth_type: "custom_oauth", p_custom_oauth_config_id: "coac_2" });
});

Deno.test("what is recorded of calls is sent where the server has it", () => {
  const recording = { ...SERVER, record_payloads: "none", redacted_paths: ["$..secret"] };

  assertEquals(toServerArguments({ record_payloads: "none", redacted_paths: "$..secret" }, recording), {});
  assertEquals(
    toServerArguments(
      { record_payloads: "all", redacted_paths: "$.a, b\n\n $..secret" },
      recording,
    ) as object,
    { p_record_payloads: "all", p_redacted_paths: ["$.a, b", "$..secret"] },
  );
});

Deno.test("an initial access token is new each time, and only its SHA-256 is stored", async () => {
  const [first, second] = await Promise.all([makeInitialAccessToken(), makeInitialAccessToken()]);

  assertNotEquals(first.token, second.token);
  assertEquals(/^[\w-]{43}$/.test(first.token), true);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(first.token));
  const bytes = Uint8Array.from(
    atob(first.hash.replaceAll("-", "+").replaceAll("_", "/")),
    (c) => c.charCodeAt(0),
  );
  assertEquals(bytes, new Uint8Array(digest));
});

for (
  const [name, slug] of [
    ["My tools!", "my-tools"],
    ["  Über  Werkzeuge ", "uber-werkzeuge"],
    ["日本語", ""],
    [`${"a".repeat(62)} b`, "a".repeat(62)],
  ] as const
) {
  Deno.test(`the slug of "${name.slice(0, 20)}" is what a DNS label may be`, () => {
    assertEquals(toSlug(name), slug);
  });
}

Deno.test("what a scope means stands behind its first blank, so that a scope may hold any other sign", () => {
  const server = { ...SERVER, scope_descriptions: {} };
  const typed = "files:read  Read your files = all of them\n\n https://example.com/a?b=c One thing \nlonely";

  const { p_scope_descriptions: sent } = toServerArguments({ scope_descriptions: typed }, server);

  assertEquals(sent, {
    "files:read": "Read your files = all of them",
    "https://example.com/a?b=c": "One thing",
    "lonely": "",
  });
});

Deno.test("what scopes mean is not sent as long as it is what was shown, and is cleared by an empty field", () => {
  const server = { ...SERVER, scope_descriptions: { "a": "One", "files:read": "Read  your files" } };

  assertEquals(toServerArguments({ scope_descriptions: showDescriptions(server) }, server), {});
  assertEquals(toServerArguments({ scope_descriptions: " " }, server), { p_scope_descriptions: {} });
});

Deno.test("the way to another account is set and cleared", () => {
  const set: Provider = { ...PROVIDER, account_prompt: "login" };

  assertEquals(toChangeBody({ ...toDraft(PROVIDER), account_prompt: "login" }, PROVIDER), {
    id: "coac_1",
    account_prompt: "login",
  });
  assertEquals(toChangeBody({ ...toDraft(set), account_prompt: "" }, set), {
    id: "coac_1",
    account_prompt: "",
  });
  assertEquals(isChange(toChangeBody(toDraft(set), set)), false);
});
