-- hold_mcp_callers: the entries whose organization, server and user belong together, which stay until the end.
--
-- A server or a user that somebody is about to delete is treated as gone: the
-- records of a moment are lost, and nobody waits. An entry learns what its server and
-- user say: whether payloads are recorded, until when, and whether the user logs in.
-- A payload beyond 16 KiB is left out, the call stays: as text it may be longer than
-- as the gateway measured it. An initialize without a client's name takes the
-- registered one.
--
-- Caller    record_mcp_calls
-- Rights    invoker, granted to nobody
-- Locks     the servers, then the end users, against deletion (key share, skip locked)
create function public.hold_mcp_callers(p_entries public.mcp_call_entry[])
returns setof public.mcp_call_entry
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_held record;
  v_entry public.mcp_call_entry;
begin
  for v_held in
    with held_server as (
      select server.id, server.organization_id, server.record_payloads
      from public.mcp_servers as server
      where server.id in (select entry.mcp_server_id from unnest(p_entries) as entry)
      order by server.id
      for key share skip locked
    ), held_user as (
      select holder.id, holder.organization_id, holder.auth_type
      from public.mcp_server_user as holder
      where holder.id in (select entry.mcp_server_user_id from unnest(p_entries) as entry)
      order by holder.id
      for key share skip locked
    )
    select entry, server.record_payloads, holder.auth_type, organization.call_retention_days,
      client.client_name, client.client_metadata ->> 'software_version' as software_version
    from unnest(p_entries) as entry
    join held_server as server
      on server.id = entry.mcp_server_id and server.organization_id = entry.organization_id
    join public.organizations as organization on organization.id = entry.organization_id
    left join held_user as holder
      on holder.id = entry.mcp_server_user_id and holder.organization_id = entry.organization_id
    left join public.mcp_client_registrations as client
      on client.mcp_server_id = entry.mcp_server_id
      and client.client_id = entry.client_id
      and entry.method = 'initialize' and entry.name = ''
    where entry.mcp_server_user_id is null or holder.id is not null
    order by entry.place
  loop
    v_entry := v_held.entry;
    v_entry.is_known := v_held.auth_type is not null and v_held.auth_type <> 'none';
    v_entry.keep_until := v_entry.day + v_held.call_retention_days;
    if v_held.record_payloads = 'none' or octet_length(v_entry.arguments::text) > 16384 then
      v_entry.arguments := null;
    end if;
    if v_held.record_payloads <> 'all' or octet_length(v_entry.result::text) > 16384 then
      v_entry.result := null;
    end if;
    if v_held.client_name is not null then
      v_entry.name := left(v_held.client_name, 100) || '/'
        || translate(left(coalesce(v_held.software_version, ''), 50), '/', '_');
    end if;
    return next v_entry;
  end loop;
end
$$;

revoke all on function public.hold_mcp_callers from public, anon, authenticated, service_role;
