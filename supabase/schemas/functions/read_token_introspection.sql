-- read_token_introspection: what is known of a token of one server.
--
-- An access token, verified by the caller, names its family by id; a refresh
-- token by handle and hash, and only the present one is active. Where a client
-- is named, a token of another one is as inactive as one that never was, and so is
-- one of Gatepost's own page for anybody: it is no token of an MCP server.
--
-- Caller    introspect_token, introspect_own_token
-- Rights    invoker, granted to nobody
-- Locks     none
-- Outcomes  active | inactive
create function public.read_token_introspection(
  p_mcp_server_id text,
  p_mcp_client_registration_id text,
  p_family_id text,
  p_handle_hash text,
  p_refresh_hash text
)
returns public.token_introspection
language plpgsql
stable
set search_path = ''
as $$
declare
  v_family public.mcp_proxy_tokens;
  v_client public.mcp_client_registrations;
  v_user public.mcp_server_user;
  v_introspection public.token_introspection;
begin
  if p_family_id is not null then
    select * into v_family from public.mcp_proxy_tokens as family where family.id = p_family_id;
  else
    select * into v_family
    from public.mcp_proxy_tokens as family
    where family.handle_hash = p_handle_hash and family.refresh_hash = p_refresh_hash and family.expires_at > now();
  end if;
  select * into v_client
  from public.mcp_client_registrations as client
  where client.id = v_family.mcp_client_registration_id;
  if v_family.mcp_server_id = p_mcp_server_id and v_client.kind <> 'gatepost' and v_family.revoked_at is null
    and v_family.mcp_client_registration_id
      = coalesce(p_mcp_client_registration_id, v_family.mcp_client_registration_id) then
    select * into v_user
    from public.mcp_server_user as holder
    where holder.id = v_family.mcp_server_user_id and holder.blocked_at is null;
  end if;
  if v_user.id is null then
    v_introspection.outcome := 'inactive';
    return v_introspection;
  end if;

  v_introspection.outcome := 'active';
  v_introspection.client_id := v_client.client_id;
  v_introspection.family_id := v_family.id;
  v_introspection.organization_id := v_family.organization_id;
  v_introspection.mcp_server_user_id := v_user.id;
  v_introspection.resource := v_family.resource;
  v_introspection.scope := v_family.scope;
  v_introspection.auth_time := v_family.auth_time;
  v_introspection.created_at := v_family.created_at;
  v_introspection.expires_at := v_family.expires_at;
  v_introspection.email := v_user.email;
  v_introspection.email_verified := v_user.email_verified;
  return v_introspection;
end
$$;

revoke all on function public.read_token_introspection from public, anon, authenticated, service_role;
