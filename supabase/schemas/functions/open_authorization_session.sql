-- open_authorization_session: records an approval and what it approved.
--
-- The consent form is good once: its hash is unique, and a second presentation
-- finds it taken. A client that is known by a metadata document is stored here,
-- at its first approval, with the metadata that the person was shown. An
-- approval is not yet a use: the client expires unless a login completes.
--
-- Caller    oauth-authorize, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     expired and surplus sessions that nobody else holds (skip locked), then the client
--           (lock order: supabase/schemas/README.md)
-- Outcomes  opened | form_replayed | unknown_client | unknown_server | no_sign_in
-- Raises    22004 when an argument that must be there is null
create function public.open_authorization_session(
  p_slug text,
  p_client_id text,
  p_metadata_document jsonb,
  p_form_hash text,
  p_state_hash text,
  p_browser_hash text,
  p_request_ciphertext text,
  p_redirect_uri text,
  p_resource text,
  p_scope text,
  p_code_challenge text,
  p_nonce text
)
returns public.authorization_opening
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_config public.custom_oauth_configs;
  v_client_registration_id text;
  v_opening public.authorization_opening;
begin
  if p_slug is null or p_client_id is null or p_form_hash is null or p_state_hash is null
    or p_browser_hash is null or p_request_ciphertext is null or p_redirect_uri is null
    or p_resource is null or p_scope is null or p_code_challenge is null then
    raise exception using errcode = '22004', message = 'an approval names its server, client, form and request';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null;
  if not found then
    v_opening.outcome := 'unknown_server';
    return v_opening;
  end if;
  select * into v_config
  from public.custom_oauth_configs as config
  where config.id = v_server.custom_oauth_config_id and config.disabled_at is null;
  if not found then
    v_opening.outcome := 'no_sign_in';
    return v_opening;
  end if;

  perform public.purge_expired(10);
  delete from public.mcp_authorization_sessions as session
  where session.id = any (array(
    select surplus.id from public.mcp_authorization_sessions as surplus
    where surplus.id = any (array(
      select counted.id from public.mcp_authorization_sessions as counted
      where counted.organization_id = v_server.organization_id and counted.mcp_server_id = v_server.id
      order by counted.created_at desc
      offset 9999
      limit 10
    ))
    for update skip locked
  ));

  if p_metadata_document is null then
    update public.mcp_client_registrations as client
    set last_used_at = now(),
        expires_at = case when client.expires_at is not null then now() + interval '30 days' end
    where client.mcp_server_id = v_server.id and client.client_id = p_client_id
    returning client.id into v_client_registration_id;
  else
    perform public.make_room_for_client(v_server.id);
    insert into public.mcp_client_registrations as client
      (organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, client_name, redirect_uris,
       grant_types, client_metadata, last_used_at, expires_at)
    values
      (v_server.organization_id, v_server.id, p_client_id, 'metadata_document',
       coalesce(p_metadata_document ->> 'token_endpoint_auth_method', 'none'),
       p_metadata_document ->> 'client_name',
       array(select jsonb_array_elements_text(p_metadata_document -> 'redirect_uris')),
       array['authorization_code', 'refresh_token'], p_metadata_document, now(),
       now() + interval '30 days')
    on conflict on constraint client_id_is_unique_on_its_server do update
    set token_endpoint_auth_method = excluded.token_endpoint_auth_method,
        client_name = excluded.client_name,
        redirect_uris = excluded.redirect_uris,
        client_metadata = excluded.client_metadata,
        last_used_at = now(),
        expires_at = case when client.first_used_at is null then excluded.expires_at end
    where client.kind = 'metadata_document'
    returning client.id into v_client_registration_id;
  end if;
  if v_client_registration_id is null then
    v_opening.outcome := 'unknown_client';
    return v_opening;
  end if;

  insert into public.mcp_authorization_sessions
    (organization_id, mcp_server_id, mcp_client_registration_id, oauth_config_id, client_generation, state_hash,
     browser_hash, form_hash, request_ciphertext, redirect_uri, resource, scope, code_challenge, nonce,
     request_id, expires_at)
  values
    (v_server.organization_id, v_server.id, v_client_registration_id, v_config.id, v_config.client_generation,
     p_state_hash, p_browser_hash, p_form_hash, p_request_ciphertext, p_redirect_uri, p_resource, p_scope,
     p_code_challenge, p_nonce, public.current_request_id(), now() + interval '10 minutes')
  on conflict on constraint consent_form_is_used_once do nothing;
  if not found then
    v_opening.outcome := 'form_replayed';
    return v_opening;
  end if;

  v_opening.outcome := 'opened';
  v_opening.config := public.describe_oauth_config(v_config);
  return v_opening;
end
$$;

revoke all on function public.open_authorization_session from public, anon, authenticated, service_role;
grant execute on function public.open_authorization_session to service_role;
