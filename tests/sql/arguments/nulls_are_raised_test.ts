/**
 * A null where none belongs is a bug of the caller, and raised as one.
 *
 * The functions and their arguments are read from the catalogue. Every argument
 * has to be there, but for those that are named here.
 */

import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

/** What a login may know or not know of a person. */
const PERSON = ["p_upstream_issuer", "p_email", "p_email_verified"];
/** Both together, where the client sends one. */
const ASSERTION = ["p_assertion_hash", "p_assertion_expires_at"];

/** The arguments that may be null. */
const MAY_BE_NULL: Record<string, string[]> = {
  register_mcp_client: ["p_initial_access_token_hash", "p_client_secret_hash", "p_client_name", "p_source"],
  open_authorization_session: ["p_metadata_document", "p_nonce", "p_source"],
  provision_mcp_server_user: [
    ...[...PERSON, "p_upstream_sub", "p_profile", "p_tracking_id", "p_organization_id"],
    ...["p_access_token", "p_refresh_token", "p_scope", "p_expires_at", "p_client_generation"],
  ],
  save_deployment_settings: [
    ...["p_organization_founding", "p_organizations_per_founder", "p_servers_per_organization"],
    ...["p_retired_names_per_organization", "p_configs_per_organization", "p_members_per_organization"],
    ...["p_invitations_per_organization", "p_people_per_organization", "p_public_url", "p_server_slugs"],
  ],
  track_mcp_server_user: ["p_email"],
  fail_authorization_session: ["p_detail"],
  complete_authorization: [
    ...[...PERSON, "p_upstream_sub", "p_profile"],
    ...["p_tracking_id", "p_refresh_token", "p_scope", "p_expires_at", "p_auth_time"],
  ],
  redeem_authorization_code: ["p_client_secret_hash", "p_redirect_uri", "p_resource", ...ASSERTION],
  rotate_refresh_token: ["p_client_secret_hash", "p_resource", ...ASSERTION],
  open_anonymous_call: ["p_session_hash", "p_source"],
  open_mcp_call: ["p_session_hash"],
  // Null stands for all.
  revoke_own_connections: ["p_connection_id"],
  // One of two ways to name the token: the other one is null.
  revoke_token: ["p_client_secret_hash", "p_family_id", ...ASSERTION],
  introspect_own_token: ["p_handle_hash", "p_refresh_hash"],
  introspect_token: ["p_handle_hash", "p_refresh_hash"],
  store_upstream_refresh: ["p_refresh_token", "p_scope", "p_expires_at"],
  end_upstream_token: ["p_lease_hash"],
  refresh_user_profile: PERSON,
};

/** A value of each type that arguments have. */
const VALUES: Record<string, unknown> = {
  "text": "text",
  "text[]": ["https://client.example.com"],
  "jsonb": {},
  "boolean": false,
  "integer": 1,
  "timestamp with time zone": new Date(),
};

/** Arguments that take only some of the values of their type. */
const FITTING: Record<string, Row> = {
  count_sealed_secrets: { p_table: "custom_oauth_configs" },
  list_stale_secrets: { p_table: "custom_oauth_configs" },
  record_mcp_calls: { p_calls: [] },
};

const functions = await database.owner<{ name: string; args: { name: string; type: string }[] }[]>`
  select proname::text as name, jsonb_agg(jsonb_build_object('name', argument, 'type', type::regtype)) as args
  from pg_catalog.pg_proc, unnest(proargnames, proargtypes::oid[]) as each (argument, type)
  where pronamespace = 'public'::regnamespace and has_function_privilege('service_role', pg_proc.oid, 'execute')
  group by proname`;

for (const { name, args } of functions) {
  Deno.test(`${name} raises 22004 for each argument that must be there, and for no other`, async () => {
    const mayBeNull = MAY_BE_NULL[name] ?? [];
    const required = args.filter((argument) => !mayBeNull.includes(argument.name));
    const complete: Row = {
      ...Object.fromEntries(mayBeNull.map((argument) => [argument, null])),
      ...Object.fromEntries(required.map((argument) => [argument.name, VALUES[argument.type]])),
      ...FITTING[name],
    };

    assertEquals(await findSqlState(() => call(database.service, name, complete)), undefined);
    for (const { name: argument } of required) {
      assertEquals(
        [argument, await findSqlState(() => call(database.service, name, { ...complete, [argument]: null }))],
        [argument, "22004"],
      );
    }
  });
}

Deno.test("every argument that may be null is one", () => {
  const known = new Set(
    functions.flatMap(({ name, args }) => args.map((argument) => `${name} ${argument.name}`)),
  );
  const named = Object.entries(MAY_BE_NULL).flatMap(([name, args]) =>
    args.map((argument) => `${name} ${argument}`)
  );

  assertEquals(named.filter((argument) => !known.has(argument)), []);
  assertEquals(functions.length > 20, true);
});
