-- authenticate_mcp_client: finds the server and the client, and checks the client's secret.
--
-- A public client has no secret to check; one that it sends all the same is
-- ignored. Hashes are compared, of secrets with 256 random bits: how long the
-- comparison takes tells nothing.
--
-- Caller    the RPCs of the token and revocation endpoints
-- Rights    invoker, granted to nobody
-- Locks     none
-- Outcomes  authenticated | unknown_server | unknown_client | wrong_secret
create function public.authenticate_mcp_client(p_slug text, p_client_id text, p_client_secret_hash text)
returns public.client_authentication
language plpgsql
stable
set search_path = ''
as $$
declare
  v_found record;
begin
  select
    server.id as server_id, server.access_token_seconds, server.refresh_token_seconds,
    client.id as client_registration_id, client.client_secret_hash
  into v_found
  from public.mcp_servers as server
  left join public.mcp_client_registrations as client
    on client.mcp_server_id = server.id and client.client_id = p_client_id
  where server.slug = p_slug and server.disabled_at is null;

  return (
    case
      when v_found.server_id is null then 'unknown_server'
      when v_found.client_registration_id is null then 'unknown_client'
      when v_found.client_secret_hash is not null
        and v_found.client_secret_hash is distinct from p_client_secret_hash then 'wrong_secret'
      else 'authenticated'
    end,
    v_found.server_id, v_found.client_registration_id, p_client_id, v_found.access_token_seconds,
    v_found.refresh_token_seconds
  )::public.client_authentication;
end
$$;

revoke all on function public.authenticate_mcp_client from public, anon, authenticated, service_role;
