-- authenticate_mcp_client: finds the server and the client, and checks the client's secret.
--
-- A public client has no secret to check; one that it sends all the same is
-- ignored. Hashes are compared, of secrets with 256 random bits: how long the
-- comparison takes tells nothing.
--
-- Caller    the RPCs of the token, revocation and introspection endpoints
-- Rights    invoker, granted to nobody
-- Locks     none
-- Outcomes  authenticated | unknown_server | unknown_client | wrong_secret

create type public.client_authentication as (
  outcome text,
  server public.mcp_servers,
  client public.mcp_client_registrations
);

create function public.authenticate_mcp_client(p_slug text, p_client_id text, p_client_secret_hash text)
returns public.client_authentication
language plpgsql
stable
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_client public.mcp_client_registrations;
begin
  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    return ('unknown_server', null, null)::public.client_authentication;
  end if;

  select * into v_client
  from public.mcp_client_registrations as client
  where client.mcp_server_id = v_server.id and client.client_id = p_client_id;
  if not found then
    return ('unknown_client', v_server, null)::public.client_authentication;
  end if;

  if v_client.client_secret_hash is not null
    and v_client.client_secret_hash is distinct from p_client_secret_hash then
    return ('wrong_secret', v_server, v_client)::public.client_authentication;
  end if;
  return ('authenticated', v_server, v_client)::public.client_authentication;
end
$$;

revoke all on function public.authenticate_mcp_client(text, text, text)
  from public, anon, authenticated, service_role;
