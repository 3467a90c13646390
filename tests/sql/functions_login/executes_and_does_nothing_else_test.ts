/**
 * `gatepost_functions`, the login of Edge Functions that do not use the REST layer.
 *
 * What it executes is in `tests/sql/grants`: the one list decides.
 */

import { assertEquals } from "@std/assert";
import postgres from "postgres";
import { findSqlState, openDatabase } from "../../support/database/database.ts";

const database = await openDatabase();
const { owner } = database;
/** Roles belong to the server, and other files may try at the same time: all set the same password. */
const password = "functions-login";
await owner.unsafe(`alter role gatepost_functions login password '${password}'`);
const login = postgres(
  Object.assign(new URL(database.adminUrl), { username: "gatepost_functions", password }).href,
  { max: 1, onnotice: () => undefined },
);
await login`select 1`;
Deno.test.afterAll(async () => {
  await login.end();
  await database.close();
});

Deno.test("the functions' login has no attribute, no membership and no object", async () => {
  const [role] = await owner`
    select rolcanlogin, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls
    from pg_catalog.pg_roles where rolname = 'gatepost_functions'`;
  const memberships = await owner`
    select roleid from pg_catalog.pg_auth_members where member = 'gatepost_functions'::regrole`;
  const owned = await owner`
    select objid from pg_catalog.pg_shdepend
    where refobjid = 'gatepost_functions'::regrole and deptype = 'o'`;

  assertEquals({ ...role }, {
    rolcanlogin: true,
    rolsuper: false,
    rolinherit: false,
    rolcreaterole: false,
    rolcreatedb: false,
    rolreplication: false,
    rolbypassrls: false,
  });
  assertEquals([memberships.length, owned.length], [0, 0]);
});

Deno.test("the functions' login has time limits, UTC and no search path", async () => {
  const settings: Record<string, unknown> = {};
  for (
    const name of ["statement_timeout", "idle_in_transaction_session_timeout", "TimeZone", "search_path"]
  ) {
    const [row] = await login`select current_setting(${name}) as value`;
    settings[name] = row?.["value"];
  }

  assertEquals(settings, {
    statement_timeout: "8s",
    idle_in_transaction_session_timeout: "8s",
    TimeZone: "UTC",
    search_path: '""',
  });
});

Deno.test("the functions' login calls what the functions call", async () => {
  const [row] = await login`select to_jsonb(public.find_mcp_server(p_slug => 'nobody')) as answer`;

  assertEquals(row?.["answer"], { outcome: "unknown_server", server: null });
});

const REFUSED: [what: string, statement: string][] = [
  ["call what commands call", "select public.count_sealed_secrets('upstream_oauth_tokens', '', 1)"],
  ["call what other services call", "select public.track_mcp_server_user('org', 'id')"],
  ["call what platform users call", "select public.create_organization('New')"],
  ["call a helper", "select public.current_request_id()"],
  ["become service_role", "set role service_role"],
  ["become the owner", "set role postgres"],
  ["make a table", "create table public.made (id text)"],
  ["make a function", "create function public.made() returns text language sql as $$ select '' $$"],
  ["make a schema", "create schema made"],
  ["make a role", "create role made"],
  ["make an extension", "create extension pg_trgm with schema public"],
  ["read the passwords", "select rolpassword from pg_catalog.pg_authid"],
  ["read a file of the server", "select pg_catalog.pg_read_file('postgresql.conf')"],
  ["run a program", "copy (select 1) to program 'true'"],
];
for (const [what, statement] of REFUSED) {
  Deno.test(`the functions' login may not ${what}`, async () => {
    assertEquals(await findSqlState(() => login.unsafe(statement)), "42501");
  });
}

Deno.test("the functions' login reads and changes no table of any schema", async () => {
  const open = await owner`
    select relation.oid::regclass::text as name
    from pg_catalog.pg_class as relation
    where relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and relation.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      and relation.relnamespace::regnamespace::text not like 'pg\\_%'
      and (case relation.relkind
        when 'S' then has_sequence_privilege('gatepost_functions', relation.oid, 'usage, select, update')
        else has_any_column_privilege('gatepost_functions', relation.oid, 'select, insert, update, references')
          or has_table_privilege('gatepost_functions', relation.oid, 'delete, truncate, trigger')
      end)`;

  assertEquals([...open], []);
});
