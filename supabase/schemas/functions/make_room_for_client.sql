-- make_room_for_client: keeps a server below 10,000 clients that never led to a login.
--
-- Those that expire first are deleted first. A client that a person has approved
-- expires later than one that is registered only, so a flood of registrations
-- locks nobody out. Clients that led to a login are not counted. Counting and
-- locking are two steps, because "for update" with an offset would lock the
-- skipped rows as well.
--
-- Caller    register_mcp_client; open_authorization_session for a metadata document
-- Rights    invoker, granted to nobody
-- Locks     the rows that it deletes, where nobody else holds them (skip locked)
create function public.make_room_for_client(p_mcp_server_id text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  delete from public.mcp_client_registrations as client
  where client.id = any (array(
    select surplus.id from public.mcp_client_registrations as surplus
    where surplus.id = any (array(
      select counted.id from public.mcp_client_registrations as counted
      where counted.mcp_server_id = p_mcp_server_id and counted.expires_at is not null
      order by counted.expires_at desc
      offset 9999
      limit 10
    ))
    for update skip locked
  ));
end
$$;

revoke all on function public.make_room_for_client from public, anon, authenticated, service_role;
