-- claim_authorization_session: binds a callback to the login it answers, once.
--
-- A browser without the session's cookie does not get the session and does not
-- end it: its owner can still present the callback. A server or config that was
-- disabled in the meantime ends the login. So does a new client generation: the
-- code must not go to a place of the provider that did not issue it. What ends
-- here is still to be told as failed: the answer names the session for that, and
-- the id of the request that opened it, which is the id of the whole login.
--
-- Caller    oauth-callback; oauth-authorize where the provider is not found; as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the session
-- Outcomes  claimed | unknown | expired | replayed | other_browser | no_sign_in | config_changed
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
  v_claim public.authorization_claim;
begin
  if p_state_hash is null or p_browser_hash is null then
    raise exception using errcode = '22004', message = 'p_state_hash and p_browser_hash must not be null';
  end if;

  select * into v_session
  from public.mcp_authorization_sessions as session
  where session.state_hash = p_state_hash
  for update;
  v_claim.outcome := case
    when v_session.id is null then 'unknown'
    when v_session.browser_hash <> p_browser_hash then 'other_browser'
    when v_session.claimed_at is not null then 'replayed'
    when v_session.expires_at <= now() then 'expired'
    else 'claimed'
  end;
  v_claim.request_id := v_session.request_id;
  if v_claim.outcome not in ('claimed', 'expired') then
    return v_claim;
  end if;

  update public.mcp_authorization_sessions as session
  set claimed_at = now()
  where session.id = v_session.id;
  v_claim.session_id := v_session.id;
  if v_claim.outcome = 'expired' then
    return v_claim;
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.id = v_session.mcp_server_id and server.disabled_at is null;
  select * into v_config
  from public.custom_oauth_configs as config
  where config.id = v_session.oauth_config_id and config.disabled_at is null;
  if v_server.id is null or v_config.id is null then
    v_claim.outcome := 'no_sign_in';
    return v_claim;
  end if;
  if v_config.client_generation <> v_session.client_generation then
    v_claim.outcome := 'config_changed';
    return v_claim;
  end if;

  v_claim.request_ciphertext := v_session.request_ciphertext;
  v_claim.redirect_uri := v_session.redirect_uri;
  select client.client_id into v_claim.client_id
  from public.mcp_client_registrations as client
  where client.id = v_session.mcp_client_registration_id;
  v_claim.server := public.describe_mcp_server(v_server);
  v_claim.config := public.describe_oauth_config(v_config);
  return v_claim;
end
$$;

revoke all on function public.claim_authorization_session from public, anon, authenticated, service_role;
grant execute on function public.claim_authorization_session to service_role, gatepost_functions;
