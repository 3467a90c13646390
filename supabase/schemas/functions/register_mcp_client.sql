-- register_mcp_client: stores a dynamic registration (RFC 7591 section 3).
--
-- Clients that never led to a login have a limited number of places, by server and
-- by source (row_bounds): p_source, which names the caller's address group, and
-- the place that the first redirect URI leads to. So a flood fills the places of
-- its own source.
--
-- Under the policy redirect_hosts every redirect URI has to lead to a place on
-- the server's list: one that does not refuses the whole registration. A server
-- without a sign-in has no clients.
--
-- Caller    oauth-register, as service_role
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     a surplus client that nobody else holds (skip locked), then the audit row that counts
-- Outcomes  registered | crowded | unknown_server | closed | token_required | redirect_host_refused
-- Raises    22004 when an argument that must be there is null
create function public.register_mcp_client(
  p_slug text,
  p_initial_access_token_hash text,
  p_client_secret_hash text,
  p_token_endpoint_auth_method text,
  p_client_name text,
  p_redirect_uris text[],
  p_grant_types text[],
  p_client_metadata jsonb,
  p_source text default null
)
returns public.mcp_client_registration
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_id text := public.new_id('mcr_');
  v_place text;
  v_slot integer;
  v_registration public.mcp_client_registration;
begin
  if p_slug is null or p_token_endpoint_auth_method is null or p_redirect_uris is null
    or p_grant_types is null or p_client_metadata is null then
    raise exception using errcode = '22004', message = 'a registration names its server, method, redirects and grants';
  end if;

  select * into v_server
  from public.mcp_servers as server
  where server.slug = p_slug and server.disabled_at is null and server.auth_type <> 'none';
  if not found then
    v_registration.outcome := 'unknown_server';
    return v_registration;
  end if;
  if v_server.registration_policy = 'closed' then
    v_registration.outcome := 'closed';
    return v_registration;
  end if;
  if v_server.registration_policy = 'token'
    and v_server.initial_access_token_hash is distinct from p_initial_access_token_hash then
    v_registration.outcome := 'token_required';
    return v_registration;
  end if;
  if v_server.registration_policy = 'redirect_hosts' and exists (
    select from unnest(p_redirect_uris) as uri
    where public.redirect_place(uri) = any (v_server.registration_redirect_hosts) is not true
  ) then
    v_registration.outcome := 'redirect_host_refused';
    return v_registration;
  end if;

  v_place := coalesce(public.redirect_place(p_redirect_uri => p_redirect_uris[1]), 'nowhere');
  -- Another registration may take the same place meanwhile.
  for v_attempt in 1..5 loop
    v_slot := public.take_client_slot(p_mcp_server_id => v_server.id, p_source => p_source, p_place => v_place);
    insert into public.mcp_client_registrations
      (id, organization_id, mcp_server_id, client_id, kind, client_secret_hash, token_endpoint_auth_method,
       client_name, redirect_uris, grant_types, client_metadata, source, slot)
    select
      v_id, v_server.organization_id, v_server.id, v_id, 'dynamic', p_client_secret_hash, p_token_endpoint_auth_method,
      p_client_name, p_redirect_uris, p_grant_types, p_client_metadata,
      coalesce(p_source, v_place), v_slot
    where v_slot is not null
    on conflict on constraint client_slot_is_taken_once do nothing
    returning client_id, created_at into v_registration.client_id, v_registration.created_at;
    exit when found;
  end loop;
  if v_registration.client_id is null then
    v_registration.outcome := 'crowded';
    return v_registration;
  end if;

  perform public.record_audit_event(
    p_organization_id => v_server.organization_id,
    p_event => 'client_registered',
    p_mcp_server_id => v_server.id,
    p_client_id => v_registration.client_id,
    p_of_any_client => true
  );
  v_registration.outcome := 'registered';
  return v_registration;
end
$$;

revoke all on function public.register_mcp_client from public, anon, authenticated, service_role;
grant execute on function public.register_mcp_client to service_role;
