-- begin_authorization: reads what an authorization request is checked against.
--
-- Writes nothing, so that a GET of the authorization endpoint has no effect.
-- A client id metadata document is stored at its first approval. Until then the
-- outcome is unknown_client, and the answer names the server all the same: the
-- endpoint decides by the server's policy.
--
-- Caller    oauth-authorize, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     none
-- Outcomes  ready | unknown_client | unknown_server | no_sign_in
-- Raises    22004 when an argument is null
create function public.begin_authorization(p_slug text, p_client_id text)
returns public.authorization_beginning
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_client public.mcp_client_registrations;
  v_beginning public.authorization_beginning;
begin
  if p_slug is null or p_client_id is null then
    raise exception using errcode = '22004', message = 'p_slug and p_client_id must not be null';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    v_beginning.outcome := 'unknown_server';
    return v_beginning;
  end if;
  v_beginning.server := public.describe_mcp_server(v_server);

  select config.name, config.account_prompt into v_beginning.provider_name, v_beginning.account_prompt
  from public.custom_oauth_configs as config
  where config.id = v_server.custom_oauth_config_id and config.disabled_at is null;
  if not found then
    v_beginning.outcome := 'no_sign_in';
    return v_beginning;
  end if;

  select * into v_client
  from public.mcp_client_registrations as client
  where client.mcp_server_id = v_server.id and client.client_id = p_client_id;
  if not found then
    v_beginning.outcome := 'unknown_client';
    return v_beginning;
  end if;

  v_beginning.outcome := 'ready';
  v_beginning.client := public.describe_mcp_client(v_client);
  return v_beginning;
end
$$;

revoke all on function public.begin_authorization from public, anon, authenticated, service_role;
grant execute on function public.begin_authorization to service_role, gatepost_functions;
