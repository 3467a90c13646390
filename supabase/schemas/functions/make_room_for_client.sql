-- make_room_for_client: keeps the clients of one server that never led to a login below 10,000.
--
-- Those that expire first go first: one that a person has approved outlives
-- any number of mere registrations, so that a flood of these locks nobody out.
-- Clients that led to a login are not counted. Counting and locking are two
-- steps: one that locked would lock the rows it skips as well.
--
-- Caller    register_mcp_client; open_authorization_session for a metadata document
-- Rights    invoker, granted to nobody
-- Locks     surplus rows nobody else holds (skip locked)
create function public.make_room_for_client(p_mcp_server_id text)
returns void
language sql
volatile
set search_path = ''
as $$
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
  ))
$$;

revoke all on function public.make_room_for_client from public, anon, authenticated, service_role;
