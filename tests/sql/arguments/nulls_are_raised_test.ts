import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

/** For each function of the functions' role: arguments that must be there, then those that may be null. */
const functions: [string, Row, Row?][] = [
  ["find_mcp_server", { p_slug: "s" }],
  ["find_mcp_client", { p_slug: "s", p_client_id: "c" }],
  [
    "register_mcp_client",
    {
      p_slug: "s",
      p_token_endpoint_auth_method: "none",
      p_redirect_uris: ["https://client.example.com"],
      p_grant_types: ["authorization_code"],
      p_client_metadata: {},
    },
    { p_initial_access_token_hash: null, p_client_secret_hash: null, p_client_name: null },
  ],
  ["begin_authorization", { p_slug: "s", p_client_id: "c" }],
  [
    "open_authorization_session",
    {
      p_slug: "s",
      p_client_id: "c",
      p_form_hash: "h",
      p_state_hash: "h",
      p_browser_hash: "h",
      p_request_ciphertext: "r",
      p_redirect_uri: "u",
      p_resource: "r",
      p_scope: "s",
      p_code_challenge: "c",
    },
    { p_metadata_document: null, p_nonce: null, p_tracking_id: null },
  ],
  ["claim_authorization_session", { p_state_hash: "h", p_browser_hash: "h" }],
  ["fail_authorization_session", { p_session_id: "s", p_reason: "r", p_retry: false }],
  [
    "provision_mcp_server_user",
    { p_oauth_config_id: "c" },
    {
      p_upstream_issuer: null,
      p_upstream_sub: null,
      p_email: null,
      p_email_verified: null,
      p_profile: null,
      p_tracking_id: null,
      p_access_token: null,
      p_refresh_token: null,
      p_scope: null,
      p_expires_at: null,
    },
  ],
  ["track_mcp_server_user", { p_organization_id: "o", p_tracking_id: "t" }, { p_email: null }],
  [
    "complete_authorization",
    { p_session_id: "s", p_access_token: "t", p_code_hash: "h" },
    {
      p_upstream_issuer: null,
      p_upstream_sub: null,
      p_email: null,
      p_email_verified: null,
      p_profile: null,
      p_refresh_token: null,
      p_scope: null,
      p_expires_at: null,
      p_auth_time: null,
    },
  ],
  [
    "redeem_authorization_code",
    {
      p_slug: "s",
      p_client_id: "c",
      p_code_hash: "h",
      p_code_challenge: "c",
      p_handle_hash: "h",
      p_refresh_hash: "h",
    },
    {
      p_client_secret_hash: null,
      p_redirect_uri: null,
      p_resource: null,
      p_assertion_hash: null,
      p_assertion_expires_at: null,
    },
  ],
  [
    "rotate_refresh_token",
    {
      p_slug: "s",
      p_client_id: "c",
      p_handle_hash: "h",
      p_refresh_hash: "h",
      p_next_refresh_hash: "h",
      p_successor_ciphertext: "s",
    },
    { p_client_secret_hash: null, p_resource: null, p_assertion_hash: null, p_assertion_expires_at: null },
  ],
  ["read_userinfo", { p_slug: "s", p_family_id: "f" }],
  ["open_anonymous_call", { p_slug: "s", p_tracking_id: "t" }, { p_session_hash: null }],
  ["open_mcp_call", { p_slug: "s", p_family_id: "f" }, { p_session_hash: null }],
  ["revoke_token", { p_slug: "s", p_client_id: "c", p_handle_hash: "h" }, {
    p_client_secret_hash: null,
    p_family_id: null,
    p_assertion_hash: null,
    p_assertion_expires_at: null,
  }],
  [
    "introspect_own_token",
    {
      p_slug: "s",
      p_client_id: "c",
      p_assertion_hash: "h",
      p_assertion_expires_at: new Date(),
      p_family_id: "f",
    },
    { p_handle_hash: null, p_refresh_hash: null },
  ],
  [
    "introspect_token",
    { p_slug: "s", p_resource_server_id: "r", p_secret_hash: "h", p_family_id: "f" },
    { p_handle_hash: null, p_refresh_hash: null },
  ],
  ["lease_upstream_refresh", { p_upstream_token_id: "u", p_lease_hash: "h", p_known_access_token: "t" }],
  [
    "store_upstream_refresh",
    { p_upstream_token_id: "u", p_lease_hash: "h", p_access_token: "t" },
    { p_refresh_token: null, p_scope: null, p_expires_at: null },
  ],
  ["release_upstream_refresh", { p_upstream_token_id: "u", p_lease_hash: "h" }],
  ["end_upstream_token", { p_upstream_token_id: "u", p_known_access_token: "t", p_reason: "r" }, {
    p_lease_hash: null,
  }],
  ["reseal_upstream_token", { p_upstream_token_id: "u", p_known_ciphertext: "k", p_new_ciphertext: "n" }],
  ["reseal_oauth_config", { p_oauth_config_id: "c", p_known_ciphertext: "k", p_new_ciphertext: "n" }],
  [
    "refresh_user_profile",
    { p_upstream_token_id: "u", p_upstream_sub: "s", p_profile: {} },
    { p_upstream_issuer: null, p_email: null, p_email_verified: null },
  ],
  ["purge_expired", { p_limit: 1 }],
];

for (const [name, required, optional = {}] of functions) {
  Deno.test(`${name} raises 22004 for each argument that must be there, and for no other`, async () => {
    const complete = { ...required, ...optional };

    assertEquals(await findSqlState(() => call(database.service, name, complete)), undefined);
    for (const argument of Object.keys(required)) {
      assertEquals(
        [argument, await findSqlState(() => call(database.service, name, { ...complete, [argument]: null }))],
        [argument, "22004"],
      );
    }
  });
}

Deno.test("every function of the functions' role is on this list", async () => {
  const granted = await database.owner`
    select proname from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace and has_function_privilege('service_role', oid, 'execute')
    order by proname`;

  assertEquals(granted.map(({ proname }) => proname), functions.map(([name]) => name).sort());
});
