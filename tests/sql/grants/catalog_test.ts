/**
 * Every grant there is, against the list of those that there should be.
 *
 * Whoever adds a table, a column or a function finds this test failing until it
 * is decided, here and in the migration, who may use it.
 */

import { assertEquals } from "@std/assert";
import { findSqlState, openDatabase } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { makeOrganization } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

const everything = ["*"];

/** What `authenticated` may select. Nobody else may do anything with any table. */
const selectable: Record<string, string[]> = {
  organizations: everything,
  organization_members: everything,
  custom_oauth_configs: [
    "id",
    "organization_id",
    "name",
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "revocation_endpoint",
    "emails_endpoint",
    "client_id",
    "client_generation",
    "token_endpoint_auth_method",
    "scopes",
    "authorization_parameters",
    "identity_source",
    "subject_claim",
    "link_verified_email",
    "created_at",
    "updated_at",
    "disabled_at",
  ],
  mcp_servers: [
    "id",
    "organization_id",
    "slug",
    "name",
    "auth_type",
    "custom_oauth_config_id",
    "upstream_url",
    "upstream_authorization",
    "resource",
    "scopes_supported",
    "required_scopes",
    "scope_rules",
    "scope_hierarchy",
    "access_token_seconds",
    "refresh_token_seconds",
    "registration_policy",
    "registration_redirect_hosts",
    "metadata_document_policy",
    "metadata_document_hosts",
    "created_at",
    "updated_at",
    "disabled_at",
  ],
  mcp_server_user: everything,
  mcp_server_user_identities: everything,
  upstream_oauth_tokens: [],
  mcp_client_registrations: [
    "id",
    "organization_id",
    "mcp_server_id",
    "client_id",
    "kind",
    "token_endpoint_auth_method",
    "client_name",
    "redirect_uris",
    "grant_types",
    "client_metadata",
    "created_at",
    "first_used_at",
    "last_used_at",
    "expires_at",
  ],
  mcp_client_assertions: [],
  mcp_authorization_sessions: [],
  mcp_authorization_codes: [],
  mcp_proxy_tokens: [
    "id",
    "organization_id",
    "mcp_server_id",
    "mcp_client_registration_id",
    "mcp_server_user_id",
    "resource",
    "scope",
    "rotated_at",
    "created_at",
    "expires_at",
    "revoked_at",
    "revoked_reason",
  ],
  mcp_server_session: [
    "id",
    "organization_id",
    "mcp_server_id",
    "mcp_server_user_id",
    "client_id",
    "first_seen_at",
    "last_seen_at",
  ],
  mcp_audit_events: everything,
  mcp_resource_servers: ["id", "organization_id", "mcp_server_id", "name", "created_at"],
};

/** Who may execute what. A function that is not here is executed by nobody but the schema's owner. */
const executable: Record<string, string[]> = {
  service_role: [
    "begin_authorization",
    "claim_authorization_session",
    "complete_authorization",
    "end_upstream_token",
    "fail_authorization_session",
    "find_mcp_client",
    "find_mcp_server",
    "introspect_own_token",
    "introspect_token",
    "lease_upstream_refresh",
    "open_anonymous_call",
    "open_authorization_session",
    "open_mcp_call",
    "provision_mcp_server_user",
    "purge_expired",
    "read_userinfo",
    "redeem_authorization_code",
    "refresh_user_profile",
    "register_mcp_client",
    "release_upstream_refresh",
    "reseal_oauth_config",
    "reseal_upstream_token",
    "revoke_token",
    "rotate_refresh_token",
    "store_upstream_refresh",
    "track_mcp_server_user",
  ],
  authenticated: [
    "block_mcp_server_user",
    "create_mcp_client",
    "create_mcp_resource_server",
    "create_organization",
    "delete_mcp_client",
    "delete_mcp_resource_server",
    "delete_mcp_server",
    "delete_mcp_server_user",
    "delete_oauth_config",
    "organizations_of_platform_user",
    "remove_organization_member",
    "revoke_mcp_server_user_tokens",
    "save_mcp_server",
    "save_oauth_config",
    "save_organization_member",
  ],
  anon: [],
};

Deno.test("no grant on a table, a column or a sequence is other than listed", async () => {
  const granted = await owner`
    with grants as (
      select relation.relname as name, '*' as column_name, (aclexplode(relation.relacl)).*
      from pg_catalog.pg_class as relation
      where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      union all
      select relation.relname, attribute.attname, (aclexplode(attribute.attacl)).*
      from pg_catalog.pg_attribute as attribute
      join pg_catalog.pg_class as relation on relation.oid = attribute.attrelid
      where relation.relnamespace = 'public'::regnamespace
    )
    select name, column_name, privilege_type, is_grantable,
      case when grantee = 0 then 'PUBLIC' else grantee::regrole::text end as grantee
    from grants
    where grantee <> 'postgres'::regrole`;
  const found = granted.map((grant) =>
    [grant.grantee, grant.privilege_type, grant.is_grantable, `${grant.name}.${grant.column_name}`].join(" ")
  );

  const expected = Object.entries(selectable).flatMap(([table, columns]) =>
    columns.map((column) => `authenticated SELECT false ${table}.${column}`)
  );

  assertEquals(found.sort(), expected.sort());
});

Deno.test("every table is listed, has row level security, and its policies are named sentences for members", async () => {
  const tables = await owner`
    select relname, relrowsecurity from pg_catalog.pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') order by relname`;
  const policies = await owner`
    select tablename, cmd, permissive, roles::text[] as roles, qual, policyname from pg_catalog.pg_policies
    where schemaname = 'public' order by tablename`;

  assertEquals(
    tables.map((table) => [table.relname, table.relrowsecurity]),
    Object.keys(selectable).sort().map((table) => [table, true]),
  );
  assertEquals(
    policies.map(({ tablename }) => tablename),
    Object.entries(selectable).filter(([, columns]) => columns.length > 0).map(([table]) => table).sort(),
  );
  for (const { tablename, cmd, permissive, roles, qual, policyname } of policies) {
    const key = tablename === "organizations" ? "id" : "organization_id";
    assertEquals([cmd, permissive, roles, String(qual).replaceAll(/\s+/g, " ").replaceAll("public.", "")], [
      "SELECT",
      "PERMISSIVE",
      ["authenticated"],
      `(${key} IN ( SELECT organizations_of_platform_user() AS organizations_of_platform_user))`,
    ]);
    assertEquals(/^Members read /.test(String(policyname)), true);
  }
});

Deno.test("no function is executed by anybody who is not listed, PUBLIC included", async () => {
  const granted = await owner`
    with grants as (
      select function.proname as name,
        (aclexplode(coalesce(function.proacl, acldefault('f', function.proowner)))).*
      from pg_catalog.pg_proc as function
      where function.pronamespace = 'public'::regnamespace
    )
    select name, privilege_type, is_grantable,
      case when grantee = 0 then 'PUBLIC' else grantee::regrole::text end as grantee
    from grants
    where grantee <> 'postgres'::regrole`;
  const found = granted.map((grant) =>
    [grant.grantee, grant.privilege_type, grant.is_grantable, grant.name].join(" ")
  );

  const expected = Object.entries(executable).flatMap(([role, names]) =>
    names.map((name) => `${role} EXECUTE false ${name}`)
  );

  assertEquals(found.sort(), expected.sort());
});

Deno.test("every function pins its search path, and only those that are granted run as definer", async () => {
  const functions = await owner`
    select proname, prosecdef, proconfig::text[] as settings from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace`;

  const granted = new Set(Object.values(executable).flat());
  for (const { proname, prosecdef, settings } of functions) {
    assertEquals([proname, prosecdef], [proname, granted.has(String(proname))]);
    assertEquals([proname, (settings as string[]).includes('search_path=""')], [proname, true]);
  }
  assertEquals(new Set(functions.map(({ proname }) => proname)).size, functions.length);
});

Deno.test("no privilege comes by default, by schema or by role", async () => {
  const [schema] = await owner`
    select has_schema_privilege('anon', 'public', 'create') or has_schema_privilege('authenticated', 'public', 'create')
      or has_schema_privilege('service_role', 'public', 'create') as may_create`;
  const defaults = await owner`
    select acl.grantee::regrole::text as grantee
    from pg_catalog.pg_default_acl as entry, aclexplode(entry.defaclacl) as acl
    where entry.defaclnamespace = 'public'::regnamespace and entry.defaclrole = 'postgres'::regrole
      and acl.grantee in ('anon'::regrole, 'authenticated'::regrole, 'service_role'::regrole)`;

  assertEquals([schema?.may_create, defaults.length], [false, 0]);
});

Deno.test("a table or a sequence that is added later is open to nobody", async () => {
  const fresh = await openDatabase();
  try {
    await fresh.owner.unsafe("create table public.added (id bigint generated always as identity)");

    for (
      const sql of [fresh.service, fresh.openPlatformUser(crypto.randomUUID()), fresh.openPlatformUser()]
    ) {
      assertEquals(await findSqlState(() => sql`select from public.added`), "42501");
    }
  } finally {
    await fresh.close();
  }
});

Deno.test("what is not granted is refused: tables to the functions' role, secrets to members, anything to anon", async () => {
  const member = await makePlatformUser(database, await makeOrganization(owner), "owner");
  const anon = database.openPlatformUser();

  const states: Record<string, unknown> = {};
  for (const table of Object.keys(selectable)) {
    states[`service ${table}`] = await findSqlState(() =>
      database.service`select from public.${owner(table)}`
    );
    states[`anon ${table}`] = await findSqlState(() => anon`select from public.${owner(table)}`);
    states[`member ${table}`] = await findSqlState(() => member.sql`delete from public.${owner(table)}`);
  }
  for (
    const [table, column] of [
      ["custom_oauth_configs", "client_secret_ciphertext"],
      ["mcp_servers", "initial_access_token_hash"],
      ["mcp_client_registrations", "client_secret_hash"],
      ["mcp_proxy_tokens", "refresh_hash"],
      ["mcp_proxy_tokens", "successor_ciphertext"],
      ["mcp_server_session", "session_hash"],
      ["mcp_resource_servers", "secret_hash"],
      ["upstream_oauth_tokens", "access_token_ciphertext"],
    ] as const
  ) {
    states[`${table}.${column}`] = await findSqlState(() =>
      member.sql`select ${owner(column)} from public.${owner(table)}`
    );
    states[`${table} by ${column}`] = await findSqlState(() =>
      member.sql`select id from public.${owner(table)} where ${owner(column)} is null`
    );
  }

  assertEquals(Object.entries(states).filter(([, state]) => state !== "42501"), []);
});
