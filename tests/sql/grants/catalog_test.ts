/**
 * Every grant there is, against the list of those that there should be.
 *
 * Whoever adds a table, a secret column or a function finds this test failing
 * until it is decided who may use it, in its file of supabase/schemas and in
 * supabase/tests/database/rights.psql.
 */

import { assertEquals } from "@std/assert";
import { findSqlState, openDatabase } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { makeOrganization } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

const rights = new URL("../../../supabase/tests/database/rights.psql", import.meta.url);
await owner.unsafe(await Deno.readTextFile(rights)).simple();

/** Who may execute what. */
const executable = (await owner`select role, name from executable`).map(({ role, name }) =>
  `${role} ${name}`
);
const unreadable = (await owner`select table_name from unreadable`).map(({ table_name }) =>
  String(table_name)
);
/** The secret columns of each table that has some. */
const secrets = Map.groupBy(
  await owner<{ table_name: string; column_name: string }[]>`select table_name, column_name from secret`,
  ({ table_name }) => table_name,
);
const tables = await owner<{ name: string; isView: boolean; columns: string[] }[]>`
  select relname::text as name, relkind = 'v' as "isView", array_agg(attname::text) as columns
  from pg_catalog.pg_class as relation
  join pg_catalog.pg_attribute on attrelid = relation.oid
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') and attnum > 0 and not attisdropped
  group by relname, relkind`;

/** What `authenticated` may select. Nobody else may do anything with any table. */
const selectable = tables.filter(({ name }) => !unreadable.includes(name)).map(
  ({ name, isView, columns }) => {
    const hidden = secrets.get(name)?.map(({ column_name }) => column_name);
    return {
      name,
      isView,
      columns: hidden === undefined ? ["*"] : columns.filter((column) => !hidden.includes(column)),
    };
  },
);

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

  const expected = selectable.flatMap(({ name, columns }) =>
    columns.map((column) => `authenticated SELECT false ${name}.${column}`)
  );

  assertEquals(found.sort(), expected.sort());
});

Deno.test("every table has row level security, its policies are named sentences for members, and views read with it", async () => {
  const open = await owner`
    select relname from pg_catalog.pg_class
    where relnamespace = 'public'::regnamespace and (
      (relkind in ('r', 'p', 'f') and not relrowsecurity) or relkind = 'm'
      or (relkind = 'v' and not coalesce('security_invoker=true' = any (reloptions), false))
    )`;
  const policies = await owner`
    select tablename, cmd, permissive, roles::text[] as roles, qual, policyname from pg_catalog.pg_policies
    where schemaname = 'public' order by tablename`;

  assertEquals([...open], []);
  const readable = selectable.filter(({ isView }) => !isView).map(({ name }) => name);
  assertEquals(policies.map(({ tablename }) => tablename), readable.sort());
  for (const { tablename, cmd, permissive, roles, qual, policyname } of policies) {
    const key = tablename === "organizations" ? "id" : "organization_id";
    assertEquals([cmd, permissive, roles], ["SELECT", "PERMISSIVE", ["authenticated"]]);
    // The array lets an index find the rows of large tables.
    const own = "SELECT organizations_of_platform_user() AS organizations_of_platform_user";
    assertEquals(
      [`(${key} IN ( ${own}))`, `(${key} = ANY (ARRAY( ${own})))`].includes(
        String(qual).replaceAll(/\s+/g, " ").replaceAll("public.", ""),
      ),
      true,
    );
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

  const expected = executable.map((right) => right.replace(" ", " EXECUTE false "));

  assertEquals(found.sort(), expected.sort());
});

Deno.test("every function pins its search path, and only those that are granted run as definer", async () => {
  const functions = await owner`
    select proname, prosecdef, proconfig::text[] as settings from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace`;

  const granted = new Set(executable.map((right) => right.split(" ")[1]));
  for (const { proname, prosecdef, settings } of functions) {
    assertEquals([proname, prosecdef], [proname, granted.has(String(proname))]);
    assertEquals([proname, (settings as string[]).includes('search_path=""')], [proname, true]);
  }
  assertEquals(new Set(functions.map(({ proname }) => proname)).size, functions.length);
});

Deno.test("no privilege comes by default, by schema or by role", async () => {
  const [schema] = await owner`
    select has_schema_privilege('anon', 'public', 'create') or has_schema_privilege('authenticated', 'public', 'create')
      or has_schema_privilege('service_role', 'public', 'create')
      or has_schema_privilege('gatepost_functions', 'public', 'create') as may_create`;
  const defaults = await owner`
    select acl.grantee::regrole::text as grantee
    from pg_catalog.pg_default_acl as entry, aclexplode(entry.defaclacl) as acl
    where entry.defaclnamespace = 'public'::regnamespace and entry.defaclrole = 'postgres'::regrole
      and acl.grantee in (
        'anon'::regrole, 'authenticated'::regrole, 'service_role'::regrole, 'gatepost_functions'::regrole
      )`;

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
  for (const { name: table } of tables) {
    states[`service ${table}`] = await findSqlState(() =>
      database.service`select from public.${owner(table)}`
    );
    states[`anon ${table}`] = await findSqlState(() => anon`select from public.${owner(table)}`);
    states[`member ${table}`] = await findSqlState(() => member.sql`delete from public.${owner(table)}`);
  }
  for (const { table_name: table, column_name: column } of [...secrets.values()].flat()) {
    states[`${table}.${column}`] = await findSqlState(() =>
      member.sql`select ${owner(column)} from public.${owner(table)}`
    );
    states[`${table} by ${column}`] = await findSqlState(() =>
      member.sql`select from public.${owner(table)} where ${owner(column)} is null`
    );
  }

  // A view of several tables refuses a change before it asks for a right.
  const views = tables.filter(({ isView }) => isView).map(({ name }) => `member ${name}`);
  const refused = (what: string): unknown[] => views.includes(what) ? ["42501", "55000"] : ["42501"];
  assertEquals(Object.entries(states).filter(([what, state]) => !refused(what).includes(state)), []);
});
