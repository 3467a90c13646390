import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { connectAs, signInMember } from "./support/platform_user.ts";
import { logIn, setScene } from "./support/scene.ts";
import { findStack } from "./support/stack.ts";

// What rows, views and functions open to whom is proven in tests/sql; here the same goes through the REST layer.
const stack = await findStack();

Deno.test("A15: through the REST layer an owner reads its own organization's rows and none of another's", async () => {
  await using own = await setScene(stack);
  await using other = await setScene(stack);
  await logIn(own);
  await logIn(other);
  const { client } = await signInMember(stack, own.tenant.organizationId);

  const columns = await listReadableColumns();
  const seen: Record<string, Set<string>> = {};
  for (const [table, names] of columns) {
    const { data, error } = await client.from(table).select(names.join(","));
    assertEquals(error, null);
    const organization = table === "organizations" ? "id" : "organization_id";
    seen[table] = new Set((data as unknown as Record<string, string>[]).map((row) => row[organization]!));
  }

  for (const [table, organizations] of Object.entries(seen)) {
    assertEquals([...organizations].filter((id) => id !== own.tenant.organizationId), [], table);
  }
  assert(seen["mcp_server_user"]?.has(own.tenant.organizationId));
  assert(seen["mcp_proxy_tokens"]?.has(own.tenant.organizationId));
});

Deno.test("A15: through the REST layer nobody without an organization, and no visitor, reads a row", async () => {
  await using scene = await setScene(stack);
  await logIn(scene);
  const stranger = await signInMember(stack, scene.tenant.organizationId);
  await stack.sql`delete from public.organization_members where user_id = ${stranger.id}`;

  for (const [table, names] of await listReadableColumns()) {
    const asStranger = await stranger.client.from(table).select(names.join(","));
    const asVisitor = await connectAs(stack).from(table).select(names.join(","));

    assertEquals([asStranger.data, asStranger.error], [[], null], table);
    assertNotEquals(asVisitor.error, null, table);
  }
});

Deno.test("A15: through the REST layer an owner writes no table, not even its own organization's rows", async () => {
  await using own = await setScene(stack);
  await using other = await setScene(stack);
  const { client } = await signInMember(stack, own.tenant.organizationId);
  const tables = await stack.sql`select tablename from pg_catalog.pg_tables where schemaname = 'public'`;
  const before = await dump();

  for (const { tablename } of tables) {
    for (const { organizationId } of [own.tenant, other.tenant]) {
      const column = tablename === "organizations" ? "id" : "organization_id";
      const inserted = await client.from(tablename).insert({ [column]: organizationId } as never);
      const updated = await client.from(tablename).update({ [column]: own.tenant.organizationId } as never)
        .eq(column, organizationId);
      const deleted = await client.from(tablename).delete().eq(column, organizationId);

      for (const { error } of [inserted, updated, deleted]) {
        assertNotEquals(error, null, tablename);
      }
    }
  }

  assertEquals(await dump(), before);
});

Deno.test("A15: through the REST layer an owner calls no function that belongs to the Edge Functions", async () => {
  await using scene = await setScene(stack);
  const { client } = await signInMember(stack, scene.tenant.organizationId);
  const functions = await stack.sql`
    select routine.proname as name, routine.proargnames as arguments, routine.pronargs::integer as count
    from pg_catalog.pg_proc as routine
    where routine.pronamespace = 'public'::regnamespace
      and not has_function_privilege('authenticated', routine.oid, 'execute')`;

  assert(functions.length > 20);
  for (const { name, arguments: argumentNames, count } of functions) {
    const args = Object.fromEntries(
      ((argumentNames ?? []) as string[]).slice(0, count).map((key) => [key, null]),
    );
    const { error } = await client.rpc(name, args);
    assertNotEquals(error, null, name);
  }
});

/** Every table with the columns of it that a platform user may read at all. */
async function listReadableColumns(): Promise<[string, string[]][]> {
  const rows = await stack.sql`
    select table_name, array_agg(column_name::text) as names from information_schema.column_privileges
    where table_schema = 'public' and grantee = 'authenticated' and privilege_type = 'SELECT'
    group by table_name order by table_name`;
  return rows.map(({ table_name, names }) => [table_name, names]);
}

/** How many rows each table has, and what is in the dashboard's. */
async function dump(): Promise<unknown> {
  const [row] = await stack.sql`
    select (select count(*)::integer from public.mcp_servers) as servers,
      (select count(*)::integer from public.custom_oauth_configs) as configs,
      (select count(*)::integer from public.organizations) as organizations,
      (select count(*)::integer from public.organization_members) as members,
      (select count(*)::integer from public.mcp_server_user) as users`;
  return { ...row };
}
