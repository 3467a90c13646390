/**
 * Fills the places that a server has for clients and logins, as a flood would.
 *
 * Where a source's rows stand is what `draw_slots` says.
 *
 * @module
 */

import type { Sql } from "./database.ts";
import type { Tenant } from "./rows.ts";

/** All places of a server, in `row_bounds`. */
export const PLACES = 60_000;

type Filled = Pick<Tenant, "serverId">;

/** The places that a source may use. */
const placesOf = (sql: Sql, source: string): ReturnType<Sql> =>
  sql`select distinct ((hashtextextended(${source}::text, n) & 2147483647) % ${PLACES}::integer)::integer as slot
    from generate_series(0, (select of_source - 1 from public.row_bounds where kind = 'client')) as n`;

/** Takes every place of a source with clients that registered, and whose login began, so long ago. */
export async function fillClients(
  sql: Sql,
  { serverId }: Filled,
  source: string,
  { age = "2 minutes", approved = null }: { age?: string; approved?: string | null } = {},
): Promise<void> {
  await sql`
    insert into public.mcp_client_registrations
      (organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, redirect_uris, grant_types,
       created_at, last_used_at, source, slot)
    select organization_id, id, ${source}::text || slot, 'dynamic', 'none', array['https://flood.example/callback'],
      array['authorization_code'], now() - ${age}::text::interval, now() - ${approved}::text::interval,
      ${source}::text, slot
    from public.mcp_servers, (${placesOf(sql, source)}) as place
    where id = ${serverId}
    on conflict do nothing`;
}

/** Takes every place of a server, or of a source, with logins that began so long ago. */
export async function fillSessions(
  sql: Sql,
  { serverId }: Filled,
  { age = "1 minute", source }: { age?: string; source?: string } = {},
): Promise<void> {
  const places = source === undefined
    ? sql`select slot from generate_series(0, ${PLACES - 1}::integer) as slot`
    : placesOf(sql, source);
  await sql`
    insert into public.mcp_authorization_sessions
      (organization_id, mcp_server_id, mcp_client_registration_id, oauth_config_id, client_generation, state_hash,
       browser_hash, form_hash, request_ciphertext, redirect_uri, resource, scope, code_challenge, created_at,
       expires_at, slot)
    select server.organization_id, server.id, client.id, server.custom_oauth_config_id, 1,
      left(md5('state' || slot || server.id) || md5('s'), 43), left(md5('browser' || slot) || md5('b'), 43),
      left(md5('form' || slot || server.id) || md5('f'), 43), 'sealed', 'https://flood.example/callback', 'resource',
      '', 'c', now() - ${age}::text::interval, now() - ${age}::text::interval + interval '10 minutes', slot
    from public.mcp_servers as server
    join lateral (
      select id from public.mcp_client_registrations where mcp_server_id = server.id order by created_at limit 1
    ) as client on true,
    (${places}) as place
    where server.id = ${serverId}
    on conflict do nothing`;
}

/** How many clients that led to no login, and how many logins, a server has. */
export async function countBounded(
  sql: Sql,
  { serverId }: Filled,
): Promise<{ clients: number; logins: number }> {
  const [row] = await sql`
    select
      (select count(*)::integer from public.mcp_client_registrations
       where mcp_server_id = ${serverId} and expires_at is not null) as clients,
      (select count(*)::integer from public.mcp_authorization_sessions where mcp_server_id = ${serverId}) as logins`;
  return { clients: Number(row?.["clients"]), logins: Number(row?.["logins"]) };
}
