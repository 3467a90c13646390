import { assertEquals } from "@std/assert";
import { openDatabase } from "../../support/database/database.ts";
import { issueFamily, makeTenant, newHash, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

/** Copies a connection, and its vault entry, until a user has so many; each copy a minute older than the next. */
async function copyFamilies(familyId: string, copies: number): Promise<void> {
  await owner`
    with original as (select * from public.mcp_proxy_tokens where id = ${familyId}),
    entries as (
      insert into public.upstream_oauth_tokens
      select (jsonb_populate_record(entry,
        jsonb_build_object('id', 'uoat_copy' || copy || ${familyId}, 'created_at', now() - copy * interval '1 minute'))).*
      from public.upstream_oauth_tokens as entry, original, generate_series(1, ${copies}::integer) as copy
      where entry.id = original.upstream_token_id
      returning id
    )
    select count(*) from entries`;
  await owner`
    insert into public.mcp_proxy_tokens
      (organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id, upstream_token_id, resource, scope,
       handle_hash, refresh_hash, created_at, expires_at)
    select organization_id, mcp_server_id, mcp_client_registration_id, mcp_server_user_id,
      'uoat_copy' || copy || ${familyId}, resource, scope, left(md5(id || copy) || md5('h'), 43), refresh_hash,
      now() - copy * interval '1 minute', expires_at
    from public.mcp_proxy_tokens, generate_series(1, ${copies}::integer) as copy
    where id = ${familyId}`;
}

/** How many connections of a server live, and how old those are that made room, in minutes. */
async function readFamilies(
  { serverId }: Tenant,
): Promise<{ alive: number; ended: string[]; audited: number }> {
  const rows = await owner`
    select revoked_reason, round(extract(epoch from now() - created_at) / 60)::integer as minutes
    from public.mcp_proxy_tokens where mcp_server_id = ${serverId} order by created_at`;
  const [audit] = await owner`
    select coalesce(sum(occurrences), 0)::integer as count from public.mcp_audit_events
    where mcp_server_id = ${serverId} and event = 'tokens_revoked' and reason = 'too_many_connections'`;
  return {
    alive: rows.filter(({ revoked_reason }) => revoked_reason === null).length,
    ended: rows.filter(({ revoked_reason }) => revoked_reason !== null)
      .map(({ revoked_reason, minutes }) => `${revoked_reason} ${minutes}`),
    audited: Number(audit?.["count"]),
  };
}

Deno.test("a user has a hundred connections with a client; one more ends the oldest, and the audit says so", async () => {
  const tenant = await makeTenant(database);
  const sub = newHash();
  const { familyId } = await issueFamily(database, tenant, { completion: { p_upstream_sub: sub } });

  await copyFamilies(familyId, 98);
  await issueFamily(database, tenant, { completion: { p_upstream_sub: sub } });
  const full = await readFamilies(tenant);
  await issueFamily(database, tenant, { completion: { p_upstream_sub: sub } });

  assertEquals(full, { alive: 100, ended: [], audited: 0 });
  assertEquals(await readFamilies(tenant), { alive: 100, ended: ["too_many_connections 98"], audited: 1 });
});

Deno.test("a user's connections with another client, and another user's, are none of these", async () => {
  const tenant = await makeTenant(database);
  const sub = newHash();
  const { familyId } = await issueFamily(database, tenant, { completion: { p_upstream_sub: sub } });
  await copyFamilies(familyId, 99);
  await owner`
    with other as (
      insert into public.mcp_client_registrations
        (organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, redirect_uris, grant_types)
      select organization_id, mcp_server_id, ${newHash()}, kind, token_endpoint_auth_method, redirect_uris, grant_types
      from public.mcp_client_registrations where mcp_server_id = ${tenant.serverId} limit 1
      returning id
    )
    update public.mcp_proxy_tokens as family set mcp_client_registration_id = other.id
    from other where family.mcp_server_id = ${tenant.serverId}`;

  await issueFamily(database, tenant, { completion: { p_upstream_sub: sub } });
  await issueFamily(database, tenant, { completion: { p_upstream_sub: newHash() } });

  assertEquals(await readFamilies(tenant), { alive: 102, ended: [], audited: 0 });
});
