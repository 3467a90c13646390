-- claim_authorization_session: binds a callback to the login it answers, once.
--
-- Another browser neither gets the session nor spoils it: without the cookie a
-- state is worth nothing, and whoever holds both is its owner. A server
-- or config disabled in the meantime ends the login.
--
-- Caller    oauth-callback, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the session
-- Outcomes  claimed | unknown | expired | replayed | other_browser | no_sign_in
-- Raises    22004 when an argument is null
create function public.claim_authorization_session(p_state_hash text, p_browser_hash text)
returns public.authorization_claim
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_session public.mcp_authorization_sessions;
  v_server public.mcp_servers;
  v_config public.custom_oauth_configs;
  v_client_id text;
begin
  if p_state_hash is null or p_browser_hash is null then
    raise exception using errcode = '22004', message = 'p_state_hash and p_browser_hash must not be null';
  end if;

  select * into v_session
  from public.mcp_authorization_sessions as session
  where session.state_hash = p_state_hash
  for update;
  if not found then
    return ('unknown', null, null, null, null, null, null)::public.authorization_claim;
  end if;
  if v_session.browser_hash <> p_browser_hash then
    return ('other_browser', null, null, null, null, null, null)::public.authorization_claim;
  end if;
  if v_session.claimed_at is not null then
    return ('replayed', null, null, null, null, null, null)::public.authorization_claim;
  end if;
  if v_session.expires_at <= now() then
    return ('expired', null, null, null, null, null, null)::public.authorization_claim;
  end if;

  update public.mcp_authorization_sessions as session
  set claimed_at = now()
  where session.id = v_session.id;

  select * into v_server
  from public.mcp_servers as server
  where server.id = v_session.mcp_server_id and server.disabled_at is null;
  if not found then
    return ('no_sign_in', null, null, null, null, null, null)::public.authorization_claim;
  end if;
  select * into v_config
  from public.custom_oauth_configs as config
  where config.id = v_session.oauth_config_id and config.disabled_at is null;
  if not found then
    return ('no_sign_in', null, null, null, null, null, null)::public.authorization_claim;
  end if;
  select client.client_id into v_client_id
  from public.mcp_client_registrations as client
  where client.id = v_session.mcp_client_registration_id;

  return (
    'claimed', v_session.id, v_session.request_ciphertext, v_session.redirect_uri, v_client_id,
    public.describe_mcp_server(v_server), public.describe_oauth_config(v_config)
  )::public.authorization_claim;
end
$$;

revoke all on function public.claim_authorization_session from public, anon, authenticated, service_role;
grant execute on function public.claim_authorization_session to service_role;
