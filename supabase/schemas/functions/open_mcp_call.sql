-- open_mcp_call: what the gateway needs to forward calls of one token family.
--
-- Also records the MCP session, where the transport has one, with its user.
--
-- Caller    mcp, as service_role, with a verified access token in hand
-- Rights    definer: service_role may call this, and may not touch the tables
-- Locks     the MCP session
-- Outcomes  open | ended | upstream_ended
-- Raises    22004 when an argument other than p_session_hash is null
create function public.open_mcp_call(p_slug text, p_family_id text, p_session_hash text)
returns public.mcp_call_opening
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_family public.mcp_proxy_tokens;
  v_user public.mcp_server_user;
  v_upstream public.upstream_oauth_tokens;
  v_opening public.mcp_call_opening;
begin
  if p_slug is null or p_family_id is null then
    raise exception using errcode = '22004', message = 'p_slug and p_family_id must not be null';
  end if;

  select family.* into v_family
  from public.mcp_proxy_tokens as family
  join public.mcp_servers as server on server.id = family.mcp_server_id
  where family.id = p_family_id
    and server.slug = p_slug
    and server.disabled_at is null
    and family.revoked_at is null;
  if not found then
    v_opening.outcome := 'ended';
    return v_opening;
  end if;
  select * into v_user
  from public.mcp_server_user as holder
  where holder.id = v_family.mcp_server_user_id and holder.blocked_at is null;
  if not found then
    v_opening.outcome := 'ended';
    return v_opening;
  end if;
  select * into v_upstream
  from public.upstream_oauth_tokens as upstream
  where upstream.id = v_family.upstream_token_id and upstream.ended_at is null;
  if not found then
    v_opening.outcome := 'upstream_ended';
    return v_opening;
  end if;
  select client.client_id into v_opening.client_id
  from public.mcp_client_registrations as client
  where client.id = v_family.mcp_client_registration_id;

  if p_session_hash is not null then
    perform public.record_mcp_session(
      p_organization_id => v_family.organization_id, p_mcp_server_id => v_family.mcp_server_id,
      p_mcp_server_user_id => v_user.id, p_session_hash => p_session_hash, p_client_id => v_opening.client_id
    );
  end if;

  v_opening.outcome := 'open';
  v_opening.organization_id := v_family.organization_id;
  v_opening.mcp_server_user_id := v_user.id;
  v_opening.email := v_user.email;
  v_opening.email_verified := v_user.email_verified;
  v_opening.upstream_token_id := v_upstream.id;
  v_opening.access_token_ciphertext := v_upstream.access_token_ciphertext;
  v_opening.upstream_expires_at := v_upstream.expires_at;
  v_opening.upstream_refreshed_at := v_upstream.refreshed_at;
  return v_opening;
end
$$;

revoke all on function public.open_mcp_call from public, anon, authenticated, service_role;
grant execute on function public.open_mcp_call to service_role;
