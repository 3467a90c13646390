-- revoke_mcp_connection: ends what one person has connected with one client.
--
-- The provider's tokens end in the vault; the provider itself is not told: see
-- supabase/README.md.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the user, then its codes, token families and vault entries
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | forbidden | unknown_connection
-- Raises    22004 when an argument is null
create function public.revoke_mcp_connection(p_mcp_server_user_id text, p_mcp_client_registration_id text)
returns public.connections_revocation
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_client public.mcp_client_registrations;
  v_revocation public.connections_revocation;
begin
  if p_mcp_server_user_id is null or p_mcp_client_registration_id is null then
    raise exception using errcode = '22004',
      message = 'p_mcp_server_user_id and p_mcp_client_registration_id must not be null';
  end if;

  select * into v_client
  from public.mcp_client_registrations as client
  where client.id = p_mcp_client_registration_id and public.platform_role(client.organization_id) is not null;
  perform public.hold_organization(p_organization_id => v_client.organization_id);
  perform from public.mcp_server_user as holder
  where holder.id = p_mcp_server_user_id and holder.organization_id = v_client.organization_id
  for no key update;
  v_revocation := public.decide_revocation(
    p_organization_id => case when found then v_client.organization_id end, p_unknown => 'unknown_connection'
  );
  if v_revocation.outcome <> 'revoked' then
    return v_revocation;
  end if;

  v_revocation.ended := public.end_connections(
    p_organization_id => v_client.organization_id,
    p_mcp_server_id => v_client.mcp_server_id,
    p_client_id => v_client.client_id,
    p_mcp_server_user_id => p_mcp_server_user_id
  );
  perform public.record_platform_event(
    p_organization_id => v_client.organization_id,
    p_event => 'connections_revoked',
    p_object_id => v_client.id,
    p_mcp_server_id => v_client.mcp_server_id,
    p_mcp_server_user_id => p_mcp_server_user_id
  );
  v_revocation.id := v_client.id;
  return v_revocation;
end
$$;

revoke all on function public.revoke_mcp_connection from public, anon, authenticated, service_role;
grant execute on function public.revoke_mcp_connection to authenticated;
