-- open_authorization_session: records an approval and what it approved.
--
-- The consent form is good once: its hash is unique, and a second presentation
-- finds it taken. A client that is known by a metadata document is stored here,
-- at its first approval, with the metadata that the person was shown. An
-- approval is not yet a use, and makes no client last: anybody may post one. The
-- client expires unless a login completes. Logins, and clients of metadata
-- documents, have a limited number of places, by server and by source: p_source
-- names the address group of the browser.
--
-- last_used_at is written once a minute at most, so that the logins of a client
-- that many people share do not wait for each other.
--
-- Caller    oauth-authorize, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the client, then a surplus client or session that nobody else holds (skip locked)
--           (lock order: supabase/schemas/README.md)
-- Outcomes  opened | crowded | form_replayed | unknown_client | unknown_server | no_sign_in
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
  p_nonce text,
  p_source text default null
)
returns public.authorization_opening
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_config public.custom_oauth_configs;
  v_client public.mcp_client_registrations;
  v_place text := coalesce(public.redirect_place(p_redirect_uri => p_redirect_uri), 'nowhere');
  v_slot integer;
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

  for v_attempt in 1..5 loop
    select * into v_client
    from public.mcp_client_registrations as client
    where client.mcp_server_id = v_server.id and client.client_id = p_client_id;
    exit when found or p_metadata_document is null;
    v_slot := public.take_client_slot(p_mcp_server_id => v_server.id, p_source => p_source, p_place => v_place);
    -- Another approval may store the same client meanwhile, or take the same place.
    insert into public.mcp_client_registrations
      (organization_id, mcp_server_id, client_id, kind, token_endpoint_auth_method, client_name, redirect_uris,
       grant_types, client_metadata, last_used_at, source, slot)
    select
      v_server.organization_id, v_server.id, p_client_id, 'metadata_document',
      coalesce(p_metadata_document ->> 'token_endpoint_auth_method', 'none'),
      p_metadata_document ->> 'client_name',
      array(select jsonb_array_elements_text(p_metadata_document -> 'redirect_uris')),
      array['authorization_code', 'refresh_token'], p_metadata_document, now(), coalesce(p_source, v_place), v_slot
    where v_slot is not null
    on conflict do nothing
    returning * into v_client;
    exit when found;
  end loop;
  if v_client.id is null and p_metadata_document is not null then
    v_opening.outcome := 'crowded';
    return v_opening;
  end if;
  if v_client.id is null or (p_metadata_document is not null and v_client.kind <> 'metadata_document') then
    v_opening.outcome := 'unknown_client';
    return v_opening;
  end if;
  update public.mcp_client_registrations as client
  set last_used_at = now(),
      token_endpoint_auth_method = coalesce(
        p_metadata_document ->> 'token_endpoint_auth_method',
        case when p_metadata_document is null then client.token_endpoint_auth_method else 'none' end
      ),
      client_name = case
        when p_metadata_document is null then client.client_name else p_metadata_document ->> 'client_name'
      end,
      redirect_uris = case
        when p_metadata_document is null then client.redirect_uris
        else array(select jsonb_array_elements_text(p_metadata_document -> 'redirect_uris'))
      end,
      client_metadata = coalesce(p_metadata_document, client.client_metadata)
  where client.id = v_client.id
    and (
      client.last_used_at is null
      or client.last_used_at < now() - interval '1 minute'
      or client.client_metadata <> p_metadata_document
    );

  for v_attempt in 1..5 loop
    v_slot := public.take_session_slot(p_client => v_client, p_source => p_source, p_place => v_place);
    insert into public.mcp_authorization_sessions
      (organization_id, mcp_server_id, mcp_client_registration_id, oauth_config_id, client_generation, state_hash,
       browser_hash, form_hash, request_ciphertext, redirect_uri, resource, scope, code_challenge, nonce,
       request_id, expires_at, slot)
    select
      v_server.organization_id, v_server.id, v_client.id, v_config.id, v_config.client_generation,
      p_state_hash, p_browser_hash, p_form_hash, p_request_ciphertext, p_redirect_uri, p_resource, p_scope,
      p_code_challenge, p_nonce, public.current_request_id(), now() + interval '10 minutes', v_slot
    where v_slot is not null
    on conflict do nothing;
    exit when found;
    -- The form was used, or another login has taken the same place meanwhile.
    if exists (
      select from public.mcp_authorization_sessions as session where session.form_hash = p_form_hash
    ) then
      v_opening.outcome := 'form_replayed';
      return v_opening;
    end if;
    if v_attempt = 5 then
      v_opening.outcome := 'crowded';
      return v_opening;
    end if;
  end loop;

  v_opening.outcome := 'opened';
  v_opening.config := public.describe_oauth_config(v_config);
  return v_opening;
end
$$;

revoke all on function public.open_authorization_session from public, anon, authenticated, service_role;
grant execute on function public.open_authorization_session to service_role;
