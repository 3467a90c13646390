-- revoke_mcp_client_connections: ends all that people have connected with a client, at every server of the organization.
--
-- A client that is known by a URL has one client_id at all servers; one that
-- registered itself has another at each. The client may connect again: whoever
-- does not want that deletes it.
-- The provider's tokens end in the vault; the provider itself is not told: see
-- supabase/README.md.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, then the codes of the client, its token families and vault entries
--           (lock order: supabase/schemas/README.md)
-- Outcomes  revoked | forbidden | unknown_client
-- Raises    22004 when an argument is null
create function public.revoke_mcp_client_connections(p_mcp_client_registration_id text)
returns public.connections_revocation
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_client public.mcp_client_registrations;
  v_revocation public.connections_revocation;
begin
  if p_mcp_client_registration_id is null then
    raise exception using errcode = '22004', message = 'p_mcp_client_registration_id must not be null';
  end if;

  select * into v_client
  from public.mcp_client_registrations as client
  where client.id = p_mcp_client_registration_id and public.platform_role(client.organization_id) is not null;
  perform public.hold_organization(p_organization_id => v_client.organization_id);
  v_revocation := public.decide_revocation(
    p_organization_id => v_client.organization_id, p_unknown => 'unknown_client'
  );
  if v_revocation.outcome <> 'revoked' then
    return v_revocation;
  end if;

  v_revocation.ended := public.end_connections(
    p_organization_id => v_client.organization_id, p_client_id => v_client.client_id
  );
  perform public.record_platform_event(
    p_organization_id => v_client.organization_id,
    p_event => 'connections_revoked',
    p_object_id => v_client.id
  );
  v_revocation.id := v_client.id;
  return v_revocation;
end
$$;

revoke all on function public.revoke_mcp_client_connections from public, anon, authenticated, service_role;
grant execute on function public.revoke_mcp_client_connections to authenticated;
