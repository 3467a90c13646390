import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { connectAs, signInMember } from "../support/client/platform_user.ts";
import { logIn, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { insert } from "../support/stack/tenant.ts";

// What rows, views and functions open to whom is proven in tests/sql; here the same goes through the REST layer.
const stack = await useStack();

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

Deno.test("A15: no relation and no column of one shows an owner anything of another organization, whatever is granted", async () => {
  await using own = await setScene(stack);
  await using other = await setScene(stack);
  await logIn(own);
  await logIn(other);
  const { client } = await signInMember(stack, own.tenant.organizationId);
  const foreign = await listIds(other.tenant.organizationId);
  const columns = await stack.sql`
    select class.relname as relation, attribute.attname as column
    from pg_catalog.pg_class as class
    join pg_catalog.pg_attribute as attribute on attribute.attrelid = class.oid
    where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p', 'v', 'm', 'f')
      and attribute.attnum > 0 and not attribute.attisdropped`;

  const shown: string[] = [];
  let answered = 0;
  for (const { relation, column } of columns) {
    const keyed = await client.from(relation).select(column);
    answered += keyed.error === null ? 1 : 0;
    const text = JSON.stringify(keyed.data ?? []);
    if (foreign.some((id) => text.includes(id))) {
      shown.push(`${relation}.${column}`);
    }
  }
  for (const relation of new Set(columns.map(({ relation }) => String(relation)))) {
    const text = JSON.stringify((await client.from(relation).select("*")).data ?? []);
    if (foreign.some((id) => text.includes(id))) {
      shown.push(`${relation}.*`);
    }
  }

  assertEquals(shown, []);
  assertEquals([columns.length > 100, answered > 30, foreign.length > 5], [true, true, true]);
});

Deno.test("A15: a visitor without a token calls no function at all", async () => {
  const functions = await stack.sql`
    select distinct proname::text as name from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace and prorettype <> 'trigger'::regtype`;
  const visitor = connectAs(stack);

  const called: string[] = [];
  for (const { name } of functions) {
    const { error } = await visitor.rpc(name, {});
    if (error === null) {
      called.push(name);
    }
  }

  assertEquals(called, []);
  assert(functions.length > 60);
});

/** The ids of all that an organization has, and its own. */
async function listIds(organizationId: string): Promise<string[]> {
  const tables = await stack.sql`
    select distinct one.table_name as name from information_schema.columns as one
    join information_schema.columns as two using (table_schema, table_name)
    where table_schema = 'public' and one.column_name = 'organization_id' and two.column_name = 'id'`;
  const ids = [organizationId];
  for (const { name } of tables) {
    const rows = await stack.sql`
      select id::text from public.${stack.sql(name)}
      where organization_id = ${organizationId} and length(id::text) > 8`;
    ids.push(...rows.map(({ id }) => String(id)));
  }
  return ids;
}

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

Deno.test("A15: through the REST layer an owner changes nothing of another organization, whichever function is called", async () => {
  await using own = await setScene(stack);
  await using other = await setScene(stack);
  await logIn(other);
  await logIn(own);
  const { client, id } = await signInMember(stack, own.tenant.organizationId);
  const { organizationId, configId, serverId } = other.tenant;
  const [user] = await stack
    .sql`select id from public.mcp_server_user where organization_id = ${organizationId}`;
  const [ownUser] = await stack
    .sql`select id from public.mcp_server_user where organization_id = ${own.tenant.organizationId}`;
  const mergeId = await insert(stack, "mcp_server_user_merges", {
    organization_id: organizationId,
    mcp_server_user_id: user?.["id"],
    merged_user_id: "mcpu_of_before",
    merged_user: {},
    identities: [],
    session_ids: [],
  });
  const [registration] = await stack
    .sql`select id from public.mcp_client_registrations where organization_id = ${organizationId}`;
  const resourceServerId = await insert(stack, "mcp_resource_servers", {
    organization_id: organizationId,
    mcp_server_id: serverId,
    name: "Weather",
    secret_hash: "x".repeat(43),
  });
  const invitationId = await insert(stack, "organization_invitations", {
    organization_id: organizationId,
    email: "invited@example.com",
    role: "member",
    invited_by: crypto.randomUUID(),
  });
  const callable = await stack.sql`
    select proname::text as name from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace
      and has_function_privilege('authenticated', oid, 'execute')`;
  const before = await fingerprint(organizationId);

  const outcomes: Record<string, unknown> = {};
  const attacks: Record<string, Record<string, unknown>> = {
    save_organization_member: { p_organization_id: organizationId, p_user_id: id, p_role: "owner" },
    remove_organization_member: { p_organization_id: organizationId, p_user_id: id },
    begin_config_check: { p_oauth_config_id: configId, p_organization_id: organizationId },
    save_oauth_config: {
      p_id: configId,
      p_name: "Taken over",
      p_token_endpoint: "https://evil.example/token",
    },
    delete_oauth_config: { p_id: configId },
    save_mcp_server: { p_id: serverId, p_upstream_url: "https://evil.example/mcp" },
    delete_mcp_server: { p_id: serverId },
    block_mcp_server_user: { p_mcp_server_user_id: user?.["id"], p_blocked: true },
    revoke_mcp_server_user_tokens: { p_mcp_server_user_id: user?.["id"] },
    revoke_mcp_connection: {
      p_mcp_server_user_id: user?.["id"],
      p_mcp_client_registration_id: registration?.["id"],
    },
    revoke_mcp_client_connections: { p_mcp_client_registration_id: registration?.["id"] },
    revoke_mcp_server_connections: { p_mcp_server_id: serverId },
    revoke_organization_connections: { p_organization_id: organizationId },
    export_mcp_server_user: { p_mcp_server_user_id: user?.["id"] },
    erase_mcp_server_user: { p_mcp_server_user_id: user?.["id"] },
    move_oauth_config_issuer: {
      p_oauth_config_id: configId,
      p_issuer: "https://evil.example",
      p_dry_run: false,
    },
    merge_mcp_server_users: { p_mcp_server_user_id: user?.["id"], p_merged_user_id: ownUser?.["id"] },
    unmerge_mcp_server_users: { p_merge_id: mergeId },
    delete_mcp_server_user: { p_mcp_server_user_id: user?.["id"] },
    create_mcp_client: {
      p_mcp_server_id: serverId,
      p_name: "A spy",
      p_redirect_uris: ["https://spy.example.com/callback"],
      p_confidential: true,
    },
    delete_mcp_client: { p_id: registration?.["id"] },
    create_mcp_resource_server: { p_mcp_server_id: serverId, p_name: "A spy" },
    delete_mcp_resource_server: { p_id: resourceServerId },
    save_organization: { p_id: organizationId, p_name: "Taken over" },
    delete_organization: { p_id: organizationId },
    invite_organization_member: {
      p_organization_id: organizationId,
      p_email: `${id}@example.com`,
      p_role: "owner",
    },
    revoke_organization_invitation: { p_invitation_id: invitationId },
    accept_organization_invitation: { p_invitation_id: invitationId },
    decline_organization_invitation: { p_invitation_id: invitationId },
    list_member_addresses: {},
    list_own_invitations: {},
    organizations_of_platform_user: {},
  };
  const named = [...Object.keys(attacks), "create_organization"].sort();
  assertEquals(named, callable.map(({ name }) => name).sort());
  for (const [name, args] of Object.entries(attacks)) {
    const { data } = await client.rpc(name, args);
    outcomes[name] = Array.isArray(data) ? data : data?.outcome;
  }
  const ownServer = await client.rpc("save_mcp_server", {
    p_id: own.tenant.serverId,
    p_custom_oauth_config_id: configId,
  });

  assertEquals(outcomes, {
    save_organization_member: "unknown_organization",
    remove_organization_member: "unknown_organization",
    begin_config_check: "unknown_config",
    save_oauth_config: "unknown_config",
    delete_oauth_config: "unknown_config",
    save_mcp_server: "unknown_server",
    delete_mcp_server: "unknown_server",
    block_mcp_server_user: "unknown_user",
    revoke_mcp_server_user_tokens: "unknown_user",
    revoke_mcp_connection: "unknown_connection",
    revoke_mcp_client_connections: "unknown_client",
    revoke_mcp_server_connections: "unknown_server",
    revoke_organization_connections: "unknown_organization",
    export_mcp_server_user: "unknown_user",
    erase_mcp_server_user: "unknown_user",
    move_oauth_config_issuer: "unknown_config",
    merge_mcp_server_users: "unknown_user",
    unmerge_mcp_server_users: "unknown_merge",
    delete_mcp_server_user: "unknown_user",
    create_mcp_client: "unknown_server",
    delete_mcp_client: "unknown_client",
    create_mcp_resource_server: "unknown_server",
    delete_mcp_resource_server: "unknown_resource_server",
    save_organization: "unknown_organization",
    delete_organization: "unknown_organization",
    invite_organization_member: "unknown_organization",
    revoke_organization_invitation: "unknown_invitation",
    accept_organization_invitation: "unknown_invitation",
    decline_organization_invitation: "unknown_invitation",
    list_member_addresses: [{ user_id: id, email: `${id}@example.com` }],
    list_own_invitations: [],
    organizations_of_platform_user: [own.tenant.organizationId],
  });
  assertEquals(ownServer.data?.outcome, "unknown_config");
  assertEquals(await fingerprint(organizationId), before);
});

Deno.test("A15: through oauth-configs an owner changes no config of another organization, and a member none at all", async () => {
  await using own = await setScene(stack);
  await using other = await setScene(stack);
  const owner = await signInMember(stack, own.tenant.organizationId);
  const member = await signInMember(stack, own.tenant.organizationId, "member");
  const before = [
    await fingerprint(own.tenant.organizationId),
    await fingerprint(other.tenant.organizationId),
  ];
  const secret = { client_secret: "a-secret-of-the-attacker" };

  const answers = [
    await saveConfig(owner.accessToken, { id: other.tenant.configId, ...secret }),
    await saveConfig(owner.accessToken, {
      organization_id: other.tenant.organizationId,
      name: "Planted",
      issuer: own.provider.issuer,
      client_id: "x",
      ...secret,
    }),
    await saveConfig(member.accessToken, { id: own.tenant.configId, ...secret }),
  ];

  assertEquals(answers, [404, 404, 403]);
  const after = [
    await fingerprint(own.tenant.organizationId),
    await fingerprint(other.tenant.organizationId),
  ];
  assertEquals(after, before);
});

async function saveConfig(accessToken: string, body: Record<string, unknown>): Promise<number> {
  const response = await fetch(`${stack.status.PUBLIC_URL}/oauth-configs`, {
    method: "POST",
    headers: { "Authorization": `Bearer ${accessToken}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  await response.body?.cancel();
  return response.status;
}

/** Changes with every row of an organization. */
async function fingerprint(organizationId: string): Promise<string> {
  const [row] = await stack.sql`
    select md5(
      (select coalesce(string_agg(entry::text, '' order by id), '') from public.custom_oauth_configs as entry
       where organization_id = ${organizationId})
      || (select coalesce(string_agg(entry::text, '' order by id), '') from public.mcp_servers as entry
          where organization_id = ${organizationId})
      || (select coalesce(string_agg(entry::text, '' order by id), '') from public.mcp_server_user as entry
          where organization_id = ${organizationId})
      || (select coalesce(string_agg(entry::text, '' order by id), '') from public.mcp_proxy_tokens as entry
          where organization_id = ${organizationId})
      || (select coalesce(string_agg(entry::text, '' order by user_id), '') from public.organization_members as entry
          where organization_id = ${organizationId})
      || (select count(*) from public.mcp_resource_servers where organization_id = ${organizationId})
      || (select coalesce(string_agg(entry::text, '' order by id), '')
          from public.organization_invitations as entry where organization_id = ${organizationId})
      || (select entry::text from public.organizations as entry where id = ${organizationId})
    ) as print`;
  return String(row?.["print"]);
}
